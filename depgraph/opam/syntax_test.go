package opam

import (
	"fmt"
	"strings"
	"testing"
)

// show writes a value with all that it is in it, in brackets.
func show(v value) string {
	var parts []string
	for _, e := range v.list {
		parts = append(parts, show(e))
	}
	list := strings.Join(parts, " ")
	switch v.kind {
	case theString:
		return fmt.Sprintf("%q", v.text)
	case theIdent:
		return "$" + v.text
	case theBool, theInt:
		return v.text
	case theGroup:
		return "(" + list + ")"
	case theList:
		return "[" + list + "]"
	case theOption:
		return "{" + list + "}"
	}
	return "<" + v.text + " " + list + ">"
}

func showItems(items []item) string {
	var b strings.Builder
	for _, i := range items {
		if i.section != nil {
			fmt.Fprintf(&b, "%s %d {%s} ", i.name, i.line, showItems(i.section))
		} else {
			fmt.Fprintf(&b, "%s %d %s ", i.name, i.line, show(i.value))
		}
	}
	return strings.TrimSpace(b.String())
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		``:                    ``,
		`a: "b" c: d e: true`: `a 1 "b" c 1 $d e 1 true`,
		"a: [1 -2\r\n 3_0]\n\n# comment \" (* \n(* (* nested \n *) *) b: ()": `a 1 [1 -2 3_0] b 6 ()`,
		"a: \"\"\"x\"y\"\"z\"\"\" b: \"\" c:\"d\"":                           `a 1 "x\"y\"\"z" b 1 "" c 1 "d"`,
		`a: "1\n\r\t\b\ \'\"\\\065\x4a\xFf"`:                                 `a 1 "1\n\r\t\b '\"\\AJ\xff"`,
		"a: \"one \\\n   two\\\r\n\tthree\nfour\" b: 1":                      `a 1 "one twothree\nfour" b 4 1`,
		`a: "p" {x & y | z} {w}`:                                             `a 1 {{"p" <| <& $x $y> $z>} $w}`,
		`a: x | y & !z | ?w & !v {o}`:                                        `a 1 <| $x <& $y <! $z>> <& <? $w> <! {$v $o}>>>`,
		`a: ["p" {>= "1" & < "2"} "q" {= version | != "3"} "r" {~ "1"}]`:     `a 1 [{"p" <& <>= "1"> << "2">>} {"q" <| <= $version> <!= "3">>} {"r" <~ "1">}]`,
		`a: os = "linux" & os-version >= 12 b: x += "y"`:                     `a 1 <& <= $os "linux"> <>= $os-version 12>> b 1 <+= $x "y">`,
		`a: [b = "1" c =+= "2" d =: "3" e := "4" f =+ "5" g =:= "6"]`:        `a 1 [<= $b "1"> <=+= $c "2"> <=: $d "3"> <:= $e "4"> <=+ $f "5"> <=:= $g "6">]`,
		`a: [p:q p+q:r _:s _+p:q 2x a-b__c]`:                                 `a 1 [$p:q $p+q:r $_:s $_+p:q $2x $a-b__c]`,
		`s { a: 1 b "name" { } c { d: 2 } } e: 3`:                            `s 1 {a 1 1 b 1 {} c 1 {d 1 2}} e 1 3`,
	} {
		items, err := parse("f", text)
		if got := showItems(items); err != nil || got != want {
			t.Errorf("%q: %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat
	for text, want := range map[string]string{
		`a`:                            `f:1: the end of the file where : is expected`,
		"\n: b":                        `f:2: ":" where a field is expected`,
		`a: `:                          `f:1: the end of the file where a value is expected`,
		"a: [1\n":                      `f:2: the end of the file where a value is expected`,
		`a: 1 ]`:                       `f:1: "]" where a field is expected`,
		`a: "b" }`:                     `f:1: "}" where a field is expected`,
		`a: [1 } ]`:                    `f:1: "}" where a value is expected`,
		`a: b = c = d`:                 `f:1: "=" where a field is expected`,
		`a: [1] & `:                    `f:1: the end of the file where a value is expected`,
		`a: > [1]`:                     `f:1: "[" where a value is expected`,
		`s { a: 1`:                     `f:1: the end of the file where } is expected`,
		`s "n" a: 1`:                   `f:1: "a" where { is expected`,
		"a: \"b\nc":                    `f:1: unterminated string`,
		`a: """b"`:                     `f:1: unterminated string`,
		"\n(* (* *)\n":                 `f:2: unterminated comment`,
		`a: "\q"`:                      `f:1: illegal escape sequence`,
		`a: "\256"`:                    `f:1: illegal escape sequence`,
		`a: "\x4"`:                     `f:1: illegal escape sequence`,
		"a: 1\n\n;":                    `f:3: ";" is not a valid token`,
		"a: \x00":                      `f:1: "\x00" is not a valid token`,
		`a: --`:                        `f:1: "-" is not a valid token`,
		"a: " + deep("(", 200):         `f:1: nested too deeply`,
		"a: " + deep("!", 200):         `f:1: nested too deeply`,
		"a: b" + deep("{}", 200):       `f:1: nested too deeply`,
		deep("s{", 200):                `f:1: nested too deeply`,
		"a: [" + deep("1 ", 300000):    `f:1: too many values`,
		deep("a:1 ", 300000):           `f:1: too many values`,
		deep(" ", maxText) + "a: \"\"": `f:1: the file is too large`,
	} {
		if _, err := parse("f", text); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// variables for the tests of filters and formulas.
func testEnv(name string) result {
	values := map[string]string{"yes": "true", "no": "false", "os": "linux", "ten": "10", "version": "1.5", "build": "true", "with-test": "false"}
	v, ok := values[name]
	return result{v, ok}
}

func parseValue(t *testing.T, text string) value {
	t.Helper()
	items, err := parse("f", "a: "+text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return items[0].value
}

func TestFilters(t *testing.T) {
	for text, want := range map[string]string{
		`yes`: "true", `no`: "false", `os`: "linux", `what`: "?", `pkg:installed`: "?",
		`!yes`: "false", `!no`: "true", `!what`: "?", `!os`: "?", `?what`: "false", `?no`: "true", `!(?what)`: "true",
		`yes & no`: "false", `yes & what`: "?", `no & what`: "false", `what & no`: "false",
		`yes | what`: "true", `what | yes`: "true", `no | what`: "?", `no | os`: "?", `(no | (yes))`: "true",
		`os = "linux"`: "true", `os != "linux"`: "false", `ten > 9`: "true", `"1.0~" < "1.0"`: "true", `ten <= "9"`: "false",
		`what = "x"`: "?", `!(what = "x")`: "?", `"%{os}%-%{ten}%" = "linux-10"`: "true",
		`"a%{what}%b"`: "ab", `"%%{os}%%"`: "%{os}%", `"100%"`: "100%", `"%{os"`: "%{os", `"%{yes?a:b}%%{no?a:b}%%{what?a:b}%%{yes?:b}%%{no?a}%"`: "abb",
		`"%{a}%{b}%"`: "{b}%", `"%"`: "%", `"%x%{ten}%"`: "%x10", `5`: "5", `true`: "true", `[yes]`: "?", `(yes no)`: "?",
	} {
		got := env(testEnv).eval(parseValue(t, text))
		if !got.defined {
			got.text = "?"
		}
		if got.text != want {
			t.Errorf("%s: %q, want %q", text, got.text, want)
		}
	}
}

func TestFormulas(t *testing.T) {
	for text, want := range map[string]string{
		`"a"`:                                       "a",
		`[]`:                                        "",
		`["a" "b"]`:                                 "a, b",
		`["a" & "b" | "c"]`:                         "a | c, b | c",
		`["a" | "b" & "c" | "d"]`:                   "a | b | d, a | c | d",
		`["a" ("b" | "c" ("d"))]`:                   "a, b | c, d",
		`[("a" | "b") & ("c" | "a" | "a")]`:         "a | b, c | a",
		`["a" {>= "1" & < "2"}]`:                    `a {>= "1" & < "2"}`,
		`["a" {>= "1" < "2"}]`:                      `a {>= "1" & < "2"}`,
		`["a" {>= "1"} {< "2"}]`:                    `a {< "2" & >= "1"}`,
		`["a" {(= "1" | = "2") & != "3"}]`:          `a {(= "1" | = "2") & != "3"}`,
		`["a" {!(= "1" | > "2")}]`:                  `a {!= "1" & <= "2"}`,
		`["a" {!(>= "1" & !(< "2"))}]`:              `a {< "1" | < "2"}`,
		`["a" {~ "1" & !(~ "2")}]`:                  `a {~ "1" & < "2"}`,
		`["a" {= version} "b" {> "%{version}%~x"}]`: `a {= "1.5"}, b {> "1.5~x"}`,
		`["a" {= what} "b" {> "%{what}%"}]`:         `a, b {> ""}`,
		`["a" {build} "b" {with-test} "c"]`:         "a, c",
		`["a" {build & >= "1"} "b" {with-test & >= "1"} "c" {build | >= "1"} "d" {with-test | >= "1"}]`: `a {>= "1"}, c, d {>= "1"}`,
		`["a" {!with-test} "b" {!build} "c" {what} "d" {!what}]`:                                        "a",
		`["a" {os = "linux"} "b" {os = "macos"} "c" {os != "macos" & >= "1"}]`:                          `a, c {>= "1"}`,
		`["a" {!(os = "linux")} "b" {!(os = "macos" & build)} "c" {}]`:                                  "b, c",
		`["a" {with-test} | "b"]`:            "b",
		`["a" {with-test} | "b" & "c" {no}]`: "b",
	} {
		r := reader{env: testEnv, file: "f", field: "depends"}
		needs, _, err := r.needs(parseValue(t, text))
		var got []string
		for _, n := range needs {
			got = append(got, n.String())
		}
		if err != nil || strings.Join(got, ", ") != want {
			t.Errorf("%s: %s (%v), want %s", text, strings.Join(got, ", "), err, want)
		}
	}
}

func TestFormulaErrors(t *testing.T) {
	var big []string
	for i := range 14 {
		big = append(big, fmt.Sprintf(`("a%d" & "b%d")`, i, i))
	}
	for text, want := range map[string]string{
		`[1]`:                    `f:1: depends: not a formula of packages`,
		`["a" os]`:               `f:1: depends: not a formula of packages`,
		`["a/b"]`:                `f:1: depends: "a/b" is no name of a package`,
		`["12"]`:                 `f:1: depends: "12" is no name of a package`,
		"[\n os {build}]":        `f:2: depends: "os" is no name of a package`,
		`["a" {["x"]}]`:          `f:1: depends: not a condition on a package`,
		`["a" {> 1}]`:            `f:1: depends: not a version`,
		strings.Join(big, " | "): `f:1: depends: the formula is too large`,
	} {
		items, err := parse("f", "a: "+text)
		if err == nil {
			r := reader{env: testEnv, file: "f", field: "depends"}
			_, _, err = r.needs(items[0].value)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		`"a" {>= "1.0" & < "2"}`:    "1.0 1.10 2~beta",
		`"a" {= "1.10" | > "2"}`:    "1.10 2.0.1",
		`"a" {!= "1.10"}`:           "0.9 1.0 2~beta 2 2.0.1",
		`"a" {!(>= "1.0" & < "2")}`: "0.9 2 2.0.1",
		`"a" {<= "1.0"}`:            "0.9 1.0",
		`"a" {~ "2"}`:               "2 2.0.1",
	} {
		r := reader{env: testEnv, file: "f", field: "depends"}
		f, err := r.formula(parseValue(t, text), false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range strings.Fields("0.9 1.0 1.10 2~beta 2 2.0.1") {
			if f.atom.versions.accept(v) {
				got = append(got, v)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s accepts %v, want %s", text, got, want)
		}
	}
}
