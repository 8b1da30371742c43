package tests

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { probes["symlinkrace"] = symlinkRace } // FILE SECRET: see TestSymlinkRace

// A file that turns into a symbolic link and back, while it is opened and written to,
// never has the daemon follow the link: what it leads to is not in the view.
func TestSymlinkRace(t *testing.T) {
	ownOpt(t)
	eachBuilder(t, func(t *testing.T, b builder) {
		dir, err := os.MkdirTemp("/opt", "race-")
		if err != nil {
			t.Fatal(err)
		}
		secret := filepath.Join(dir, "secret")
		writeFile(t, secret, "the host's", 0o666)
		writeFile(t, dir+"/file", "", 0o666)
		b.own(t, dir)
		keepLower(t, dir)
		place := b.place(t)
		writeFile(t, place+"/deps.toml", fmt.Sprintf("[[rule]]\npath = %q\nshow = true\n[[rule]]\npath = %q\nshow = false\n", dir, secret), 0o644)
		for _, file := range []string{dir + "/file", "/usr/local/file"} {
			must(t, b.run(place, "--deps", place+"/deps.toml", "--", "./probe", "symlinkrace", file, secret))
		}
	})
}

// symlinkRace is what runs in the view.
func symlinkRace(args []string) error {
	file, secret := args[0], args[1]
	if _, err := os.Lstat(secret); !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: %w, and is to be hidden", secret, err)
	}
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 2000 && err == nil; i++ {
			other := file + ".other"
			err = errors.Join(os.WriteFile(other, nil, 0o600), os.Rename(other, file),
				os.Symlink(secret, other), os.Rename(other, file))
		}
		done <- err
	}()
	opened, text := 0, make([]byte, 100)
	for {
		select {
		case err := <-done:
			if opened == 0 && err == nil {
				err = errors.New("the file could never be opened, nothing was tested")
			}
			return err
		default:
		}
		fd, err := unix.Open(file, unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		opened++
		n, err := unix.Read(fd, text)
		_, err2 := unix.Write(fd, []byte("x"))
		if err := errors.Join(err, err2, unix.Close(fd)); err != nil {
			return err
		}
		if string(text[:max(n, 0)]) == "the host's" {
			return errors.New("the host's file was opened")
		}
	}
}
