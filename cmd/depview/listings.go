package main

import (
	"slices"
	"sync"
)

// listings remembers which process has listed which directory, of late.
type listings struct {
	mu   sync.Mutex
	ring [1024]listing
	next int
}

type listing struct {
	pid uint32
	dir string
}

func (l *listings) add(pid uint32, dir string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if new := (listing{pid, dir}); !slices.Contains(l.ring[:], new) {
		l.ring[l.next%len(l.ring)] = new
		l.next++
	}
}

func (l *listings) has(pid uint32, dir string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.ring[:], listing{pid, dir})
}
