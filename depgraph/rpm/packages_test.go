package rpm

import (
	"fmt"
	"strings"
	"testing"
)

// machine is a system with a merged /usr, two architectures, two kernels, two keys, and
// rich dependencies.
var machine = []pack{
	{name: "filesystem", evr: "3.18-1", arch: "x86_64", files: []string{"/", "/usr", "/usr/bin", "/bin", "/opt/with space"}},
	{name: "bash", evr: "5.2-1", arch: "x86_64", requires: []string{"libc.so.6()(64bit)", "filesystem >= 3", "rpmlib(X) <= 4", "config(bash) = 5.2-1"},
		provides: []string{"bash = 5.2-1", "bash(x86-64) = 5.2-1", "config(bash) = 5.2-1"}, files: []string{"/usr/bin/bash", "/usr/bin/sh", "/etc/bashrc"}},
	{name: "glibc", evr: "2.38-1", arch: "x86_64", requires: []string{"/bin/sh", "/bin/sh", "(glibc-langpack if locales)"},
		provides: []string{"glibc = 2.38-1", "libc.so.6()(64bit)"}, files: []string{"/usr/lib64/libc.so.6"}},
	{name: "glibc", evr: "2.38-1", arch: "i686", requires: []string{"/bin/sh"},
		provides: []string{"glibc = 2.38-1", "libc.so.6"}, files: []string{"/usr/lib/libc.so.6"}},
	{name: "kernel-core", evr: "6.5.6-300", arch: "x86_64", provides: []string{"kernel-core = 6.5.6-300", "kernel = 6.5.6-300"}},
	{name: "kernel-core", evr: "6.5.10-300", arch: "x86_64", provides: []string{"kernel-core = 6.5.10-300", "kernel = 6.5.10-300"}},
	{name: "gpg-pubkey", evr: "18b8e74c-62f2920f", provides: []string{"gpg(x) = 4:1-2"}},
	{name: "gpg-pubkey", evr: "a15b79cc-63d04c2c"},
	{name: "tzdata", evr: "2023c-1", arch: "noarch", recommends: []string{"tzdata-java", "(x if y)"}, suggests: []string{"glibc"}},
	{name: "perl", evr: "4:5.38.0-1", arch: "x86_64", requires: []string{"/usr/sbin/nobody", "tzdata > 2022", "?missing-ok", "bash < 6:1", "perl-libs(x86-64)"},
		provides: []string{"perl = 4:5.38.0-1", "perl(strict)", "perl(:VERSION) = 5.38.0", "perl-old < 4:5"}, files: []string{"/usr/bin/perl"}},
	{name: "wine", evr: "8-1", arch: "i686"},
	{name: "langpack", evr: "1-1", arch: "noarch", supplies: []string{"perl", "(bash and perl)", "perl(strict)", "bash", "perl"}},
}

var merged = []string{"bin -> usr/bin", "sbin -> usr/sbin", "lib64 -> usr/lib64"}

