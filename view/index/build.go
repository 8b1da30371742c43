package index

import (
	"errors"
	"io/fs"
	"math"

	"github.com/depview/depview/depgraph"
)

// ErrTooLarge is what Build gives for more than an index's 32 bits can count.
var ErrTooLarge = errors.New("too many files for an index")

// Build reads the lists of packages, through files, on every processor, and makes
// an index of them. The look function, if there is one, is called with each
// directory of the root before a name in it is looked at, and returns what
// [SameLinks] will compare.
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
