package needs

import (
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Load commands that debug/macho has no name for (mach-o/loader.h). Libraries that
// are loaded weakly are left out: the program does without.
const (
	loadUpward   macho.LoadCmd = 0x80000023
	reexport     macho.LoadCmd = 0x8000001f
	lazyLoad     macho.LoadCmd = 0x20
	idDylib      macho.LoadCmd = 0xd
	loadDylinker macho.LoadCmd = 0xe
)

const (
	magicFat64 = 0xcafebabf
	// maxArchs tells fat files from Java's classes, which begin with the same number
	// and go on with their version, 45 or above.
	maxArchs = 40
)

func isMachO(magic []byte) bool {
	if len(magic) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(magic) {
	case macho.MagicFat, magicFat64:
		return true
	}
	_, _, ok := machOrder(magic)
	return ok
}

// machOrder tells the byte order of a thin file, and whether it is of 64 bits.
func machOrder(magic []byte) (order binary.ByteOrder, wide, ok bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(magic) {
		case macho.Magic32:
			return order, false, true
		case macho.Magic64:
			return order, true, true
		}
	}
	return nil, false, false
}

// readMachO reads a thin file, or each part of a fat one. debug/macho would read all
// symbols, and copy a name for each: as many as fit into the file, of any length.
func (f *File) readMachO(r io.ReaderAt, size int64) error {
	head := make([]byte, 8)
	if _, err := r.ReadAt(head, 0); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	entry, wide := int64(20), false
	switch binary.BigEndian.Uint32(head) {
	default:
		return f.readThin(r)
	case magicFat64:
		entry, wide = 32, true
	case macho.MagicFat:
	}
	n := int64(binary.BigEndian.Uint32(head[4:]))
	if n > maxArchs {
		return nil
	}
	table := make([]byte, n*entry)
	if _, err := r.ReadAt(table, 8); err != nil {
		return fmt.Errorf("table of architectures: %w", err)
	}
	for ; len(table) > 0; table = table[entry:] {
		at, length := uint64(binary.BigEndian.Uint32(table[8:])), uint64(binary.BigEndian.Uint32(table[12:]))
		if wide {
			at, length = binary.BigEndian.Uint64(table[8:]), binary.BigEndian.Uint64(table[16:])
		}
		if at > uint64(size) || length > uint64(size)-at {
			return errors.New("an architecture is outside of the file")
		}
		if err := f.readThin(io.NewSectionReader(r, int64(at), int64(length))); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) readThin(r io.ReaderAt) error {
	head := make([]byte, 28)
	if _, err := r.ReadAt(head, 0); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	order, wide, ok := machOrder(head)
	if !ok {
		return nil // a static archive can be part of a fat file
	}
	cpu, length := macho.Cpu(order.Uint32(head[4:])), order.Uint32(head[20:])
	start := int64(28)
	if wide {
		start = 32
	}
	if length > maxTable {
		return fmt.Errorf("load commands of %d bytes", length)
	}
	commands := make([]byte, length)
	if _, err := r.ReadAt(commands, start); err != nil {
		return fmt.Errorf("load commands: %w", err)
	}
	machine := strings.ToLower(strings.TrimPrefix(cpu.String(), "Cpu")) + "-macho"
	for len(commands) >= 8 {
		n := order.Uint32(commands[4:])
		if n < 8 || n > uint32(len(commands)) {
			return errors.New("a load command is damaged")
		}
		if err := f.command(commands[:n], order, machine); err != nil {
			return err
		}
		commands = commands[n:]
	}
	return nil
}

// command reads one load command. Those of interest have the offset of their string
// as the first word after type and length.
func (f *File) command(c []byte, order binary.ByteOrder, machine string) error {
	kind := macho.LoadCmd(order.Uint32(c))
	switch kind {
	case macho.LoadCmdDylib, loadUpward, reexport, lazyLoad, idDylib, loadDylinker, macho.LoadCmdRpath:
	default:
		return nil
	}
	if len(c) < 12 || uint64(order.Uint32(c[8:])) > uint64(len(c)) {
		return errors.New("a load command's name is outside of it")
	}
	name, _, _ := strings.Cut(string(c[order.Uint32(c[8:]):]), "\x00")
	if len(name) > maxName || len(f.Needs) >= maxNames {
		return fmt.Errorf("a name of %d bytes, or more than %d names", len(name), maxNames)
	}
	switch kind {
	case idDylib:
		f.Provides = append(f.Provides, Need{Library, name, machine})
	case loadDylinker:
		f.need(Interpreter, name, "")
	case macho.LoadCmdRpath:
		f.addRunPath([]string{name}, "@loader_path", "@executable_path")
	default:
		f.need(Library, name, machine)
	}
	return nil
}
