package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonVersion is the version of the JSON. Members may be added to it; another one
// comes when one changes its meaning or goes. contrib/report.schema.json has it all.
const jsonVersion = 1

type (
	jsonReport struct {
		Version    int          `json:"version"`
		Runs       []jsonRun    `json:"runs"`
		Undeclared []jsonGroup  `json:"undeclared"`
		Stray      jsonPaths    `json:"stray"`
		Absent     jsonPaths    `json:"absent"`
		Denied     []jsonDenial `json:"denied"`
		Unused     []text       `json:"unused"`
		Ignored    int          `json:"ignored"`
		Known      int          `json:"known"`
		Lost       int          `json:"lost"`
	}
	jsonRun struct {
		Mode    text   `json:"mode"`
		Phase   text   `json:"phase"`
		Argv    []text `json:"argv"`
		Started string `json:"started,omitempty"`
		Ended   string `json:"ended,omitempty"`
		Status  *int   `json:"status,omitempty"` // of a run that has ended
	}
	jsonGroup struct {
		Owners   []text        `json:"owners"`
		Rank     string        `json:"rank"`
		Declare  text          `json:"declare,omitempty"`
		With     text          `json:"comes_with,omitempty"`
		Findings []jsonFinding `json:"findings"`
	}
	jsonPaths struct {
		Findings []jsonFinding `json:"findings"`
	}
	jsonFinding struct {
		Path        text        `json:"path"`
		Asked       text        `json:"asked,omitempty"`
		What        What        `json:"what"`
		Rank        string      `json:"rank"`
		Confirmed   bool        `json:"confirmed"`
		OptionalFor text        `json:"optional_for,omitempty"`
		By          jsonProcess `json:"by"`
	}
	jsonProcess struct {
		Exe  text   `json:"exe,omitempty"`
		Argv []text `json:"argv,omitempty"`
		PID  int    `json:"pid,omitempty"`
		Time string `json:"time,omitempty"`
	}
	jsonDenial struct {
		Path    text        `json:"path,omitempty"`
		Address text        `json:"address,omitempty"`
		Syscall text        `json:"syscall"`
		Errno   text        `json:"errno"`
		Phase   text        `json:"phase"`
		By      jsonProcess `json:"by"`
		Count   int         `json:"count"`
	}
)

// writeJSON writes the report for programs: contrib/report.schema.json describes
// it, and the man page.
func (r *Report) writeJSON(b *bufio.Writer, _ Details) error {
	j := jsonReport{
		Version: jsonVersion,
		Stray:   jsonPaths{jsonFindings(r.Stray.Findings)}, Absent: jsonPaths{jsonFindings(r.Absent.Findings)},
		Runs: list(r.Runs, jsonRunOf), Undeclared: list(r.Undeclared, jsonGroupOf), Denied: list(r.Denied, jsonDenialOf),
		Unused: list(r.Unused, textOf), Ignored: r.Ignored, Known: r.Known, Lost: max(r.Lost, 0),
	}
	return encode(b, j)
}

func jsonRunOf(r Run) jsonRun {
	j := jsonRun{Mode: text(r.Mode), Phase: text(r.Phase), Argv: list(r.Argv, textOf), Started: stamp(r.Started), Ended: stamp(r.Ended)}
	if j.Ended != "" {
		j.Status = &r.Status
	}
	return j
}

func jsonGroupOf(g Group) jsonGroup {
	return jsonGroup{list(g.Owners, textOf), g.Rank().String(), text(g.Declare), text(g.ComesWith), jsonFindings(g.Findings)}
}

func jsonFindings(findings []Finding) []jsonFinding {
	return list(findings, func(f Finding) jsonFinding {
		return jsonFinding{text(f.Path), text(f.Asked), f.What, f.Rank.String(), f.Confirmed, text(f.OptionalFor), jsonProcessOf(f.By)}
	})
}

func jsonProcessOf(p Process) jsonProcess {
	return jsonProcess{text(p.Exe), texts(p.Argv), p.PID, stamp(p.Time)}
}

func jsonDenialOf(d Denial) jsonDenial {
	j := jsonDenial{Path: text(d.Path), Syscall: text(d.Syscall), Errno: text(d.Errno), Phase: text(d.Phase), By: jsonProcessOf(d.By), Count: max(d.Count, 1)}
	if j.Path == "" {
		j.Address = text(d.Address)
	}
	return j
}

func textOf(s string) text { return text(s) }

// list converts a list; of none it makes an empty one, which is no null in JSON.
func list[F, T any](from []F, convert func(F) T) []T {
	to := make([]T, 0, len(from))
	for _, f := range from {
		to = append(to, convert(f))
	}
	return to
}

// stamp formats a time in UTC as RFC 3339 has it, which has no year 10000. It
// returns "" for no time.
func stamp(t time.Time) string {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// encode writes v as JSON that may be shown on a terminal: JSON itself has only
// some of the characters escaped that control one.
func encode(b *bufio.Writer, v any) error {
	var j bytes.Buffer
	enc := json.NewEncoder(&j)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	for text := j.Bytes(); len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' || strconv.IsPrint(r):
			b.Write(text[:size])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
		text = text[size:]
	}
	return nil
}
