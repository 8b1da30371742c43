package index

import (
	"encoding/binary"
	"sort"
)

// Entries are found by their names alone, whatever directory they are in, through a
// hash table: where each bucket begins in a list of entries, ordered by bucket.
const perBucket = 8 // entries, or half as many

// Named returns the directories that have an entry of the name, by their canonical
// paths.
func (x *Index) Named(name string) (dirs []string) {
	bucket := hash(name) & uint32(len(x.buckets)/word-2)
	for i, end := at(x.buckets, bucket), at(x.buckets, bucket+1); i < end; i++ {
		if e := at(x.byName, i); string(x.name(e)) == name {
			dirs = append(dirs, string(x.appendPath(nil, x.dirOf(e))))
		}
	}
	return dirs
}

// appendPath appends the path of the directory d.
func (x *Index) appendPath(path []byte, d uint32) []byte {
	if d == 0 {
		return append(path, '/')
	}
	e := at(x.dirs, 3*d+1)
	if path = x.appendPath(path, x.dirOf(e)); len(path) > 1 {
		path = append(path, '/')
	}
	return append(path, x.name(e)...)
}

// dirOf returns the directory that the entry e is in.
func (x *Index) dirOf(e uint32) uint32 {
	after := sort.Search(len(x.dirs)/dirSize, func(d int) bool { return x.begin(uint32(d)) > e })
	return uint32(after - 1)
}

// hash is FNV-1a, with the upper bits folded into the lower ones.
func hash[T string | []byte](name T) uint32 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return uint32(h ^ h>>32)
}

// bucketsFor returns how many buckets n entries have: a power of two.
func bucketsFor(n int) int {
	buckets := 1
	for buckets*perBucket < n {
		buckets *= 2
	}
	return buckets
}

// sortByName makes the table of entries whose names have the hashes.
func sortByName(hashes []uint32) (buckets, byName []byte) {
	n := bucketsFor(len(hashes))
	mask := uint32(n - 1)
	next := make([]uint32, n+1)
	for _, h := range hashes {
		next[h&mask+1]++
	}
	buckets = make([]byte, 0, len(next)*word)
	for i := range next {
		if i > 0 {
			next[i] += next[i-1]
		}
		buckets = put(buckets, next[i])
	}
	byName = make([]byte, len(hashes)*word)
	for e, h := range hashes {
		binary.LittleEndian.PutUint32(byName[uint64(next[h&mask])*word:], uint32(e))
		next[h&mask]++
	}
	return buckets, byName
}
