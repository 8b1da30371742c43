// Package index says which packages own a path, for all packages of a database
// at once.
//
// An [Index] is one block of bytes that holds no pointers: it is made by [Build]
// from the packages' file lists, can be kept in a file, and is used where it lies,
// by any number of processes that map the same file. Paths in it are canonical,
// the form that a [Resolver] gives them; [Links] tells whether the symbolic links
// that it was made with are still the same.
//
// Little-endian numbers of 32 bits, in this order:
//
//	counts   directories n, entries m, words of sets s, bytes of names b
//	dirs     n+1 of: where the directory's entries begin; its own entry; the one
//	         package that owns all that anyone owns below it, if it is one. The first
//	         is "/", which has no entry, and the last only says where they all end
//	entries  m of: end of the name in names; owner; directory, if it is one
//	sets     s: a count, and that many positions of packages
//	buckets  by the hash of a name: where its entries begin in the next (names.go)
//	byName   m entries, ordered by bucket
//	names    b bytes
//
// The entries of a directory are sorted by name. An owner is a package's position
// in the database's list, or the complement of a place in sets; directories that
// are in no list, but for what is below them, have none.
package index

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/depview/depview/depgraph"
)

const (
	word      = 4 // bytes
	entrySize = 3 * word
	dirSize   = 3 * word
	countSize = 4 * word
	nobody    = 1<<32 - 1 // the owner of what no list has
	isSet     = 1 << 31   // marks an owner as a set
)

// An Index answers for one list of packages. It is safe for concurrent use.
type Index struct {
	packages []*depgraph.Package

	counts, dirs, entries, sets, buckets, byName, names []byte
}

// ErrFormat is what Open gives for bytes that are no index.
var ErrFormat = errors.New("not an index")

// Open returns the index that blob holds, of the packages it was built for. It
// keeps both.
func Open(blob []byte, packages []*depgraph.Package) (*Index, error) {
	if len(blob) < countSize {
		return nil, ErrFormat
	}
	n, m, s, b := uint64(at(blob, 0)), uint64(at(blob, 1)), uint64(at(blob, 2)), uint64(at(blob, 3))
	h := uint64(bucketsFor(int(m)) + 1)
	if n == 0 || countSize+(n+1)*dirSize+m*entrySize+s*word+h*word+m*word+b != uint64(len(blob)) {
		return nil, ErrFormat
	}
	x := &Index{packages: packages, counts: blob[:countSize]}
	rest := blob[countSize:]
	x.dirs, rest = rest[:(n+1)*dirSize], rest[(n+1)*dirSize:]
	x.entries, rest = rest[:m*entrySize], rest[m*entrySize:]
	x.sets, rest = rest[:s*word], rest[s*word:]
	x.buckets, rest = rest[:h*word], rest[h*word:]
	x.byName, x.names = rest[:m*word], rest[m*word:]
	return x, nil
}

// Parts returns what Open takes, put together.
func (x *Index) Parts() [][]byte {
	return [][]byte{x.counts, x.dirs, x.entries, x.sets, x.buckets, x.byName, x.names}
}

// Packages returns the packages that own what is in the index; owners are
// positions among them.
func (x *Index) Packages() []*depgraph.Package { return x.packages }

// Owners returns the packages that own the canonical path p.
func (x *Index) Owners(p string) []*depgraph.Package {
	e, ok := x.find(p)
	if !ok {
		return nil
	}
	return x.packagesOf(x.owner(e))
}

// packagesOf returns the packages that an owner stands for.
func (x *Index) packagesOf(owner uint32) []*depgraph.Package {
	switch {
	case owner == nobody:
		return nil
	case owner < isSet:
		return x.packages[owner : owner+1 : owner+1]
	}
	set := x.set(owner)
	list := make([]*depgraph.Package, len(set)/word)
	for i := range list {
		list[i] = x.packages[at(set, uint32(i))]
	}
	return list
}

// Below calls yield for what packages own below the canonical path dir, with
// owners by their positions, until it returns false. The path is only there
// during the call. Directories in which one package owns all are left out if skip
// says so of it.
func (x *Index) Below(dir string, skip func(owner int) bool, yield func(path []byte, owners func(yield func(int) bool)) bool) {
	d, ok := x.dir(dir)
	if !ok {
		return
	}
	path := []byte(strings.TrimSuffix(dir, "/"))
	x.below(d, path, skip, yield)
}

func (x *Index) below(d uint32, path []byte, skip func(int) bool, yield func([]byte, func(func(int) bool)) bool) bool {
	if sole := x.sole(d); sole != nobody && skip(int(sole)) {
		return true
	}
	path = append(path, '/')
	for e, end := x.begin(d), x.begin(d+1); e < end; e++ {
		p := append(path, x.name(e)...)
		if owner := x.owner(e); owner != nobody && !yield(p, func(yield func(int) bool) { x.positions(owner, yield) }) {
			return false
		}
		if child := x.child(e); child != 0 && !x.below(child, p, skip, yield) {
			return false
		}
	}
	return true
}

// positions calls yield with the position of each package that an owner stands
// for.
func (x *Index) positions(owner uint32, yield func(int) bool) {
	if owner < isSet {
		yield(int(owner))
		return
	}
	set := x.set(owner)
	for i := range uint32(len(set) / word) {
		if !yield(int(at(set, i))) {
			return
		}
	}
}

// find returns the entry of the canonical path p.
func (x *Index) find(p string) (e uint32, ok bool) {
	var d uint32
	for name := range strings.SplitSeq(strings.TrimPrefix(p, "/"), "/") {
		if ok {
			if d = x.child(e); d == 0 {
				return 0, false
			}
		}
		if e, ok = x.search(d, name); !ok {
			return 0, false
		}
	}
	return e, ok
}

// dir returns the directory p.
func (x *Index) dir(p string) (d uint32, ok bool) {
	if p == "/" {
		return 0, true
	}
	e, ok := x.find(p)
	if !ok || x.child(e) == 0 {
		return 0, false
	}
	return x.child(e), true
}

// search finds a name in the directory d.
func (x *Index) search(d uint32, name string) (e uint32, ok bool) {
	low, end := x.begin(d), x.begin(d+1)
	for high := end; low < high; {
		middle := low + (high-low)/2
		if string(x.name(middle)) < name {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < end && string(x.name(low)) == name
}

// begin returns the first entry of the directory d.
func (x *Index) begin(d uint32) uint32 { return at(x.dirs, 3*d) }

// sole returns the one package that owns all below the directory d, or nobody.
func (x *Index) sole(d uint32) uint32 { return at(x.dirs, 3*d+2) }

func (x *Index) name(e uint32) []byte {
	var begin uint32
	if e > 0 {
		begin = at(x.entries, 3*(e-1))
	}
	return x.names[begin:at(x.entries, 3*e)]
}

func (x *Index) owner(e uint32) uint32 { return at(x.entries, 3*e+1) }
func (x *Index) child(e uint32) uint32 { return at(x.entries, 3*e+2) }

// set returns the positions in the set that an owner stands for.
func (x *Index) set(owner uint32) []byte {
	begin := uint64(owner&^isSet) * word
	n := uint64(binary.LittleEndian.Uint32(x.sets[begin:]))
	return x.sets[begin+word:][:n*word]
}

// at returns the number at position i.
func at(b []byte, i uint32) uint32 { return binary.LittleEndian.Uint32(b[uint64(i)*word:]) }
