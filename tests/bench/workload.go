package main

import (
	"fmt"
	"strings"
)

// A workload is one thing that builds do. Its command runs in a directory of the
// workload's own, which holds what setup made and, empty at the start of every
// run, out/. $AREA names a directory that is not there yet.
type workload struct {
	name     string
	about    string
	packages []string // Debian's names of what the view must show beyond the base
	tools    []string // programs without which the workload is left out
	captured bool     // $AREA is in the view, and what is written there is captured; else it is in out/
	deps     string   // text of a deps.toml, where the view wants more than packages
	slow     bool     // left out of a short run, unless -only names it
	again    string   // the workload that this one runs twice, timing the second
	setup    func(s *site) error
	command  []string
}

// sizes are what -short makes smaller.
type sizes struct {
	c, cxx, python, git, tree, big int
	header                         string // that the C++ file includes
	find                           string // where find looks
}

var (
	full  = sizes{c: 40, cxx: 6, python: 20, git: 20000, tree: 400, big: 1024, header: "bits/stdc++.h", find: "/usr"}
	short = sizes{c: 4, cxx: 1, python: 2, git: 4000, tree: 60, big: 128, header: "iostream", find: "/usr/include"}
)

// showUsr makes the view as large as the host, so that both list the same files.
const showUsr = `[source]
kind = "dpkg"

[[rule]]
path = "/usr"
show = true
`

// workloads are the rows of the tables. A new one is one entry.
func workloads(n sizes) []workload {
	compile := shell(`for f in src/*.c; do cc -O0 -c -o out/${f##*/}.o $f; done`)
	configure := shell(`cd $(mktemp -d out/XXXXXX) && ../../hello/configure`)
	list := shell(fmt.Sprintf(`find %s -printf %%s >/dev/null`, n.find))
	return []workload{
		{
			name: "true", about: "run -- true: what it costs to start",
			command: []string{"true"},
		}, {
			name: "configure", about: "GNU hello's configure", slow: true,
			tools: []string{"cc"}, setup: (*site).hello,
			command: configure,
		}, {
			name: "configure-again", about: "the same once more in the same view", slow: true, again: "configure",
			tools: []string{"cc"}, setup: (*site).hello,
			command: configure,
		}, {
			name: "make", about: "GNU hello's make", slow: true,
			tools: []string{"cc", "make"}, setup: (*site).helloConfigured,
			command: shell(`cp -a hello out && make -C out/hello MAKEINFO=true HELP2MAN=true`),
		}, {
			name: "c", about: fmt.Sprintf("%d C files at -O0", n.c),
			tools: []string{"cc"}, setup: func(s *site) error { return s.cFiles(n.c) },
			command: compile,
		}, {
			name: "c-again", about: "the same once more in the view it was built in", again: "c",
			tools: []string{"cc"}, setup: func(s *site) error { return s.cFiles(n.c) },
			command: compile,
		}, {
			name: "c++", about: fmt.Sprintf("a C++ file with <%s> ×%d", n.header, n.cxx),
			tools: []string{"c++"}, setup: func(s *site) error { return s.cxxFile(n.header) },
			command: shell(fmt.Sprintf(`for i in $(seq %d); do c++ -c -o out/$i.o all.cc; done`, n.cxx)),
		}, {
			name: "python", about: fmt.Sprintf("Python importing %d standard modules ×%d", modules, n.python),
			packages: []string{"python3"}, tools: []string{python}, setup: (*site).pythonImports,
			command: shell(fmt.Sprintf(`for i in $(seq %d); do %s -B -s imports.py; done`, n.python, python)),
		}, {
			name: "git", about: fmt.Sprintf("git status in a tree of %d files", n.git),
			packages: []string{"git"}, tools: []string{"git"}, setup: func(s *site) error { return s.gitTree(n.git) },
			command: []string{"git", "--no-optional-locks", "-C", "tree", "status", "--porcelain"},
		}, {
			name: "find", about: fmt.Sprintf("find %s -printf %%s, in a view that shows all of /usr", n.find),
			tools: []string{"find"}, deps: showUsr,
			command: list,
		}, {
			name: "find-again", about: "the same once more in the same view", again: "find",
			tools: []string{"find"}, deps: showUsr,
			command: list,
		}, {
			name: "trees", about: fmt.Sprintf("unpack, copy, move, read, delete %d source trees of %d files inside the capture", trees, n.tree),
			tools: []string{"tar"}, captured: true, setup: func(s *site) error { return s.tarballs(n.tree) },
			command: shell(`mkdir -p $AREA
for t in *.tar; do mkdir $AREA/$t; tar -xf $t -C $AREA/$t; done
cd $AREA
for t in *.tar; do cp -a $t copy-$t; done
for t in copy-*; do mv $t moved-$t; done
find . -type f -exec cat {} + >/dev/null
rm -r *`),
		}, {
			name: "file", about: fmt.Sprintf("a file of %d MiB, written and read inside the capture", n.big),
			captured: true,
			command: shell(fmt.Sprintf(`mkdir -p $AREA
dd if=/dev/zero of=$AREA/big bs=1M count=%d
dd if=$AREA/big of=/dev/null bs=1M`, n.big)),
		},
	}
}

func shell(script string) []string { return []string{"sh", "-ec", script} }

// marks is the file, in the workload's directory, in which a command that runs
// twice leaves the nanoseconds at which its second run began and ended.
const marks = "out/marks"

// once wraps a command that another workload runs twice, so that the second run's
// requests are those of one less than those of the other: the clock is read here too.
func once(command []string) []string {
	return append([]string{"sh", "-ec", strings.ReplaceAll(`date +%s%N >MARKS
"$@"`, "MARKS", marks), "sh"}, command...)
}

// twice wraps a command. Peers take time to end, which is not the second run's.
func twice(command []string) []string {
	return append([]string{"sh", "-ec", strings.ReplaceAll(`"$@"
date +%s%N >MARKS
"$@"
date +%s%N >>MARKS`, "MARKS", marks), "sh"}, command...)
}
