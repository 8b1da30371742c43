package pack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// ToFile writes an archive to the file path. It appears under that name once it
// is complete and on the disk; before, and after an error or a cancelled
// context, whatever was there is there still, and nothing else. A symlink's
// target is replaced, not the symlink. A device or a fifo is written to.
func ToFile(ctx context.Context, path string, f Format, src Source, o Options) (Stats, error) {
	target, special, err := resolve(path)
	if err != nil {
		return Stats{}, err
	}
	if special {
		return toSpecial(ctx, target, f, src, o)
	}
	out, err := renameio.NewPendingFile(target, renameio.WithTempDir(filepath.Dir(target)), renameio.WithPermissions(0o666))
	if err != nil {
		return Stats{}, fmt.Errorf("pack: %w", err)
	}
	defer out.Cleanup()
	stats, err := buffered(ctx, out, f, src, o)
	if err != nil {
		return Stats{}, err
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return Stats{}, fmt.Errorf("pack: %w", err)
	}
	return stats, nil
}

// resolve finds the file that path names, which need not exist, and whether it
// is one that cannot be replaced: renaming over /dev/null would break the system.
func resolve(path string) (target string, special bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, false, nil
	case err != nil:
		return "", false, fmt.Errorf("pack: %w", err)
	case info.IsDir():
		return "", false, fmt.Errorf("pack: %s: is a directory", path)
	case !info.Mode().IsRegular():
		return path, true, nil
	}
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", false, fmt.Errorf("pack: %w", err)
	}
	return target, false, nil
}

func toSpecial(ctx context.Context, path string, f Format, src Source, o Options) (Stats, error) {
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return Stats{}, fmt.Errorf("pack: %w", err)
	}
	stats, err := buffered(ctx, out, f, src, o)
	if err := errors.Join(err, out.Close()); err != nil {
		return Stats{}, err
	}
	return stats, nil
}

func buffered(ctx context.Context, w io.Writer, f Format, src Source, o Options) (Stats, error) {
	b := bufio.NewWriterSize(w, 256<<10)
	stats, err := f.Write(ctx, b, src, o)
	if err != nil {
		return Stats{}, err
	}
	if err := b.Flush(); err != nil {
		return Stats{}, fmt.Errorf("pack: %w", err)
	}
	return stats, nil
}
