package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func init() { probes["model"] = modelProbe } // ENGINE USER VIEW LIKE SEED FROM TO: see TestModel

// The ways in which a view may differ from a plain directory.
const (
	dirsStay    = "directories stay"
	linksPart   = "links part"
	mappingsLag = "mappings lag"
	copiesCross = "copies cross"
	numbersMove = "numbers move"
	bare        = "bare"
	unreadable  = "unreadable"
	oneOwner    = "one owner"
)

// differ says in what an engine's or a user's views may differ from a plain
// directory, and why they do.
var differ = map[string]map[string]string{
	"overlay": {
		dirsStay:    "rename(2) of a directory with a lower layer is EXDEV without redirect_dir: mv(1) copies then",
		linksPart:   "without index a copy-up parts a lower file from its other names: such files are left alone",
		mappingsLag: "what was mapped for reading before a copy-up shows the lower file for good",
		copiesCross: "copy_file_range(2) from a lower file is EXDEV, as between any two file systems, and Linux 6.18 was seen to copy nothing between upper ones (seed 3, step 1812): cp(1) reads and writes then",
		numbersMove: "layers on two file systems, without xino: a file that was copied up has a number for each of its names, and a directory is not listed with its own",
		bare:        "the read-only tree has no extended attributes, of which the kernel asks a lot: a file that has some is left alone",
	},
	"fuse": {
		dirsStay: "as overlay's, so that a capture can go from one engine to the other",
		bare:     "as overlay's: what the lower tree has of extended attributes is no part of a view",
	},
	"user": {
		oneOwner:   "other owners and devices are kept in the view as in a file system, and owners on the plain directory in an attribute that shows: see the script owners_user",
		unreadable: "the daemon is that user, and cannot read what the owner of a lower file may not read: it is left alone",
	},
}

// A model is two directories that shall be alike, in a view that lasts a round.
type model struct {
	*rand.Rand
	engine, user string
	view, like   *side
	last         []string // steps
	numbers      map[identity]uint64
	modelState
}

// A modelState is what one round tells the next.
type modelState struct {
	Lower map[string]bool   // directories of the lower layer
	Apart map[uint64]string // files that may be left alone, by inode number in like: the difference
}

// An identity is a file's in like: a number alone is given again.
type identity struct {
	ino  uint64
	born unix.StatxTimestamp
}

// modelProbe is what runs in the view.
func modelProbe(args []string) error {
	var at [3]uint64
	for i, a := range args[4:] {
		var err error
		if at[i], err = strconv.ParseUint(a, 10, 64); err != nil {
			return err
		}
	}
	seed, step, end := at[0], at[1], at[2]
	m := &model{Rand: rand.New(rand.NewPCG(seed, step)), engine: args[0], user: args[1],
		view: &side{root: args[2]}, like: &side{root: args[3]}, numbers: map[identity]uint64{}}
	err := m.begin(step == 0)
	for ; err == nil && step < end; step++ {
		if err = m.step(); err == nil && step%200 == 0 {
			err = m.compareAll()
		}
	}
	if err != nil {
		return fmt.Errorf("step %d: %w\nthe last steps were\n%s", step, err, strings.Join(m.last, "\n"))
	}
	return m.end()
}

// may tells whether the view may differ in some way.
func (m *model) may(how string) bool {
	return differ[m.engine][how] != "" || differ[m.user][how] != ""
}

// stateFile is where a round leaves its state.
const stateFile = "state.json"

func (m *model) begin(first bool) error {
	m.view.may, m.like.may = m.may, m.may
	if first {
		if err := m.look(); err != nil {
			return err
		}
	} else if text, err := os.ReadFile(stateFile); err != nil || json.Unmarshal(text, &m.modelState) != nil {
		return fmt.Errorf("%s: %q, %w", stateFile, text, err)
	}
	return m.compareAll()
}

// look learns the lower layer from its copy.
func (m *model) look() error {
	m.Lower, m.Apart = map[string]bool{}, map[uint64]string{}
	all, err := treeState(m.like.root)
	for p, s := range all {
		switch {
		case s.dir:
			m.Lower[p] = true
		case s.names > 1:
			m.Apart[s.ino] = linksPart
		case s.attributes != "":
			m.Apart[s.ino] = bare
		case p == closed:
			m.Apart[s.ino] = unreadable
		}
	}
	return err
}

