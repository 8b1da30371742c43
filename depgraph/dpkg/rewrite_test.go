package dpkg

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// A machine with a merged /usr, on which the hidden gawk stands for awk, the
// hidden vim alone provides vi, and the hidden perf diverts a file of dpkg's.
var machine = map[string]string{
	"bin -> usr/bin":              "",
	"var/lib/dpkg/status":         stanza("dpkg 1") + stanza("gawk 1") + stanza("mawk 1") + stanza("vim 1") + stanza("perf 1") + stanza("libx:i386 1"),
	"var/lib/dpkg/status-old":     stanza("gawk 0") + stanza("mawk 0"),
	"var/lib/dpkg/available":      "Package: vim\nArchitecture: amd64\n\nPackage: mawk\nArchitecture: amd64\nTag: a,\n b\n\n",
	"var/lib/apt/extended_states": "Package: mawk\nArchitecture: amd64\nAuto-Installed: 1\n\n",

	"var/lib/dpkg/info/dpkg.list": "/.\n/usr/bin/perf\n/usr/bin/dpkg\n/usr/bin/kept\n",
	"var/lib/dpkg/info/mawk.list": "/.\n/bin/mawk\n/usr/share/man/mawk.1.gz\n/usr/share/man/mawk.5.gz\n/usr/bin/m w\n",
	"var/lib/dpkg/info/gawk.list": "/.\n/usr/bin/gawk\n/usr/share/man/gawk.1.gz\n",
	"var/lib/dpkg/info/vim.list":  "/.\n/usr/bin/vim.basic\n",
	"var/lib/dpkg/info/perf.list": "/.\n/usr/bin/perf\n",
	"usr/bin/perf":                "", "usr/bin/perf.real": "", "usr/bin/kept.aside": "",
	"usr/bin/mawk": "", "usr/bin/gawk": "", "usr/bin/vim.basic": "",
	"usr/share/man/mawk.1.gz": "", "usr/share/man/gawk.1.gz": "",

	"var/lib/dpkg/diversions":        "/usr/bin/perf\n/usr/bin/perf.real\nperf\n/usr/bin/kept\n/usr/bin/kept.aside\n:\n",
	"var/lib/dpkg/statoverride":      "root vim 2755 /usr/bin/vim.basic\nroot root 4755 /usr/bin/mawk\nroot root 755 /usr/bin/m w\n",
	"var/lib/dpkg/triggers/File":     "/usr/share/vim vim/noawait\n/usr/lib dpkg:amd64/noawait\n",
	"var/lib/dpkg/triggers/ldconfig": "dpkg\n",
	"var/lib/dpkg/triggers/editors":  "vim/noawait\n",
	"var/lib/dpkg/triggers/Unincorp": "",

	"var/lib/dpkg/alternatives/awk": "manual\n/usr/bin/awk\n" +
		"awk.1.gz\n/usr/share/man/awk.1.gz\nawk.5.gz\n/usr/share/man/awk.5.gz\nigawk\n/usr/bin/igawk\n\n" +
		"/usr/bin/gawk\n10\n/usr/share/man/gawk.1.gz\n\n/usr/bin/igawk.gnu\n" +
		"/usr/bin/mawk\n5\n/usr/share/man/mawk.1.gz\n/usr/share/man/mawk.5.gz\n\n\n",
	"usr/bin/awk -> /etc/alternatives/awk":                  "",
	"etc/alternatives/awk -> /usr/bin/gawk":                 "",
	"usr/share/man/awk.1.gz -> /etc/alternatives/awk.1.gz":  "",
	"etc/alternatives/awk.1.gz -> /usr/share/man/gawk.1.gz": "",
	"usr/bin/igawk -> /etc/alternatives/igawk":              "",
	"etc/alternatives/igawk -> /usr/bin/igawk.gnu":          "",
	"var/lib/dpkg/alternatives/vi":                          "auto\n/usr/bin/vi\n\n/usr/bin/vim.basic\n30\n\n",
	"usr/bin/vi -> /etc/alternatives/vi":                    "",
	"etc/alternatives/vi -> /usr/bin/vim.basic":             "",
	"var/lib/dpkg/alternatives/dpkg":                        "auto\n/usr/bin/pkg\n\n/usr/bin/dpkg\n1\n\n",
}

