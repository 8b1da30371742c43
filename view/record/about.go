package record

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// A Mention is an event about some path, and what it comes to.
type Mention struct {
	Event
	Rank Rank
	Mode string // of the command that did it; "" if not known
}

// About returns the events about a path, which is spelled in any of the ways that
// are given: those that tell most first.
func About(events iter.Seq2[Event, error], spelled ...string) ([]Mention, error) {
	var list []Mention
	mode := ""
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		if e.Kind == Start {
			mode = e.Mode
		}
		if !slices.ContainsFunc([]string{e.Path, e.Asked, e.Target}, func(p string) bool { return p != "" && slices.Contains(spelled, p) }) {
			continue
		}
		switch m := (Mention{Event: e, Mode: mode}); e.Kind {
		case Hidden:
			m.Rank = e.Rank()
			list = append(list, m)
		case Used:
			m.Rank = e.Use()
			list = append(list, m)
		case Absent, Denied:
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b Mention) int { return cmp.Compare(b.Rank, a.Rank) })
	return list, nil
}

// String says who did what, on one line:
//
//	/usr/bin/cc1 (cc1 -quiet x.c), pid 8: open of /lib/x.h, would have been read
func (m Mention) String() string {
	call := cmp.Or(string(m.Call), "lookup")
	if m.Kind == Denied {
		call = cmp.Or(m.Syscall, "call")
	}
	text := fmt.Sprintf("%s: %s of %s", processOf(m.Event), Quote(call), Quote(cmp.Or(m.Asked, m.Path)))
	switch {
	case m.Kind == Denied:
		text += ", denied with " + Quote(m.Errno)
	case m.Kind == Used && m.Listed:
		text += ", after it listed the directory"
	case m.Kind != Used:
		text += ", " + m.Rank.String()
	}
	if m.Mode == Learn || m.Mode == Confirm {
		text += " (where nothing was hidden)"
	}
	return text
}
