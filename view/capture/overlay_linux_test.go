package capture

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// overlayScript mounts an overlay and changes it: $1 lower, $2 upper, $3 work,
// $4 mount point, $5 more options.
const overlayScript = `
	mount -t overlay depview -o lowerdir=$1,upperdir=$2,workdir=$3,xino=off,$5 $4 || exit 99
	cd $4
	rm -r gone
	echo new >file
	rm -r anew; mkdir anew; printf 1 >anew/y; mkdir anew/z
	chmod 4711 ch/f
	mv mv/f mv/g
	rm todir; mkdir todir; touch todir/in
	rm -r tofile; touch tofile
	touch touched/f
	ln touched/f touched/link
	mkfifo pipe; ln -s nowhere link`

const overlayLower = "keep/a=1 gone/a/b gone/c file=old anew/x anew/y=1 ch/f=1 mv/f=1 todir tofile/f touched/f=1"

const overlayChanges = `D /anew/x  file
A /anew/z  directory 0755 root:root
M /ch/f  file 4711 root:root 1 B
M /file  file 0644 root:root 4 B
D /gone  directory
D /gone/a  directory
D /gone/a/b  file
D /gone/c  file
A /link  symlink root:root -> nowhere
D /mv/f  file
A /mv/g  file 0644 root:root 1 B
A /pipe  fifo 0644 root:root
M /todir  directory 0755 root:root
A /todir/in  file 0644 root:root 0 B
M /tofile  file 0644 root:root 0 B
D /tofile/f  file
A /touched/link  file 0644 root:root 1 B
6 added (2 B), 4 modified, 7 deleted
`

// What a real overlayfs leaves reads as what was done to it, with the powers of
// root and without. Each mount lives in a namespace of a child process, so
// nothing can be left mounted.
func TestKernelOverlay(t *testing.T) {
	needRoot(t)
	for name, test := range map[string]struct {
		command string
		options string
		ids     IDs
	}{
		"trusted":   {"unshare -m", "redirect_dir=off,metacopy=off,index=off", IDs{}},
		"userxattr": {"unshare -m", "userxattr", IDs{}},
		"rootless":  {"setpriv --reuid=1000 --regid=1001 --clear-groups unshare -Urm", "userxattr", Only(1000, 1001)},
	} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			lower, merged := base+"/lower", base+"/merged"
			plant(t, lower, overlayLower)
			check(t, os.Mkdir(merged, 0o755))
			c := must(Create(base + "/capture"))(t)
			defer c.Close()
			uid, gid := root(test.ids)
			check(t, filepath.WalkDir(base, func(path string, _ fs.DirEntry, _ error) error {
				return os.Lchown(path, uid, gid)
			}))
			check(t, os.Chmod(filepath.Dir(base), 0o755))
			argv := append(strings.Fields(test.command), "sh", "-euc", overlayScript, "sh", lower, c.Upper(), c.Work(), merged, test.options)
			cmd := exec.Command(argv[0], argv[1:]...)
			if out, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == 99 {
				t.Skipf("needs unshare and a file system that overlayfs accepts as upper: %v: %s", err, out)
			} else if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			tree := must(OpenTree(lower, test.ids))(t)
			defer tree.Close()
			changes := must(Changes(context.Background(), c.Layer(test.ids), tree))(t)
			var got strings.Builder
			check(t, WriteText(&got, changes))
			if got.String() != overlayChanges {
				t.Errorf("got:\n%swant:\n%s", &got, overlayChanges)
			}
		})
	}
}
