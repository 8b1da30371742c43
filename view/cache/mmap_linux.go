package cache

import "golang.org/x/sys/unix"

// mapNow has mmap(2) map every page at once, not one by one as they are touched.
const mapNow = unix.MAP_POPULATE
