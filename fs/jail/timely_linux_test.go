package jail

import (
	"testing"
	"time"
)

func TestTimely(t *testing.T) {
	if got := timely(func() string { return "found" }); got != "found" {
		t.Errorf("%q", got)
	}
	never := make(chan struct{})
	defer close(never)
	start := time.Now()
	got := timely(func() string { <-never; return "late" })
	if took := time.Since(start); got != "" || took < lookTime || took > 5*lookTime {
		t.Errorf("%q after %v", got, took)
	}
}
