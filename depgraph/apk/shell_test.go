package apk

import "testing"

// expansions say what x is after a script.
var expansions = []struct{ script, want string }{
	{`x=a`, "a"},
	{`x="a b" y=c`, "a b"},
	{`x='$a'"$a"\$a`, "$a$a"},
	{`a=1; x=$a${a}"$a${a}"'$a'`, "1111$a"},
	{`a=1; x=$a.$ab.${a}b`, "1..1b"},
	{"x=\"a\\\nb\"", "ab"},
	{`x="\$\"\\\a"`, `$"\\a`},
	{`x=$`, "$"},
	{`a=1.2.3; x="${a%.*} ${a%%.*} ${a#*.} ${a##*.} ${a%.x}"`, "1.2 1 2.3 3 1.2.3"},
	{`a=1.2.3; x=${a//./_}${a/./}${a//[0-9]/x}`, "1_2_312.3x.x.x"},
	{`a=abc; x=${a:1}${a:0:2}${#a}`, "bcab3"},
	{`b=; x=${a:-1}${b-2}${b:-3}${a+4}${b+5}${b:+6}${a-"x y"}`, "135x y"},
	{`a=py3-foo; x=${a#py3-} y="${a#"py3"}"`, "foo"},
	{`a='*b'; x=${a#"*"}${a#\*}`, "bb"},
	{`: ${x:=1}; : ${x:=2}`, "1"},
	{`x=1; x=$x$x; x="$x $x"`, "11 11"},
	{`x=a; export x=b y; unset y`, "b"},
	{`x=1; unset x`, ""},
	{`x=a; x+=b`, "a"},
	{`x=1 true`, ""},
	{`x=a#b # c`, "a#b"},
	{`if [ 1 = 2 ]; then x=1; elif [ a != b ]; then x=2; else x=3; fi`, "2"},
	{"if test -n \"$y\"; then x=1\nelse\n\tx=2\nfi", "2"},
	{`if ! [ -z "$y" ] || [ ! -n "a" ]; then x=1; else x=2; fi`, "2"},
	{`[ a == a ] && x=1; [ a ] && [ -z "" ] || x=2`, "1"},
	{`false || x=1 && x=$x$x; ! false && x=$x-`, "11-"},
	{`y=true; $y && x=1; if $y; then x=${x}2; fi`, "12"},
	{`case aXc in b) x=1;; a?c|d) x=2 ;; *) x=3; esac`, "2"},
	{`case "$CARCH-$CHOST" in (x86_64-*-musl) x=1 ;; *) x=2 ;; esac`, "1"},
	{`case '*' in a|"*") x=1 ;; esac; case b in [!a-c]) x=2 ;; esac`, "1"},
	{`for i in a "b c" $y; do x="$x($i)"; done`, "(a)(b c)"},
	{`y='a b'; for i in $y; do case $i in a) x=1;; *) x=$x$i;; esac; done`, "1b"},
	{`{ x=1; }; { true; } && x=${x}2`, "12"},
	{"f() { x=never; }\ng ()\n{\n\tx=never\n}\nx=1", "1"},
	{"if true; then\n\tf() {\n\t\tx=never\n\t}\n\tx=1\nfi", "1"},
	{"cat <<E; x=1\nx=2\nE\ncat <<-'X' > /dev/null 2>&1\n\t\"unclosed\n\tX\nx=${x}3", "13"},
	{`echo $(x=$(echo ")")) | read; (x=9); x=1 # '`, "1"},
	{"z=`echo`; y=$(( 1 + 2 )); x=1", "1"},
	{`[ -e /x ] && y=1; while read l; do z=1; done < f; x=1`, "1"},
	{"x=1; . y; x=2", "2"},

	{`x=$(echo)`, "unknown: what a command prints in line 1"},
	{"x=a\ny=$x`echo`\nx=$y", "unknown: what a command prints in line 2"},
	{"x=a\n\nif [ -e /x ]; then\n\tx=b; fi", "unknown: the condition in line 3"},
	{"[ -e /x ] && x=1", "unknown: the outcome of what is before && in line 1"},
	{"[ -e /x ] || case a in a) x=1; esac", "unknown: the outcome of what is before || in line 1"},
	{"while true; do x=1; done", "unknown: the loop in line 1"},
	{"case $(uname) in a) x=1;; esac", "unknown: what a command prints in line 1"},
	{"for i in $(ls); do x=$i; done", "unknown: what a command prints in line 1"},
	{"for x in `ls`; do :; done", "unknown: what a command prints in line 1"},
	{". ./x", "unknown: what . does in line 1"},
	{"x=1; eval y=2", "unknown: what eval does in line 1"},
	{"f() { x=2; }\nx=1\nf", "unknown: what f does in line 3"},
	{"x=1; [ -e y ] && f() { :; }\n[ -e y ] && eval x=2", "unknown: what eval does in line 2"},
	{"read x y", "unknown: what is read in line 1"},
	{"x=${y?}", "unknown: y, which is not set"},
	{"x=${y^^}", "unknown: what line 1 substitutes"},
	{"x=${!y}", "unknown: what line 1 substitutes"},
	{"y=abc; x=${y: -1}", "unknown: what line 1 substitutes"},
}

func TestExpansion(t *testing.T) {
	for _, c := range expansions {
		commands, functions, err := parseShell("f", c.script)
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
			continue
		}
		s := &shell{vars: (&Database{arch: "x86_64"}).environment(), functions: functions}
		s.run(commands)
		v := s.get("x")
		got := v.text()
		if v.unknown != "" {
			got = "unknown: " + v.unknown
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.script, got, c.want)
		}
	}
}
