package jail

import "time"

const (
	// lookTime is how long a look at a process's memory may take.
	lookTime = time.Second
	// maxLooks is how many there may be at a time, those that were given up included.
	maxLooks = 64
)

var looks = make(chan struct{}, maxLooks)

// timely returns what look finds in a process's memory, or nothing if that takes too
// long. The process waits for us, and may have seen to it that we wait for it: a page
// may be a file's that only a process of the build can serve, and one of its threads
// may hold the lock of its memory while it waits for our answer. Who is given up ends
// with the process at the latest.
func timely[T any](look func() T) (found T) {
	late := time.NewTimer(lookTime)
	defer late.Stop()
	select {
	case looks <- struct{}{}:
	case <-late.C:
		return found
	}
	done := make(chan T, 1)
	go func() {
		defer func() { <-looks }()
		done <- look()
	}()
	select {
	case found = <-done:
	case <-late.C:
	}
	return found
}
