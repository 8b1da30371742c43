package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	c := create(t)
	m := c.Meter()
	defer m.Close()
	measure := func(want int64) {
		t.Helper()
		if n, exact := m.Measure(time.Minute); n != want || !exact {
			t.Errorf("%d bytes, exact: %v; want %d", n, exact, want)
		}
	}
	measure(0)
	for i := range 3 * fewNames {
		write(t, filepath.Join(c.Upper(), "a", fmt.Sprint(i), "x"), "four")
	}
	write(t, filepath.Join(c.Dir(), "work", "not-captured"), "x")
	check(t, os.Symlink(c.Dir(), filepath.Join(c.Upper(), "link")))
	check(t, syscall.Mkfifo(filepath.Join(c.Upper(), "fifo"), 0o600))
	measure(4 * 3 * fewNames)
	check(t, os.RemoveAll(filepath.Join(c.Upper(), "a")))
	write(t, filepath.Join(c.Upper(), "b"), strings.Repeat("x", 10))
	measure(10)
}

// TestMeterGoesOn: a meter without time says that there may be more, and gets
// there at last.
func TestMeterGoesOn(t *testing.T) {
	c := create(t)
	const files = 10 * fewNames
	for i := range files {
		write(t, filepath.Join(c.Upper(), fmt.Sprint(i%10), fmt.Sprint(i)), "x")
	}
	m := c.Meter()
	defer m.Close()
	last := int64(0)
	for range 100 {
		n, exact := m.Measure(time.Nanosecond)
		if n < last || n > files || exact != (n == files) && exact {
			t.Fatalf("%d bytes after %d, exact: %v", n, last, exact)
		}
		if last = n; exact {
			break
		}
	}
	if last != files {
		t.Errorf("%d bytes of %d", last, files)
	}
}
