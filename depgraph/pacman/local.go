package pacman

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// detail is what the database says beyond a depgraph.Package.
type detail struct {
	dir     string // of the package's entry: local/NAME-VERSION, relative to the root
	groups  []string
	depends []string // as they are written
	broken  error    // why depends cannot be relied on
}

// format is the only one of the database that libalpm reads since version 4.2.
const format = 9

// readLocal makes the packages of the entries of local/. As in libalpm, it is the name
// of an entry's directory that tells name and version; what is no directory, or has
// another kind of name, is no entry.
func (db *Database) readLocal() error {
	local := path.Join(db.admin, "local")
	files, err := fs.ReadDir(db.root, local)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no pacman database (/%s) here: %w", local, err)
	} else if err != nil {
		return fmt.Errorf("pacman database: %w", err)
	}
	if len(files) == 0 {
		return nil // as pacman leaves it before the first installation
	}
	if err := db.checkFormat(local); err != nil {
		return err
	}
	memory, details := make([]depgraph.Package, len(files)), make([]detail, len(files))
	for _, f := range files {
		name, version, ok := splitEntry(f.Name())
		if !f.IsDir() || !ok {
			continue
		}
		i := len(db.packages)
		details[i].dir = local + "/" + f.Name()
		memory[i] = depgraph.Package{Name: name, Version: version, Source: "pacman", Detail: &details[i]}
		db.packages = append(db.packages, &memory[i])
	}
	slices.SortStableFunc(db.packages, func(a, b *depgraph.Package) int { return strings.Compare(a.Name, b.Name) })
	for i, p := range db.packages {
		if before := db.packages[max(i-1, 0)]; i > 0 && before.Name == p.Name {
			return fmt.Errorf("/%s: two entries are of %s, %s and %s: pacman was interrupted while it put one in place of the other",
				local, p.Name, path.Base(before.Detail.(*detail).dir), path.Base(p.Detail.(*detail).dir))
		}
	}
	return db.readEntries()
}

// checkFormat reads the number of the database's format.
func (db *Database) checkFormat(local string) error {
	name := local + "/ALPM_DB_VERSION"
	text, err := rootfs.Read(db.root, name, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("/%s: not there: the database is of an old format, which pacman-db-upgrade(8) turns into %d", name, format)
	} else if err != nil {
		return fmt.Errorf("pacman database: %w", err)
	}
	number, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	switch n, err := strconv.Atoi(number); {
	case err != nil:
		return fmt.Errorf("/%s:1: not a number: %q", name, number)
	case n < format:
		return fmt.Errorf("/%s:1: the database is of the old format %d, which pacman-db-upgrade(8) turns into %d", name, n, format)
	case n > format:
		return fmt.Errorf("/%s:1: the database is of format %d, and only %d is known", name, n, format)
	}
	return nil
}

// splitEntry splits NAME-VERSION-RELEASE at the second hyphen from the end
// (_alpm_splitname of libalpm).
func splitEntry(entry string) (name, version string, ok bool) {
	at := strings.LastIndexByte(entry, '-')
	if at < 0 {
		return "", "", false
	}
	if at = strings.LastIndexByte(entry[:at], '-'); at <= 0 {
		return "", "", false
	}
	return entry[:at], entry[at+1:], true
}

// readEntries reads what the entries say, with as many hands as there are processors.
func (db *Database) readEntries() error {
	hands := min(runtime.GOMAXPROCS(0), len(db.packages)/64+1)
	errs := make([]error, hands)
	var wait sync.WaitGroup
	for hand := range hands {
		wait.Go(func() {
			var b bytes.Buffer
			for i := hand; i < len(db.packages) && errs[hand] == nil; i += hands {
				errs[hand] = db.fill(db.packages[i], &b)
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fill adds to p what its entry's desc says. Where pacman complains of the file and goes
// on without it, what p needs cannot be known, and whoever asks is told why.
func (db *Database) fill(p *depgraph.Package, b *bytes.Buffer) error {
	d := p.Detail.(*detail)
	name := d.dir + "/desc"
	b.Reset()
	err := readBuffer(db.root, name, b)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.broken = fmt.Errorf("/%s: not there: pacman was interrupted while it installed %s", name, p.Name)
	case err != nil:
		return fmt.Errorf("pacman database: %w", err)
	}
	var says desc
	if d.broken == nil {
		says, d.broken = parseDesc("/"+name, b.Bytes())
	}
	p.Arch, d.groups, d.depends = says.arch, says.groups, says.depends
	for _, text := range says.provides {
		t := parseTerm(text)
		v := depgraph.Provide{Name: t.name}
		if t.operator == "=" {
			v.Version = t.version
		}
		p.Provides = append(p.Provides, v)
	}
	if len(d.depends) > 0 || d.broken != nil {
		p.Late = d.needs
	}
	if len(says.optional) > 0 {
		p.Optional = func() ([]depgraph.Need, error) { return needs(says.optional), nil }
	}
	return nil
}

// readBuffer reads a desc into b.
func readBuffer(root fs.FS, name string, b *bytes.Buffer) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := b.ReadFrom(io.LimitReader(f, maxFile+1))
	if err == nil && n > maxFile {
		err = rootfs.TooLarge(name, maxFile)
	}
	return err
}

// needs reads what the package needs at run time.
func (d *detail) needs() ([]depgraph.Need, error) {
	if d.broken != nil {
		return nil, d.broken
	}
	return needs(d.depends), nil
}
