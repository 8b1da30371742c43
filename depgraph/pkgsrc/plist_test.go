package pkgsrc

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// directiveTable has a packing list for each directive, and the paths that it names; the
// package is p-1, in /usr/pkg/pkgdb.
var directiveTable = []struct{ why, list, want string }{
	{"files, and the directories above them", "@cwd /usr/pkg\nbin/a\nlib/x/y/b\nlib/x/c\n", "bin/a lib/x lib/x/y lib/x/y/b lib/x/c"},
	{"@cd is @cwd", "@cd /usr/pkg\nbin/a\n", "bin/a"},
	{"the last @cwd counts", "@cwd /usr/pkg\nbin/a\n@cwd /etc\nrc.d/a\n@cwd /usr/pkg/share\nb\n", "bin/a /etc/rc.d/a share/b"},
	{"a slash at the end", "@cwd /usr/pkg/\nbin//a\n./bin/b\n", "bin/a bin/b"},
	{"a slash in front", "@cwd /usr/pkg\n/bin/a\n", "bin/a"},
	{"@cwd . is the package's directory in the database", "@cwd /usr/pkg\nbin/a\n@cwd .\n+FOO\n", "bin/a /usr/pkg/pkgdb/p-1/+FOO"},
	{"@cwd . comes first", "@cwd .\n@ignore\n+COMMENT\n@cwd /usr/pkg\nlib/x/a\n", "lib/x lib/x/a"},
	{"the root of all", "@cwd /\netc/a/b\n", "/etc/a/b"},
	{"@src is for pkg_create", "@cwd /usr/pkg\n@src /tmp/x\nbin/a\n", "bin/a"},
	{"@exec, @unexec", "@cwd /usr/pkg\n@exec mkdir -p %D/share/foo\n@unexec rmdir %D/share/foo\n@exec rm -f bin/b\nbin/a\n", "bin/a"},
	{"@mode, @owner, @group, without an argument too", "@cwd /usr/pkg\n@mode 4555\n@owner root\n@group wheel\nbin/a\n@mode\n@owner\n@group\n", "bin/a"},
	{"@comment of whatever", "@comment $NetBSD: PLIST,v 1.1 2024/01/01 $\n@cwd /usr/pkg\nbin/a\n@comment MD5:d41d8cd98f00b204e9800998ecf8427e\nbin/b\n@comment Symlink:a\ndev/x\n@comment DEVICE:1\n", "bin/a bin/b dev dev/x"},
	{"@ignore skips the next entry", "@cwd /usr/pkg\n@ignore\nbin/a\nbin/b\n", "bin/b"},
	{"@ignore skips a directive, too", "@cwd /usr/pkg\n@ignore\n@cwd /etc\nbin/b\n", "bin/b"},
	{"@ignore skips no line that is no entry", "@cwd /usr/pkg\n@ignore\n\n@whatever\nbin/a\nbin/b\n", "bin/b"},
	{"@ignore after @ignore is the one that is skipped", "@cwd /usr/pkg\n@ignore\n@ignore\nbin/a\n", "bin/a"},
	{"@ignore_inst begins with @ignore", "@cwd /usr/pkg\n@ignore_inst\nbin/a\nbin/b\n", "bin/b"},
	{"@ignore at the end", "@cwd /usr/pkg\nbin/a\n@ignore\n", "bin/a"},
	{"@name, @display, @option, @mtree", "@name p-1\n@option preserve\n@mtree +MTREE_DIRS\n@display +DISPLAY\n@cwd /usr/pkg\nbin/a\n", "bin/a"},
	{"@pkgdep, @blddep, @pkgcfl", "@pkgdep a>=1\n@blddep a-1\n@pkgcfl b-[0-9]*\n@cwd /usr/pkg\nbin/a\n", "bin/a"},
	{"@pkgdir", "@cwd /usr/pkg\nlib/x/a\n@pkgdir lib/x/plugins\n@pkgdir lib/x\n", "lib/x lib/x/a lib/x/plugins"},
	{"@dirrm", "@cwd /usr/pkg\nlib/x/a\n@dirrm lib/x/y/z\n@dirrm lib/x/y\n@dirrm lib/x\n", "lib/x lib/x/a lib/x/y lib/x/y/z"},
	{"directories of any prefix", "@cwd /usr/pkg\nman/man1/a.1\n@dirrm man/man1\n@pkgdir share/examples\n@pkgdir .\n", "man/man1/a.1"},
	{"directories outside of the prefix", "@cwd /usr/pkg\nbin/a\n@cwd /var\ndb/x/y\n@pkgdir spool/p\n", "bin/a /var/db/x/y /var/spool/p"},
	{"unknown directives", "@cwd /usr/pkg\n@view x\n@sysctl y\nbin/a\n", "bin/a"},
	{"spaces within, and at the ends of lines", "@cwd   /usr/pkg  \nbin/a b \t\n  bin/c\n\n \t\nbin/d\r\n", "bin/a b|  bin|  bin/c|bin/d"},
	{"what is not ASCII", "@cwd /usr/pkg\nshare/é/\xff\n", "share/é share/é/\xff"},
	{"no newline at the end", "@cwd /usr/pkg\nbin/a", "bin/a"},
	{"nothing", "", ""},
}

