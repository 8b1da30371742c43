package needs

import (
	"strings"
	"testing"
)

func TestShebang(t *testing.T) {
	for line, want := range map[string]string{
		"#!/bin/sh":                                    "/bin/sh",
		"#! /bin/sh -e":                                "/bin/sh",
		"#!/bin/sh\r":                                  "/bin/sh",
		"#!/usr/bin/env awk":                           "/usr/bin/env, program awk",
		"#!/usr/bin/env -S awk -f":                     "/usr/bin/env, program awk",
		"#!/usr/bin/env -Sawk -f":                      "/usr/bin/env, program awk",
		"#!/usr/bin/env -vS LC_ALL=C A=b awk -f":       "/usr/bin/env, program awk",
		"#!/usr/bin/env -i -u HOME --unset X -C / awk": "/usr/bin/env, program awk",
		"#!/usr/bin/env --split-string=awk -f":         "/usr/bin/env, program awk",
		"#!/usr/bin/env --ignore-environment -- awk":   "/usr/bin/env, program awk",
		"#!/usr/bin/env":                               "/usr/bin/env",
		"#!relative":                                   "",
		"#!":                                           "",
		"# not a script":                               "",
	} {
		if _, got := read(t, "/usr/bin/x", 0o755, []byte(line+"\nrest")); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
	if _, got := read(t, "/usr/share/doc/example", 0o644, []byte("#!/bin/sh\n")); got != "" {
		t.Errorf("what nobody may execute needs %s", got)
	}
}

func TestPkgConfig(t *testing.T) {
	const text = `prefix=/usr
req = zlib >= 1.2
# Requires: nothing
Name: x
Description: Requires: x
Requires: glib-2.0 >= 2.40, ${req} \
  bzip2 libfoo=1, libbar!=2
Requires.private: ${unknown}libpcre2-8
Conflicts: y
Libs: -lx
`
	_, got := read(t, "/usr/lib/pkgconfig/x.pc", 0o644, []byte(text))
	if want := "glib-2.0 zlib bzip2 libfoo libbar libpcre2-8"; strings.ReplaceAll(strings.ReplaceAll(got, "pkg-config file ", ""), ",", "") != want {
		t.Error(got)
	}
	bomb := "a=xxxxxxxx\n" + strings.Repeat("a=${a}${a}${a}${a}\n", 5000) + "Requires: ${a}\n"
	if _, got := read(t, "/x.pc", 0o644, []byte(bomb)); len(got) > 2*maxValue {
		t.Errorf("%d bytes", len(got))
	}
}

// pythonTests has one source a block; "want:" is what it imports.
const pythonTests = `
import os, sys as system, a.b.c as d
from x.y import z
from .relative import z
from . import z
from..up import z
import	tab
want: os sys a x tab

# import comment
"import string"
s = """
import in_string
"""; import after
t = '''\'''
import escaped
''' 'import same' # import comment
u = 'it\'s' ; from q import *
want: after q

def f():
    from m import (a,
        b, # import c
        c)
    if x: import inside
    class C: import klass; import other
from longer \
    import y
x = {"a": 1,
import_ : 2}
importlib.import_module("dynamic")
from_ = 1
important = 2
want: m inside klass other longer

try:
    import simplejson as json
except ImportError:
    import json
want: json

try:
    import needed
    try:
        import fast
    except (AttributeError, ModuleNotFoundError): fast = None
    import more
except KeyboardInterrupt:
    import handler
else:
    import alternative
finally:
    import final
import last
want: handler alternative final needed more last

try: import one
except: pass
try: import two
finally: pass
want: two

if a:
    try:
        import optional
    except ValueError:
        pass
    except ImportError:
        pass
import after
want: after

import caf\u00e9
import 9bad-name
from "x" import y
want: café

x = f(
import swallowed
want:
`

func TestPython(t *testing.T) {
	for block := range strings.SplitSeq(strings.TrimSpace(pythonTests), "\n\n") {
		source, want, _ := strings.Cut(block, "\nwant:")
		source = strings.ReplaceAll(source, `\u00e9`, "é")
		if got := strings.Join(pythonImports(source+"\n"), " "); got != strings.TrimSpace(want) {
			t.Errorf("%s\nimports: %s\nwant:   %s", source, got, want)
		}
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"/usr/lib/python3/dist-packages/x.py", "import os\n", "program python3, Python module os"},
		{"/usr/share/perl5/X.pm", "use JSON;\n", "program perl, Perl module JSON"},
		{"/usr/bin/x", "#!/usr/bin/python3 -I\nimport os\n", "/usr/bin/python3, Python module os"},
		{"/usr/bin/x", "#!/usr/bin/env perl\nuse JSON;\n", "/usr/bin/env, program perl, Perl module JSON"},
		{"/usr/bin/x.py", "#!/bin/sh\nimport x.png\n", "/bin/sh"},
		{"/usr/share/x.txt", "import os\n", ""},
	} {
		if _, got := read(t, c.path, 0o755, []byte(c.text)); got != c.want {
			t.Errorf("%s: %s", c.path, got)
		}
	}
}

func TestPerl(t *testing.T) {
	const source = `package Foo;
use strict; use warnings;
use 5.010; use v5.36;
use JSON::PP 2.0 qw(encode);
  use POSIX ();
require Text::Wrap;
BEGIN { require Early; use Second }
eval { require Optional; 1 } or die;
use parent -norequire, 'Local';
use parent 'Parent::One', "Two";
use base qw(
   Base::One # use Comment
   Base::Two
);
# use Comment;
my $n = $#array; use Last;
print "use String;";
$x = "; use_it Wrong";
no Module;
require "file.pl";
=pod

use Pod;

=cut
use After;
__END__
use Gone;
`
	got := strings.Join(perlModules(source), " ")
	if want := "JSON::PP POSIX Text::Wrap Early Second Parent::One Two Base::One Base::Two Last After"; got != want {
		t.Error(got)
	}
}
