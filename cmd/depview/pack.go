package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/pack"
)

func packCommand() *cobra.Command {
	var format, output string
	var omit bool
	cmd := &cobra.Command{
		Use:   "pack [CAPTURE] -o FILE",
		Short: "make an archive of what a build wrote",
		Long: `pack writes a capture's files as an archive that can be unpacked over the real
root. The same capture gives the same bytes: names are sorted, owners numeric,
and times in whole seconds, none later than SOURCE_DATE_EPOCH where it is set.
A deleted file is in it as an empty .wh.NAME, as in OCI layers.`,
		Example: "  depview pack -o /tmp/hello.tar.zst",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "" {
				return hinted{fmt.Errorf("no output file"), "depview pack -o FILE.tar.zst"}
			}
			return packTo(cmd.Context(), args, format, output, omit)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "the archive's `FORMAT`: tar or tar.zst (default: by the output's name)")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the archive to `FILE`")
	cmd.Flags().BoolVar(&omit, "omit-deletions", false, "leave deleted files out")
	return cmd
}

func packTo(ctx context.Context, args []string, format, output string, omit bool) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o := pack.Options{OmitDeletions: omit}
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return fmt.Errorf("SOURCE_DATE_EPOCH=%s is not a number of seconds", epoch)
		}
		o.ModTime = time.Unix(seconds, 0)
	}
	f, err := pack.FormatOf(output)
	if format != "" {
		f, err = pack.Lookup(format)
	}
	if err != nil {
		return hinted{err, "--format tar.zst"}
	}
	return read(args, false, func(l *capture.Layer, _ capture.Lower) error {
		stats, err := pack.ToFile(ctx, output, f, l, o)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "depview: %s: %s, %s\n", output, english.Plural(stats.Entries, "entry", "entries"), humanize.Bytes(uint64(stats.Bytes)))
		if n := stats.Whiteouts; n > 0 && !omit {
			fmt.Fprintf(os.Stderr, "depview: %s in it as .wh.NAME; --omit-deletions leaves them out\n", english.Plural(n, "deletion is", "deletions are"))
		}
		return nil
	})
}
