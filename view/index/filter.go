package index

import (
	"encoding/binary"
	"iter"
)

// A Bloom filter (Bloom 1970) of 8 to 16 bits a name, with hashes: about one name in
// a hundred that is not in it seems to be.
const (
	filterHashes = 4
	bitsPerName  = 8
)

// newFilter returns a filter for n names: a power of two of words.
func newFilter(n int) []byte {
	words := 64
	for 32*words < bitsPerName*n {
		words *= 2
	}
	return make([]byte, words*word)
}

// addToFilter adds a name.
func addToFilter(filter []byte, name []byte) {
	for bit := range filterBits(name, uint32(len(filter)/word)) {
		at := filter[uint64(bit/32)*word:]
		binary.LittleEndian.PutUint32(at, binary.LittleEndian.Uint32(at)|1<<(bit%32))
	}
}

// filterBits walks the bits of a name in a filter of so many words, a power of two:
// the two halves of its FNV-1a hash give them all.
func filterBits[T string | []byte](name T, words uint32) iter.Seq[uint32] {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	first, step := uint32(h), uint32(h>>32)|1
	return func(yield func(uint32) bool) {
		for i := range uint32(filterHashes) {
			if !yield((first + i*step) & (32*words - 1)) {
				return
			}
		}
	}
}
