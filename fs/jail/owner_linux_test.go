package jail

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOwnerTools has real programs give files owners, and tell of them.
func TestOwnerTools(t *testing.T) {
	const setup = "set -e; umask 022; mkdir d; echo x >d/f; ln -s f d/l; "
	for _, c := range []struct{ name, tool, script, want string }{
		{"install", "install", `install -o 33 -g 44 -m 4755 d/f i; stat -c '%u:%g %a' i`, "33:44 4755\n"},
		{"chown", "chown", `chown 33:44 d/f; chown :7 d/f; stat -c %u:%g d/f d`, "33:7\n0:0\n"},
		{"chown -h", "chown", `chown -h 33:44 d/l; stat -c %u:%g d/l d/f; stat -L -c %u:%g d/l`, "33:44\n0:0\n0:0\n"},
		{"chown -R", "chown", `chown -R 33 d; find d -user 33 | sort`, "d\nd/f\nd/l\n"},
		{"through a link", "chown", `chown 33 d/l; stat -c %u d/l d/f; stat -L -c %u d/l`, "0\n33\n33\n"},
		{"ls", "ls", `chown 33:44 d/f; ls -ln d | awk 'NF > 3 {print $1, $3, $4, $9}'`, "-rw-r--r-- 33 44 f\nlrwxrwxrwx 0 0 l\n"},
		{"cp -a", "cp", `chown 33:44 d/f; chown -h 5 d/l; cp -a d e; stat -c %u:%g e/f e/l e`, "33:44\n5:0\n0:0\n"},
		{"tar", "tar", `chown 33:44 d/f; chown -h 5 d/l; chown 6:7 d; tar -cf t.tar d; rm -r d; tar --numeric-owner -xf t.tar; stat -c '%u:%g' d d/f d/l`,
			"6:7\n33:44\n5:0\n"},
		{"tar -t", "tar", `chown 33:44 d/f; tar --numeric-owner -cf - d/f | tar --numeric-owner -tvf - | awk '{print $2}'`, "33/44\n"},
		{"mknod", "mknod", `mknod n c 1 3; mknod -m 600 b b 8 300; stat -c '%F %t %T %a' n b; test -c n; test -b b`,
			"character special file 1 3 644\nblock special file 8 12c 600\n"},
		{"mknod exists", "mknod", `mknod d/f c 1 3 2>&1 | sed 's/.*: //'`, "File exists\n"},
		{"devices in tar", "tar", `mknod d/n c 1 3; tar -cf t.tar d; rm -r d; tar -xf t.tar; stat -c '%F %t %T' d/n`, "character special file 1 3\n"},
		{"fifo", "mkfifo", `mkfifo p; chown 33 p; stat -c '%F %u' p`, "fifo 33\n"},
		{"not the view's", "chown", `f=$(mktemp -p /tmp); chown 33 $f 2>&1 | sed 's/.*: //'; stat -c %u $f; rm $f`, "Invalid argument\n0\n"},
		{"chroot", "stat", `mkdir c; cp -a d c; ./program own c /d/l 33:44; stat -c %u:%g c/d/f`, "33:44\n"},
		{"nested", "unshare", `unshare -r sh -c 'chown 33 d/f; stat -c %u d/f'; stat -c %u d/f`, "33\n33\n"},
		{"nested, another id", "unshare", `unshare --map-user=7 chown 33 d/f 2>&1 | sed 's/.*: //'`, "Invalid argument\n"},
		{"another mount namespace", "unshare", `unshare -rm sh -c 'mount -t tmpfs x d/../d && chown 33 program; stat -c %u program'; stat -c %u program`, "33\n33\n"},
		{"python", "python3", `python3 -c 'import os; os.chown("d/f", 33, 44); f = open("d/f"); os.fchown(f.fileno(), -1, 5); print(os.fstat(f.fileno()).st_uid, os.stat("d/f").st_gid)'`, "33 5\n"},
		{"busybox", "busybox", `busybox chown 33:44 d/f; busybox stat -c %u:%g d/f; busybox ls -ln d/f | awk '{print $3}'`, "33:44\n33\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := exec.LookPath(c.tool); err != nil {
				t.Skip("needs", c.tool)
			}
			out, err := underKeeper(t, "", "sh", "-c", setup+c.script).CombinedOutput()
			if string(out) != c.want || err != nil {
				t.Errorf("%v: got\n%swant\n%s", err, out, c.want)
			}
		})
	}
}

func init() {
	programs["own"] = func(args []string) error { // ROOT FILE UID:GID: changes the owner, and tells if it shows
		var uid, gid int
		if _, err := fmt.Sscanf(args[2], "%d:%d", &uid, &gid); err != nil {
			return err
		}
		if err := errors.Join(unix.Chroot(args[0]), os.Chown(args[1], uid, gid)); err != nil {
			return err
		}
		if got, err := ownerOf(args[1]); err != nil || got != args[2] {
			return fmt.Errorf("%s is %s's: %w", args[1], got, err)
		}
		return nil
	}
}

func TestParseOwner(t *testing.T) {
	for s, want := range map[string]owner{
		"33:44:644":               {33, 44, 0o644, 0, 0, 0},
		"4294967294:0:6755":       {4294967294, 0, 0o6755, 0, 0, 0},
		"0:0:600:char-1-3":        {0, 0, 0o600, 0x2000, 1, 3},
		"1:2:0:block-259-1048575": {1, 2, 0, 0x6000, 259, 1048575},
	} {
		if got, err := parseOwner(s); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1:2", "a:2:3", "1:2:8", "1:2:644:fifo", "1:2:644:char-1", "-1:0:644", "4294967296:0:644"} {
		if got, err := parseOwner(s); err == nil || !strings.Contains(err.Error(), "malformed owner") {
			t.Errorf("%s: got %+v, %v", s, got, err)
		}
	}
}

func ownerOf(file string) (string, error) {
	var st unix.Stat_t
	err := unix.Stat(file, &st)
	return fmt.Sprintf("%d:%d", st.Uid, st.Gid), err
}
