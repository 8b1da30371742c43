#!/bin/sh
# demo.sh DEPVIEW builds the example port greet in a view of this machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
depview=$(realpath "$1")
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
unset MAKEFLAGS MAKELEVEL
"$here/../../tests/setup" gcc libc6-dev make zlib1g-dev libbz2-dev zstd

tmp=${TMPDIR:-/tmp}
if [ "$(stat -f -c %T "$tmp")" = overlayfs ]; then
	tmp=/dev/shm # a container's own disk cannot hold an overlay's upper layer
fi
tmp=$(mktemp -d "$tmp/depview-demo-XXXXXX")
trap 'chmod -R u+rwx "$tmp"; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cp -R "$here/greet" "$tmp/greet"
cd "$tmp/greet"
capture=$tmp/capture

say() { printf '\n# %s\n' "$*"; }
run() { # shows a command as one would type it, and runs it
	shown=
	for word; do
		case $word in
		"$depview") word=depview ;;
		"$tmp"/*) word=..${word#"$tmp"} ;;
		*[!A-Za-z0-9_./:=-]*) word="'$word'" ;;
		esac
		shown="$shown $word"
	done
	echo "\$$shown"
	"$@" 2>&1
}

say "greet declares what it needs"
run cat deps.toml

say "on this machine its configure finds a library that is not declared"
run ./configure

# Any program will do that is installed and that greet did not declare.
for tool in git python3 gdb curl wget apt-get; do
	path=$(command -v $tool) || continue
	case $("$depview" explain --deps deps.toml "$path") in
	*"hidden: undeclared"*) break ;;
	esac
	path=
done
if [ -z "$path" ]; then
	echo "demo: no program on this machine is outside of greet's dependencies" >&2
	exit 1
fi
say "in the view $tool does not exist"
run "$depview" explain --deps deps.toml "$path"
run "$depview" run --deps deps.toml --capture "$tmp/first" -- sh -c "ls $path; command -v $tool || echo no $tool here"

say "the build there sees zlib, which is declared, and not the other library"
run "$depview" run --deps deps.toml --capture "$capture" -- sh -c './configure && make && make install && greet'

say "what it looked for and did not get"
run "$depview" report "$capture"

say "what make install wrote is in the capture; the machine is as it was"
run "$depview" changes "$capture"
run sh -c 'test ! -e /usr/local/bin/greet && echo no greet on this machine'

say "the capture becomes the package"
run "$depview" pack "$capture" -o "$tmp/greet.tar.zst"
run tar --zstd -tvf "$tmp/greet.tar.zst"
