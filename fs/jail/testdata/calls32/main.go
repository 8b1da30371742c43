// Command calls32 gives the file its argument names an owner, makes a device beside
// it, and prints what stat tells of both. Compiled for 386, it makes the calls of a
// 32-bit program.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"syscall"
	"time"
)

func main() {
	file, device := os.Args[1], os.Args[1]+".device"
	if err := syscall.Chown(file, 33, 100000); err != nil {
		log.Fatal(err)
	}
	if err := syscall.Mknod(device, syscall.S_IFBLK|0o600, 8<<8|3); err != nil {
		log.Fatal(err)
	}
	then := time.Unix(1234567890, 0)
	if err := errors.Join(os.Chtimes(file, then, then), os.Chtimes(device, then, then)); err != nil {
		log.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		log.Fatal(err)
	}
	for _, stat := range []func(*syscall.Stat_t) error{
		func(st *syscall.Stat_t) error { return syscall.Stat(file, st) },
		func(st *syscall.Stat_t) error { return syscall.Fstat(int(f.Fd()), st) },
		func(st *syscall.Stat_t) error { return syscall.Lstat(device, st) },
	} {
		var st syscall.Stat_t
		if err := stat(&st); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%o %d:%d %x %d %d\n", st.Mode, st.Uid, st.Gid, st.Rdev, st.Size, st.Mtim.Sec)
	}
}
