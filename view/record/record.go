// Package record keeps what a build did: one event a line in record.jsonl, and
// the report made from them.
//
// While a build runs, a [Writer] appends every lookup of a hidden path. Later
// [Read] gives the events back, and [NewReport] groups the paths by the package
// that owns them, which is the list of what the build forgot to declare.
//
//	fs ──Event──▶ Writer ──▶ record.jsonl ──▶ Read ──▶ NewReport ──▶ Text
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

// A Kind says what an event tells. Readers skip kinds that they do not know,
// so that new ones (a read, an exec, a refused write) may come.
type Kind string

// Hidden is the kind of a lookup of a path that the view hides.
const Hidden Kind = "hidden"

// The verdicts of a hidden path.
const (
	Undeclared = "undeclared" // a package outside the closure owns it
	Stray      = "stray"      // nobody owns it and nothing shows it
	Excluded   = "excluded"   // a rule hides it: recorded, never reported
)

// An Event is one thing that the build did. In record.jsonl it is one object:
//
//	{"event":"hidden","path":"/usr/include/oniguruma.h","verdict":"undeclared",
//	 "owners":["libonig-dev"],"pid":8,"exe":"/usr/bin/cc1","argv":["cc1","-quiet"],
//	 "time":"2026-02-03T04:05:06.000000007Z"}
//
// Paths, arguments and owners are bytes to a kernel, and JSON has only Unicode.
// A value that is valid UTF-8 is written as a string and is exactly that string;
// any other is written as {"base64":"…"}. Empty members are left out.
type Event struct {
	Kind    Kind
	Path    string // absolute, as the build named it after resolving its directory
	Verdict string
	Owners  []string // packages that own Path
	PID     int      // as the build itself numbers it; 0 if not known
	Exe     string   // of the process; "" if not known
	Argv    []string
	Time    time.Time
}

// wire is an [Event] in the shape of its JSON.
type wire struct {
	Event   Kind      `json:"event"`
	Path    text      `json:"path,omitempty"`
	Verdict string    `json:"verdict,omitempty"`
	Owners  []text    `json:"owners,omitempty"`
	PID     int       `json:"pid,omitempty"`
	Exe     text      `json:"exe,omitempty"`
	Argv    []text    `json:"argv,omitempty"`
	Time    time.Time `json:"time,omitzero"`
}

// line encodes e as one line of record.jsonl, its newline included.
func (e Event) line() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // paths should stay greppable
	err := enc.Encode(wire{e.Kind, text(e.Path), e.Verdict, texts(e.Owners), e.PID, text(e.Exe), texts(e.Argv), e.Time})
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
	return Event{w.Event, string(w.Path), w.Verdict, stringsOf(w.Owners), w.PID, string(w.Exe), stringsOf(w.Argv), w.Time}, nil
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
	return json.Marshal(string(t))
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
