package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A Baseline is findings that are known, and no news: [Options].Known.
type Baseline struct {
	known map[string]bool // by key
}

// baselineHead is the first line of a baseline, up to its version.
const baselineHead, baselineVersion = "# depview baseline ", "1"

// noPackage stands for the packages of a path that none owns.
const noPackage = "-"

// WriteBaseline writes what the report has above Probed as a baseline, for people
// to review and to keep under version control:
//
//	# depview baseline 1
//	# PACKAGE[|PACKAGE…] PATH, or - PATH if no package owns it
//	libonig-dev /usr/include/oniguruma.h
//	"odd name"|b /usr/lib/both
//	- /opt/leftover.h
//
// Lines are sorted, so that two baselines differ where their findings do. A field
// that holds a space or what no terminal should see is in Go's double quotes.
func WriteBaseline(w io.Writer, r *Report) error {
	var lines []string
	for _, g := range append(slices.Clone(r.Undeclared), r.Stray) {
		for _, f := range g.Findings {
			if f.Rank > Probed {
				lines = append(lines, baselineOwners(g.Owners)+" "+baselineField(f.Path, ""))
			}
		}
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s%s\n# PACKAGE[|PACKAGE…] PATH, or %s PATH if no package owns it\n", baselineHead, baselineVersion, noPackage)
	for _, line := range slices.Compact(slices.Sorted(slices.Values(lines))) {
		fmt.Fprintln(b, line)
	}
	return b.Flush()
}

func baselineOwners(owners []string) string {
	if len(owners) == 0 {
		return noPackage
	}
	var fields []string
	for _, o := range owners {
		fields = append(fields, baselineField(o, noPackage))
	}
	return strings.Join(fields, "|")
}

// baselineField quotes s unless it is one plain word, and not the one that is
// reserved.
func baselineField(s, reserved string) string {
	if s == reserved || strings.HasPrefix(s, "#") || strings.ContainsAny(s, " |\"") {
		return strconv.Quote(s)
	}
	return Quote(s)
}

// ReadBaseline reads what WriteBaseline wrote, and what people made of it: blank
// lines and comments may stand anywhere, and lines in any order. The name is for
// errors, which tell the line, counted from 1.
func ReadBaseline(name string, r io.Reader) (Baseline, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Baseline{}, fmt.Errorf("%s: %w", name, err)
	}
	b := Baseline{map[string]bool{}}
	fail := func(n int, err error) (Baseline, error) {
		return Baseline{}, fmt.Errorf("%s:%d: %w", name, n, err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if i == 0 {
			if err := checkBaseline(line); err != nil {
				return fail(1, err)
			}
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		owners, path, err := parseKnown(line)
		if err != nil {
			return fail(i+1, err)
		}
		b.known[knownKey(owners, path)] = true
	}
	return b, nil
}

func checkBaseline(line string) error {
	version, ok := strings.CutPrefix(line, baselineHead)
	switch {
	case !ok:
		return fmt.Errorf("no baseline: its first line is not %q", baselineHead+baselineVersion)
	case version != baselineVersion:
		return fmt.Errorf("version %s of the baseline is unknown: this depview reads version %s", Quote(version), baselineVersion)
	}
	return nil
}

var errKnown = errors.New(`not of the form "PACKAGE PATH", "PACKAGE|PACKAGE PATH" or "- PATH", odd names in Go's double quotes`)

// parseKnown parses a line of a baseline.
func parseKnown(line string) (owners []string, path string, err error) {
	rest := line
	for {
		owner, after, err := cutField(rest, " \t|")
		if err != nil || after == "" {
			return nil, "", errKnown
		}
		if owner == noPackage && !strings.HasPrefix(rest, `"`) {
			if owners != nil || after[0] == '|' {
				return nil, "", errKnown
			}
		} else {
			owners = append(owners, owner)
		}
		rest = after[1:]
		if after[0] != '|' {
			break
		}
	}
	path, after, err := cutField(strings.TrimLeft(rest, " \t"), " \t")
	if err != nil || after != "" {
		return nil, "", errKnown
	}
	return owners, path, nil
}

// cutField takes the first field off s, which ends at one of the bytes of ends or
// where s does.
func cutField(s, ends string) (field, after string, err error) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ends)
		if end < 0 {
			end = len(s)
		}
		if end == 0 {
			return "", "", errKnown
		}
		return s[:end], s[end:], nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", err
	}
	after = s[len(quoted):]
	if after != "" && !strings.ContainsRune(ends, rune(after[0])) {
		return "", "", errKnown
	}
	field, err = strconv.Unquote(quoted)
	return field, after, err
}

// Known tells whether the baseline has the finding.
func (b Baseline) Known(owners []string, path string) bool { return b.known[knownKey(owners, path)] }

// knownKey is the same for the same packages in any order. No path and no package
// has a NUL.
func knownKey(owners []string, path string) string {
	owners = slices.Compact(slices.Sorted(slices.Values(owners)))
	return strings.Join(append(owners, path), "\x00")
}
