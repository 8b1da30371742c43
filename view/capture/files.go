package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// RecordFile opens the capture's record for package record to append to; it is
// made where it is missing.
func (c *Capture) RecordFile() (*os.File, error) {
	return c.openFile(recordName, os.O_RDWR|os.O_APPEND|os.O_CREATE)
}

// OpenRecord opens the record of the capture in dir for reading. It takes no
// lock: a build that runs only adds whole lines. A capture without a record
// gives an error that wraps fs.ErrNotExist.
func OpenRecord(dir string) (*os.File, error) {
	c, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	defer c.root.Close()
	if err := c.check(false); err != nil {
		return nil, err
	}
	return c.openFile(recordName, os.O_RDONLY)
}

// ReadView returns view.toml, with an error that wraps fs.ErrNotExist if there
// is none.
func (c *Capture) ReadView() ([]byte, error) {
	f, err := c.openFile(viewName, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("capture %s: %w", record.Quote(c.dir), err)
	}
	return b, nil
}

// WriteView replaces view.toml. After a crash, of the machine too, it is the old
// one or the new one; of a capture that had none, the first is sure to be there
// once Close returns.
func (c *Capture) WriteView(data []byte) error {
	old, err := c.ReadView()
	first := errors.Is(err, fs.ErrNotExist)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	f, err := c.openFile(viewTemp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && !first {
		err = f.Sync()
	}
	if err == nil {
		err = c.root.Rename(viewTemp, viewName)
	}
	sync := func(err error) error {
		if err == nil && first {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err == nil {
			err = c.syncDir()
		}
		if err != nil {
			return fmt.Errorf("capture %s: %s: %w", record.Quote(c.dir), viewName, err)
		}
		return nil
	}
	if err != nil || !first {
		return sync(err)
	}
	c.syncing.Go(func() { c.syncErr = sync(nil) }) // a disk may take longer than a view to start
	return nil
}

// openFile opens a file directly in the capture, if it is a regular one.
func (c *Capture) openFile(name string, flag int) (*os.File, error) {
	// O_NONBLOCK: whatever took the file's place must not make us wait.
	f, err := c.root.OpenFile(name, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, fmt.Errorf("capture %s: %w", record.Quote(c.dir), err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.Join(fmt.Errorf("capture %s: %s is not a regular file", record.Quote(c.dir), name), err)
	}
	return f, nil
}

// syncDir makes a rename durable. Some file systems cannot, and say EINVAL.
func (c *Capture) syncDir() error {
	d, err := c.root.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}
