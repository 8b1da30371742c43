package pack

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

func init() {
	register(Format{Name: "tar.zst", Suffixes: []string{".tar.zst", ".tzst"}, Write: writeTarZstd})
}

// writeTarZstd writes the tar format in one zstd frame with a checksum. One
// encoder at one level gives the same bytes on every machine, whatever its
// processors; another version of the encoder may give others.
func writeTarZstd(ctx context.Context, w io.Writer, src Source, o Options) (Stats, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true))
	if err != nil {
		return Stats{}, fmt.Errorf("zstd: %w", err)
	}
	stats, err := writeTar(ctx, z, src, o)
	if err != nil {
		return Stats{}, errors.Join(err, discard(z))
	}
	if err := z.Close(); err != nil {
		return Stats{}, fmt.Errorf("zstd: %w", err)
	}
	return stats, nil
}

// discard frees an encoder without a valid end of its frame, so that what was
// written can never pass for an archive.
func discard(z *zstd.Encoder) error {
	z.Reset(io.Discard)
	return z.Close()
}
