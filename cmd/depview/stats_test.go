package main

import (
	"runtime"
	"testing"
)

// TestPeak checks that the peak follows what the process uses, and not what
// getrusage(2) says of the processes before it.
func TestPeak(t *testing.T) {
	const usual = 1 << 40
	before := peakKB(usual)
	if runtime.GOOS != "linux" {
		if before != usual {
			t.Errorf("%d KiB, want the usual figure", before)
		}
		return
	}
	block := make([]byte, 64<<20)
	for i := 0; i < len(block); i += 1 << 12 {
		block[i] = 1
	}
	if after := peakKB(usual); after < before+50<<10 || after > before+200<<10 {
		t.Errorf("%d KiB before 64 MiB were used, %d after", before, after)
	}
	runtime.KeepAlive(block)
}
