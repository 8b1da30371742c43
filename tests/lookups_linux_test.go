package tests

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// lookups is how many names TestLookups looks up. The tests of every day are content
// with more than a record holds; make leaks looks up ten million.
var lookups = flag.Int("lookups", 80_000, "how many names TestLookups looks up")

// maxRecord is how large a record may be, in bytes.
const maxRecord = 200 << 20

// However many names a build looks up, neither its record nor the daemon grows beyond
// bounds, and a package that comes last is found all the same.
func TestLookups(t *testing.T) {
	needFuse(t)
	needTool(t, "help2man")
	for _, flags := range [][]string{nil, {"--absent"}} {
		t.Run(strings.Join(append(flags, "lookups"), " "), func(t *testing.T) {
			capture := scratch(t, "lookups") + "/capture"
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			work := filepath.Join(filepath.Dir(capture), "work")
			if err := os.Mkdir(work, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := copyFile(self, work+"/probe"); err != nil {
				t.Fatal(err)
			}
			script := fmt.Sprintf("./probe lookups /usr %d && help2man --version", *lookups)
			cmd := exec.Command(binary, append(append([]string{"check", "--capture", capture}, flags...), "--", "sh", "-c", script)...)
			cmd.Dir = work
			if out, err := peak(t, cmd); cmd.ProcessState.ExitCode() != 3 {
				t.Fatalf("%v\n%s", err, lastLines(out))
			}
			info, err := os.Stat(capture + "/record.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d lookups: a record of %d KiB", *lookups, info.Size()>>10)
			if info.Size() > maxRecord {
				t.Errorf("the record has %d bytes", info.Size())
			}
			out := must(t, exec.Command(binary, "report", capture))
			if !strings.Contains(out, "\nhelp2man: would have run\n") && !strings.HasPrefix(out, "help2man: would have run\n") {
				t.Errorf("the last package is not in the report:\n%s", lastLines(out))
			}
			if flags != nil && *lookups > 50_000 && !strings.Contains(out, "not recorded: ") {
				t.Errorf("the report does not say that there was more:\n%s", lastLines(out))
			}
		})
	}
}

// lookUp looks up as many names as it is told to, in many directories.
func lookUp(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var dirs []string
	err = filepath.WalkDir(args[0], func(p string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			dirs = append(dirs, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	for i := range n {
		var st unix.Stat_t
		if err := unix.Lstat(fmt.Sprintf("%s/none-%d", dirs[i%len(dirs)], i), &st); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("lookup %d: %v", i, err)
		}
	}
	return nil
}
