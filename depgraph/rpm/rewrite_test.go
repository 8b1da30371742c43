package rpm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
)

// rewrites returns a root as a view of the named packages has it.
func rewrites(t *testing.T, files fstest.MapFS, names ...string) fstest.MapFS {
	t.Helper()
	db, err := Open(files, depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.(*Database).store.close()
	all, err := db.Rewrites(func(p *depgraph.Package) bool { return slices.Contains(names, p.OwnName()) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := fstest.MapFS{}
	for name, f := range files {
		seen[name] = f
	}
	for _, r := range all {
		name := strings.TrimPrefix(r.Path, "/")
		switch {
		case files[name] == nil:
			t.Errorf("%s is rewritten, and is not there", r.Path)
		case r.Gone:
			delete(seen, name)
		default:
			data, err := r.Data()
			if err != nil {
				t.Fatal(err)
			}
			seen[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
	}
	return seen
}

func TestRewrites(t *testing.T) {
	files := root(t, machine, merged...)
	const name = "usr/lib/sysimage/rpm/rpmdb.sqlite"
	files[name+"-wal"], files[name+"-shm"] = file(""), file("")
	seen := rewrites(t, files, "perl", "glibc.i686", "kernel-core-6.5.6-300")
	if seen[name+"-wal"] != nil || seen[name+"-shm"] != nil {
		t.Error("the log is still there")
	}
	db, err := Open(seen, depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.(*Database).store.close()
	var got []string
	for _, p := range db.Packages() {
		list, err := db.Files(p)
		got = append(got, fmt.Sprintf("%s %v %v %v", p.Name, list, needsOf(t, p), err))
	}
	const want = `glibc [/usr/lib/libc.so.6] /bin/sh <nil>
kernel-core [] ` + ` <nil>
perl [/usr/bin/perl] /usr/sbin/nobody; tzdata > 2022; bash < 6:1; perl-libs(x86-64) <nil>`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	data := string(seen[name].Data)
	for _, hidden := range []string{"bashrc", "tzdata-java", "a15b79cc"} {
		if strings.Contains(data, hidden) {
			t.Errorf("%q has left a trace", hidden)
		}
	}
	if data[18] != 1 || data[19] != 1 {
		t.Errorf("journal mode %d %d", data[18], data[19])
	}
	for table, want := range map[string]int{"Packages": 3, "Name": 3, "Basenames": 2, "Requirename": 6} {
		var n int
		if err := db.(*Database).store.db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != want {
			t.Errorf("%d rows in %s (%v), want %d", n, table, err, want)
		}
	}
	// With nothing hidden, everything is as before; with all of it, nothing is there.
	var all []string
	for _, p := range opened(t, machine, merged...).Packages() {
		all = append(all, p.Name)
	}
	for n, names := range map[int][]string{len(all): all, 0: nil} {
		db, err := Open(rewrites(t, files, names...), depgraph.Setting{})
		if err != nil || len(db.Packages()) != n {
			t.Errorf("%d packages: %v", n, err)
		}
	}
}
