package depgraph

// closureTests has one test a block. A block opens with its name; then
//
//	jq: libonig-dev a|b c>=2     the package jq and its needs
//	config: plugin|!cc           … plugin only if cc is there
//	exim=4: / @mta               … version 4, which provides mta
//	nullmailer^1: / @mta=2       … of rank 1, which provides version 2 of mta
//	old-:                        … removed but for its configuration files
//	stack opam:                  the packages that follow are the source's, below the others
//	conf: _zlib                  … needs zlib of the sources below its own
//	opam@ocaml                   … of that source
//	base: libc                   the request's base, from the database
//	base!: libc                  … written down at deps.toml:9
//	direct: libonig-dev          the direct dependencies, at control:7
//	target: jq
//
// and what is expected: "want: BASE / CLOSURE" in the order of names, "unmet:",
// "why PACKAGE: CHAIN", or "error:" and the whole message.
const closureTests = `
name: direct and indirect
app: lib-dev
lib-dev: lib
lib: libc
libc:
stranger: libc
target: app
direct: lib-dev
want: / lib lib-dev libc
why libc: app (Build-Depends: lib-dev) → lib-dev → lib → libc
why stranger: app

name: a package of the base stays base
libc:
gcc: libc
lib: libc gcc
base: gcc
direct: lib gcc libc
want: gcc libc / lib
why libc: base (gcc) → gcc → libc
why lib: target (Build-Depends: lib) → lib

name: cycles that do not touch the target
a: b
b: c
c: a
target: elsewhere
direct: b
want: / a b c

name: the first alternative
a:
b:
direct: a|b
want: / a

name: the first installed alternative
b:
c:
direct: a|b|c
want: / b

name: an alternative that something else needs anyway is enough
x: a|b
y: b
a:
b:
direct: x y
want: / b x y

name: … also when that is found far down, after the choice
x: a|b
y: z
z: zz
zz: b
a: huge
huge:
b:
direct: x y
want: / b x y z zz

name: … also in the base
x: a|b
a:
b:
base: b
direct: x
want: b / x

name: the base does not choose by what the target needs
p: a|b
a:
b:
base: p
direct: b
want: a p / b

name: choices in the order of discovery, breadth first
x: deep
deep: b|a
y: a|b
a:
b:
direct: x y
want: / a deep x y

name: a choice brings needs that settle the next one
direct: a|b c|d
a: d
b:
c:
d:
want: / a d

name: the package of that name comes before providers
mta:
exim: / @mta
direct: mta
want: / mta

name: providers by rank, then by name
postfix^2: / @mta
zmail^1: / @mta
exim^2: / @mta
direct: mta
want: / zmail
why zmail: target (Build-Depends: mta) → zmail

name: providers of one rank by name
postfix: / @mta
exim: / @mta
direct: cron
cron: mta
want: / cron exim
why exim: target (Build-Depends: cron) → cron (mta) → exim

name: a provider that is needed anyway is enough
postfix: / @mta
exim: / @mta
direct: mta postfix
want: / postfix

name: versions
lib=1: / @liba=3
other=3: / @lib=3
direct: lib>=2
want: / other

name: a virtual name without a version satisfies no version
other=3: / @lib
direct: lib>=2
error: debian/control:7: Build-Depends: lib (>= 2) is not installed

name: removed packages satisfy nobody
a-: / @v
b: / @v
direct: v a|b
want: / b

name: run-time needs that nobody satisfies are no error
a: gone c|gone2
c:
b: gone
base: b
direct: a
want: b / a c
unmet: b→gone a→gone

name: not installed
lib-:
old=1:
v: / @virtual=1
direct: lib old>=2 virtual>=5 a|lib ok
ok:
error: debian/control:7: Build-Depends: lib is not installed; debian/control:7: Build-Depends: old (>= 2) is not installed (old 1 is); debian/control:7: Build-Depends: virtual (>= 5) is not installed; debian/control:7: Build-Depends: a | lib is not installed

name: unknown
direct: x y|z
error: debian/control:7: Build-Depends: unknown package "x"; debian/control:7: Build-Depends: unknown packages "y | z"

name: the database's own base may be incomplete
libc:
base: libc gcc
want: libc /

name: the user's base may not
libc:
base!: libc gcc
error: deps.toml:9: base.packages: unknown package "gcc"

name: a cycle through the target
jq: libonig
libonig-dev: libonig
libonig: jq
target: jq
direct: libonig-dev
error: dependency cycle through the target: jq → libonig-dev → libonig → jq

name: the target depends on itself
jq:
target: jq
direct: jq
error: dependency cycle through the target: jq → jq

name: a target that the base holds
gcc: libc
libc: gcc
lib: gcc
target: gcc
base: libc
direct: lib
want: gcc libc / lib

name: each source has names of its own
stack opam:
ocaml: ocaml-base
ocaml-base:
conf-zlib: _zlib-dev
conf-gone: _ocaml-base
stack dpkg:
ocaml: ocaml-base
ocaml-base: libc
zlib-dev: libc
libc:
direct: ocaml conf-zlib conf-gone
want: / conf-gone conf-zlib dpkg:ocaml-base libc ocaml ocaml-base zlib-dev
why libc: target (Build-Depends: conf-zlib) → conf-zlib → zlib-dev → libc
why dpkg:ocaml-base: target (Build-Depends: conf-gone) → conf-gone → dpkg:ocaml-base

name: a person means the uppermost source that has it, and can name another
stack opam:
ocaml: / @compiler
stack dpkg:
ocaml: / @compiler
mawk: / @awk
gawk: / @awk
zlib:
direct: compiler dpkg:ocaml dpkg:zlib dpkg:awk
want: / dpkg:ocaml gawk ocaml zlib

name: a source above has no packages
stack opam:
stack dpkg:
zlib: libc
libc:
direct: zlib dpkg:libc opam@ocaml|zlib
want: / libc zlib

name: a source above without packages does not borrow names from below
stack opam:
stack dpkg:
ocaml:
direct: opam@ocaml
error: debian/control:7: Build-Depends: ocaml is not installed (ocaml  is)

name: a virtual name above takes the name as well
stack pkgsrc:
jq-1: / @jq
stack dpkg:
jq:
app: jq
direct: app dpkg:jq
want: / app dpkg:jq

name: providers go by the names that they have themselves, whatever is above
stack opam:
mawk:
stack dpkg:
mawk: / @awk
gnawk: / @awk
app: awk
direct: app
want: / app gnawk

name: deps.toml wins by a source's name too
zlib:
stack dpkg:
zlib: libc
libc:
direct: dpkg:zlib
want: / zlib

name: what a source below has satisfies nobody above
stack opam:
a: zlib
stack dpkg:
zlib:
b: a
direct: a b
want: / a b
unmet: a→zlib b→a

name: deps.toml wins over every source
zlib:
app: ocaml
stack opam:
zlib: ocaml
ocaml: zlib
stack dpkg:
zlib: libc
dev: zlib
libc:
direct: app dev
want: / app dev ocaml zlib

name: deps.toml's package answers to the full name of the one that it takes the place of
zlib:
stack opam:
zlib: a
a:
direct: opam:zlib
want: / zlib

name: a condition that never holds
config: plugin|!cc
plugin:
cc:
base: config
want: config /

name: a condition that the base meets
config: plugin|!cc
plugin: lib
cc:
lib:
base: config cc
want: cc config lib plugin /
why lib: base (config) → config → plugin → lib

name: a condition of the base's that a dependency meets
config: plugin|!cc
plugin:
cc:
base: config
direct: cc
want: config / cc plugin

name: a condition that comes to hold through another, and a choice
a: b|!c d|!b
b: e|f
c:
d:
e:
f:
direct: a c
want: / a b c d e

name: two conditions
a: b|!c|!d
b:
c:
d:
direct: a c
want: / a c

name: … that both hold
a: b|!c|!d
b:
c:
d:
direct: a c d
want: / a b c d

name: nothing satisfies what a condition asks for
a: gone|!b
b:
direct: a b
want: / a b
unmet: a→gone if b

name: nothing satisfies what a person asks for on a condition, which is not to blame
b:
direct: gone|!b b
error: debian/control:7: Build-Depends: unknown packages "gone if b"

name: nothing satisfies a condition
a: b|!gone
b:
direct: a
want: / a

name: a condition in the request
a:
b:
direct: a|!b b
want: / a b

name: a target that is chosen among alternatives
jq: / @json
gojq: / @json
target: gojq
direct: gojq|jq jq
want: / jq
`