func TestDirectives(t *testing.T) {
	for _, c := range directiveTable {
		got, _, err := list("f", "/usr/pkg/pkgdb/p-1", c.list)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
		}
		separator := " "
		if strings.Contains(c.want, "|") {
			separator = "|"
		}
		var want []string
		for name := range strings.SplitSeq(c.want, separator) {
			switch {
			case name == "":
			case path.IsAbs(name):
				want = append(want, name)
			default:
				want = append(want, "/usr/pkg/"+name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.why, got, want)
		}
	}
}

// gettextTools is +CONTENTS as pkg_create -O prints it for a package of pkgsrc
// (mk/pkgformat/pkg/metadata.mk puts @name and the dependencies first).
const gettextTools = `@comment PKG_FORMAT_REVISION:1.1
@name gettext-tools-0.22.5
@pkgdep libxml2>=2.11.6nb2
@blddep libxml2-2.12.6nb1
@pkgdep {ncurses,ncursesw}>=5.3nb1
@blddep ncurses-6.4nb1
@blddep cwrappers-20220403
@pkgcfl gettext-devel-[0-9]*
@cwd /usr/pkg
bin/msgfmt
@comment MD5:5f7a2b0c8f1b8a1f2a4f8b6c1e3d2a10
bin/xgettext
@comment MD5:0c1f7b5f5b0f4b9a8d5d5b0a2b6f3d11
info/gettext.info
@comment MD5:1d41d8cd98f00b204e9800998ecf8427
lib/gettext/cldr-plurals
@comment MD5:2d41d8cd98f00b204e9800998ecf8427
lib/libgettextpo.so
@comment Symlink:libgettextpo.so.0.5.10
share/gettext/styles/po-default.css
@comment MD5:3d41d8cd98f00b204e9800998ecf8427
@pkgdir share/gettext/archive
@cwd .
@ignore
+COMMENT
@comment MD5:4d41d8cd98f00b204e9800998ecf8427
@ignore
+DESC
@comment MD5:5d41d8cd98f00b204e9800998ecf8427
`

// installScript has the data of an +INSTALL as mk/pkginstall makes it.
const installScript = `#!/bin/sh
case ${STAGE} in
UNPACK) cat > ./+FILES << 'EOF'
# Lines starting with "# FILE: " are data read by this script
EOF
esac
# FILE: /usr/pkg/etc/gettext.conf c /usr/pkg/share/examples/gettext/gettext.conf 0644
# FILE: etc/with\ space.conf cf share/examples/x
# FILE: /etc/rc.d/gettextd cr /usr/pkg/share/examples/rc.d/gettextd 0755
# FILE: /usr/pkg/etc/shells - /x
# FILE: /usr/pkg/etc/old.conf c /x
# FILE: /usr/pkg/etc/../../x c /x
# FILE: /usr/pkg/etc/short
# DIR: /usr/pkg/etc m
# DIR: /usr/pkg/etc/gettext m 0755
# DIR: /var/db/gettext mo 0700 user group
# DIR: /var/log o
# DIR: /var/spool/was m
# DIR:  
# SHELL: /usr/pkg/bin/gettext
`

func TestFiles(t *testing.T) {
	const at = "usr/pkg/pkgdb/gettext-tools-0.22.5/"
	db := open(t, map[string]string{
		at + "+CONTENTS": gettextTools, at + "+INSTALL": installScript,
		"usr/pkg/pkgdb.refcount/files/usr/pkg/etc/old.conf/+PREEXISTING":             "",
		"usr/pkg/pkgdb.refcount/dirs/var/spool/was/+PREEXISTING":                     "",
		"usr/pkg/pkgdb.refcount/files/usr/pkg/etc/gettext.conf/gettext-tools-0.22.5": "",
	})
	p := db.Packages()[0]
	files, err := db.Files(p)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(`/usr/pkg/bin/msgfmt
/usr/pkg/bin/xgettext
/usr/pkg/info/gettext.info
/usr/pkg/lib/gettext
/usr/pkg/lib/gettext/cldr-plurals
/usr/pkg/lib/libgettextpo.so
/usr/pkg/share/gettext
/usr/pkg/share/gettext/styles
/usr/pkg/share/gettext/styles/po-default.css
/usr/pkg/share/gettext/archive
/usr/pkg/etc/gettext.conf
/usr/pkg/etc/with space.conf
/etc/rc.d/gettextd
/usr/pkg/etc/gettext
/var/db/gettext
/usr/pkg/pkgdb/gettext-tools-0.22.5`, "\n")
	for _, name := range aboutFiles {
		want = append(want, "/usr/pkg/pkgdb/gettext-tools-0.22.5/"+name)
	}
	if !slices.Equal(files, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(files, "\n"), strings.Join(want, "\n"))
	}
	if got := runNeeds(t, p); len(got) != 2 || got[0].String() != "libxml2>=2.11.6nb2" || got[1][0].Name != "ncurses" || got[1][1].Name != "ncursesw" {
		t.Errorf("needs %q", got)
	}
	if got := db.prefix(); got != "/usr/pkg" {
		t.Errorf("prefix %s", got)
	}
}

