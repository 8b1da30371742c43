package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/depview/depview/fs"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/capture"
)

// The engines: what takes the writes of a build.
const (
	engineAuto    = "auto"
	engineOverlay = "overlay" // the kernel's overlayfs, on a read-only tree
	engineFuse    = "fuse"    // the tree itself
)

var engines = []string{engineAuto, engineOverlay, engineFuse}

// A powers says what owners a build can give its files, root's all, with
// subordinate ids many, else one; and whether there is an overlayfs.
type powers struct{ root, many, overlay bool }

// engineFor picks the engine, asked for or auto, for a capture that has kept owners
// so far as kept says, and tells why.
func engineFor(asked string, p powers, kept capture.Kept) (engine, why string, err error) {
	switch {
	case kept.Owned != "" && !p.root && asked == engineFuse:
		return "", "", hinted{fmt.Errorf("the fuse engine cannot go on with a capture that has files of subordinate ids: %s", kept.Owned), "--engine overlay"}
	case kept.Owned != "" && !p.root && !p.many:
		return "", "", hinted{fmt.Errorf("the capture has files of subordinate ids, and there are none now: %s", kept.Owned), "depview doctor tells how to get subordinate ids"}
	case kept.Overridden && asked == engineOverlay:
		return "", "", hinted{errors.New("the overlay engine cannot go on with a capture that has owners recorded"), "--engine fuse"}
	case asked != engineAuto:
		return asked, "as asked for", nil
	case kept.Overridden:
		return engineFuse, "the capture has owners recorded", nil
	case !p.overlay:
		return engineFuse, "there is no overlayfs", nil
	case p.root:
		return engineOverlay, "owners are real", nil
	case p.many:
		return engineOverlay, "owners are real, by subordinate ids", nil
	}
	return engineFuse, "which records owners, since there are no subordinate ids", nil
}

// takeWrites settles what takes the build's writes, in the plan or in options.
func (s *session) takeWrites(f *sessionFlags, options *fs.Options) error {
	ids, err := s.ids(f.verbose)
	if err != nil {
		return err
	}
	options.IDs = ids
	if !s.scope.phase.Capture {
		return nil
	}
	can := powers{root: os.Geteuid() == 0, many: ids.Many(), overlay: jail.HasOverlay()}
	engine, why, err := engineFor(f.engine, can, s.kept)
	if err != nil {
		return err
	}
	s.engine = engine + " engine, " + why
	if f.verbose {
		fmt.Fprintf(os.Stderr, "depview: %s\n", s.engine)
	}
	if engine == engineFuse {
		s.plan.Writable = true
		options.Upper, options.Work = s.capture.Upper(), s.capture.Work()
		s.keepOwners(ids)
	} else {
		s.plan.Upper, s.plan.Scratch = s.capture.Upper(), s.capture.Work()
	}
	return nil
}

// keepOwners has a build keep the owners that its namespace lacks.
func (s *session) keepOwners(ids capture.IDs) {
	s.plan.Owners, s.plan.Foreign = s.plan.Unprivileged && !ids.Many(), s.kept.Overridden
	for _, b := range s.plan.Binds {
		s.plan.Foreign = s.plan.Foreign || capture.HasOverrides(b.Source)
	}
}

// ids returns those of the jail's namespace; a mount's is the caller's.
func (s *session) ids(verbose bool) (capture.IDs, error) {
	if s.jail == nil {
		return s.plan.IDs, nil
	}
	ids, lack, err := s.jail.IDs()
	if lack != nil && verbose {
		fmt.Fprintf(os.Stderr, "depview: no subordinate ids: %s\n", lack)
	}
	return ids, err
}

// idsOf returns the ids of the namespace that the capture's build was in.
func idsOf(c *capture.Capture) (capture.IDs, error) {
	uid, gid, err := c.Owner()
	if err != nil || uid == 0 {
		return capture.IDs{}, err
	}
	return jail.IDsOf(uid, gid), nil
}
