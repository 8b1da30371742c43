package apk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// A selection is the database as it would be with only some of its packages.
type selection struct {
	db       *Database
	packages []*depgraph.Package
	digests  map[string]bool // of those packages
	names    map[string]bool // that they have or provide
}

// Rewrites implements [depgraph.Database]. Contents are made when they are asked for, of
// what apk wrote, unchanged.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, _ func(path string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	s := &selection{db: db, digests: map[string]bool{}, names: map[string]bool{}}
	for _, p := range db.packages {
		if visible(p) {
			s.packages = append(s.packages, p)
			s.digests[p.Detail.(*detail).digest] = true
			s.names[p.OwnName()] = true
			for _, v := range p.Provides {
				s.names[v.Name] = true
			}
		}
	}
	var rewrites []depgraph.Rewrite
	for _, f := range []struct {
		name string
		data func(name string) ([]byte, error)
	}{
		{db.installed(), s.filterInstalled},
		{db.dir + "/triggers", s.filterTriggers},
		{db.dir + "/scripts.tar", s.filterScripts},
		{db.dir + "/scripts.tar.gz", s.filterPackedScripts},
		{config + "/world", s.filterWorld},
	} {
		switch _, err := fs.Lstat(db.root, f.name); {
		case err == nil:
			rewrites = append(rewrites, depgraph.Rewrite{Path: "/" + f.name, Data: func() ([]byte, error) { return f.data(f.name) }})
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("apk database: %w", err)
		}
	}
	return rewrites, nil
}

// filterInstalled gives the records that the database was opened with, whatever became
// of the file since.
func (s *selection) filterInstalled(string) ([]byte, error) {
	var b []byte
	for _, p := range s.packages {
		b = append(append(b, p.Detail.(*detail).text...), '\n')
	}
	return b, nil
}

// filterTriggers keeps the lines, "DIGEST PATH…", of packages of the selection.
func (s *selection) filterTriggers(name string) ([]byte, error) {
	text, err := s.db.read(name)
	if err != nil {
		return nil, err
	}
	var b []byte
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if sum, err := parseDigest(word); err == nil && s.digests[sum] {
			b = append(b, line...)
		}
	}
	return b, nil
}

// filterWorld keeps what the selection has, and what is not to be installed (apk-world(5)).
func (s *selection) filterWorld(name string) ([]byte, error) {
	text, err := s.db.read(name)
	if err != nil {
		return nil, err
	}
	var b []byte
	for word := range words(text) {
		if d, err := parseDependency(word, true); err != nil || d.conflict || s.names[d.name] {
			b = append(append(b, word...), '\n')
		}
	}
	return b, nil
}

func (s *selection) filterPackedScripts(name string) ([]byte, error) {
	text, err := s.db.read(name)
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("apk database: /%s: %w", name, err)
	}
	if text, err = rootfs.ReadFrom(unpacked, name, limit); err != nil {
		return nil, fmt.Errorf("apk database: %w", err)
	}
	left, err := s.scriptsOf(name, text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	packed.Write(left) // to a buffer: nothing can fail
	packed.Close()
	return b.Bytes(), nil
}

func (s *selection) filterScripts(name string) ([]byte, error) {
	text, err := s.db.read(name)
	if err != nil {
		return nil, err
	}
	return s.scriptsOf(name, text)
}

// blockSize is tar's, in bytes.
const blockSize = 512

// scriptsOf keeps the members of an archive of scripts that are of packages of the
// selection, as they stand. Members are called NAME-VERSION.DIGEST.ACTION.
func (s *selection) scriptsOf(name, text string) ([]byte, error) {
	var b []byte
	whole := strings.NewReader(text)
	archive := tar.NewReader(whole)
	for start := 0; ; {
		h, err := archive.Next()
		if err == io.EOF {
			return append(b, make([]byte, 2*blockSize)...), nil
		}
		content := len(text) - whole.Len()
		if err == nil && (h.Size > int64(whole.Len()) || !plain(h)) {
			err = errors.New("not an archive of scripts")
		}
		if err != nil {
			return nil, fmt.Errorf("apk database: /%s: after byte %d: %w", name, start, err)
		}
		end := min(content+(int(h.Size)+blockSize-1)/blockSize*blockSize, len(text))
		if s.digests[scriptDigest(h.Name)] {
			b = append(b, text[start:end]...)
		}
		start = end
	}
}

// plain tells whether a member takes up as many blocks as its header says.
func plain(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return false
		}
	}
	return h.Typeflag == tar.TypeReg || h.Size == 0 && h.Typeflag != tar.TypeGNUSparse
}

// scriptDigest returns the digest in a script's name, empty where there is none.
func scriptDigest(name string) string {
	name = name[:max(strings.LastIndexByte(name, '.'), 0)]
	sum, _ := parseDigest(name[strings.LastIndexByte(name, '.')+1:])
	return sum
}
