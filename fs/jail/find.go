package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// chdir goes to the command's directory, in the jail.
func (p *Plan) chdir() error {
	if err := os.Chdir(p.Dir); err != nil {
		return failed("the working directory must be inside --work, or visible in the view", "%s", err)
	}
	return nil
}

// find returns the file that p.Argv[0] names, as a shell would find it.
func (p *Plan) find() (string, error) {
	name := p.Argv[0]
	if strings.Contains(name, "/") {
		return name, nil
	}
	var denied error
	for _, dir := range strings.Split(getenv(p.Env, "PATH", "/usr/local/bin:/usr/bin:/bin"), ":") {
		if dir == "" {
			dir = "."
		}
		file := path.Join(dir, name)
		if !strings.Contains(file, "/") {
			file = "./" + file
		}
		var st unix.Stat_t
		if unix.Stat(file, &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFDIR {
			continue
		}
		if denied = unix.Access(file, unix.X_OK); denied == nil {
			return file, nil
		}
	}
	if denied != nil {
		return "", &Error{Message: fmt.Sprintf("cannot run %s: %s", short(name), denied), Code: ExitNotExecutable}
	}
	return "", &Error{Message: fmt.Sprintf("cannot run %s: no such command in the view", short(name)), Code: ExitNotFound,
		Hint: "depview explain FILE tells which package would bring it"}
}

// cannotRun says why the command was not executed.
func (p *Plan) cannotRun(err error) *Error {
	e := &Error{Message: fmt.Sprintf("cannot run %s: %s", short(p.Argv[0]), err), Code: ExitNotExecutable}
	if errors.Is(err, fs.ErrNotExist) {
		e.Code = ExitNotFound
		e.Hint = "depview explain FILE tells whether it is hidden; its interpreter may be, too"
	}
	return e
}

// short cuts a name to what a message can hold.
func short(name string) string {
	const most = 200 // bytes
	if len(name) > most {
		return name[:most] + "…"
	}
	return name
}

func getenv(env []string, name, otherwise string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return otherwise
}
