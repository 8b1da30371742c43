package fs

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// aclOf makes an ACL from "TAG:PERM[:ID]" words: u, U (a user's), g, G, m, o.
func aclOf(text string) []byte {
	acl := binary.LittleEndian.AppendUint32(nil, 2)
	tags := map[string]uint16{"u": aclUserObj, "U": aclUser, "g": aclGroupObj, "G": aclGroup, "m": aclMask, "o": aclOther}
	for _, word := range strings.Fields(text) {
		var perm uint16
		id := uint32(0xffffffff)
		f := strings.Split(word, ":")
		fmt.Sscanf(f[1], "%o", &perm)
		if len(f) > 2 {
			fmt.Sscanf(f[2], "%d", &id)
		}
		acl = binary.LittleEndian.AppendUint16(acl, tags[f[0]])
		acl = binary.LittleEndian.AppendUint16(acl, perm)
		acl = binary.LittleEndian.AppendUint32(acl, id)
	}
	return acl
}

func TestInherited(t *testing.T) {
	for _, c := range []struct {
		acl  string
		mode uint32
		want string
		stat uint32
	}{
		{"u:7 g:5 o:0", 0o666, "u:6 g:4 o:0", 0o640},
		{"u:7 g:7 o:7", 0o600, "u:6 g:0 o:0", 0o600},
		{"u:7 U:7:33 g:5 m:7 o:5", 0o644, "u:6 U:7:33 g:5 m:4 o:4", 0o644},
		{"u:7 g:7 G:7:4 m:5 o:0", 0o777, "u:7 g:7 G:7:4 m:5 o:0", 0o750},
	} {
		got := inherited(aclOf(c.acl), c.mode)
		if string(got) != string(aclOf(c.want)) {
			t.Errorf("%s, mode %o: got %x, want %s", c.acl, c.mode, got, c.want)
		}
		if mode := aclMode(got); mode != c.stat {
			t.Errorf("%s has mode %o, want %o", c.want, mode, c.stat)
		}
	}
}

func TestMapIDs(t *testing.T) {
	root := func(id uint32, group bool) (uint32, bool) {
		if group {
			return 2000, id == 0
		}
		return 1000, id == 0
	}
	mapped, ok := mapIDs(aclOf("u:7 U:6:0 g:5 G:4:0 m:7 o:0"), root)
	if want := aclOf("u:7 U:6:1000 g:5 G:4:2000 m:7 o:0"); !ok || string(mapped) != string(want) {
		t.Errorf("got %x, %t, want %x", mapped, ok, want)
	}
	if _, ok := mapIDs(aclOf("u:7 U:6:33 g:5 m:7 o:0"), root); ok {
		t.Error("user 33 was mapped")
	}
}
