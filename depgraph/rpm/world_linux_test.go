package rpm

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// worldSpec describes packages with everything that paths and dependencies can have.
const worldSpec = `Name: world
Version: 1
Release: 1
Summary: everything
License: none
BuildArch: noarch
AutoReqProv: no
%description
Everything.

%package -n fs
Summary: directories
%description -n fs
%files -n fs
%dir /
%dir /usr
%dir /usr/lib
/lib
%dir /opt/shared

%package -n paths
Summary: paths
Requires: fs >= 1, /opt/shared/tool, virtual(thing) >= 2, config(paths) = 1-1
Requires: (liba = 1:2.0-3%{?dist} or libb), (liba and paths), (tool if libb else gone), (virtual(thing) with virtual(thing) < 4), (liba without gone)
Requires(post): /bin/post-only, tool
Requires(pre): liba < 1:3
Recommends: weak, (weaker if liba)
Suggests: weakest
Provides: paths(all), paths-old < 5
%description -n paths
%post -n paths
:
%files -n paths
%dir /opt/shared
"/opt/shared/with space"
/opt/shared/hard1
/opt/shared/hard2
/lib/through-a-link
/opt/shared/caf*
/opt/shared/latin*
%config(noreplace) /opt/shared/paths.conf
%ghost /var/ghost
/opt/shared/link
"/opt/shared/a -> b"

%package -n liba
Summary: a library
Epoch: 1
Version: 2.0
Release: 3
Provides: virtual(thing) = 3
Supplements: paths
%description -n liba
%files -n liba
%dir /opt/shared
/opt/shared/liba

%package -n libb
Summary: another
Provides: virtual(thing) = 1.5
Conflicts: gone
%description -n libb
%files -n libb

%package -n tool
Summary: a tool
Requires: liba = 1:2.0
%description -n tool
%files -n tool
/usr/bin/tool
/opt/shared/tool

%package -n removed
Summary: removed later
%description -n removed
%files -n removed
/usr/bin/removed

%install
mkdir -p %{buildroot}/usr/lib %{buildroot}/usr/bin %{buildroot}/opt/shared %{buildroot}/var
ln -s usr/lib %{buildroot}/lib
cd %{buildroot}/opt/shared
echo x > 'with space'; echo x > 'a -> b'; echo x > hard1; ln hard1 hard2; ln -s nowhere link
echo x > "$(printf 'caf\303\251')"; echo x > "$(printf 'latin\351')"
touch paths.conf liba tool ../../var/ghost ../../usr/lib/through-a-link ../../usr/bin/tool ../../usr/bin/removed
`

// A world is a directory with a database that rpm made, as a root.
type world struct {
	t    testing.TB
	root string
}

const dbPath = "/usr/lib/sysimage/rpm"

// makeWorld builds and installs the packages, or skips.
func makeWorld(t testing.TB) world {
	t.Helper()
	for _, tool := range []string{"rpm", "rpmbuild"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s (Debian's package rpm)", tool)
		}
	}
	top := t.TempDir()
	w := world{t, filepath.Join(top, "root")}
	if err := errors.Join(os.MkdirAll(w.root+dbPath, 0o755), os.WriteFile(top+"/world.spec", []byte(worldSpec), 0o644)); err != nil {
		t.Fatal(err)
	}
	w.ask("rpmbuild", "-bb", "--quiet", "--define", "_topdir "+top, "--define", "_invalid_encoding_terminates_build 0",
		"--define", "_build_id_links none", "--define", "_unpackaged_files_terminate_build 0", top+"/world.spec")
	packages, _ := filepath.Glob(top + "/RPMS/*/*.rpm")
	w.rpm(append([]string{"-i", "--justdb", "--nodeps", "--noscripts", "--force"}, packages...)...)
	w.rpm("-e", "--justdb", "--nodeps", "removed")
	return w
}

// ask runs a tool and returns the lines it prints, sorted.
func (w world) ask(name string, args ...string) []string {
	w.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+filepath.Dir(w.root))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, complaints.String())
	}
	if len(out) == 0 {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	slices.Sort(lines)
	return lines
}

func (w world) rpm(args ...string) []string {
	w.t.Helper()
	return w.ask("rpm", append([]string{"--dbpath", w.root + dbPath}, args...)...)
}

func (w world) open() *Database {
	w.t.Helper()
	db, err := Open(os.DirFS(w.root), depgraph.Setting{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(db.(*Database).store.close)
	return db.(*Database)
}
