package pack

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
)

func init() { register(Format{Name: "tar", Suffixes: []string{".tar"}, Write: writeTar}) }

// The names by which an archive deletes, from the OCI image layer specification
// (https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts).
const (
	whiteoutPrefix = ".wh."
	opaqueName     = ".wh..wh..opq"
)

// An item is one header of the archive to be.
type item struct {
	name  string // as it is in the archive; a directory's ends in a slash
	entry capture.Entry
}

// writeTar writes a POSIX (pax) archive: headers in byte order of their names,
// plain ustar where it can say everything, numeric owners only, neither access
// nor change times, extended attributes as SCHILY.xattr records (which star,
// GNU tar and libarchive read).
func writeTar(ctx context.Context, w io.Writer, src Source, o Options) (Stats, error) {
	items, stats, err := collect(ctx, src, o)
	if err != nil {
		return Stats{}, err
	}
	t := &tarWriter{ctx: ctx, out: tar.NewWriter(w), src: src, options: o, first: map[[2]uint64]string{}}
	for _, it := range items {
		if err := t.write(it); err != nil {
			return Stats{}, err
		}
	}
	if err := t.out.Close(); err != nil {
		return Stats{}, fmt.Errorf("tar: %w", err)
	}
	stats.Bytes = t.bytes
	return stats, nil
}

// collect turns the entries into items in order.
func collect(ctx context.Context, src Source, o Options) (items []item, stats Stats, err error) {
	mark := func(name string) {
		stats.Whiteouts++
		if !o.OmitDeletions {
			items = append(items, item{name, capture.Entry{Type: capture.File, ModTime: time.Unix(0, 0)}})
		}
	}
	for e, err := range src.Walk() {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, stats, err
		}
		dir, base := path.Split(strings.TrimPrefix(e.Path, "/"))
		if e.Whiteout {
			mark(dir + whiteoutPrefix + base)
			continue
		}
		if strings.HasPrefix(base, whiteoutPrefix) {
			return nil, stats, fmt.Errorf("%s: a name that begins with %s means a deletion in archives and layers; the build must use another", record.Quote(e.Path), whiteoutPrefix)
		}
		stats.Entries++
		it := item{dir + base, e}
		if e.Type == capture.Dir {
			it.name += "/"
			if e.Opaque {
				mark(it.name + opaqueName)
			}
		}
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.name, b.name) })
	return items, stats, nil
}

type tarWriter struct {
	ctx     context.Context
	out     *tar.Writer
	src     Source
	options Options
	first   map[[2]uint64]string // the name under which an inode was written
	bytes   int64
}

func (t *tarWriter) write(it item) error {
	h, err := t.header(it)
	if err == nil {
		err = t.ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := t.out.WriteHeader(h); err != nil {
		return fmt.Errorf("tar: %s: %w", record.Quote(it.name), err)
	}
	if h.Typeflag != tar.TypeReg || h.Size == 0 {
		return nil
	}
	return t.content(it.entry)
}

// header describes an item. The first of the names of a file is the file, and
// the others are links to it. Symlinks are written out each time: not every
// system can make a hard link to one.
func (t *tarWriter) header(it item) (*tar.Header, error) {
	e := it.entry
	h := &tar.Header{
		Name: it.name, Mode: int64(e.Mode), Uid: e.UID, Gid: e.GID,
		ModTime: t.options.clamp(e.ModTime), PAXRecords: map[string]string{},
	}
	if e.Link.N > 1 && e.Type != capture.Dir && e.Type != capture.Symlink {
		key := [2]uint64{e.Link.Dev, e.Link.Ino}
		if name, ok := t.first[key]; ok {
			h.Typeflag, h.Linkname = tar.TypeLink, name
			return h, t.pax(h, nil)
		}
		t.first[key] = it.name
	}
	switch e.Type {
	case capture.File:
		h.Typeflag, h.Size = tar.TypeReg, e.Size
	case capture.Dir:
		h.Typeflag = tar.TypeDir
	case capture.Symlink:
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.Target
	case capture.Fifo:
		h.Typeflag = tar.TypeFifo
	case capture.CharDevice, capture.BlockDevice:
		h.Typeflag = tar.TypeChar
		if e.Type == capture.BlockDevice {
			h.Typeflag = tar.TypeBlock
		}
		h.Devmajor, h.Devminor = int64(e.Rdev.Major), int64(e.Rdev.Minor)
	case capture.Socket:
		return nil, fmt.Errorf("%s: is a socket, which no archive can hold; remove it at the end of the build", record.Quote(e.Path))
	default:
		return nil, fmt.Errorf("%s: has no type that an archive knows", record.Quote(e.Path))
	}
	return h, t.pax(h, e.Xattrs)
}

// pax adds the records that archive/tar does not make by itself.
func (t *tarWriter) pax(h *tar.Header, xattrs map[string]string) error {
	for name, value := range xattrs {
		if strings.ContainsAny(name, "=\x00") {
			return fmt.Errorf("%s: the extended attribute %q has a name that pax cannot hold", record.Quote("/"+h.Name), name)
		}
		h.PAXRecords["SCHILY.xattr."+name] = value
	}
	// Pax names are UTF-8 unless the header says that they are bytes (POSIX pax).
	if !utf8.ValidString(h.Name) || !utf8.ValidString(h.Linkname) {
		h.PAXRecords["hdrcharset"] = "BINARY"
	}
	return nil
}

// content copies a file that must be as long as its entry says.
func (t *tarWriter) content(e capture.Entry) error {
	f, err := t.src.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(t.out, reader{t.ctx, f})
	t.bytes += n
	switch {
	case errors.Is(err, tar.ErrWriteTooLong) || err == nil && n < e.Size:
		return fmt.Errorf("%s: changed its size while it was packed", record.Quote(e.Path))
	case err != nil:
		return fmt.Errorf("%s: %w", record.Quote(e.Path), err)
	}
	return nil
}

// reader ends with the context's error.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
