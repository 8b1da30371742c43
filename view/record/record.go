// Package record keeps what a build did: one event a line in record.jsonl, and
// the report made from them.
//
// While a build runs, a [Writer] appends what it looked up and did not get, what
// it used of other packages, and what it was refused. Later [Read] gives the
// events back, and [NewReport] groups the paths by the package that owns them and
// ranks them, which is the list of what the build forgot to declare.
//
//	fs ──Event──▶ Writer ──▶ record.jsonl ──▶ Read ──▶ NewReport ──▶ Text, JSON, SARIF, JUnit
//
// Verdicts are strings here ("undeclared", "stray", "excluded"), as design.md
// names them: a record outlives the program that wrote it.
package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Kind says what an event tells. Readers skip kinds that they do not know, so
// that new ones may come.
type Kind string

// The kinds of event.
const (
	Start  Kind = "start"  // a command begins: Argv, Mode, Phase
	End    Kind = "end"    // it has ended: Status
	Hidden Kind = "hidden" // a lookup of a path that exists and that the view hides
	Absent Kind = "absent" // a lookup of one that does not exist, and would be hidden if it did
	Used   Kind = "used"   // a visible file that is not the base OS's was opened or executed
	Denied Kind = "denied" // a write or a connection was refused
	More   Kind = "more"   // Count events of OfKind, like this one, were left out
)

// The modes of a command.
const (
	Hide    = "hide"    // what is undeclared was hidden
	Learn   = "learn"   // everything was shown
	Confirm = "confirm" // everything was shown, to tell how the last Hide's findings would be used
)

// The verdicts of a path.
const (
	Dependency = "dependency" // a package of the closure owns it; of Used only
	Shown      = "rule"       // a rule shows it; of Used only
	Undeclared = "undeclared" // a package outside the closure owns it
	Stray      = "stray"      // nobody owns it and nothing shows it
	Excluded   = "excluded"   // a rule hides it: recorded, never reported
)

// A Call is what a process did with a path, as far as it is known.
type Call string

// The calls. A lookup that a shell makes to find out whether there is such a
// program is a stat.
const (
	Exec  Call = "exec"
	Open  Call = "open"
	Stat  Call = "stat"  // stat, access, readlink: nothing of the content
	Other Call = "other" // any other system call: mkdir, rename, chdir, …
)

// A Type is the type of the file at an event's path, links followed.
type Type string

// The types.
const (
	Program   Type = "program" // a regular file that somebody may execute
	File      Type = "file"    // any other but a directory
	Directory Type = "directory"
)

// An Event is one thing that the build did. In record.jsonl it is one object:
//
//	{"event":"hidden","path":"/usr/include/oniguruma.h","verdict":"undeclared",
//	 "owners":["libonig-dev"],"call":"open","type":"file","pid":8,
//	 "exe":"/usr/bin/cc1","argv":["cc1","-quiet"],
//	 "time":"2026-02-03T04:05:06.000000007Z"}
//
// Paths, arguments and owners are bytes to a kernel, and JSON has only Unicode.
// A value that is valid UTF-8 is written as a string and is exactly that string;
// any other is written as {"base64":"…"}. Empty members are left out.
type Event struct {
	Kind    Kind
	Path    string // absolute, the links in its directory resolved
	Verdict string
	Owners  []string // packages that own Path
	Asked   string   // Path as the process spelled it, "" if the same or not known
	Target  string   // where Path leads if it is a symbolic link, else ""
	Call    Call
	Type    Type
	// Listed says of Used that the process had listed the directory before: it may
	// have found the file there and looked at it as at any other.
	Listed bool
	// OptionalFor is the visible package whose program asked and that only
	// recommends or suggests Owners: it does without.
	OptionalFor string
	PID         int    // as the build itself numbers it; 0 if not known
	Exe         string // of the process; "" if not known
	Argv        []string
	Time        time.Time

	// Address is what Denied is about if it is not Path: "192.0.2.1:443/tcp".
	Address string
	Syscall string // that was denied: "connect", "mkdirat"
	Errno   string // and how: "EROFS", "ENETUNREACH"

	Mode  string // of Start
	Phase string // of Start; "" is the whole build
	// Declaration is the file that the target's dependencies are declared in, of Start;
	// "" if the command line did.
	Declaration string
	Status      int  // of End: the command's exit status
	OfKind      Kind // of More
	Count       int  // of More
}

