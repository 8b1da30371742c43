package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/moby/sys/mountinfo"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/fs/jail"
)

func mountCommand() *cobra.Command {
	var f sessionFlags
	var background bool
	cmd := &cobra.Command{
		Use:   "mount [flags] MOUNTPOINT",
		Short: "mount a view for chroot(8)",
		Long: `mount puts a view at MOUNTPOINT, writable, with /proc, /dev and a private /tmp,
until it is unmounted with depview umount or, without -d, until depview is
interrupted. It needs root, or a user namespace of one's own. Unlike run it
gives no jail: a chroot of root's keeps root's power, and the network.`,
		Example: `  depview mount -d --deps deps.toml --capture /build/out /build/root
  chroot /build/root make
  depview umount /build/root`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if background && os.Getenv(readyFD) == "" {
				return startInBackground()
			}
			return f.mount(args[0])
		},
	}
	f.add(cmd)
	cmd.Flags().Lookup("work").Usage = "the `DIR` that is there as it is, read-write, at its own path (default: none)"
	cmd.Flags().BoolVarP(&background, "daemon", "d", false, "return once the view is mounted, and serve it in the background")
	return cmd
}

// readyFD is set in the environment of a depview mount that runs in the
// background: the descriptor to write to when the view is mounted.
const readyFD = "DEPVIEW_READY_FD"

// startInBackground runs the same command in a session of its own, and returns
// when it has mounted the view or failed.
func startInBackground() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	self, err := jail.Program()
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{
		Path: self, Args: os.Args, Env: append(os.Environ(), readyFD+"=3"),
		Stdin: null, Stdout: null, Stderr: os.Stderr, ExtraFiles: []*os.File{w},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.Close()
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		return nil
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); errors.As(err, &exit) {
		return exitCode(exit.ExitCode()) // it has said why
	}
	return errors.New("the background process ended before the view was mounted")
}

func (f *sessionFlags) mount(mountpoint string) error {
	var err error
	if f.mountpoint, err = checkMountpoint(mountpoint); err != nil {
		return err
	}
	caller, err := jail.Apart()
	if err != nil {
		return err
	}
	f.network = true // a chroot has its caller's
	s, err := f.open(nil, f.work)
	if err != nil {
		return err
	}
	err = s.mount(caller)
	return errors.Join(err, s.close())
}

func (s *session) mount(caller *os.File) error {
	if proc, err := os.Open("/proc"); err == nil {
		defer proc.Close()
		s.recorder.proc.Store(proc)
	}
	// Nobody tells of denied writes here: a chroot is not a jail. See jail.Denial.
	m, err := jail.StartMount(s.plan, caller, s.tree)
	if err != nil {
		return err
	}
	settleDown()
	signals := catch()
	announce(s)
	select {
	case <-signals:
	case <-m.Gone():
	}
	err = m.Unmount()
	s.recorder.end(0)
	return err
}

// announce tells whoever waits that the view is mounted.
func announce(s *session) {
	say := func(format string, args ...any) {
		if !s.quiet {
			fmt.Fprintf(os.Stderr, format, args...)
		}
	}
	if os.Getenv(readyFD) == "" {
		say("depview: mounted at %s; interrupt or depview umount ends it\ndepview: capture %s\n", s.plan.Mountpoint, s.capture.Dir())
		return
	}
	say("depview: capture %s\n", s.capture.Dir())
	ready := os.NewFile(3, "ready")
	_, _ = ready.Write([]byte{1})
	ready.Close()
	if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
		_ = unix.Dup2(int(null.Fd()), 2) // the terminal is the caller's again
		null.Close()
	}
}

// checkMountpoint returns the real path of a directory to mount on.
func checkMountpoint(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if errors.Is(err, os.ErrNotExist) {
		return "", hinted{fmt.Errorf("mountpoint %s does not exist", p), "mkdir -p " + p}
	}
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return "", fmt.Errorf("mountpoint %s is not a directory", p)
	}
	if mounted, err := mountinfo.Mounted(real); err == nil && mounted {
		return "", hinted{fmt.Errorf("mountpoint %s is busy: something is mounted there", p), "depview umount " + p + ", or choose another"}
	}
	return real, nil
}

func umountCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "umount MOUNTPOINT",
		Short: "unmount a view",
		Long:  "umount takes away a view that depview mount put at MOUNTPOINT, unless something uses it.",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			real, err := filepath.EvalSymlinks(args[0])
			if err == nil {
				real, err = filepath.Abs(real)
			}
			if err != nil && !errors.Is(err, syscall.ENOTCONN) {
				return err
			}
			if err != nil {
				real = args[0]
			}
			return jail.Unmount(real)
		},
	}
}
