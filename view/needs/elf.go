package needs

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// The limits of a binary: names that it may hold, bytes of a name (PATH_MAX), bytes
// of its tables.
const (
	maxNames = 1024
	maxName  = 4096
	maxTable = 1 << 20
)

// readELF reads what the run-time linker would (elf(5), ld.so(8)): segments, never
// sections, which a file may lack.
func (f *File) readELF(r io.ReaderAt, size int64) error {
	header, err := sectionless(r)
	if err != nil {
		return err
	}
	e, err := elf.NewFile(header)
	if err != nil {
		return err
	}
	if e.Type != elf.ET_EXEC && e.Type != elf.ET_DYN {
		return nil
	}
	machine := elfMachine(e.FileHeader)
	for _, p := range e.Progs {
		switch p.Type {
		case elf.PT_INTERP:
			name, err := stringAt(r, int64(p.Off), int64(min(p.Filesz, maxName)))
			if err != nil {
				return fmt.Errorf("interpreter: %w", err)
			}
			f.need(Interpreter, name, "")
		case elf.PT_DYNAMIC:
			if err := f.readDynamic(r, size, e, p, machine); err != nil {
				return fmt.Errorf("dynamic section: %w", err)
			}
		}
	}
	return nil
}

// sectionless gives r with an ELF header that has no sections. debug/elf copies the
// name of each, and a file can have 65,000 names that share one string of a
// megabyte.
func sectionless(r io.ReaderAt) (io.ReaderAt, error) {
	head := make([]byte, 64)
	n, err := r.ReadAt(head, 0)
	if n < 52 {
		return nil, fmt.Errorf("header: %w", err)
	}
	head = head[:n]
	offset, counts, word := 0x20, 0x3c, 4 // e_shoff, e_shnum and e_shstrndx
	if elf.Class(head[elf.EI_CLASS]) == elf.ELFCLASS64 {
		offset, counts, word = 0x28, 0x3c, 8
	} else {
		counts = 0x30
	}
	if len(head) < counts+4 {
		return nil, errors.New("header: too short")
	}
	clear(head[offset : offset+word])
	clear(head[counts : counts+4])
	return &patched{r, head}, nil
}

// patched is a file with another beginning.
type patched struct {
	io.ReaderAt
	head []byte
}

func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, off)
	if off >= 0 && off < int64(len(p.head)) {
		copy(b[:n], p.head[off:])
	}
	return n, err
}

// elfMachine keeps apart what cannot be linked together: x32 is x86_64-elf32.
func elfMachine(h elf.FileHeader) string {
	name := strings.ToLower(strings.TrimPrefix(h.Machine.String(), "EM_"))
	class, order := "64", ""
	if h.Class == elf.ELFCLASS32 {
		class = "32"
	}
	if h.Data == elf.ELFDATA2MSB {
		order = "be"
	}
	return name + "-elf" + class + order
}

// dynamic holds the entries that are of interest.
type dynamic struct {
	needed                 []uint64
	soname, rpath, runpath uint64 // offsets in strings; 0 is none
	strings                uint64 // address
}

func (f *File) readDynamic(r io.ReaderAt, size int64, e *elf.File, p *elf.Prog, machine string) error {
	d, err := entries(r, e, p)
	if err != nil {
		return err
	}
	table, ok := fileOffset(e, d.strings)
	if !ok {
		if len(d.needed) == 0 {
			return nil
		}
		return errors.New("no string table")
	}
	name := func(at uint64) (string, error) {
		if at > uint64(size) || table > uint64(size) {
			return "", errors.New("a name is outside of the file")
		}
		return stringAt(r, int64(table+at), maxName)
	}
	for _, at := range d.needed {
		library, err := name(at)
		if err != nil {
			return err
		}
		f.need(Library, library, machine)
	}
	if d.soname != 0 {
		soname, err := name(d.soname)
		if err != nil {
			return err
		}
		f.Provides = append(f.Provides, Need{Library, soname, machine})
	}
	if at := max(d.runpath, d.rpath); at != 0 {
		if d.runpath != 0 {
			at = d.runpath // DT_RPATH does not count beside it
		}
		list, err := name(at)
		if err != nil {
			return err
		}
		f.addRunPath(strings.Split(list, ":"), "$ORIGIN", "${ORIGIN}")
	}
	return nil
}

// entries reads the dynamic segment.
func entries(r io.ReaderAt, e *elf.File, p *elf.Prog) (d dynamic, err error) {
	table := make([]byte, min(p.Filesz, maxTable))
	if n, err := r.ReadAt(table, int64(p.Off)); n < len(table) {
		return d, err
	}
	word := 8
	if e.Class == elf.ELFCLASS32 {
		word = 4
	}
	number := func(b []byte) uint64 {
		if word == 4 {
			return uint64(e.ByteOrder.Uint32(b))
		}
		return e.ByteOrder.Uint64(b)
	}
	for ; len(table) >= 2*word; table = table[2*word:] {
		value := number(table[word:])
		switch elf.DynTag(number(table)) {
		case elf.DT_NULL:
			return d, nil
		case elf.DT_NEEDED:
			if d.needed = append(d.needed, value); len(d.needed) > maxNames {
				return d, fmt.Errorf("more than %d libraries", maxNames)
			}
		case elf.DT_SONAME:
			d.soname = value
		case elf.DT_RPATH:
			d.rpath = value
		case elf.DT_RUNPATH:
			d.runpath = value
		case elf.DT_STRTAB:
			d.strings = value
		}
	}
	return d, nil
}

// fileOffset is where in the file the byte is that is loaded at an address.
func fileOffset(e *elf.File, address uint64) (uint64, bool) {
	for _, p := range e.Progs {
		if p.Type == elf.PT_LOAD && address >= p.Vaddr && address-p.Vaddr < p.Filesz {
			return p.Off + (address - p.Vaddr), true
		}
	}
	return 0, false
}

// stringAt reads the string that ends with a zero byte, or after at most n bytes.
func stringAt(r io.ReaderAt, at, n int64) (string, error) {
	if at < 0 || n < 0 {
		return "", errors.New("a name is outside of the file")
	}
	b := make([]byte, n)
	got, err := r.ReadAt(b, at)
	if end := bytes.IndexByte(b[:got], 0); end >= 0 {
		return string(b[:end]), nil
	}
	if int64(got) < n || n == maxName {
		return "", errors.Join(errors.New("a name has no end"), err)
	}
	return string(b), nil
}

// addRunPath adds directories, in which an origin stands for the file's own one. What
// depends on where and by whom the program is started is left out.
func (f *File) addRunPath(dirs []string, origins ...string) {
	for _, dir := range dirs {
		for _, o := range origins {
			if dir == o || strings.HasPrefix(dir, o+"/") {
				dir = path.Dir(f.Path) + strings.TrimPrefix(dir, o)
			}
		}
		if strings.HasPrefix(dir, "/") && !strings.Contains(dir, "$") && len(f.RunPath) < maxNames {
			f.RunPath = append(f.RunPath, path.Clean(dir))
		}
	}
}

// machineOf tells what a file on the root is made for, "" where it does not say.
func machineOf(r io.Reader) string {
	head := make([]byte, 20)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:4]) != elf.ELFMAG {
		return ""
	}
	h := elf.FileHeader{Class: elf.Class(head[elf.EI_CLASS]), Data: elf.Data(head[elf.EI_DATA])}
	var order binary.ByteOrder = binary.LittleEndian
	if h.Data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	h.Machine = elf.Machine(order.Uint16(head[18:]))
	return elfMachine(h)
}
