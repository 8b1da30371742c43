package suggest

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/view/capture"
)

// A layer is a list of entries, and their contents.
type layer struct {
	entries  []capture.Entry
	contents map[string]string
}

func (l *layer) add(path string, mode uint32, content string) {
	l.entries = append(l.entries, capture.Entry{Path: path, Type: capture.File, Mode: mode, Size: int64(len(content))})
	l.contents[path] = content
}

func (l *layer) Walk() iter.Seq2[capture.Entry, error] {
	return func(yield func(capture.Entry, error) bool) {
		for _, e := range l.entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

type content struct{ *strings.Reader }

func (content) Close() error { return nil }

func (l *layer) Open(e capture.Entry) (io.ReadCloser, error) {
	text, ok := l.contents[e.Path]
	if !ok {
		return nil, errors.New("gone")
	}
	return content{strings.NewReader(text)}, nil
}

func TestReadNeeds(t *testing.T) {
	l := &layer{contents: map[string]string{}}
	l.add("/usr/bin/tool", 0o4755, "#!/usr/bin/env python3\nimport yaml, mine, sys, gone\n")
	l.add("/usr/bin/other", 0o755, "#!/usr/local/bin/nobodys\n")
	l.add("/usr/bin/third", 0o755, "#!/usr/bin/gone\n")
	l.add("/usr/bin/own", 0o755, "#!/usr/bin/tool\n")
	l.add("/usr/lib/python3/dist-packages/mine.py", 0o644, "import json\n")
	l.add("/usr/share/doc/x/example.py", 0o755, "#!/usr/bin/ruby\n")
	l.add("/usr/bin/damaged", 0o755, "\x7fELF\x02\x01\x01")
	l.entries = append(l.entries,
		capture.Entry{Path: "/usr/bin/ruby", Type: capture.Symlink, Target: "x"},
		capture.Entry{Path: "/usr/bin/old.py", Whiteout: true})
	root := fstest.MapFS{}
	for _, p := range []string{"usr/bin/env", "usr/bin/python3.11", "usr/local/bin/nobodys", "usr/lib/python3/dist-packages/yaml/__init__.py", "usr/lib/python3.11/json.py"} {
		root[p] = &fstest.MapFile{Mode: 0o755}
	}
	root["usr/bin/python3"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("python3.11")}
	owners := map[string][]string{
		"/usr/bin/env": {"coreutils"}, "/usr/bin/python3.11": {"python3.11"},
		"/usr/lib/python3/dist-packages/yaml/__init__.py": {"python3-yaml", "pyyaml"}, "/usr/lib/python3.11/json.py": {"libpython3"},
	}
	list, damaged, err := ReadNeeds(l, root, func(p string) []string { return owners[p] })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, c.File+": "+c.Need.String()+": "+c.Package)
	}
	want := []string{
		"/usr/bin/tool: /usr/bin/env: coreutils",
		"/usr/bin/tool: program python3: python3.11",
		"/usr/bin/tool: Python module yaml: python3-yaml",
		"/usr/bin/third: /usr/bin/gone: ",
		"/usr/lib/python3/dist-packages/mine.py: program python3: python3.11",
		"/usr/lib/python3/dist-packages/mine.py: Python module json: libpython3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
	if len(damaged) != 1 || !strings.Contains(damaged[0].Error(), "/usr/bin/damaged") {
		t.Errorf("damaged: %v", damaged)
	}
	l.entries[0].Path = "/renamed"
	if _, _, err := ReadNeeds(l, root, nil); err == nil {
		t.Error("a file that is gone is no error")
	}
}
