package fs

import (
	"hash/fnv"
	"sync"
)

// Inode numbers, 64 bits:
//
//	1 hhh…hhh            a directory or a stand-in: a hash of its path in the view
//	0 ddd…ddd iii…iii    any other file: its device (15 bits, counted from 0 as
//	                     devices turn up) and its number there (48 bits)
//
// Names of one file on the root, hard links, thus have one number, so that the
// tree has one node for them: they are both visible, and the same file. A
// directory that the root has at two places (a bind mount) must be two, since the
// view may show different parts of it.
const (
	hashed  = 1 << 63
	inoBits = 48
)

func dirIno(path string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(path))
	return h.Sum64() | hashed
}

// devices numbers the devices of the root's files.
type devices struct {
	mu     sync.Mutex
	number map[uint64]uint64
}

// ino folds a device and a number on it into one. A file system with numbers of
// more than 48 bits keeps the lower ones.
func (d *devices) ino(dev, ino uint64) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.number[dev]
	if !ok {
		if d.number == nil {
			d.number = map[uint64]uint64{}
		}
		n = uint64(len(d.number))
		d.number[dev] = n
	}
	return (n<<inoBits | ino&(1<<inoBits-1)) &^ hashed
}
