package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
)

// ErrTooLarge is what Build gives for more than an index's 32 bits can count.
var ErrTooLarge = errors.New("too many files for an index")

// Build reads the lists of packages, through files, on every processor, and makes
// an index of them. The look function, if there is one, is called with each
// directory of the root before a name in it is looked at, and returns what
// [Links.Same] will compare.
func Build(root fs.FS, packages []*depgraph.Package, files func(*depgraph.Package) ([]string, error), look func(dir string) uint64) (*Index, *Links, error) {
	lists, looked, err := readLists(root, packages, files, look)
	if err != nil {
		return nil, nil, err
	}
	b := &builder{ids: map[string]uint32{"/": 0}, paths: []string{"/"}}
	b.place(lists)
	links := mergeLinks(looked)
	for d := 1; d < len(b.paths); d++ { // b.parent appends to b.paths
		b.parent(uint32(d))
	}
	x, err := b.index(lists, packages)
	if links != nil {
		links.index = x
	}
	return x, links, err
}

// A list holds what some packages' file lists say, in little space: a machine can
// have ten million paths.
type list struct {
	dirs  []string          // as spelled, and then as they really are
	ids   map[string]uint32 // of dirs
	names []byte
	files [][]file // in blocks: a list may grow long, and shall not be copied
}

// filesInBlock is how many files a block has.
const filesInBlock = 1 << 13

func (l *list) add(f file) {
	last := len(l.files) - 1
	if last < 0 || len(l.files[last]) == filesInBlock {
		l.files, last = append(l.files, make([]file, 0, filesInBlock)), last+1
	}
	l.files[last] = append(l.files[last], f)
}

// A file is a name in a directory.
type file struct {
	dir    uint32 // before place: of its list; then: of the index
	begin  uint32 // in its list's names
	owner  uint32 // a package's position; for a directory that no list need have, its own id
	length uint16
	isDir  bool
	list   uint8
	start  uint64 // of the name, for comparing: its first bytes
}

// startOf returns the first bytes of a name as a number that sorts like them.
func startOf(name string) (n uint64) {
	for i := range 8 {
		n <<= 8
		if i < len(name) {
			n |= uint64(name[i])
		}
	}
	return n
}

// readLists reads the lists of packages, and finds out where the directories in them
// really are, in as many parts as there are processors. Each part has a resolver of
// its own: what they would share costs more in waiting for each other than in asking
// twice.
func readLists(root fs.FS, packages []*depgraph.Package, files func(*depgraph.Package) ([]string, error), look func(dir string) uint64) ([]*list, []*Links, error) {
	parts := min(runtime.GOMAXPROCS(0), len(packages), math.MaxUint8)
	lists, links, errs := make([]*list, parts), make([]*Links, parts), make([]error, parts)
	var wait sync.WaitGroup
	for i := range lists {
		from, to := i*len(packages)/parts, (i+1)*len(packages)/parts
		wait.Go(func() {
			if lists[i], errs[i] = readList(packages[from:to], from, uint8(i), files); errs[i] != nil {
				return
			}
			r := NewResolver(root)
			if look != nil {
				links[i] = newLinks(look)
				r.looked, r.found = links[i].looked, links[i].found
			}
			for k, dir := range lists[i].dirs {
				lists[i].dirs[k] = r.Dir(dir)
			}
		})
	}
	wait.Wait()
	return lists, links, errors.Join(errs...)
}

func readList(packages []*depgraph.Package, first int, number uint8, read func(*depgraph.Package) ([]string, error)) (*list, error) {
	l := &list{ids: map[string]uint32{}}
	for i, p := range packages {
		paths, err := read(p)
		if err != nil {
			return nil, fmt.Errorf("files of package %s: %w", p.Name, err)
		}
		last, id := "none", uint32(0)
		for _, f := range paths {
			name, beside := nameBeside(last, f) // the one before, as most are
			if !beside {
				if last, name = split(f); name == "" {
					continue // the root is nobody's
				}
				id = l.dir(last)
			}
			if len(name) > math.MaxUint16 || len(l.names) > math.MaxUint32-len(name) {
				return nil, fmt.Errorf("files of package %s: %w", p.Name, ErrTooLarge)
			}
			l.add(file{dir: id, begin: uint32(len(l.names)), owner: uint32(first + i), length: uint16(len(name)), list: number, start: startOf(name)})
			l.names = append(l.names, name...)
		}
	}
	return l, nil
}

// nameBeside returns the name of f if it is in the directory dir, which is clean, and
// if that is plain to see.
func nameBeside(dir, f string) (name string, ok bool) {
	if len(f) <= len(dir)+1 || f[len(dir)] != '/' || f[:len(dir)] != dir {
		return "", false
	}
	name = f[len(dir)+1:]
	return name, name[0] != '.' && strings.IndexByte(name, '/') < 0
}

// dir numbers the directories of a list. What it keeps of a path is a copy, or
// whole lists would stay in memory.
func (l *list) dir(dir string) uint32 {
	id, ok := l.ids[dir]
	if !ok {
		dir = strings.Clone(dir)
		id = uint32(len(l.dirs))
		l.dirs, l.ids[dir] = append(l.dirs, dir), id
	}
	return id
}

// A builder numbers the directories of an index, by canonical path.
type builder struct {
	paths []string
	ids   map[string]uint32
	extra list // the directories, as names in the ones above them
}

func (b *builder) dir(dir string) uint32 {
	id, ok := b.ids[dir]
	if !ok {
		id = uint32(len(b.paths))
		b.paths, b.ids[dir] = append(b.paths, dir), id
	}
	return id
}

// parent notes the directory d in the one above it.
func (b *builder) parent(d uint32) {
	dir, name := split(b.paths[d])
	b.extra.add(file{
		dir: b.dir(dir), begin: uint32(len(b.extra.names)), owner: d, length: uint16(len(name)), isDir: true, list: math.MaxUint8, start: startOf(name),
	})
	b.extra.names = append(b.extra.names, name...)
}

// place numbers the directories of lists.
func (b *builder) place(lists []*list) {
	for _, l := range lists {
		place := make([]uint32, len(l.dirs))
		for i, dir := range l.dirs {
			place[i] = b.dir(dir)
		}
		for _, block := range l.files {
			for i := range block {
				block[i].dir = place[block[i].dir]
			}
		}
		l.dirs, l.ids = nil, nil
	}
}

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
