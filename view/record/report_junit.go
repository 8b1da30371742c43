package record

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
		Out       string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Time    string       `xml:"time,attr"`
		Failure *junitResult `xml:"failure"`
		Skipped *junitResult `xml:"skipped"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes the report as CI systems read the results of tests: Jenkins,
// GitLab and others.
//
// A package that the build misses is a test that failed, with its part of the text
// as the message, and so are paths that no package owns. What is declared and not
// used was skipped: both show that apart, with its message, and neither turns the
// build red over it; what a test says that passed, nobody sees. Probes and denials
// are no tests, only output of the suite. There is always one test at least, for
// Jenkins takes a suite without any as a failure to run them.
//
// The format has no standard, and nothing that quotes bytes: everything goes
// through [Quote], which leaves nothing that XML cannot hold.
func (r *Report) writeJUnit(b *bufio.Writer, d Details) error {
	s := junitSuite{Name: "depview", Time: seconds(r.duration())}
	if len(r.Runs) > 0 && stamp(r.Runs[0].Started) != "" {
		s.Timestamp = r.Runs[0].Started.UTC().Format("2006-01-02T15:04:05")
	}
	for _, g := range r.Undeclared {
		if g.Rank() > Probed {
			s.fail("undeclared", g.names(), g.headline(), partOf(d, func(p printer) { p.group(&g); p.declare(&g) }))
		}
	}
	if r.Stray.Rank() > Probed {
		s.fail("stray", "files that no package owns", r.Stray.headline(), partOf(d, func(p printer) { p.group(&r.Stray) }))
	}
	for _, u := range r.Unused {
		s.add(junitCase{Class: "depview.unused", Name: packageName(u), Skipped: &junitResult{Message: "declared and not used"}})
	}
	if len(s.Cases) == 0 {
		s.add(junitCase{Class: "depview.undeclared", Name: "nothing undeclared was used"})
	}
	s.Out = partOf(d, func(p printer) { r.aside(p, d) })
	if _, err := io.WriteString(b, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(b)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suite: s}); err != nil {
		return err
	}
	return b.WriteByte('\n')
}

// aside writes what is no test.
func (r *Report) aside(p printer, d Details) {
	p.state(r.Runs, d.Build)
	var probed []Group
	for _, g := range r.Undeclared {
		if g.Rank() == Probed {
			probed = append(probed, g)
		}
	}
	p.undeclared(probed, r.confirmed())
	if len(r.Stray.Findings) > 0 && r.Stray.Rank() == Probed {
		p.line("files that no package owns: %s", r.Stray.headline())
		p.group(&r.Stray)
	}
	p.denied(r.Denied)
	p.leftOut(r)
}

func (s *junitSuite) fail(class, name, message, text string) {
	s.add(junitCase{Class: "depview." + class, Name: name, Failure: &junitResult{message, class, text}})
}

func (s *junitSuite) add(c junitCase) {
	c.Time = seconds(0)
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
}

// partOf returns a part of the report as text.
func partOf(d Details, write func(printer)) string {
	var s strings.Builder
	b := bufio.NewWriter(&s)
	write(printer{b, d.Verbose})
	b.Flush()
	return s.String()
}

// duration is how long the runs took that have ended.
func (r *Report) duration() (sum time.Duration) {
	for _, run := range r.Runs {
		if took := run.Ended.Sub(run.Started); !run.Ended.IsZero() && took > 0 {
			sum += took
		}
	}
	return max(sum, 0)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
