// Command depview gives a package build a root that holds the base OS, the files
// of its own dependencies, and nothing else.
//
// One file a verb. A verb resolves its flags into a scope (what may be seen),
// compiles a view from it and hands that on; what is more than that belongs into
// another package.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs/jail"
)

// version is set by the linker for a release.
var version = ""

func main() {
	jail.Enter()
	debug.SetGCPercent(800) // a start makes little garbage, and settleDown is near
	os.Exit(run(os.Args[1:]))
}

// settleDown has a process that serves a view use little memory from then on, and
// give back what an index that had to be made took.
func settleDown() {
	time.AfterFunc(time.Second, func() {
		debug.SetGCPercent(100)
		debug.FreeOSMemory()
	})
}

// run is main without the end of the process.
func run(args []string) int {
	cmd := rootCommand()
	cmd.SetArgs(args)
	err := cmd.Execute()
	var done exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &done):
		return int(done)
	}
	return complain(err)
}

// An exitCode ends depview with the command's own status and without a message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// A hinted error knows what the reader can do.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// complain prints err as depview's messages are, and returns its exit code.
func complain(err error) int {
	code := jail.ExitFailed
	fmt.Fprintf(os.Stderr, "depview: %s\n", err)
	var h hinted
	var j *jail.Error
	var unmet *depgraph.UnmetError
	hint := ""
	switch {
	case errors.As(err, &h):
		hint = h.hint
	case errors.As(err, &j):
		hint, code = j.Hint, j.Code
	case errors.As(err, &unmet):
		hint = "install it or correct its name; depview shows what is on this machine and installs nothing"
	}
	if hint != "" {
		fmt.Fprintf(os.Stderr, "hint: %s\n", hint)
	}
	return code
}

func rootCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "depview",
		Short: "show a package build its dependencies and nothing else",
		Long: `depview runs a package build in a root directory that holds the base OS, the
files of the build's own direct and indirect dependencies, and nothing else.
Other packages' files do not exist there. What the build writes lands in a
capture, which can be listed, packed, and asked for what the build looked for
in vain.`,
		Example: `  depview run --recipe debian/control --work .. -- dpkg-buildpackage -b -uc -us
  depview run --dep zlib1g-dev -- sh -c './configure && make && make install'
  depview report && depview changes && depview pack -o out.tar.zst`,
		Version:           versionString(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return hinted{err, c.CommandPath() + " --help lists the flags"}
	})
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return hinted{fmt.Errorf("unknown command %q", args[0]), "depview --help lists the commands"}
		}
		return nil
	}
	cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	cmd.SetVersionTemplate("depview {{.Version}}\n")
	cmd.AddCommand(runCommand(), checkCommand(), mountCommand(), umountCommand(), depsCommand(), explainCommand(),
		reportCommand(), suggestCommand(), changesCommand(), packCommand(), doctorCommand())
	return cmd
}

func versionString() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
