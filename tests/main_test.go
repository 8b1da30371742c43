// Package tests drives the built depview from outside, as its users do.
//
// A run has a place of its own: TestMain builds the program into a directory that
// goes away with the run and, as root on Linux, starts the tests anew in
// namespaces of their own (see isolate). A test that fails, panics or is killed
// thus leaves nothing behind, and a run that leaves something behind itself fails.
//
// Most tests are scripts, testdata/script/*.txt, described in script_linux_test.go.
package tests

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// binary is the depview under test, which is also on PATH.
var binary string

// runDir is the run's own directory, which every user may enter.
var runDir string

func init() {
	runtime.LockOSThread() // no test gets the first thread, which is /proc/self
}

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "probe" {
		os.Exit(probe(os.Args[1:]))
	}
	if os.Getenv("DEPVIEW_TESTS_POSIX") != "" {
		os.Exit(m.Run()) // in a view: see TestPosix
	}
	os.Exit(withRunDir(func() int {
		if code, done := isolate(); done {
			return code
		}
		return runTests(m)
	}))
}

// withRunDir calls run with the run's directory in place. It is the first of the
// run's processes that makes it and takes it away, whatever becomes of the others.
func withRunDir(run func() int) int {
	const name = "DEPVIEW_TESTS_DIR"
	if runDir = os.Getenv(name); runDir != "" {
		return run()
	}
	var err error
	if runDir, err = os.MkdirTemp("", "depview-tests-"); err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(runDir)
	os.Setenv(name, runDir)
	return run()
}

func runTests(m *testing.M) int {
	if err := build(); err != nil {
		log.Print(err)
		return 1
	}
	code := m.Run()
	for _, report := range races() {
		fmt.Fprintln(os.Stderr, report)
		code = max(code, 1)
	}
	for _, l := range leftovers() {
		fmt.Fprintln(os.Stderr, "left behind:", l)
		code = max(code, 1)
	}
	return code
}

// build makes the run's directory: bin/depview, tmp, races and state.
func build() error {
	tmp := filepath.Join(runDir, "tmp")
	for dir, mode := range map[string]os.FileMode{".": 0o755, "bin": 0o755, "tmp": 0o777 | os.ModeSticky, "races": 0o777 | os.ModeSticky} {
		dir = filepath.Join(runDir, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(dir, mode); err != nil {
			return err
		}
	}
	binary = filepath.Join(runDir, "bin", "depview")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "../cmd/depview")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if os.Getenv(raceVar) != "" {
		detectRaces(cmd)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	os.Setenv("PATH", filepath.Dir(binary)+":"+os.Getenv("PATH"))
	os.Setenv("TMPDIR", tmp)
	os.Setenv("XDG_STATE_HOME", filepath.Join(runDir, "state"))
	return nil
}

// raceVar has the tests run a depview that was built with the race detector.
const raceVar = "DEPVIEW_TESTS_RACE"

// detectRaces changes the command that builds depview. What runs later ends at its
// first race, and leaves a report of it.
func detectRaces(build *exec.Cmd) {
	build.Args = slices.Insert(build.Args, 2, "-race")
	build.Env = append(build.Env, "CGO_ENABLED=1")
	os.Setenv("GORACE", "halt_on_error=1 exitcode=66 log_path="+filepath.Join(runDir, "races", "race"))
}

// races returns the reports.
func races() (reports []string) {
	files, _ := filepath.Glob(filepath.Join(runDir, "races", "*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			text = []byte(err.Error())
		}
		reports = append(reports, string(text))
	}
	return reports
}
