package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A job is one run of a workload, as a peer is asked to carry it out. The current
// directory is work.
type job struct {
	tool     string   // the peer's program
	work     string   // the workload's directory: there as it is, read-write, at its own path
	layer    string   // an empty directory for what the peer keeps aside
	packages []string // what depview shows beyond the base
	deps     string   // a deps.toml for depview, or ""
	stats    string   // where depview leaves its counts, or "" where it cannot
	command  []string
}

// A peer is one way to run a command with a root of its own, or, as native,
// without.
type peer struct {
	name     string
	tool     string // the program it takes; the bench has built depview itself
	engine   string // one that depview run --help must know
	root     bool   // only root can
	captures bool   // writes outside work land in layer; else $AREA is in work
	argv     func(j job) []string
}

// native is the peer that the others are compared with.
const native = "native"

// peers are the columns of the tables. A new one is one entry.
var peers = []peer{
	{name: native, argv: func(j job) []string { return j.command }},
	{name: "depview overlay", tool: "depview", engine: "overlay", captures: true, argv: depview("overlay")},
	{name: "depview fuse", tool: "depview", engine: "fuse", captures: true, argv: depview("fuse")},
	{name: "depview unrecorded", tool: "depview", engine: "overlay", captures: true, argv: depview("overlay", "--unrecorded")},
	{name: "depview --learn", tool: "depview", engine: "overlay", captures: true, argv: depview("overlay", "--learn")},
	{name: "bubblewrap", tool: "bwrap", argv: bubblewrap},
	{name: "overlayfs", tool: "unshare", root: true, captures: true, argv: overlayfs},
	{name: "fuse-overlayfs", tool: "fuse-overlayfs", root: true, captures: true, argv: fuseOverlayfs},
	{name: "proot", tool: "proot", argv: func(j job) []string {
		return append([]string{j.tool, "-r", "/", "-w", j.work}, j.command...)
	}},
	{name: "strace", tool: "strace", argv: func(j job) []string {
		return append([]string{j.tool, "-f", "-qq", "-e", "trace=file", "-o", j.layer + "/log"}, j.command...)
	}},
}

func depview(engine string, flags ...string) func(j job) []string {
	return func(j job) []string {
		argv := []string{j.tool, "run", "--engine", engine, "--work", j.work, "--capture", j.layer + "/capture"}
		argv = append(argv, flags...)
		if j.deps != "" {
			argv = append(argv, "--deps", j.deps)
		}
		if j.stats != "" {
			argv = append(argv, "--stats", j.stats)
		}
		for _, p := range j.packages {
			argv = append(argv, "--dep", p)
		}
		return append(append(argv, "--"), j.command...)
	}
}

// bubblewrap binds the host's root read-only and work read-write, in the same
// namespaces as a view's. Nothing is captured.
func bubblewrap(j job) []string {
	return append([]string{j.tool, "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--die-with-parent",
		"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
		"--bind", j.work, j.work, "--chdir", j.work, "--"}, j.command...)
}

// Both overlays get a mount namespace and what every build wants in its root. The
// scripts' arguments: WORK LAYER TOOL COMMAND...
const (
	prepare = `set -e
work=$1 layer=$2 tool=$3 root=$2/root
shift 3
mkdir "$layer/upper" "$layer/work" "$root"
options=lowerdir=/,upperdir=$layer/upper,workdir=$layer/work
`
	enter = `
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount --bind "$work" "$root$work"
`
	command = ` chroot "$root" sh -c 'cd "$0" && exec "$@"' "$work" "$@"`
)

func overlayfs(j job) []string {
	return mounting(j.tool, prepare+`mount -t overlay overlay -o "$options" "$root"`+enter+"exec"+command, j)
}

// fuseOverlayfs keeps the daemon in the foreground, so that its time is known.
func fuseOverlayfs(j job) []string {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		unshare = "unshare" // exec says it then
	}
	return mounting(unshare, prepare+`"$tool" -f -o "$options" "$root" &
until mountpoint -q "$root"; do kill -0 $! && sleep 0.005; done
`+enter+"status=0\n"+command+` || status=$?
umount -lR "$root"
wait $!
exit $status`, j)
}

func mounting(unshare, script string, j job) []string {
	return append([]string{unshare, "-m", "sh", "-c", script, "sh", j.work, j.layer, j.tool}, j.command...)
}

// find returns the path of the peer's program, or why the peer is left out.
func (p *peer) find(built, help string) (tool string, err error) {
	switch {
	case p.root && os.Geteuid() != 0:
		return "", fmt.Errorf("needs root")
	case p.tool == "":
		return "", nil
	case p.engine != "":
		for line := range strings.Lines(help) {
			if strings.Contains(line, "--engine") && strings.Contains(line, p.engine) {
				return built, nil
			}
		}
		return "", fmt.Errorf("this depview has no engine %q", p.engine)
	}
	if tool, err = exec.LookPath(p.tool); err != nil {
		return "", fmt.Errorf("%s is not installed", p.tool)
	}
	return tool, nil
}
