//go:build race

package sourcetest

// Under the race detector a sync.Pool forgets what it holds, and whoever keeps buffers
// there, as package regexp does, allocates them again and again.
func init() { pools = false }
