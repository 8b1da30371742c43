package record

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	home        = "https://github.com/depview/depview"
)

// The rules, and how bad it is to break them. A probe is no fault.
var sarifRules = []sarifRule{
	newRule("undeclared-run", "error", "The build would run a program of a package that it does not declare."),
	newRule("undeclared-read", "error", "The build would read a file of a package that it does not declare."),
	newRule("probed", "note", "The build asked for a file of a package that it does not declare, perhaps on its way to another."),
	newRule("stray", "warning", "The build would use a file that no package owns."),
	newRule("unused", "warning", "The build declares a dependency and uses nothing of it."),
	newRule("denied-write", "warning", "The build wrote where its phase may not."),
	newRule("denied-network", "warning", "The build used the network where its phase has none."),
}

func newRule(id, level, text string) sarifRule {
	return sarifRule{id, sarifText{text}, sarifText{text}, sarifLevel{level}}
}

// writeSARIF writes the report as SARIF 2.1.0, the format of static analyzers,
// which forges show beside the code. A result is one path, so that each is known
// again in the next report, whoever asked for it then.
func (r *Report) writeSARIF(b *bufio.Writer, d Details) error {
	run := sarifRun{Invocations: list(r.Runs, sarifInvocationOf), Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "depview", Version: d.Version, InformationURI: home, Rules: sarifRules}
	add := func(result sarifResult, rule string, key ...string) {
		result.RuleID = rule
		result.RuleIndex = slices.IndexFunc(sarifRules, func(s sarifRule) bool { return s.ID == rule })
		result.Level = cmp.Or(result.Level, sarifRules[result.RuleIndex].Configuration.Level)
		result.Fingerprints = fingerprint(key)
		run.Results = append(run.Results, result)
	}
	for _, g := range r.Undeclared {
		for _, f := range g.Findings {
			result := newResult(d, f.Path, "resource", g.message(f))
			add(result, ruleOf(f), append([]string{"hidden", f.Path}, g.Owners...)...)
		}
	}
	for _, f := range r.Stray.Findings {
		result := newResult(d, f.Path, "resource", fmt.Sprintf("No package owns the %s. It %s", f.subject(), f.fate()))
		if f.Rank == Probed {
			result.Level = "note"
		}
		add(result, "stray", "hidden", f.Path)
	}
	for _, u := range r.Unused {
		add(newResult(d, u, "package", packageName(u)+" is declared and not used."), "unused", "unused", u)
	}
	for _, denial := range r.Denied {
		add(newResult(d, cmp.Or(denial.Path, denial.Address), "resource", denial.message()), denial.rule(),
			"denied", denial.Phase, denial.Path, denial.Address, denial.Syscall, denial.Errno, denial.By.Exe)
	}
	return encode(b, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

func ruleOf(f Finding) string {
	return map[Rank]string{WouldRun: "undeclared-run", WouldRead: "undeclared-read", Probed: "probed"}[f.Rank]
}

func (d Denial) rule() string {
	if d.Path == "" {
		return "denied-network"
	}
	return "denied-write"
}

func newResult(d Details, name, kind, message string) sarifResult {
	at := sarifLocation{Logical: []sarifLogical{{Name: Quote(path.Base(name)), FullName: Quote(name), Kind: kind}}}
	if d.Declaration != "" {
		// GitHub shows no result without a line, and a missing one has none.
		at.Physical = &sarifPhysical{sarifArtifact{uriOf(d.Declaration)}, sarifRegion{1}}
	}
	return sarifResult{Message: sarifMessage(message), Locations: []sarifLocation{at}}
}

// message says of a finding what is wrong, and what to do. It has no process id,
// which is another each time.
func (g *Group) message(f Finding) string {
	does := " is not declared"
	if len(g.Owners) > 1 {
		does = ": none of them is declared"
	}
	m := fmt.Sprintf("%s%s. The %s %s", g.names(), does, f.subject(), f.fate())
	if f.OptionalFor != "" {
		m += fmt.Sprintf(" It is optional for %s, which does without.", packageName(f.OptionalFor))
	}
	if g.Declare != "" && f.Rank > Probed {
		m += " To declare it: " + Quote(g.Declare)
	}
	return m
}

func (f Finding) subject() string { return fmt.Sprintf("%s %s", f.What, Quote(f.Path)) }

// fate says what the build did to a file, or would have.
func (f Finding) fate() string {
	verb := f.Rank.String()
	if f.Rank == Probed {
		verb = "was probed"
	}
	if f.Rank == WouldRun {
		verb = "would have been run"
	}
	if f.Confirmed {
		verb += ", as a run that saw it shows,"
	}
	return fmt.Sprintf("%s by %s.", verb, f.By.who())
}

func (d Denial) message() string {
	m := fmt.Sprintf("%s was denied: %s", map[bool]string{true: "A write", false: "A connection"}[d.Path != ""], d)
	if d.Phase != "" {
		m = fmt.Sprintf("In phase %s: %s", Quote(d.Phase), m)
	}
	return fmt.Sprintf("%s, by %s.", m, d.By.who())
}

// sarifMessage escapes what has a meaning in a message (SARIF 2.1.0, 3.11): braces
// are placeholders, and [text](target) is a link, which a build's file name must
// not become.
func sarifMessage(s string) sarifText {
	s = strings.NewReplacer("{", "{{", "}", "}}", "](", `\u005d(`).Replace(s)
	return sarifText{s}
}

// fingerprint knows a result again in the next report, by what it is about.
// GitHub has its own name for it, and would else take the line's, which is the
// same for all.
func fingerprint(key []string) sarifFingerprints {
	for i, part := range key {
		key[i] = strconv.Quote(part)
	}
	sum := sha256.Sum256([]byte(strings.Join(key, " ")))
	id := hex.EncodeToString(sum[:16])
	return sarifFingerprints{id, id}
}

// uriOf is a path as a URI, relative if the path is.
func uriOf(p string) string {
	u := url.URL{Path: p}
	if path.IsAbs(p) {
		u.Scheme = "file"
	}
	return u.String()
}

// sarifInvocationOf describes the build: depview's own run ended well if it saw
// the end of it, with whatever status.
func sarifInvocationOf(r Run) sarifInvocation {
	i := sarifInvocation{
		CommandLine: command(r.Argv), Arguments: []string{}, Start: stamp(r.Started), End: stamp(r.Ended), Successful: stamp(r.Ended) != "",
	}
	for _, arg := range r.Argv[min(1, len(r.Argv)):] {
		i.Arguments = append(i.Arguments, Quote(arg))
	}
	if i.Successful {
		i.ExitCode = &r.Status
	}
	return i
}