// end compares all, and leaves the state for the next round.
func (m *model) end() error {
	m.view.release()
	m.like.release()
	text, err := json.Marshal(m.modelState)
	return errors.Join(m.compareAll(), err, os.WriteFile(stateFile, text, 0o644))
}

// apart tells whether the file with this number in like is to be left alone.
func (m *model) apart(ino uint64) bool { return m.Apart[ino] != "" && m.may(m.Apart[ino]) }

// leave tells whether a step would touch a file that is to be left alone.
func (m *model) leave(paths ...string) bool {
	for _, p := range paths {
		var st unix.Stat_t
		if unix.Lstat(m.like.root+p, &st) == nil && m.apart(st.Ino) || unix.Stat(m.like.root+p, &st) == nil && m.apart(st.Ino) {
			return true
		}
	}
	return false
}

// real is a path without the symbolic links that its directories may be by now.
func (m *model) real(p string) string {
	dir, err := filepath.EvalSymlinks(m.view.root + filepath.Dir(p))
	if err != nil {
		return p
	}
	return filepath.Join("/", strings.TrimPrefix(dir, m.view.root), filepath.Base(p))
}

// compare compares what is at one path.
func (m *model) compare(p string) error {
	view, err1 := fileState(m.view.root + p)
	like, err2 := fileState(m.like.root + p)
	if !sameErrno(err1, err2) {
		return fmt.Errorf("%q: %v in the view, %v elsewhere", p, err1, err2)
	}
	return m.same(p, view, like)
}

func (m *model) same(p string, view, like seen) error {
	if view.unlisted == unix.EOPNOTSUPP.Error() && m.may(bare) {
		view.unlisted = ""
	}
	view.ino, view.entry = like.ino, like.entry
	if view != like && !m.apart(like.ino) {
		return fmt.Errorf("%q is\n%+v in the view,\n%+v elsewhere", p, view, like)
	}
	return nil
}

func sameErrno(a, b error) bool {
	var x, y syscall.Errno
	return errors.As(a, &x) == errors.As(b, &y) && x == y
}

// compareAll compares the trees.
func (m *model) compareAll() error {
	view, err1 := treeState(m.view.root)
	like, err2 := treeState(m.like.root)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	for _, p := range slices.Sorted(maps.Keys(view)) {
		if err := m.same(p, view[p], like[p]); err != nil {
			return err
		}
	}
	for p := range like {
		if _, ok := view[p]; !ok {
			return fmt.Errorf("%q is not in the view", p)
		}
	}
	if m.may(numbersMove) {
		return nil
	}
	return m.compareNumbers(view, like)
}

// compareNumbers tells whether names that are one file elsewhere are one in the view,
// and no others; whether each file has the inode number that it had the last time,
// and is listed with it.
func (m *model) compareNumbers(view, like map[string]seen) error {
	one, numbers := map[uint64]uint64{}, map[identity]uint64{}
	for p, v := range view {
		l := like[p].ino
		if v.entry != v.ino {
			return fmt.Errorf("%q has the inode number %d, and is listed with %d", p, v.ino, v.entry)
		}
		if other, ok := one[l]; ok && other != v.ino {
			return fmt.Errorf("%q is one file with others, but its inode number is %d, not %d", p, v.ino, other)
		}
		one[l] = v.ino
		id, err := m.identify(p, l)
		if err != nil {
			return err
		}
		if was, ok := m.numbers[id]; ok && was != v.ino {
			return fmt.Errorf("%q had the inode number %d, and now %d", p, was, v.ino)
		}
		numbers[id] = v.ino
	}
	if n := len(slices.Compact(slices.Sorted(maps.Values(one)))); n != len(one) {
		return fmt.Errorf("%d files have %d inode numbers", len(one), n)
	}
	m.numbers = numbers
	return nil
}

// identify tells the file at a path from all that there ever were.
func (m *model) identify(p string, ino uint64) (identity, error) {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, m.like.root+p, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &st)
	return identity{ino, st.Btime}, err
}
