package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An opamHome is a user's, with an opam root in it that has a local repository alone.
type opamHome struct {
	*testing.T
	dir    string
	asUser bool
}

// newOpamHome makes a home, and a switch with a compiler in it. It is not in the host's
// /tmp, which a view does not have.
func newOpamHome(t *testing.T, asUser bool, recipes map[string]string) *opamHome {
	t.Helper()
	needFuse(t)
	needTool(t, "opam")
	dir, err := os.MkdirTemp("/var/tmp", "depview-opam-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	h := &opamHome{t, dir, asUser}
	for nv, fields := range recipes {
		name, _, _ := strings.Cut(nv, ".")
		h.write("repo/packages/"+name+"/"+nv+"/opam", `opam-version: "2.0" synopsis: "s" maintainer: "m" authors: "a" homepage: "h" bug-reports: "b"`+"\n"+fields)
	}
	h.write("repo/repo", `opam-version: "2.0"`)
	if asUser && os.Geteuid() == 0 {
		must(t, exec.Command("chown", "-R", fmt.Sprintf("%d:%d", user, user), dir))
	}
	h.must("opam", "init", "--bare", "--no-setup", "--disable-sandboxing", "--kind=local", "local", dir+"/repo")
	h.must("opam", "switch", "create", "main", "comp")
	return h
}

func (h *opamHome) write(name, text string) {
	h.Helper()
	name = filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		h.Fatal(err)
	}
	writeFile(h.T, name, text, 0o644)
}

// command makes a command of the home's owner.
func (h *opamHome) command(argv ...string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = h.dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "OPAM") || strings.HasPrefix(kv, "XDG_")
	}), "HOME="+h.dir, "OPAMROOTISOK=1", "OPAMYES=1", "OPAMNODEPEXTS=1", "OPAMCOLOR=never", "OPAMUTF8=never", "LC_ALL=C.UTF-8", "COLUMNS=300")
	if h.asUser {
		asUser(cmd)
	}
	return cmd
}

func (h *opamHome) must(argv ...string) string {
	h.Helper()
	return must(h.T, h.command(argv...))
}

// prefix is the switch.
func (h *opamHome) prefix() string { return h.dir + "/.opam/main" }

// wrap has opam use contrib/opam's wrapper, as its comment tells.
func (h *opamHome) wrap() {
	h.Helper()
	wrapper, err := filepath.Abs("../contrib/opam/depview-opam")
	if err != nil {
		h.Fatal(err)
	}
	h.must("cp", wrapper, h.dir) // an ordinary user may not enter the checkout
	for _, action := range []string{"build", "install", "remove"} {
		h.must("opam", "option", "--global", fmt.Sprintf("wrap-%s-commands=[%q %q]", action, h.dir+"/depview-opam", action))
	}
}

// tree lists the switch but for its database: types, modes, links, names.
func (h *opamHome) tree() string {
	h.Helper()
	return h.must("sh", "-c", `cd "$0" && find . -path ./.opam-switch -prune -o -printf '%y %m %n %s %l %p\n' | sort`, h.prefix())
}

