package record

import (
	"strings"
	"testing"
)

const sarifExcerpt = "testdata/sarif.schema.json"

func TestReportSARIF(t *testing.T) {
	var log sarifLog
	d := Details{Declaration: "debian/control file", Version: "1.2"}
	valid(t, schemaOf(t, sarifExcerpt), written(t, reportOf(t, everything(), eventful()...), "sarif", d), &log)
	run := log.Runs[0]
	if driver := run.Tool.Driver; driver.Name != "depview" || driver.Version != "1.2" || driver.InformationURI == "" || len(driver.Rules) != 7 {
		t.Errorf("%+v", driver)
	}
	var got []string
	prints := map[sarifFingerprints]bool{}
	for _, r := range run.Results {
		at := r.Locations[0]
		got = append(got, r.RuleID+" "+r.Level+" "+at.Logical[0].FullName)
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || at.Physical.Artifact.URI != "debian/control%20file" || at.Physical.Region.StartLine != 1 {
			t.Errorf("%+v", r)
		}
		if prints[r.Fingerprints] {
			t.Errorf("a fingerprint that another has: %+v", r)
		}
		prints[r.Fingerprints] = true
	}
	want := `undeclared-run error /usr/bin/zstd
undeclared-read error /usr/include/zstd.h
undeclared-read error /usr/include/onigposix.h
undeclared-read error /usr/include/oniguruma.h
undeclared-read error /usr/lib/libonig.so
probed note /usr/share/doc/libonig-dev
probed note /usr/bin/ccache
probed note /usr/share/perl5/File/FcntlLock.pm
stray warning /opt/left.h
unused warning libz-dev
denied-write warning /usr/local/x
denied-network warning 192.0.2.1:443/tcp`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got:\n%s\nwant:\n%s", s, want)
	}
	for i, want := range map[int]string{
		3:  "libonig-dev is not declared. The header /usr/include/oniguruma.h would have been read by /usr/bin/cc1 (cc1 -quiet conftest.c). To declare it: Build-Depends: libonig-dev",
		7:  "libfile-fcntllock-perl is not declared. The Perl module /usr/share/perl5/File/FcntlLock.pm was probed by /usr/bin/dpkg-source (dpkg-source). It is optional for dpkg-dev, which does without.",
		10: "In phase build: A write was denied: EROFS mkdirat (3 times) /usr/local/x, by /usr/bin/mkdir (mkdir /usr/local/x).",
	} {
		if m := run.Results[i].Message.Text; m != want {
			t.Errorf("got:\n%s\nwant:\n%s", m, want)
		}
	}
	i := run.Invocations[0]
	if i.CommandLine != "make all" || len(i.Arguments) != 1 || *i.ExitCode != 2 || !i.Successful || i.Start != "2026-02-03T04:05:00Z" {
		t.Errorf("%+v", i)
	}
}

// A finding is the same whoever asked for it, when and in what order.
func TestSARIFFingerprints(t *testing.T) {
	prints := func(events ...Event) map[string]sarifFingerprints {
		var log sarifLog
		valid(t, schemaOf(t, sarifExcerpt), written(t, reportOf(t, everything(), events...), "sarif", Details{}), &log)
		of := map[string]sarifFingerprints{}
		for _, r := range log.Runs[0].Results {
			of[r.Locations[0].Logical[0].FullName] = r.Fingerprints
			if r.Locations[0].Physical != nil {
				t.Errorf("nobody named a file, and here is one: %+v", r)
			}
		}
		return of
	}
	events := eventful()
	before := prints(events...)
	for i := range events {
		events[i].PID += 1000
		events[i].Time = events[i].Time.AddDate(0, 1, 2)
		if events[i].Kind == Hidden {
			events[i].Argv = []string{"another"}
		}
	}
	events[1], events[2] = events[2], events[1]
	after := prints(events...)
	if len(before) != 12 || len(after) != len(before) {
		t.Errorf("%d and %d results", len(before), len(after))
	}
	for name, p := range before {
		if after[name] != p {
			t.Errorf("%s has another fingerprint", name)
		}
	}
}

// What a path holds is no link and no placeholder, and two paths are never shown as
// the same.
func TestSARIFMessages(t *testing.T) {
	for in, want := range map[string]string{
		"/a[1]":       "/a[1]",
		"/{0}":        "/{{0}}",
		"/[x](y)":     `/[x\u005d(y)`,
		"/[x](http:)": `/[x\u005d(http:)`,
		"/a\xff":      `"/a\xff"`,
	} {
		var log sarifLog
		valid(t, schemaOf(t, sarifExcerpt), written(t, reportOf(t, Options{}, hidden(Undeclared, in, "p")), "sarif", Details{}), &log)
		r := log.Runs[0].Results[0]
		if !strings.Contains(r.Message.Text, " "+want+" ") || r.Locations[0].Logical[0].FullName != Quote(in) {
			t.Errorf("%s: %+v", in, r)
		}
	}
}

func TestSARIFURI(t *testing.T) {
	for in, want := range map[string]string{
		"debian/control": "debian/control", "/a b/deps.toml": "file:///a%20b/deps.toml", "a:b": "./a:b", "\xff%": "%FF%25",
	} {
		if got := uriOf(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