// wire is an [Event] in the shape of its JSON.
type wire struct {
	Event       Kind      `json:"event"`
	Path        text      `json:"path,omitempty"`
	Verdict     string    `json:"verdict,omitempty"`
	Owners      []text    `json:"owners,omitempty"`
	Asked       text      `json:"asked,omitempty"`
	Target      text      `json:"target,omitempty"`
	Call        Call      `json:"call,omitempty"`
	Type        Type      `json:"type,omitempty"`
	Listed      bool      `json:"listed,omitempty"`
	OptionalFor text      `json:"optional_for,omitempty"`
	PID         int       `json:"pid,omitempty"`
	Exe         text      `json:"exe,omitempty"`
	Argv        []text    `json:"argv,omitempty"`
	Time        time.Time `json:"time,omitzero"`
	Address     string    `json:"address,omitempty"`
	Syscall     string    `json:"syscall,omitempty"`
	Errno       string    `json:"errno,omitempty"`
	Mode        string    `json:"mode,omitempty"`
	Phase       text      `json:"phase,omitempty"`
	Declaration text      `json:"declaration,omitempty"`
	Status      int       `json:"status,omitempty"`
	OfKind      Kind      `json:"of,omitempty"`
	Count       int       `json:"count,omitempty"`
}

// line encodes e as one line of record.jsonl, its newline included.
func (e Event) line() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // paths should stay greppable
	err := enc.Encode(wire{
		Event: e.Kind, Path: text(e.Path), Verdict: e.Verdict, Owners: texts(e.Owners), Asked: text(e.Asked), Target: text(e.Target), Call: e.Call, Type: e.Type,
		Listed: e.Listed, OptionalFor: text(e.OptionalFor), PID: e.PID, Exe: text(e.Exe), Argv: texts(e.Argv), Time: e.Time,
		Address: e.Address, Syscall: e.Syscall, Errno: e.Errno,
		Mode: e.Mode, Phase: text(e.Phase), Declaration: text(e.Declaration), Status: e.Status, OfKind: e.OfKind, Count: e.Count,
	})
	return b.Bytes(), err
}

// parse decodes one line. Members that it does not know are skipped.
func parse(line []byte) (Event, error) {
	if !utf8.Valid(line) {
		return Event{}, errors.New("not UTF-8")
	}
	var w wire
	if err := json.Unmarshal(line, &w); err != nil {
		return Event{}, err
	}
	if w.Event == "" {
		return Event{}, errors.New(`no "event" member`)
	}
	return Event{
		Kind: w.Event, Path: string(w.Path), Verdict: w.Verdict, Owners: stringsOf(w.Owners), Asked: string(w.Asked), Target: string(w.Target), Call: w.Call, Type: w.Type,
		Listed: w.Listed, OptionalFor: string(w.OptionalFor), PID: w.PID, Exe: string(w.Exe), Argv: stringsOf(w.Argv), Time: w.Time,
		Address: w.Address, Syscall: w.Syscall, Errno: w.Errno,
		Mode: w.Mode, Phase: string(w.Phase), Declaration: string(w.Declaration), Status: w.Status, OfKind: w.OfKind, Count: w.Count,
	}, nil
}

// text is a string of any bytes: see [Event] for its JSON.
type text string

type encoded struct {
	Base64 *string `json:"base64"`
}

func (t text) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		b := base64.StdEncoding.EncodeToString([]byte(t))
		return json.Marshal(encoded{&b})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // as in line
	err := enc.Encode(string(t))
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, (*string)(t))
	}
	var e encoded
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	if e.Base64 == nil {
		return errors.New(`an object without a "base64" member where a string is wanted`)
	}
	raw, err := base64.StdEncoding.DecodeString(*e.Base64)
	if err != nil {
		return fmt.Errorf("base64: %w", err)
	}
	*t = text(raw)
	return nil
}

func texts(ss []string) []text { return convert[text](ss) }

func stringsOf(ts []text) []string { return convert[string](ts) }

func convert[T, F ~string](from []F) []T {
	if len(from) == 0 {
		return nil
	}
	to := make([]T, len(from))
	for i, s := range from {
		to[i] = T(s)
	}
	return to
}