// shell writes a field of one command of the shell's, in the switch's lib.
func shell(field, script string) string {
	return field + `: ["sh" "-euc" """ prefix='%{prefix}%' lib='%{lib}%'; ` + strings.ReplaceAll(script, `\`, `\\`) + "\n\"\"\"]\n"
}

// The four packages of the issue: app uses what gen makes and lib has, and declares
// lib alone.
var opamPackages = map[string]string{
	"comp.1": "flags: compiler\n" + shell("install", `touch "$prefix/bin/comp"`),
	"gen.1":  shell("install", `mkdir "$lib/gen"; echo table >"$lib/gen/table"; printf '#!/bin/sh\necho made\n' >"$prefix/bin/gen"; chmod +x "$prefix/bin/gen"`),
	"lib.1": `depends: ["gen" {build}]` + "\n" + shell("build", `gen >lib.a; cat "$lib/gen/table" >>lib.a`) +
		shell("install", `mkdir "$lib/lib"; cp lib.a "$lib/lib"`) + shell("remove", `rm "$lib/lib/lib.a"`),
	"app.1": `depends: ["lib"]` + "\n" + shell("build", `cat "$lib/lib/lib.a" "$lib/gen/table" >app`) +
		shell("install", `mkdir -p "$prefix/share"; cp app "$prefix/share/app"`),
	"sys.1":  shell("build", `opam --version`),
	"tool.1": `depends: ["lib"]` + "\n" + shell("build", `gen >tool`),
	"odd.1": `depends: ["lib" "gen" {with-test}]` + "\n" + `run-test: ["sh" "-c" "test -e %{lib}%/gen/table"]` + "\n" + shell("build", `mkdir 'a b'; echo 1 >'a b/é'`) +
		`install: [["sh" "-euc" """cd '%{lib}%'; mkdir -p odd/deep 'odd/two  spaces'; cp '%{build}%/a b/é' odd; ln odd/é odd/hard; ln -s deep odd/link
echo x >odd/link/through; echo y >'odd/two  spaces/f'; echo z >'odd/new
line'; echo >"odd/$(printf 'raw\\377')"; chmod 4711 odd/hard; chmod 500 odd/deep; mkfifo odd/fifo; touch odd/temp; mkdir odd/gone; touch odd/gone/f
"""] ["rm" "-r" "%{lib}%/odd/temp" "%{lib}%/odd/gone"] ["sh" "-euc" """cd '%{lib}%/odd'; test -f hard; test ! -e gone; echo more >>deep/../new*line
"""]]` + "\n" + shell("remove", `chmod 700 "$lib/odd/deep"`),
	"far.1": shell("install", `echo >/usr/share/depview-far`),
}

func TestOpamWrapper(t *testing.T) {
	for _, as := range []string{"root", "user"} {
		t.Run(as, func(t *testing.T) {
			if as == "root" {
				needRoot(t)
			}
			t.Parallel()
			h := newOpamHome(t, as == "user", opamPackages)
			h.must("opam", "install", "app", "tool", "odd")
			plain := h.tree()
			h.must("opam", "remove", "app", "tool", "odd", "lib", "gen")
			bare := h.tree()

			h.wrap()
			h.fails("app", `gen: would have been read`, h.prefix()+`/lib/gen/table`, `declare: depends: ["gen"]`)
			h.fails("tool", `gen: would have run`, `declare: depends: ["gen"]`)
			h.fails("sys", `opam: would have run`, `declare: depexts: [["opam"] {os-family = "debian"}]`)
			h.fails("far", "far.1: cannot be handed on to the switch: A /usr/share/depview-far")
			h.must("opam", "install", "odd", "--with-test")

			for _, name := range []string{"app", "tool"} {
				h.declare(name, "gen")
			}
			h.must("opam", "install", "app", "tool")
			if got := h.tree(); got != plain {
				t.Errorf("the wrapper installs\n%s, opam alone\n%s", got, plain)
			}
			h.must("opam", "reinstall", "lib")
			if got := h.tree(); got != plain {
				t.Errorf("after opam reinstall there is\n%s, not\n%s", got, plain)
			}
			h.must("opam", "remove", "app", "tool", "odd", "lib", "gen")
			if got := h.tree(); got != bare {
				t.Errorf("after opam remove there is\n%s, not\n%s", got, bare)
			}
		})
	}
}

// fails installs what cannot be, and looks for what opam says.
func (h *opamHome) fails(install string, want ...string) {
	h.Helper()
	out, err := h.command(append([]string{"opam", "install"}, strings.Fields(install)...)...).CombinedOutput()
	if err == nil {
		h.Fatalf("opam install %s passes with the wrapper", install)
	}
	for _, w := range want {
		if !strings.Contains(string(out), w) {
			h.Errorf("opam install %s does not say %q:\n%s", install, w, out)
		}
	}
}

// declare adds a dependency to a recipe in the repository.
func (h *opamHome) declare(name, dependency string) {
	h.Helper()
	file := "repo/packages/" + name + "/" + name + ".1/opam"
	text, err := os.ReadFile(filepath.Join(h.dir, file))
	if err != nil {
		h.Fatal(err)
	}
	h.write(file, strings.Replace(string(text), `depends: ["lib"`, `depends: ["`+dependency+`" "lib"`, 1))
	h.must("opam", "update")
}

// In a view, opam lists what is visible there.
func TestOpamInView(t *testing.T) {
	h := newOpamHome(t, true, map[string]string{
		"comp.1": opamPackages["comp.1"],
		"a.1":    shell("install", `mkdir -p "$lib/shared"; echo a >"$lib/shared/a"; ln "$lib/shared/a" "$lib/shared/hard"; ln -s shared "$lib/alias"`),
		"b.1":    `depends: ["none" | "a"] setenv: [B = "b"]` + "\n" + shell("install", `echo b >"$lib/alias/b"`),
		"c.1":    `depends: ["b" {build}]` + "\n" + shell("install", `echo c >"$lib/alias/c"`),
		"gone.1": shell("install", `touch "$lib/gone"`),
	})
	h.must("opam", "install", "c", "gone")
	h.must("opam", "remove", "gone")
	for _, c := range []struct{ dep, packages, shared string }{
		{"b", "a b comp", "a b hard"},
		{"a", "a comp", "a hard"},
		{"c", "c comp", "c"},
		{"comp", "comp", ""},
	} {
		script := `opam list --root "$0/.opam" --switch main --installed --short --columns=name >listed
			ls "$0/.opam/main/lib/shared" 2>/dev/null >shared || : >shared`
		h.must("rm", "-rf", "w")
		h.must("mkdir", "w")
		h.must(binary, "run", "-q", "--work", "w", "--capture", h.dir+"/capture-"+c.dep, "--from", "opam", "--from", "dpkg", "--dep", "opam:"+c.dep, "--dep", "dpkg:opam",
			"--", "sh", "-euc", "cd w; "+script, h.dir)
		// The capture tells which switch it was, to whoever has another.
		h.must("env", "HOME=/", binary, "explain", "--capture", h.dir+"/capture-"+c.dep, h.prefix()+"/lib/shared")
		for file, want := range map[string]string{"listed": c.packages, "shared": c.shared} {
			got, err := os.ReadFile(h.dir + "/w/" + file)
			if words := strings.Join(strings.Fields(string(got)), " "); err != nil || words != want {
				t.Errorf("with %s, %s has %q (%v), want %q", c.dep, file, words, err, want)
			}
		}
	}
}