func TestRewrites(t *testing.T) {
	if got, want := rewrites(t, machine, "dpkg", "mawk"), `
/etc/alternatives/awk -> /usr/bin/mawk
/etc/alternatives/awk.1.gz -> /usr/share/man/mawk.1.gz
/etc/alternatives/igawk gone
/usr/bin/igawk gone
/usr/bin/perf from /usr/bin/perf.real
/usr/bin/perf.real gone
/var/lib/dpkg/alternatives/awk: "auto\n/usr/bin/awk\nawk.1.gz\n/usr/share/man/awk.1.gz\nawk.5.gz\n/usr/share/man/awk.5.gz\n\n/usr/bin/mawk\n5\n/usr/share/man/mawk.1.gz\n/usr/share/man/mawk.5.gz\n\n"
/var/lib/dpkg/alternatives/vi gone
/var/lib/dpkg/available: "Package: mawk\nArchitecture: amd64\nTag: a,\n b\n\n"
/var/lib/dpkg/diversions: "/usr/bin/kept\n/usr/bin/kept.aside\n:\n"
/var/lib/dpkg/statoverride: "root root 4755 /usr/bin/mawk\nroot root 755 /usr/bin/m w\n"
/var/lib/dpkg/status-old: MAWK0
/var/lib/dpkg/status: DPKG MAWK
/var/lib/dpkg/triggers/File: "/usr/lib dpkg:amd64/noawait\n"
/var/lib/dpkg/triggers/editors gone
`; got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestRewritesOfNothingHidden(t *testing.T) {
	db := open(t, machine)
	all, _ := db.Rewrites(everything, ownersAmong(t, db, everything))
	for _, r := range all {
		if text, err := r.Data(); err != nil || string(text) != machine[rootfs.Relative(r.Path)] {
			t.Errorf("%s: %q (%v)", r.Path, text, err)
		}
	}
}

func TestManualChoiceStays(t *testing.T) {
	files := maps.Clone(machine)
	delete(files, "etc/alternatives/awk -> /usr/bin/gawk")
	files["etc/alternatives/awk -> /usr/bin/mawk"] = ""
	got := rewrites(t, files, "dpkg", "mawk")
	if strings.Contains(got, "/etc/alternatives/") || !strings.Contains(got, `alternatives/awk: "manual\n`) {
		t.Errorf("got%s", got)
	}
}

func TestAdministratorsFileStays(t *testing.T) {
	files := maps.Clone(machine)
	delete(files, "usr/share/man/awk.1.gz -> /etc/alternatives/awk.1.gz")
	delete(files, "usr/bin/awk -> /etc/alternatives/awk")
	files["usr/share/man/awk.1.gz"] = "not a link"
	got := rewrites(t, files, "dpkg", "mawk")
	if strings.Contains(got, "/usr/share/man/awk.1.gz ->") || !strings.Contains(got, "\n/usr/bin/awk -> /etc/alternatives/awk\n") {
		t.Errorf("got%s", got)
	}
}

func TestAptStates(t *testing.T) {
	files := maps.Clone(machine)
	files["var/lib/dpkg/status"] += stanza("apt 2")
	if got := rewrites(t, files, "apt", "mawk"); !strings.Contains(got, "/var/lib/apt/extended_states: \"Package: mawk") {
		t.Errorf("got%s", got)
	}
}

// What nobody visible has to do with is as before anybody overrode a permission,
// or installed a tool that keeps the directory of info pages.
func TestNothingLeft(t *testing.T) {
	m := maps.Clone(machine)
	m["var/lib/dpkg/status"] += stanza("base-files 1") + stanza("install-info 1")
	m["var/lib/dpkg/info/base-files.list"] = "/.\n/usr/share/base-files/info.dir\n"
	m["var/lib/dpkg/info/install-info.list"] = "/.\n"
	m["usr/share/base-files/info.dir"], m["usr/share/info/dir"] = "", "kept"
	const gone, back = "/var/lib/dpkg/statoverride gone", "/usr/share/info/dir from /usr/share/base-files/info.dir"
	got := rewrites(t, m, "dpkg", "base-files")
	for _, want := range []string{gone, back} {
		if !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if got := rewrites(t, m, "mawk", "base-files", "install-info"); strings.Contains(got, gone) || strings.Contains(got, back) {
		t.Errorf("with mawk and install-info: %s", got)
	}
}

func TestAlternativeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "/var/lib/dpkg/alternatives/x:1: not a file of update-alternatives",
		"auto\n/l\ns\n/sl\n\n/c\n1": "/var/lib/dpkg/alternatives/x:7: not a file of update-alternatives",
		"maybe\n/l\n\n/c\n1\n\n":    "/var/lib/dpkg/alternatives/x:6: not a file of update-alternatives",
		"auto\n/l\n\n/c\nhigh\n\n":  `/var/lib/dpkg/alternatives/x:5: bad priority: strconv.Atoi: parsing "high": invalid syntax`,
	} {
		if _, err := parseAlternative("x", text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// rewrites returns what a view of the named packages rewrites, sorted.
func rewrites(t *testing.T, files map[string]string, names ...string) string {
	t.Helper()
	db := open(t, files)
	visible := func(p *depgraph.Package) bool { return slices.Contains(names, p.Name) }
	all, err := db.Rewrites(visible, ownersAmong(t, db, visible))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range all {
		switch {
		case r.Gone:
			lines = append(lines, r.Path+" gone")
		case r.Link != "":
			lines = append(lines, r.Path+" -> "+r.Link)
		case r.From != "":
			lines = append(lines, r.Path+" from "+r.From)
		default:
			text, err := r.Data()
			if err != nil {
				t.Error(err)
			}
			switch string(text) { // too long for a line
			case stanza("dpkg 1") + stanza("mawk 1"):
				lines = append(lines, r.Path+": DPKG MAWK")
			case stanza("mawk 0"):
				lines = append(lines, r.Path+": MAWK0")
			default:
				lines = append(lines, r.Path+": "+strconv.Quote(string(text)))
			}
		}
	}
	slices.Sort(lines)
	return "\n" + strings.Join(lines, "\n") + "\n"
}

func everything(*depgraph.Package) bool { return true }

// ownersAmong is what a view's index tells of visible packages.
func ownersAmong(t testing.TB, db *Database, visible func(*depgraph.Package) bool) func(string) []*depgraph.Package {
	t.Helper()
	owners := map[string][]*depgraph.Package{}
	for _, p := range db.Packages() {
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f = db.merged.real(f); visible(p) {
				owners[f] = append(owners[f], p)
			}
		}
	}
	return func(path string) []*depgraph.Package { return owners[db.merged.real(path)] }
}