// What is wrong in a packing list: the message names its line. Needs and files are read
// for themselves.
func TestContentsErrors(t *testing.T) {
	const file = "/usr/pkg/pkgdb/p-1/+CONTENTS:"
	for text, want := range map[string]string{
		"@cwd /usr/pkg\n../etc/passwd\n":  file + `2: "../etc/passwd" leads out of /usr/pkg`,
		"@cwd /usr/pkg\nbin/../../../x\n": file + `2: "bin/../../../x" leads out of /usr/pkg`,
		"@cwd /usr/pkg\n@dirrm ..\n":      file + `2: ".." leads out of /usr/pkg`,
		"@name p-1\nbin/a\n":              file + `2: "bin/a" comes before any @cwd`,
		"@cwd usr/pkg\n":                  file + `1: @cwd: not an absolute path: "usr/pkg"`,
		"@cwd\n":                          file + `1: @cwd: not an absolute path: ""`,
		"\n@cwd /usr/../etc\n":            file + `2: @cwd: not an absolute path: "/usr/../etc"`,
		"@cwd /usr/pkg\nbin/a\x00b\n":     file + "2: a zero byte",
		"@comment x\n@pkgdep {a,b>=1\n":   file + `2: bad pattern "{a,b>=1": a brace is not closed`,
		"@pkgdep\n":                       file + "1: an empty pattern",
		"\x00":                            file + "1: a zero byte",
	} {
		db := open(t, map[string]string{"usr/pkg/pkgdb/p-1/+CONTENTS": text})
		p := db.Packages()[0]
		_, err := db.Files(p)
		if err == nil {
			_, err = p.RunNeeds()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	db := open(t, map[string]string{"usr/pkg/pkgdb/p-1/+CONTENTS": strings.Repeat("x", maxFile+1)})
	if _, err := db.Files(db.Packages()[0]); err == nil || err.Error() != "pkgsrc database: read /usr/pkg/pkgdb/p-1/+CONTENTS: larger than 16 MiB" {
		t.Errorf("a long list: %v", err)
	}
}

// No file makes more of itself than fits in memory.
func TestBounds(t *testing.T) {
	many := func(line string, n int) string { return "@cwd /usr/pkg\n" + strings.Repeat(line, n) }
	for text, want := range map[string]string{
		many("bin/a\n", maxPaths+9):                          "/usr/pkg/pkgdb/p-1/+CONTENTS:300002: more than 300000 paths",
		many(strings.Repeat("x/", maxPath)+"y\n", 1):         "/usr/pkg/pkgdb/p-1/+CONTENTS:2: a path of 8193 bytes",
		many("@pkgdep p\n", maxDependencies+9):               "/usr/pkg/pkgdb/p-1/+CONTENTS:10002: dependencies on more than 10000 packages",
		many("@pkgdep {a,b,c,d,e}-1\n", maxDependencies/5+1): "/usr/pkg/pkgdb/p-1/+CONTENTS:2002: dependencies on more than 10000 packages",
	} {
		db := open(t, map[string]string{"usr/pkg/pkgdb/p-1/+CONTENTS": text})
		p := db.Packages()[0]
		_, err := db.Files(p)
		if err == nil {
			_, err = p.RunNeeds()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	db := open(t, map[string]string{"usr/pkg/pkgdb/p-1/+CONTENTS": "@cwd /usr/pkg\n", "usr/pkg/pkgdb/p-1/+INSTALL": strings.Repeat("# FILE: x c y\n", maxPaths+1)})
	if _, err := db.Files(db.Packages()[0]); err == nil || err.Error() != "/usr/pkg/pkgdb/p-1/+INSTALL:300001: more than 300000 paths" {
		t.Errorf("a long script: %v", err)
	}
}

func TestShellFields(t *testing.T) {
	for line, want := range map[string]string{
		"a b  c\n": "a|b|c", `a\ b c`: "a b|c", "": "", "  \t\n": "", `\\x\`: `\x\`, `a \b`: "a|b",
	} {
		if got := strings.Join(shellFields(line), "|"); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
