package index

import (
	"encoding/binary"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Links are what an index rests on besides lists: of every directory in a path of
// a list, whether it is a symbolic link, and to where.
type Links struct {
	look func(dir string) uint64
	dirs map[string]*linkDir
}

// A linkDir is a directory in which names were looked at.
type linkDir struct {
	stamp uint64
	names map[string]string // name → target; empty where it is no link
}

func newLinks(look func(dir string) uint64) *Links {
	return &Links{look: look, dirs: map[string]*linkDir{}}
}

// looked is a [Resolver]'s.
func (l *Links) looked(p string) {
	dir, name := path.Split(p)
	dir = path.Clean(dir)
	d := l.dirs[dir]
	if d == nil {
		d = &linkDir{stamp: l.look(dir), names: map[string]string{}}
		l.dirs[dir] = d
	}
	d.names[name] = ""
}

// found is a [Resolver]'s.
func (l *Links) found(p, target string) { l.dirs[path.Dir(p)].names[path.Base(p)] = target }

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
			maps.Copy(have.names, d.names)
		}
	}
	return all
}

// linkHeader is how many bytes come before the directory in a record.
const linkHeader = 8 + word

// Bytes returns what SameLinks takes, for each directory: its stamp, the length of
// the rest, the directory, and the names in it with their targets; each text after
// its length, in 16 bits.
func (l *Links) Bytes() []byte {
	var b []byte
	for _, dir := range slices.Sorted(maps.Keys(l.dirs)) {
		d := l.dirs[dir]
		rest := putText(nil, dir)
		for _, name := range slices.Sorted(maps.Keys(d.names)) {
			rest = putText(putText(rest, name), d.names[name])
		}
		b = binary.LittleEndian.AppendUint64(b, d.stamp)
		b = append(put(b, uint32(len(rest))), rest...)
	}
	return b
}

func putText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

// SameLinks tells whether the links that an index was made with are those that
// root has now; b is from [Links.Bytes]. A directory whose stamp is as it was is
// believed to hold the same names; in others every name is looked at again. A
// stamp of 0 is never as it was.
func SameLinks(b []byte, root fs.FS, look func(dir string) uint64) bool {
	var records [][]byte
	for len(b) > 0 {
		if len(b) < linkHeader || uint64(len(b)-linkHeader) < uint64(at(b, 2)) {
			return false // not from Bytes
		}
		n := linkHeader + int(at(b, 2))
		records, b = append(records, b[:n]), b[n:]
	}
	var changed atomic.Bool
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			const some = 64 // at a time: other processors may be busy with something else
			for !changed.Load() {
				i := int(next.Add(some)) - some
				if i >= len(records) {
					return
				}
				for _, r := range records[i:min(i+some, len(records))] {
					if !sameDir(r, root, look) {
						changed.Store(true)
					}
				}
			}
		})
	}
	wait.Wait()
	return !changed.Load()
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
