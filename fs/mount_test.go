package fs

import (
	"bytes"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

func TestUnwanted(t *testing.T) {
	var out bytes.Buffer
	w := unwanted{&out}
	for _, line := range []string{
		"writer: Write/Writev failed, err: " + fuse.ENOENT.String() + ". opcode: READ\n",
		"writer: Write/Writev failed, err: " + fuse.EINVAL.String() + ". opcode: READ\n",
		"panic in FS handler\n",
	} {
		if n, err := w.Write([]byte(line)); n != len(line) || err != nil {
			t.Errorf("%q: %d, %v", line, n, err)
		}
	}
	if want := "writer: Write/Writev failed, err: " + fuse.EINVAL.String() + ". opcode: READ\npanic in FS handler\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}
