// Package cache keeps the index of a package database in a file of the user's, so
// that a view need not read every package's list again.
//
//	database ──stamps──▶ Cache ◀──mmap── ~/.cache/depview/index-…
//	   └──lists──▶ index.Build ──▶ Cache ──rename──▶
//
// A file is used only if nothing that it was made from has changed since: the
// database's own files by their stamps (a hash of what lstat(2) tells, the time of
// last change included, which nobody can set back), the names of its packages, and
// the symbolic links of the root by [index.SameLinks]. Nine in ten directories
// hold the files of one package alone; if the view does not have that package, what
// became of them can show the build nothing, and waits for [Cache.Confirm]. A file
// holds a checksum of itself. Any doubt means a new index, which is written in the
// background and replaces the file by rename(2): a view that has mapped the old one
// goes on with it, and views of one database share the pages.
//
// A file that was changed less than [tick] before it was looked at could change
// again without its time telling. What rests on it is not believed.
package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	iofs "io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/index"
)

// A Cache is the index of one database.
type Cache struct {
	root iofs.FS
	file string // where the index is kept; empty for nowhere
	warn func(error)

	stamper *stamper
	key     []byte // what the database was like when the cache was opened
	racy    bool   // and it may have changed since without a trace

	loaded  chan struct{}
	content *content // of the file, if it holds; after loaded
	writing sync.WaitGroup

	packages []*depgraph.Package
	files    func(*depgraph.Package) ([]string, error)
}

// Dir returns the user's directory for what can be made again.
func Dir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "depview"), nil
}

// Open begins to look for the index of the database of the given kind in the tree
// root, before that database is opened. The patterns (fs.Glob) name the files and
// directories that change whenever its packages or their lists do. The index is
// kept in the directory dir, nowhere if that is empty. What is wrong there is told
// to warn, from any goroutine: it costs time, and nothing else.
func Open(dir, kind, root string, patterns []string, warn func(error)) (*Cache, error) {
	s, err := openStamper(root)
	if err != nil {
		return nil, err
	}
	c := &Cache{root: s, warn: warn, stamper: s, loaded: make(chan struct{})}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	if dir != "" {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s\x00%s", kind, root)
		c.file = filepath.Join(dir, fmt.Sprintf("%s%016x", filePrefix, h.Sum64()))
	}
	if err := c.describe(kind, root, patterns); err != nil {
		return nil, errors.Join(err, s.close())
	}
	go func() {
		defer close(c.loaded)
		c.load()
	}()
	return c, nil
}

// describe makes the key: the kind, the root, and each file with its stamp.
func (c *Cache) describe(kind, root string, patterns []string) error {
	c.key = fmt.Appendf(nil, "%s\x00%s\x00", kind, root)
	for _, pattern := range patterns {
		names, err := iofs.Glob(c.root, pattern)
		if err != nil {
			return fmt.Errorf("%s: %w", pattern, err)
		}
		for _, name := range names {
			stamp := c.stamper.file(name)
			c.racy = c.racy || stamp == 0
			c.key = binary.LittleEndian.AppendUint64(fmt.Appendf(c.key, "%s\x00", name), stamp)
		}
	}
	return nil
}

// load reads the file, as far as it holds.
func (c *Cache) load() {
	if c.file == "" || c.racy {
		return
	}
	content, err := readFile(c.file)
	if errors.Is(err, iofs.ErrNotExist) {
		return
	}
	if err != nil {
		c.warn(fmt.Errorf("%s: %w; it is made anew", c.file, err))
		return
	}
	if !bytes.Equal(content.key, c.key) || !c.sameLinks(content, func(owner int) bool { return owner == index.Anyone }) {
		content.unmap()
		return
	}
	c.content = content
}

func (c *Cache) sameLinks(content *content, wanted func(owner int) bool) bool {
	return index.SameLinks(content.links, wanted, c.root, c.stamper.dir)
}

// Index returns the index of packages, which are the database's, in its order, and
// whose lists files reads. What it says of visible packages is so; what it says of
// others, [Cache.Confirm] makes certain.
func (c *Cache) Index(packages []*depgraph.Package, visible func(*depgraph.Package) bool, files func(*depgraph.Package) ([]string, error)) (*index.Index, error) {
	c.packages, c.files = packages, files
	<-c.loaded
	if c.content != nil && c.content.names == digest(packages) &&
		c.sameLinks(c.content, func(owner int) bool { return owner >= 0 && owner < len(packages) && visible(packages[owner]) }) {
		x, err := index.Open(c.content.index, packages)
		if err == nil {
			return x, nil
		}
		c.warn(fmt.Errorf("%s: %w; it is made anew", c.file, err))
	}
	return c.build()
}

// Confirm looks at what Index left out, and returns the index to use from then on
// instead of x, often x itself.
func (c *Cache) Confirm(x *index.Index, visible func(*depgraph.Package) bool) (*index.Index, error) {
	if c.content == nil || c.sameLinks(c.content, func(owner int) bool { return owner >= len(c.packages) || owner >= 0 && !visible(c.packages[owner]) }) {
		return x, nil
	}
	return c.build()
}

// build makes a new index, and has it written.
func (c *Cache) build() (*index.Index, error) {
	c.content = nil
	if len(c.packages) > 10000 { // memory counts for more than time
		defer debug.SetGCPercent(debug.SetGCPercent(30))
	}
	x, links, err := index.Build(c.root, c.packages, c.files, c.stamper.dir)
	if err != nil || c.file == "" || c.racy {
		return x, err
	}
	c.writing.Go(func() {
		if err := writeFile(c.file, c.key, links.Bytes(), x.Parts(), digest(c.packages)); err != nil {
			c.warn(fmt.Errorf("the index is not kept: %w", err))
		}
	})
	return x, nil
}

// Wait waits until an index that was made is written. Index and cache can be used
// after that, as long as the process lives.
func (c *Cache) Wait() {
	<-c.loaded
	c.writing.Wait()
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// digest tells one list of packages from another, whatever is stacked above them.
func digest(packages []*depgraph.Package) uint32 {
	var b []byte
	for _, p := range packages {
		b = append(append(b, p.OwnName()...), 0)
	}
	return crc32.Checksum(b, castagnoli)
}
