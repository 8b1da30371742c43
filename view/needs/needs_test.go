package needs

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// read reads a file of the given content, and spells what it needs.
func read(t *testing.T, path string, mode fs.FileMode, content []byte) (File, string) {
	t.Helper()
	f, err := Read(bytes.NewReader(content), int64(len(content)), path, mode)
	if err != nil {
		t.Fatal(err)
	}
	return f, spell(f.Needs)
}

func spell(needs []Need) string {
	var words []string
	for _, n := range needs {
		word := n.String()
		if n.Machine != "" {
			word += "@" + n.Machine
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// An order writes and reads numbers.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// An image describes an ELF file to be made.
type image struct {
	class          elf.Class
	machine        elf.Machine
	order          order
	interp, soname string
	runpath        string
	runpathTag     elf.DynTag
	needed         []string
}

// bytes makes the file: a header, three segments, and what they hold, loaded at
// 0x10000. It has no sections.
func (m image) bytes() []byte {
	word, header, prog := 8, 64, 56
	if m.class == elf.ELFCLASS32 {
		word, header, prog = 4, 52, 32
	}
	number := func(b []byte, v int) []byte {
		if word == 4 {
			return m.order.AppendUint32(b, uint32(v))
		}
		return m.order.AppendUint64(b, uint64(v))
	}
	table := []byte{0}
	text := func(s string) int {
		table = append(append(table, s...), 0)
		return len(table) - len(s) - 1
	}
	var dyn []byte
	entry := func(tag elf.DynTag, v int) { dyn = number(number(dyn, int(tag)), v) }
	for _, n := range m.needed {
		entry(elf.DT_NEEDED, text(n))
	}
	if m.soname != "" {
		entry(elf.DT_SONAME, text(m.soname))
	}
	if m.runpath != "" {
		entry(m.runpathTag, text(m.runpath))
	}
	const load = 0x10000
	interpAt := header + 3*prog
	stringsAt := interpAt + len(m.interp) + 1
	entry(elf.DT_STRTAB, load+stringsAt)
	entry(elf.DT_NULL, 0)
	dynAt := stringsAt + len(table)
	end := dynAt + len(dyn)

	data := byte(elf.ELFDATA2LSB)
	if m.order == binary.BigEndian {
		data = byte(elf.ELFDATA2MSB)
	}
	b := append([]byte(elf.ELFMAG), byte(m.class), data, byte(elf.EV_CURRENT), 0, 0, 0, 0, 0, 0, 0, 0, 0)
	half := func(v int) { b = m.order.AppendUint16(b, uint16(v)) }
	half(int(elf.ET_DYN))
	half(int(m.machine))
	b = m.order.AppendUint32(b, uint32(elf.EV_CURRENT))
	b = number(number(number(b, 0), header), 0)
	b = m.order.AppendUint32(b, 0)
	for _, v := range []int{header, prog, 3, 0, 0, 0} {
		half(v)
	}
	segment := func(typ elf.ProgType, at, size int) {
		b = m.order.AppendUint32(b, uint32(typ))
		if word == 8 {
			b = m.order.AppendUint32(b, 4)
		}
		b = number(number(number(number(number(b, at), load+at), load+at), size), size)
		if word == 4 {
			b = m.order.AppendUint32(b, 4)
		}
		b = number(b, 1)
	}
	segment(elf.PT_LOAD, 0, end)
	segment(elf.PT_INTERP, interpAt, len(m.interp)+1)
	segment(elf.PT_DYNAMIC, dynAt, len(dyn))
	return slices.Concat(b, []byte(m.interp+"\x00"), table, dyn)
}

var amd64 = image{
	class: elf.ELFCLASS64, machine: elf.EM_X86_64, order: binary.LittleEndian, interp: "/lib64/ld-linux-x86-64.so.2",
	soname: "libjq.so.1", runpath: "$ORIGIN/../lib/jq:/opt/x/lib:$LIB/y:rel", runpathTag: elf.DT_RUNPATH,
	needed: []string{"libonig.so.5", "libc.so.6", "libc.so.6"},
}

func TestELF(t *testing.T) {
	i386, sparc := amd64, amd64
	i386.class, i386.machine, i386.runpathTag, i386.runpath = elf.ELFCLASS32, elf.EM_386, elf.DT_RPATH, "${ORIGIN}"
	sparc.machine, sparc.order = elf.EM_SPARCV9, binary.BigEndian
	for _, c := range []struct {
		image image
		needs string
		dirs  string
	}{
		{amd64, "/lib64/ld-linux-x86-64.so.2, libonig.so.5@x86_64-elf64, libc.so.6@x86_64-elf64", "/usr/lib/jq /opt/x/lib"},
		{i386, "/lib64/ld-linux-x86-64.so.2, libonig.so.5@386-elf32, libc.so.6@386-elf32", "/usr/bin"},
		{sparc, "/lib64/ld-linux-x86-64.so.2, libonig.so.5@sparcv9-elf64be, libc.so.6@sparcv9-elf64be", "/usr/lib/jq /opt/x/lib"},
	} {
		f, got := read(t, "/usr/bin/jq", 0o755, c.image.bytes())
		if got != c.needs || strings.Join(f.RunPath, " ") != c.dirs {
			t.Errorf("needs %s in %v", got, f.RunPath)
		}
		if got, want := spell(f.Provides), "libjq.so.1"; !strings.HasPrefix(got, want) || f.Provides[0].Machine != f.Needs[1].Machine {
			t.Errorf("provides %s", got)
		}
	}
}

// The linker's own output says what debug/elf finds in its sections.
func TestELFReal(t *testing.T) {
	const name = "/bin/sh"
	e, err := elf.Open(name)
	if err != nil {
		t.Skipf("needs a system whose programs are ELF files: %v", err)
	}
	defer e.Close()
	want, err := e.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := read(t, name, 0o755, content)
	var got []string
	for _, n := range f.Needs {
		if n.Kind == Library {
			got = append(got, n.Name)
		}
	}
	if !slices.Equal(got, want) || f.Needs[0].Kind != Interpreter {
		t.Errorf("needs %v, want %v", f.Needs, want)
	}
}

// Damaged files are errors, never more.
func TestELFDamaged(t *testing.T) {
	whole := amd64.bytes()
	for n := 4; n < len(whole); n++ {
		if f, err := Read(bytes.NewReader(whole[:n]), int64(n), "/x", 0o755); err == nil {
			t.Errorf("%d bytes are no error, and need %v", n, f.Needs)
		}
	}
	bomb := amd64
	bomb.needed = make([]string, maxNames+1)
	if _, err := Read(bytes.NewReader(bomb.bytes()), 1<<20, "/x", 0o755); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("error: %v", err)
	}
}

// TestELFSections has many sections that share one long name: a name each would be
// 16 GiB.
func TestELFSections(t *testing.T) {
	const count, length = 16 << 10, 1 << 20
	b := amd64.bytes()
	at := len(b)
	binary.LittleEndian.PutUint64(b[0x28:], uint64(at))
	binary.LittleEndian.PutUint16(b[0x3a:], 64)
	binary.LittleEndian.PutUint16(b[0x3c:], count)
	binary.LittleEndian.PutUint16(b[0x3e:], 1)
	section := make([]byte, 64)
	binary.LittleEndian.PutUint32(section[4:], uint32(elf.SHT_STRTAB))
	binary.LittleEndian.PutUint64(section[24:], uint64(at+64*count))
	binary.LittleEndian.PutUint64(section[32:], length)
	b = append(b, bytes.Repeat(section, count)...)
	b = append(append(b, bytes.Repeat([]byte{'x'}, length-1)...), 0)
	if _, got := read(t, "/usr/bin/jq", 0o755, b); !strings.Contains(got, "libonig.so.5") {
		t.Error(got)
	}
}

// machO makes a file of load commands; text is the command's string.
func machO(order order, magic, cpu uint32, commands ...[]byte) []byte {
	body := slices.Concat(commands...)
	var b []byte
	for _, v := range []uint32{magic, cpu, 0, 2, uint32(len(commands)), uint32(len(body)), 0} {
		b = order.AppendUint32(b, v)
	}
	if magic&1 == 1 {
		b = order.AppendUint32(b, 0)
	}
	return append(b, body...)
}

func command(order order, kind, offset uint32, text string) []byte {
	var b []byte
	for _, v := range []uint32{kind, offset + uint32(len(text)) + 1, offset} {
		b = order.AppendUint32(b, v)
	}
	b = append(b, make([]byte, offset-12)...)
	return append(append(b, text...), 0)
}

func thin() []byte {
	le := binary.LittleEndian
	return machO(le, 0xfeedfacf, 0x0100000c, command(le, 0xd, 24, "@rpath/libjq.1.dylib"), command(le, 0xe, 12, "/usr/lib/dyld"),
		command(le, 0xc, 24, "@rpath/libonig.5.dylib"), command(le, 0x80000018, 24, "/weak"), command(le, 0x8000001c, 12, "@loader_path/../lib"),
		command(le, 0x2, 24, ""))
}

func fat() []byte {
	be := binary.BigEndian
	a, b := thin(), machO(be, 0xfeedface, 18, command(be, 0xc, 24, "/usr/lib/libSystem.B.dylib"))
	var head []byte
	for _, v := range []uint32{0xcafebabe, 2, 0, 0, 48, uint32(len(a)), 0, 0, 0, uint32(48 + len(a)), uint32(len(b)), 0} {
		head = be.AppendUint32(head, v)
	}
	return slices.Concat(head, a, b)
}

func TestMachO(t *testing.T) {
	f, got := read(t, "/opt/local/bin/jq", 0o755, thin())
	if want := "/usr/lib/dyld, @rpath/libonig.5.dylib@arm64-macho"; got != want {
		t.Errorf("needs %s", got)
	}
	if spell(f.Provides) != "@rpath/libjq.1.dylib@arm64-macho" || strings.Join(f.RunPath, " ") != "/opt/local/lib" {
		t.Errorf("provides %v, in %v", f.Provides, f.RunPath)
	}
	if _, got := read(t, "/x", 0o755, fat()); got != "/usr/lib/dyld, @rpath/libonig.5.dylib@arm64-macho, /usr/lib/libSystem.B.dylib@ppc-macho" {
		t.Errorf("needs %s", got)
	}
	if _, got := read(t, "/Main.class", 0o644, []byte("\xca\xfe\xba\xbe\x00\x00\x00\x34xxxx")); got != "" {
		t.Errorf("a Java class needs %s", got)
	}
	for n := 8; n < len(fat()); n++ {
		if _, err := Read(bytes.NewReader(fat()[:n]), int64(n), "/x", 0o755); err == nil {
			t.Errorf("%d bytes are no error", n)
		}
	}
}
