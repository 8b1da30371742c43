package index

import (
	"fmt"
	"io/fs"
	"math"
	"runtime"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
)

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
	for _, err := range errs {
		if err != nil {
			return nil, nil, err // of what ails one list, others often do
		}
	}
	return lists, links, nil
}

func readList(packages []*depgraph.Package, first int, number uint8, read func(*depgraph.Package) ([]string, error)) (*list, error) {
	l := &list{ids: map[string]uint32{}}
	for i, p := range packages {
		paths, err := read(p)
		if err != nil {
			return nil, fmt.Errorf("files of package %s: %w", p.Name, err)
		}
		last, id := "none", uint32(0) // of the one before, beside which most are
		for _, f := range paths {
			name, beside := nameBeside(last, f)
			if !beside {
				var dir string
				if dir, name = split(f); name == "" {
					continue // the root is nobody's
				}
				last, id = dir, l.dir(dir)
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
