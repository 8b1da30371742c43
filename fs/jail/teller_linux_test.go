package jail

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestTeller has a build flood the parent: each is told once, to a limit, and the
// rest is counted.
func TestTeller(t *testing.T) {
	parent, child, err := controlPair()
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	defer child.Close()
	got := make(chan []Denial)
	go func() {
		var list []Denial
		for {
			m, _, err := parent.receive()
			if err != nil {
				got <- list
				return
			}
			list = append(list, m.Denied.denial())
		}
	}()
	teller := newTeller(child)
	first := Denial{PID: 7, Exe: "/bin/\xff", Path: "/a\nb\x00\xfe", Syscall: "openat", Errno: "EROFS"}
	argv := []string{"\xff", "", "a b"}
	for range 3 {
		teller.tell(first, func() []string { return argv })
	}
	const flood = maxTold + 500
	for i := range flood {
		for len(teller.queue) == waiting {
			runtime.Gosched()
		}
		teller.tell(Denial{Path: fmt.Sprint(i)}, func() []string { return nil })
	}
	teller.finish()
	teller.tell(Denial{Path: "late"}, func() []string { return nil })
	child.Close()
	list := <-got
	if len(list) != maxTold+1 {
		t.Fatalf("told of %d", len(list))
	}
	first.Argv = argv
	if fmt.Sprintf("%#v", list[0]) != fmt.Sprintf("%#v", first) {
		t.Errorf("got %#v, want %#v", list[0], first)
	}
	if last := list[maxTold]; last.More != flood-maxTold+1 {
		t.Errorf("the last is %+v", last)
	}
}

// TestTellerWaitsForNobody has a parent that takes nothing.
func TestTellerWaitsForNobody(t *testing.T) {
	parent, child, err := controlPair()
	if err != nil {
		t.Fatal(err)
	}
	teller := newTeller(child)
	defer func() {
		parent.Close() // which ends its sending
		<-teller.sent
		child.Close()
	}()
	for i := range 5 * waiting {
		teller.tell(Denial{Path: fmt.Sprint(i), Exe: strings.Repeat("x", 1000)}, func() []string { return nil })
	}
	teller.mu.Lock()
	defer teller.mu.Unlock()
	if teller.more == 0 || len(teller.queue) != waiting {
		t.Errorf("%d wait, %d are counted", len(teller.queue), teller.more)
	}
}
