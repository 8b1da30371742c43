package index

import (
	"cmp"
	"encoding/binary"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Links are what an index rests on besides lists: of every directory in a path of
// a list, whether it is a symbolic link, and to where.
type Links struct {
	index *Index
	look  func(dir string) uint64
	dirs  map[string]*linkDir
}

// A linkDir is a directory in which names were looked at.
type linkDir struct {
	stamp uint64
	names []linkName
	owner uint32 // the one package that owns all below it, or nobody: no single one
}

// A linkName is a name that was looked at; its target is empty where it is no link.
type linkName struct{ name, target string }

func newLinks(look func(dir string) uint64) *Links {
	return &Links{look: look, dirs: map[string]*linkDir{}}
}

// looked is a [Resolver]'s.
func (l *Links) looked(p string) {
	dir, name := split(p)
	d := l.dirs[dir]
	if d == nil {
		d = &linkDir{stamp: l.look(dir)}
		l.dirs[dir] = d
	}
	d.names = append(d.names, linkName{name: name})
}

// found is a [Resolver]'s.
func (l *Links) found(p, target string) {
	dir, _ := split(p)
	names := l.dirs[dir].names
	names[len(names)-1].target = target // looked has just put it there
}

// mergeLinks makes one of what several resolvers saw. A directory whose stamp
// changed between them keeps none.
func mergeLinks(parts []*Links) *Links {
	if len(parts) == 0 || parts[0] == nil {
		return nil
	}
	all := parts[0]
	for _, l := range parts[1:] {
		for p, d := range l.dirs {
			have := all.dirs[p]
			if have == nil {
				all.dirs[p] = d
				continue
			}
			if have.stamp != d.stamp {
				have.stamp = 0
			}
			have.names = append(have.names, d.names...)
		}
	}
	return all
}

// Anyone is the owner of links that concern more than one package.
const Anyone = -1

// sole finds out which links concern one package alone: those on the way to
// directories in which only its files are.
func (l *Links) sole() {
	for p, d := range l.dirs {
		d.owner = nobody
		if id, ok := l.index.dir(p); ok && !d.leads() {
			d.owner = l.index.sole(id)
		}
	}
}

// leads tells whether there is a symbolic link in d: it concerns who is at its end.
func (d *linkDir) leads() bool {
	return slices.ContainsFunc(d.names, func(n linkName) bool { return n.target != "" })
}

// Bytes returns what SameLinks takes. For each owner of links, none first: its
// position, the length of what follows, and for each directory: its stamp, the
// length of the rest, the directory, and the names in it with their targets; each
// text after its length, in 16 bits.
func (l *Links) Bytes() []byte {
	l.sole()
	byOwner := map[uint32][]string{}
	for dir, d := range l.dirs {
		byOwner[d.owner+1] = append(byOwner[d.owner+1], dir) // nobody is 0, and first
	}
	b := make([]byte, 0, 64*len(l.dirs))
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		slices.Sort(byOwner[owner])
		b = put(put(b, owner-1), 0)
		begin := len(b)
		for _, dir := range byOwner[owner] {
			b = l.dirs[dir].append(b, dir)
		}
		binary.LittleEndian.PutUint32(b[begin-word:], uint32(len(b)-begin))
	}
	return b
}

// append appends the record of d, which is at dir.
func (d *linkDir) append(b []byte, dir string) []byte {
	b = put(binary.LittleEndian.AppendUint64(b, d.stamp), 0)
	begin := len(b)
	b = putText(b, dir)
	slices.SortFunc(d.names, func(a, b linkName) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.target, b.target))
	})
	for _, n := range slices.Compact(d.names) {
		b = putText(putText(b, n.name), n.target)
	}
	binary.LittleEndian.PutUint32(b[begin-word:], uint32(len(b)-begin))
	return b
}

func putText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

// SameLinks tells whether the links that an index was made with are those that
// root has now; b is from [Links.Bytes]. Only those are looked at whose owner, a
// package's position or [Anyone], is wanted. A directory whose stamp is as it was
// is believed to hold the same names; in others every name is looked at again. A
// stamp of 0 is never as it was.
func SameLinks(b []byte, wanted func(owner int) bool, root fs.FS, look func(dir string) uint64) bool {
	r := records{}
	for len(b) > 0 {
		n := sectionLen(b)
		if n == 0 {
			return false // not from Bytes
		}
		if wanted(int(int32(at(b, 0)))) {
			r.sections = append(r.sections, b[2*word:n])
		}
		b = b[n:]
	}
	var changed atomic.Bool
	var wait sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)-1) { // one processor for who waits for more than this
		wait.Go(func() {
			for some := r.next(); len(some) > 0 && !changed.Load(); some = r.next() {
				for len(some) > 0 {
					n := recordLen(some)
					if !sameDir(some[:n], root, look) {
						changed.Store(true)
					}
					some = some[n:]
				}
			}
		})
	}
	wait.Wait()
	return !changed.Load() && !r.bad
}

// records hands out what Links.Bytes wrote, some at a time: a processor may be
// busy with something else.
type records struct {
	mu       sync.Mutex
	sections [][]byte
	bad      bool // they are not from Bytes
}

func (r *records) next() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sections) == 0 {
		return nil
	}
	section, end := r.sections[0], 0
	for range 32 {
		if end == len(section) {
			break
		}
		n := recordLen(section[end:])
		if n == 0 {
			r.bad, r.sections = true, nil
			return nil
		}
		end += n
	}
	if r.sections[0] = section[end:]; end == len(section) {
		r.sections = r.sections[1:]
	}
	return section[:end]
}

// sectionLen returns the length of the section that b begins with, 0 if none can
// be there.
func sectionLen(b []byte) int {
	if len(b) < 2*word || uint64(len(b)-2*word) < uint64(at(b, 1)) || at(b, 1) == 0 {
		return 0
	}
	return 2*word + int(at(b, 1))
}

// linkHeader is how many bytes come before the directory in a record.
const linkHeader = 8 + word

// recordLen returns the length of the record that b begins with, 0 if none can be
// there.
func recordLen(b []byte) int {
	if len(b) < linkHeader || uint64(len(b)-linkHeader) < uint64(at(b, 2)) {
		return 0
	}
	return linkHeader + int(at(b, 2))
}

// sameDir is SameLinks for one directory.
func sameDir(record []byte, root fs.FS, look func(dir string) uint64) bool {
	stamp := binary.LittleEndian.Uint64(record)
	dir, rest, ok := text(record[linkHeader:])
	if !ok {
		return false
	}
	if stamp != 0 && look(dir) == stamp {
		return true
	}
	for len(rest) > 0 {
		var name, was string
		if name, rest, ok = text(rest); !ok {
			return false
		}
		if was, rest, ok = text(rest); !ok {
			return false
		}
		if now, _ := link(root, path.Join(dir, name)); now != was {
			return false
		}
	}
	return true
}

// text reads what putText wrote.
func text(b []byte) (s string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := 2 + int(binary.LittleEndian.Uint16(b))
	if len(b) < n {
		return "", nil, false
	}
	return string(b[2:n]), b[n:], true
}
