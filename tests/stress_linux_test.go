package tests

import (
	"os/exec"
	"strings"
	"testing"
)

// stressors are those of stress-ng that work on files, all that its class filesystem
// has and some of others, but for:
//
//	bind-mount, fanotify       want CAP_SYS_ADMIN, which a view has not
//	binderfs, procfs           mount a file system of their own, or read /proc
//	dup, eventfd, ioprio       use no file system
//	fiemap                     wants FS_IOC_FIEMAP, which FUSE has not
//	mmapfork                   does not end natively either: it takes all memory
//	verity                     wants fs-verity, which ext4 is seldom made with
const stressors = `
	access chattr chdir chmod chown copy-file dentry dir dirdeep dirmany dnotify fallocate fcntl file-ioctl
	filename flock fpunch fsize fstat getdent handle hdd inode-flags inotify io iomix lease link locka lockf lockofd mknod
	mmap mmapfixed mmapmany msync open readahead rename revio seal seek sendfile splice symlink sync-file touch
	utime xattr`

// small keeps what the stressors write small.
var small = []string{"--copy-file-bytes", "128M", "--fallocate-bytes", "16M", "--hdd-bytes", "16M", "--iomix-bytes", "16M", "--mmap-bytes", "16M",
	"--msync-bytes", "16M", "--readahead-bytes", "16M", "--revio-bytes", "16M", "--seek-size", "16M", "--sendfile-size", "1M", "--sync-file-bytes", "16M"}

// stress-ng finds nothing wrong with a view while all its stressors use it at once.
func TestStress(t *testing.T) {
	needTool(t, "stress-ng")
	eachBuilder(t, func(t *testing.T, b builder) {
		args := []string{"--from", "dpkg", "--dep", "stress-ng", "--", "stress-ng", "--temp-path", "/usr/local", "--verify", "--timeout", "12"}
		for _, s := range strings.Fields(stressors) {
			args = append(args, "--"+s, "1")
		}
		out, err := b.run(b.place(t), append(args, small...)...).CombinedOutput()
		faults := 0
		for line := range strings.Lines(string(out)) {
			bad := strings.Contains(line, "fail:") || strings.Contains(line, "skipp") || strings.Contains(line, "aborted")
			if bad && b.keepsOwners() && strings.Contains(line, "(Interrupted system call)") {
				err = nil // the alarm that ends it came between a stat and process 1, which answers: see notify_linux.go
				continue
			}
			if bad {
				faults++
				t.Error(line)
			}
		}
		if err != nil && faults == 0 {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}

// What fio writes it reads again, by the page cache and past it.
func TestFio(t *testing.T) {
	needTool(t, "fio")
	ownOpt(t)
	must(t, exec.Command("fallocate", "-l", "24M", "/opt/lower"))
	keepLower(t, "/opt")
	eachBuilder(t, func(t *testing.T, b builder) {
		place := b.place(t)
		for _, job := range []string{
			"--rw=randrw --ioengine=psync --direct=0 --fsync=64",
			"--rw=randwrite --ioengine=psync --direct=1",
			"--rw=randwrite --ioengine=mmap",
			"--rw=randrw --ioengine=libaio --iodepth=8 --direct=1",
		} {
			for _, file := range []string{"/usr/local/new", "/opt/lower"} {
				args := []string{"--from", "dpkg", "--dep", "fio", "--deps", place + "/deps.toml", "--", "fio", "--name=job", "--filename=" + file,
					"--size=24M", "--bs=4k", "--verify=crc32c", "--verify_fatal=1", "--do_verify=1"}
				writeFile(t, place+"/deps.toml", "[[rule]]\npath = \"/opt\"\nshow = true\n", 0o644)
				must(t, b.run(place, append(args, strings.Fields(job)...)...))
			}
		}
	})
}
