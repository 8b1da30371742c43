package gentoo

import (
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/depview/depview/depgraph"
)

// An entry is what the database has of one package, read when it is asked for.
type entry struct {
	db      *Database
	p       *depgraph.Package
	full    string // "app-misc/foo-2.0-r1"
	name    string // "app-misc/foo"
	version string // "2.0-r1"

	slotRead  sync.Once
	slot, sub string // as in SLOT=slot/sub; without a sub-slot, that is the slot (PMS 7.2)
	slotErr   error

	flagsRead sync.Once
	flags     *flags
	flagsErr  error

	failed atomic.Pointer[error] // what reading slot or flags gave
}

// flags are the USE flags of a package.
type flags struct {
	on    map[string]bool // that it was built with
	known map[string]bool // that it has at all: IUSE_EFFECTIVE (PMS 7.3.1)
}

// dir is the entry's directory, relative to the root.
func (e *entry) dir() string { return path.Join(e.db.at(vdb), e.full) }

// read returns one of the entry's files, empty where there is none.
func (e *entry) read(name string) (string, error) { return e.db.read(e.dir() + "/" + name) }

// readSlot makes slot and sub known. What is no slot is 0, as aux_get in vartree.py has
// it.
func (e *entry) readSlot() error {
	e.slotRead.Do(func() {
		var text string
		text, e.slotErr = e.read("SLOT")
		e.slot, e.sub = splitSlot(strings.TrimSpace(text))
		e.fail(e.slotErr)
	})
	return e.slotErr
}

// fail notes an error for needs to tell.
func (e *entry) fail(err error) {
	if err != nil {
		e.failed.Store(&err)
	}
}

func splitSlot(text string) (slot, sub string) {
	slot, sub, both := strings.Cut(text, "/")
	switch {
	case !isSlot(slot) || both && !isSlot(sub):
		return "0", "0"
	case !both:
		return slot, slot
	}
	return slot, sub
}

// isSlot tells whether s can name a slot (PMS 3.1.3).
func isSlot(s string) bool { return isCategory(s) }

// readFlags makes the flags known.
func (e *entry) readFlags() (*flags, error) {
	e.flagsRead.Do(func() {
		e.flags, e.flagsErr = e.parseFlags()
		e.fail(e.flagsErr)
	})
	return e.flags, e.flagsErr
}

func (e *entry) parseFlags() (*flags, error) {
	var texts [3]string
	for i, name := range []string{"USE", "IUSE", "IUSE_EFFECTIVE"} {
		var err error
		if texts[i], err = e.read(name); err != nil {
			return nil, err
		}
	}
	f := &flags{on: map[string]bool{}, known: map[string]bool{}}
	for flag := range strings.FieldsSeq(texts[0]) {
		f.on[flag] = true
		if strings.TrimSpace(texts[2]) == "" { // before EAPI 5, the profile's own flags were not noted
			f.known[flag] = true
		}
	}
	for _, text := range texts[1:] {
		for flag := range strings.FieldsSeq(text) {
			f.known[strings.TrimLeft(flag, "+-")] = true
		}
	}
	return f, nil
}

// needs reads what the package needs once it is installed. PDEPEND is for after its
// installation and IDEPEND for during it (PMS 8.1), so a clean root has both.
func (e *entry) needs() (needs []depgraph.Need, err error) {
	if err := e.failed.Load(); err != nil { // see accepts
		return nil, *err
	}
	r := e.db.newReduction(nil)
	r.built = true
	for _, field := range []string{"RDEPEND", "PDEPEND", "IDEPEND"} {
		text, err := e.read(field)
		if err != nil {
			return nil, err
		}
		if conditional(text) && r.on == nil {
			flags, err := e.readFlags()
			if err != nil {
				return nil, err
			}
			r.on = flags.on
		}
		nodes, err := parseDepends(origin{file: "/" + e.dir() + "/" + field}, text)
		if err != nil {
			return nil, err
		}
		for _, c := range r.all(nodes, false) {
			needs = append(needs, e.db.need(c))
		}
	}
	return needs, nil
}

// conditional tells whether a dependency string may have anything that depends on
// flags. Portage evaluates what it notes, so few do.
func conditional(text string) bool {
	return strings.Contains(text, "?") || strings.Contains(text, "=]") || strings.Contains(text, "=,")
}

// installed tells whether a package of the database is what a asks for.
func (db *Database) installed(a *atom) bool {
	for _, e := range db.named[a.name] {
		if a.accepts(e.p, nil) {
			return true
		}
	}
	return false
}

// alternative makes an alternative of an atom.
func (db *Database) alternative(a *atom) depgraph.Alternative {
	return depgraph.Alternative{Name: a.name, Text: a.text, Accepts: a.accepts}
}

// need makes a need of a clause.
func (db *Database) need(c clause) depgraph.Need {
	need := make(depgraph.Need, len(c.atoms))
	for i, a := range c.atoms {
		need[i] = db.alternative(a)
	}
	return need
}