func TestPackages(t *testing.T) {
	db := opened(t, machine, merged...)
	var got strings.Builder
	for _, p := range db.Packages() {
		optional, err := p.Optional()
		fmt.Fprintf(&got, "%s %s %s %d provides %v needs [%s] optional [%s] %v\n",
			p.Name, p.Version, p.Arch, p.Rank, p.Provides, needsOf(t, p), listed(optional), err)
	}
	const want = `filesystem 3.18-1 x86_64 0 provides [] needs [] optional [] <nil>
bash 5.2-1 x86_64 0 provides [{bash 5.2-1} {bash(x86-64) 5.2-1} {config(bash) 5.2-1} {/bin/sh }] needs [libc.so.6()(64bit); filesystem >= 3] optional [langpack] <nil>
glibc 2.38-1 x86_64 0 provides [{glibc 2.38-1} {libc.so.6()(64bit) }] needs [/bin/sh; glibc-langpack if locales] optional [] <nil>
glibc.i686 2.38-1 i686 1 provides [{glibc 2.38-1} {libc.so.6 }] needs [/bin/sh] optional [] <nil>
kernel-core-6.5.6-300 6.5.6-300 x86_64 1 provides [{kernel-core 6.5.6-300} {kernel 6.5.6-300}] needs [] optional [] <nil>
kernel-core-6.5.10-300 6.5.10-300 x86_64 0 provides [{kernel-core 6.5.10-300} {kernel 6.5.10-300}] needs [] optional [] <nil>
gpg-pubkey-18b8e74c-62f2920f 18b8e74c-62f2920f  0 provides [{gpg(x) 4:1-2} {gpg-pubkey 18b8e74c-62f2920f}] needs [] optional [] <nil>
gpg-pubkey-a15b79cc-63d04c2c a15b79cc-63d04c2c  1 provides [{gpg-pubkey a15b79cc-63d04c2c}] needs [] optional [] <nil>
tzdata 2023c-1 noarch 0 provides [] needs [] optional [tzdata-java; x if y; glibc] <nil>
perl 4:5.38.0-1 x86_64 0 provides [{perl 4:5.38.0-1} {perl(strict) } {perl(:VERSION) 5.38.0} {perl-old < 4:5}] needs [/usr/sbin/nobody; tzdata > 2022; bash < 6:1; perl-libs(x86-64)] optional [missing-ok; langpack] <nil>
wine 8-1 i686 0 provides [] needs [] optional [] <nil>
langpack 1-1 noarch 0 provides [] needs [] optional [] <nil>
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	if db.native != "x86_64" {
		t.Errorf("native architecture %s", db.native)
	}
}

func TestNames(t *testing.T) {
	db := opened(t, []pack{
		{name: "a", evr: "1-1", arch: "x86_64"}, {name: "a", evr: "1-1", arch: "x86_64"}, // as a stopped transaction leaves it
		{name: "b", evr: "1-1", arch: "i686"}, {name: "b", evr: "2-1", arch: "i686"}, {name: "b", evr: "1-1", arch: "noarch"},
		{name: "c", evr: "1-1", arch: "i686"}, {name: "c", evr: "1-1", arch: "s390"},
		{name: "c.i686", evr: "1-1", arch: "x86_64"},
		{name: "d", evr: "1:1-1", arch: "x86_64"}, {name: "d", evr: "1-1", arch: "x86_64"},
		{name: "rpm", evr: "4-1", arch: "x86_64"},
	})
	var got []string
	for _, p := range db.Packages() {
		got = append(got, fmt.Sprintf("%s^%d", p.Name, p.Rank))
	}
	const want = "a-1-1^0 a-1-1.x86_64^1 b-1-1.i686^2 b-2-1.i686^1 b^0 c-1-1.i686^0 c.s390^1 c.i686^0 d-1:1-1^0 d-1-1^1 rpm^0"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	graph(t, db)
}

func TestNeed(t *testing.T) {
	db := opened(t, machine, merged...)
	g := graph(t, db)
	for _, c := range []struct{ text, want, met string }{
		{"bash", "bash", "bash"},
		{" bash >= 5.2 ", "bash >= 5.2", "bash"},
		{"bash>=5.2-1", "bash >= 5.2-1", "bash"},
		{"bash = 5.2", "bash = 5.2", "bash"},
		{"bash > 5.2", "bash > 5.2", ""},
		{"bash < 5.2-1", "bash < 5.2-1", ""},
		{"bash = 1:5.2", "bash = 1:5.2", ""},
		{"perl >= 5", "perl >= 5", "perl"},
		{"perl < 5", "perl < 5", ""},
		{"perl >= 4:5.38.0-1", "perl >= 4:5.38.0-1", "perl"},
		{"perl(strict) >= 7", "perl(strict) >= 7", "perl"}, // a version that is left out is any
		{"perl(:VERSION) >= 5.37", "perl(:VERSION) >= 5.37", "perl"},
		{"perl-old < 4:3", "perl-old < 4:3", "perl"},
		{"perl-old > 4:6", "perl-old > 4:6", ""},
		{"font(:lang=de)", "font(:lang=de)", ""},
		{"glibc", "glibc", "glibc glibc.i686"},
		{"glibc.i686", "glibc.i686", "glibc.i686"},
		{"glibc.x86_64", "glibc.x86_64", "glibc"},
		{"glibc.x86_64 >= 3", "glibc.x86_64 >= 3", ""},
		{"glibc-2.38-1.i686", "glibc-2.38-1.i686", "glibc.i686"},
		{"kernel-core", "kernel-core", "kernel-core-6.5.10-300 kernel-core-6.5.6-300"},
		{"kernel = 6.5.6", "kernel = 6.5.6", "kernel-core-6.5.6-300"},
		{"perl-4:5.38.0-1.x86_64", "perl-4:5.38.0-1.x86_64", "perl"},
		{"perl-5.38.0-1", "perl-5.38.0-1", "perl"},
		{"/bin/sh", "/bin/sh", "bash"},
		{"/usr/bin/bash", "/usr/bin/bash", "bash"},
		{"/bin/perl", "/bin/perl", "perl"},
		{"/lib64/libc.so.6", "/lib64/libc.so.6", "glibc"},
		{"/usr/sbin/bash", "/usr/sbin/bash", ""},
		{"(nothing or perl >= 4:5 or bash)", "nothing | perl >= 4:5 | bash", "perl bash"},
		{"(bash if perl)", "bash if perl", "bash"},
		{"(perl(strict) with perl(:VERSION) < 5.37)", "(perl(strict) with perl(:VERSION) < 5.37)", ""},
		{"(perl(strict) with perl(:VERSION) > 5.37)", "(perl(strict) with perl(:VERSION) > 5.37)", "perl"},
		{"(glibc without libc.so.6)", "(glibc without libc.so.6)", "glibc"},
		{"((bash or glibc) with (libc.so.6 or glibc))", "(bash with (libc.so.6 or glibc)) | (glibc with (libc.so.6 or glibc))", "glibc glibc.i686"},
	} {
		need, err := db.Need(c.text)
		if err != nil || need.String() != c.want || met(g, need) != c.met {
			t.Errorf("%s: %s (%v), met by %q, want %s met by %q", c.text, need, err, met(g, need), c.want, c.met)
		}
	}
	for text, want := range map[string]string{
		"":                  `no name in ""`,
		"a b":               `"b" follows in "a b"`,
		"a >=":              `no version after the operator in "a >="`,
		"(a or b":           `no closing parenthesis in "(a or b"`,
		"(a and b)":         `"(a and b)" is 2 dependencies: write each by itself`,
		"(a or b and c)":    `"and" is no operator there in "(a or b and c)"`,
		"(a xor b)":         `"xor" is no operator there in "(a xor b)"`,
		"()":                `no name in "()"`,
		"(a with (b if c))": `"if" inside with or without: (a with (b if c))`,
	} {
		if _, err := db.Need(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestDeclare(t *testing.T) {
	db := opened(t, append([]pack{{name: "glibc", evr: "2.38-1", arch: "s390", provides: []string{"glibc(s390-32) = 2.38-1"}}}, machine...))
	const want = "BuildRequires: bash glibc glibc = 2.38-1 glibc(s390-32) kernel-core = 6.5.6-300 unknown"
	if got := db.Declare([]string{"bash", "glibc", "glibc.i686", "glibc.s390", "kernel-core-6.5.6-300", "unknown"}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFiles(t *testing.T) {
	db := opened(t, []pack{
		{name: "a", evr: "1-1", files: []string{"/", "/opt/a b", "/opt/a b/é\xe9", "/usr//share/./doc", "/opt/tab\there", "/usr/lib/"}},
		{name: "b", evr: "1-1"},
		{name: "c", evr: "1-1", requires: []string{"/x/gone", "/x/shared", "/x/there"}},
		{name: "d", evr: "1-1", files: []string{"/x/there", "/x/gone", "/x/shared"}, states: []byte{0, 1, 3}},
	})
	for name, want := range map[string]string{
		"a": "/|/opt/a b|/opt/a b/é\xe9|/usr/share/doc|/opt/tab\there|/usr/lib",
		"b": "",
		"d": "/x/there|/x/gone|/x/shared",
	} {
		files, err := db.Files(graph(t, db).Package(name))
		if got := strings.Join(files, "|"); err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, want)
		}
	}
	// What was not installed, or is another package's now, meets no requirement.
	if got := fmt.Sprint(graph(t, db).Package("d").Provides); got != "[{/x/shared } {/x/there }]" && got != "[{/x/there } {/x/shared }]" {
		t.Errorf("d provides %s", got)
	}
}

func TestBase(t *testing.T) {
	for release, want := range map[string]bool{
		"ID=fedora\nVERSION_ID=39\n":                                         false,
		"ID=fedora\nVERSION_ID=28\n":                                         true,
		"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.9\"\n": true,
		"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n": false,
		"ID=opensuse-tumbleweed\nID_LIKE=\"opensuse suse\"\n":                true,
		"": false,
	} {
		files := root(t, machine)
		if release != "" {
			files["usr/lib/os-release"] = file(release)
		}
		if got := hasCompilers(files); got != want {
			t.Errorf("%q: %t", release, got)
		}
	}
	if needs := listed(opened(t, machine).Base().Needs); !strings.Contains(needs, "bash; ") || strings.Contains(needs, "gcc") {
		t.Errorf("base: %s", needs)
	}
}
