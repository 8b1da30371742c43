// Program digest prints a digest made by the C library xxhash. It prints with C's
// means too, for Go's would have to be compiled first.
package main

// #cgo LDFLAGS: -lxxhash
// #include <stdio.h>
// #include <xxhash.h>
//
// static void digest(const char *s, size_t n) { printf("%016llx\n", (unsigned long long)XXH64(s, n, 0)); fflush(stdout); }
import "C"

func main() {
	const text = "of this line\n"
	C.digest(C.CString(text), C.size_t(len(text)))
}
