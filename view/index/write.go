package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/depview/depview/depgraph"
)

// index writes the index.
func (b *builder) index(lists []*list, packages []*depgraph.Package) (*Index, error) {
	names := make([][]byte, math.MaxUint8+1)
	total := len(b.extra.names)
	for i, l := range lists {
		names[i] = l.names
		total += len(l.names)
	}
	names[math.MaxUint8] = b.extra.names
	begin, sorted := b.sort(append(slices.Clone(lists), &b.extra), names)
	name := func(f *file) []byte { return names[f.list][f.begin:][:f.length] }

	w := writer{
		hashes:  make([]uint32, 0, len(sorted)),
		dirs:    make([]byte, (len(b.paths)+1)*dirSize),
		entries: make([]byte, 0, len(sorted)*entrySize),
		names:   make([]byte, 0, total),
	}
	for d := range b.paths {
		w.begin(d)
		same := sorted[begin[d]:begin[d+1]]
		for len(same) > 0 {
			n := 1
			for n < len(same) && same[n].start == same[0].start && bytes.Equal(name(&same[n]), name(&same[0])) {
				n++
			}
			w.entry(name(&same[0]), same[:n])
			same = same[n:]
		}
	}
	w.begin(len(b.paths))
	if len(w.names) > math.MaxUint32 || len(w.sets)/word >= isSet-1 {
		return nil, ErrTooLarge
	}
	return w.index(packages), nil
}

// sort orders files by directory and name, and tells where each directory begins.
func (b *builder) sort(lists []*list, names [][]byte) (begin []uint32, sorted []file) {
	begin = make([]uint32, len(b.paths)+1)
	n := 0
	for _, l := range lists {
		for _, block := range l.files {
			n += len(block)
			for i := range block {
				begin[block[i].dir+1]++
			}
		}
	}
	for d := range b.paths {
		begin[d+1] += begin[d]
	}
	sorted = make([]file, n)
	next := slices.Clone(begin)
	for _, l := range lists {
		for i, block := range l.files {
			for k := range block {
				f := &block[k]
				sorted[next[f.dir]] = *f
				next[f.dir]++
			}
			l.files[i] = nil // there may be no room for both
		}
	}
	order := func(f, g file) int {
		if f.start != g.start {
			return cmp.Compare(f.start, g.start)
		}
		return cmp.Or(bytes.Compare(names[f.list][f.begin:][:f.length], names[g.list][g.begin:][:g.length]), cmp.Compare(f.owner, g.owner))
	}
	parts := min(runtime.GOMAXPROCS(0), len(b.paths))
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() {
			for d := i; d < len(b.paths); d += parts {
				slices.SortFunc(sorted[begin[d]:begin[d+1]], order)
			}
		})
	}
	wait.Wait()
	return begin, sorted
}

// A writer holds the sections of an index as they grow.
type writer struct {
	dirs, entries, sets, names []byte
	hashes                     []uint32 // of the entries' names
}

// begin begins the directory d.
func (w *writer) begin(d int) {
	binary.LittleEndian.PutUint32(w.dirs[d*dirSize:], uint32(len(w.entries)/entrySize))
}

// entry adds what files, all of one name, say of it.
func (w *writer) entry(name []byte, files []file) {
	var child uint32
	owner := uint32(nobody)
	if len(files) == 1 && !files[0].isDir { // as nearly always
		owner = files[0].owner
		files = nil
	}
	var owners []uint32
	for i := range files {
		switch f := &files[i]; {
		case f.isDir:
			child = f.owner
			binary.LittleEndian.PutUint32(w.dirs[int(child)*dirSize+word:], uint32(len(w.entries)/entrySize))
		case len(owners) == 0 || owners[len(owners)-1] != f.owner:
			owners = append(owners, f.owner)
		}
	}
	switch len(owners) {
	case 0: // settled, or a directory that is in no list
	case 1:
		owner = owners[0]
	default:
		owner = isSet | uint32(len(w.sets)/word)
		w.sets = put(w.sets, uint32(len(owners)))
		for _, o := range owners {
			w.sets = put(w.sets, o)
		}
	}
	w.hashes = append(w.hashes, hash(name))
	w.names = append(w.names, name...)
	at := len(w.entries)
	w.entries = w.entries[:at+entrySize]
	binary.LittleEndian.PutUint32(w.entries[at:], uint32(len(w.names)))
	binary.LittleEndian.PutUint32(w.entries[at+word:], owner)
	binary.LittleEndian.PutUint32(w.entries[at+2*word:], child)
}

func (w *writer) index(packages []*depgraph.Package) *Index {
	x := &Index{packages: packages, dirs: w.dirs, entries: w.entries, sets: w.sets, names: w.names}
	x.buckets, x.byName = sortByName(w.hashes)
	x.findSole(0)
	for _, n := range []int{len(w.dirs)/dirSize - 1, len(w.entries) / entrySize, len(w.sets) / word, len(w.names)} {
		x.counts = put(x.counts, uint32(n))
	}
	return x
}

// untold is what findSole gives where nobody owns anything.
const untold = nobody - 1

// findSole notes, for the directory d and those below it, the one package that owns
// all that is in them, nobody if there is no single one.
func (x *Index) findSole(d uint32) uint32 {
	sole := uint32(untold)
	add := func(owner uint32) {
		switch {
		case owner == untold || owner == sole:
		case sole == untold:
			sole = owner
		default:
			sole = nobody
		}
	}
	for e, end := x.begin(d), x.begin(d+1); e < end; e++ {
		if owner := x.owner(e); owner < isSet {
			add(owner)
		} else if owner != nobody {
			add(nobody)
		}
		if child := x.child(e); child != 0 {
			add(x.findSole(child))
		}
	}
	noted := sole
	if sole == untold {
		noted = nobody
	}
	binary.LittleEndian.PutUint32(x.dirs[int(d)*dirSize+2*word:], noted)
	return sole
}

func put(b []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(b, n) }
