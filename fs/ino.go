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
//	0 111…111 nnn…nnn    a file whose own number is longer, as overlayfs's are
//	                     with xino: counted as they turn up
//
// Two files never share one: programs such as tar(1) would take them for one.
// Names of one file on the root, hard links, do, for they are the same file and
// both visible. A directory that the root has at two places (a bind mount) must be
// two, since the view may show different parts of it.
const (
	hashed  = 1 << 63
	inoBits = 48
)

func dirIno(path string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(path))
	return h.Sum64() | hashed
}

// devices numbers the devices of the root's files, and the files whose own numbers
// do not fit.
type devices struct {
	mu     sync.Mutex
	number map[uint64]uint64
	long   map[[2]uint64]uint64 // device, number → ours
}

// fresh returns a number that no file has.
func (d *devices) fresh() uint64 {
	const nowhere = ^uint64(0) // no device
	d.mu.Lock()
	n := uint64(len(d.long))
	d.mu.Unlock()
	return d.ino(nowhere, 1<<inoBits|n)
}

// ino folds a device and a number on it into one.
func (d *devices) ino(dev, ino uint64) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.number[dev]
	if !ok {
		if d.number == nil {
			d.number, d.long = map[uint64]uint64{}, map[[2]uint64]uint64{}
		}
		n = uint64(len(d.number))
		d.number[dev] = n
	}
	const last = hashed>>inoBits - 1 // of the devices: for long numbers
	if ino>>inoBits == 0 && n < last {
		return n<<inoBits | ino
	}
	key := [2]uint64{dev, ino}
	m, ok := d.long[key]
	if !ok {
		m = uint64(len(d.long))
		d.long[key] = m
	}
	return last<<inoBits | m
}
