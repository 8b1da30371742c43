package sqlite

import (
	"encoding/binary"
	"fmt"
)

// A checker goes through b-trees before SQLite does. SQLite trusts that they are trees: a
// file of a few pages that refer to each other has it go through more rows than there are
// atoms, or put together values of gigabytes from one page. So no page may be used twice,
// and there is no more in the rows than the file can hold: what SQLite does for a query is
// then in proportion to the file's size. What the format says besides, SQLite checks.
//
// https://sqlite.org/fileformat2.html#b_tree_pages
type checker struct {
	snap  *snapshot
	pages int64
	used  []uint64 // a bit for each page
	held  int64    // bytes of payload so far
	page  []byte
}

func newChecker(s *snapshot) *checker {
	pages := s.size / s.pageSize
	return &checker{snap: s, pages: pages, used: make([]uint64, pages/64+1), page: make([]byte, s.pageSize)}
}

// maxDepth is SQLite's own (BTCURSOR_MAX_DEPTH).
const maxDepth = 20

// The kinds of page, by their first byte.
const (
	interiorIndex = 2
	interiorTable = 5
	leafIndex     = 10
	leafTable     = 13
)

// A branch is a page to go through.
type branch struct {
	page  uint32
	depth int
}

// tree goes through the b-tree whose root is the page of this number, from 1.
func (c *checker) tree(root uint32) error {
	for open := []branch{{root, 1}}; len(open) > 0; {
		b := open[len(open)-1]
		open = open[:len(open)-1]
		switch {
		case b.page == 0 || int64(b.page) > c.pages:
			return fmt.Errorf("malformed: there is no page %d", b.page)
		case b.depth > maxDepth:
			return fmt.Errorf("malformed: page %d: a tree of more than %d levels", b.page, maxDepth)
		case c.used[b.page/64]&(1<<(b.page%64)) != 0:
			return fmt.Errorf("malformed: page %d is used twice", b.page)
		}
		c.used[b.page/64] |= 1 << (b.page % 64)
		if _, err := c.snap.ReadAt(c.page, int64(b.page-1)*c.snap.pageSize); err != nil {
			return err
		}
		children, err := c.cells(b.page)
		if err != nil {
			return fmt.Errorf("malformed: page %d: %w", b.page, err)
		}
		for _, child := range children {
			open = append(open, branch{child, b.depth + 1})
		}
	}
	return nil
}

// cells looks at the cells of c.page, and returns the pages that they lead to.
func (c *checker) cells(number uint32) (children []uint32, err error) {
	head := c.page
	if number == 1 {
		head = head[headerSize:]
	}
	array := head[8:]
	switch head[0] {
	case interiorIndex, interiorTable:
		children = append(children, binary.BigEndian.Uint32(head[8:]))
		array = head[12:]
	case leafIndex, leafTable:
	default:
		return nil, fmt.Errorf("%d is no kind of page of a tree", head[0])
	}
	count := int(binary.BigEndian.Uint16(head[3:]))
	if 2*count > len(array) {
		return nil, fmt.Errorf("%d cells are too many", count)
	}
	for i := range count {
		at := int(binary.BigEndian.Uint16(array[2*i:]))
		if at+4 > len(c.page) {
			return nil, fmt.Errorf("cell %d is beyond its end", i)
		}
		cell := c.page[at:]
		if head[0] == interiorIndex || head[0] == interiorTable {
			children = append(children, binary.BigEndian.Uint32(cell))
			cell = cell[4:]
		}
		if head[0] != interiorTable {
			c.held += payload(cell)
			if c.held < 0 || c.held > c.snap.size {
				return nil, fmt.Errorf("cell %d: the rows hold more than the file", i)
			}
		}
	}
	return children, nil
}

// payload reads the number that a cell starts with, which is less than 2⁶³ if it is sane.
func payload(cell []byte) (n int64) {
	for i, b := range cell[:min(8, len(cell))] {
		n = n<<7 | int64(b&0x7f)
		if b < 0x80 {
			return n
		}
		if i == 7 {
			break
		}
	}
	return 1 << 62 // nine bytes
}
