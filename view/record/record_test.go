package record

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// all collects a sequence up to its first error.
func all(seq iter.Seq2[Event, error]) (events []Event, err error) {
	for e, err := range seq {
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
	return events, nil
}

func appendTo(t *testing.T, path string) *Writer {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Append(f)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var sample = []Event{
	{Kind: Hidden, Path: "/usr/include/oniguruma.h", Verdict: Undeclared, Owners: []string{"libonig-dev"}, PID: 8,
		Exe: "/usr/bin/cc1", Argv: []string{"cc1", "-quiet", ""}, Time: time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)},
	{Kind: Hidden, Path: "/tmp/\xff\xfe\n\x1b[2J", Verdict: Stray, Exe: "/bin/\xc3", Argv: []string{"\x80", "<&>\u2028\ufffd"}},
	{Kind: "exec", Path: "/bin/sh"},
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.jsonl")
	for range 2 { // the second Writer goes on from the first
		w := appendTo(t, path)
		for _, e := range sample {
			w.Write(e)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b, _ := os.ReadFile(path)
	if !bytes.HasPrefix(b, []byte(`{"event":"hidden","path":"/usr/include/oniguruma.h","verdict":"undeclared","owners":["libonig-dev"],"pid":8,"exe":"/usr/bin/cc1","argv":["cc1","-quiet",""],"time":"2026-02-03T04:05:06.000000007Z"}`+"\n")) {
		t.Errorf("first line:\n%s", b)
	}
	got, err := all(Read(bytes.NewReader(b)))
	if want := append(sample[:len(sample):len(sample)], sample...); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

// Whatever a crash leaves of the last line, the lines before it are read, and a
// Writer that goes on leaves a readable record.
func TestTornLastLine(t *testing.T) {
	whole, _ := sample[0].line()
	last, _ := sample[1].line()
	for n := range len(last) + 1 {
		path := filepath.Join(t.TempDir(), "record.jsonl")
		torn := append(bytes.Clone(whole), last[:n]...)
		want := 1
		if n >= len(last)-1 {
			want = 2 // only the newline is missing
		}
		if got, err := all(Read(bytes.NewReader(torn))); err != nil || len(got) != want {
			t.Fatalf("%d bytes: %d events, %v", n, len(got), err)
		}
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		w := appendTo(t, path)
		w.Write(sample[2])
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f, _ := os.Open(path)
		got, err := all(Read(f))
		f.Close()
		if err != nil || len(got) != want+1 || got[want].Kind != "exec" {
			t.Fatalf("%d bytes, gone on: %v, %v", n, got, err)
		}
	}
}

func TestMalformedLines(t *testing.T) {
	good, _ := sample[0].line()
	for _, bad := range []string{"\n", "{\n", "{}\n", "[]\n", `{"event":"hidden","path":7}` + "\n",
		`{"event":"hidden","path":{"base64":"*"}}` + "\n", `{"event":"hidden","path":{}}` + "\n", "{\"event\":\"\xff\"}\n"} {
		for _, rest := range []string{"", string(good)} {
			got, err := all(Read(strings.NewReader(string(good) + bad + rest)))
			if len(got) != 1 || err == nil || !strings.Contains(err.Error(), "line 2") {
				t.Errorf("%q: %d events, %v", bad, len(got), err)
			}
		}
	}
}

func TestConcurrentWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.jsonl")
	w := appendTo(t, path)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				w.Write(Event{Kind: Hidden, Path: fmt.Sprint("/", i, "/", j, strings.Repeat("x", j*100))})
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, _ := os.Open(path)
	defer f.Close()
	if got, err := all(Read(f)); err != nil || len(got) != 400 {
		t.Fatalf("%d events, %v", len(got), err)
	}
}

func TestWriteErrorIsReportedAtClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.jsonl")
	w := appendTo(t, path)
	w.file.Close()
	w.file, _ = os.Open(path) // read-only
	w.Write(sample[0])
	w.Write(sample[0])
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "2 events were not recorded") {
		t.Fatal(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, e := range sample {
		line, _ := e.line()
		f.Add(line)
		f.Add(line[:len(line)/2])
	}
	f.Add([]byte("{}\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, _ := all(Read(bytes.NewReader(b)))
		for _, e := range events { // what was read can be written, and is then the same
			line, err := e.line()
			if err != nil {
				t.Skip() // a year that RFC 3339 cannot write
			}
			again, err := all(Read(bytes.NewReader(line)))
			if err != nil || len(again) != 1 || again[0].Path != e.Path || !reflect.DeepEqual(again[0].Argv, e.Argv) {
				t.Fatalf("%+v became %+v, %v", e, again, err)
			}
		}
	})
}
