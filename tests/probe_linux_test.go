package tests

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// probes are what the program probe, this test binary under another name, does.
// It succeeds where the attempt does, and else says why on standard error.
var probes = map[string]func(args []string) error{
	"lookups":  lookUp,       // DIR N: looks up N names in the directories below DIR, that are not there
	"handle":   printHandle,  // FILE: prints its file handle
	"reach":    openHandle,   // DIR HANDLE: opens a file of DIR's file system by it
	"tiocsti":  typeAhead,    // types into the terminal on standard input
	"breakout": breakOut,     // FILE: leaves by chroot(2), and opens FILE
	"record":   printRecord,  // CAPTURE: "VERDICT PATH OWNERS pid=N EXE [COMMAND LINE]" a line
	"denials":  printDenials, // CAPTURE: "PATH|ADDRESS SYSCALL ERRNO EXE" a line
}

func probe(args []string) int {
	if len(args) == 0 || probes[args[0]] == nil {
		fmt.Fprintln(os.Stderr, "probe: no such probe")
		return 2
	}
	if err := probes[args[0]](args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		return 1
	}
	return 0
}

func printHandle(args []string) error {
	h, _, err := unix.NameToHandleAt(unix.AT_FDCWD, args[0], 0)
	if err != nil {
		return fmt.Errorf("name_to_handle_at: %w", err)
	}
	fmt.Printf("%d.%s", h.Type(), base64.URLEncoding.EncodeToString(h.Bytes()))
	return nil
}

func openHandle(args []string) error {
	kind, data, _ := strings.Cut(args[1], ".")
	n, err := strconv.Atoi(kind)
	if err != nil {
		return err
	}
	b, err := base64.URLEncoding.DecodeString(data)
	if err != nil {
		return err
	}
	dir, err := unix.Open(args[0], unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	fd, err := unix.OpenByHandleAt(dir, unix.NewFileHandle(int32(n), b), unix.O_RDONLY)
	if err != nil {
		return fmt.Errorf("open_by_handle_at: %w", err)
	}
	return unix.Close(fd)
}

func typeAhead([]string) error {
	if err := unix.IoctlSetPointerInt(0, unix.TIOCSTI, 'x'); err != nil {
		return fmt.Errorf("TIOCSTI: %w", err)
	}
	return nil
}

// breakOut is the classic way out of a chroot: a directory kept open outside of a
// new root has no root above it that ".." would stop at.
func breakOut(args []string) error {
	out, err := os.Open("/")
	if err != nil {
		return err
	}
	if err := os.MkdirAll("/tmp/cell", 0o755); err != nil {
		return err
	}
	if err := errors.Join(unix.Chroot("/tmp/cell"), unix.Fchdir(int(out.Fd()))); err != nil {
		return err
	}
	for range 64 {
		if err := unix.Chdir(".."); err != nil {
			return err
		}
	}
	f, err := os.Open("." + args[0])
	if err != nil {
		return err
	}
	return f.Close()
}

// eachEvent calls f with each event of the capture in dir. It reads record.jsonl as its
// format is documented, with no help from depview.
func eachEvent[T any](dir string, f func(T) error) error {
	file, err := os.Open(filepath.Join(dir, "record.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		var e T
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// printRecord prints the lookups in a record.
func printRecord(args []string) error {
	type event struct {
		Event, Path, Verdict, Exe string
		Owners, Argv              []string
		PID                       int
	}
	return eachEvent(args[0], func(e event) error {
		_, err := fmt.Printf("%s %s %s pid=%d %s %v\n", e.Verdict, e.Path, strings.Join(e.Owners, ","), e.PID, e.Exe, e.Argv)
		return err
	})
}

// printDenials prints what was refused. A program in the work directory is printed by
// its name.
func printDenials(args []string) error {
	type event struct {
		Event, Path, Address, Syscall, Errno, Exe string
		Argv                                      []string
		PID                                       int
	}
	return eachEvent(args[0], func(e event) error {
		if e.Event != "denied" {
			return nil
		}
		if e.PID == 0 || len(e.Argv) == 0 {
			return fmt.Errorf("nobody did it: %+v", e)
		}
		wd, err := os.Getwd()
		if err != nil {
			return err
		}
		_, err = fmt.Println(e.Path+e.Address, e.Syscall, e.Errno, strings.TrimPrefix(e.Exe, wd+"/"))
		return err
	})
}

// snapshot writes a line for each file of some trees: see digest.
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: snapshot FILE DIR...")
	}
	var b strings.Builder
	for _, dir := range args[1:] {
		found, err := digest(dir)
		ts.Check(err)
		for _, p := range slices.Sorted(maps.Keys(found)) {
			fmt.Fprintln(&b, p, found[p])
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}

// digest tells of each file of a tree everything stat(2) tells that a build could
// change, with a digest of the content.
func digest(dir string) (map[string]string, error) {
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		content := ""
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			content = fmt.Sprintf("%x", sha256.Sum256(data))
		case unix.S_IFLNK:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			content = "-> " + target
		}
		found[p] = fmt.Sprintf("%o %d:%d %d %d %d.%09d %d %s", st.Mode, st.Uid, st.Gid, st.Nlink, st.Ino, st.Mtim.Sec, st.Mtim.Nsec, st.Size, content)
		return nil
	})
	return found, err
}
