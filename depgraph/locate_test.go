package depgraph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// locateTests: every value's name ends in the line that it stands on, and an
// array of numbers holds the lines of its elements.
const locateTests = `L1 = 1
bare-L2 = 'a # b' # c
"quoted L3" = "a \" b ' # ]"
'literal \L4' = 'a \'
"escaped \"\u0041 L5" = 1979-05-27 07:32:00Z
dotted.L6 . "x.y.L6" = true
dotted.'L7' = -inf
L8 = """
a "" b ' [x]
\"""
c"""""
L12 = '''
d '' e = f
'''''
L15 = [ 15, # ]
  16,
  [17, 17, [ ] , [
18]],
"""
x""" # the 19th

]
L23 = { L23 = 1, L23a.L23 = [23], "L23 }" = '}' , L23b = {}
}
[L25]
L26=1
[L25.L27]
[ L25 . "sub L28".'L28' ]	# comment
L29=[ ]
[[L30]]
L31=1
[[L30]]
L33=1
[L30.L34]
L35=1
[[L30.L36]]
L37=1
[[L30.L36]]
L39=1
[implicitL40.L40]

[implicitL42]
L43 = "\\"
L44 = ""
L45 = ''''''
L46 = ["\"", '"', """"""]
"" = {L47=1}
`

func TestLocate(t *testing.T) {
	for name, text := range map[string]string{
		"LF":   locateTests,
		"CRLF": strings.ReplaceAll(locateTests, "\n", "\r\n"),
		"BOM":  "\ufeff" + locateTests,
	} {
		t.Run(name, func(t *testing.T) {
			var doc map[string]any
			if _, err := toml.Decode(text, &doc); err != nil {
				t.Fatal(err)
			}
			root := locate([]byte(text))
			sameShape(t, "", root, doc)
			checkLines(t, root)
			items := root.key("L15").items
			got := []int{items[0].line, items[1].line, items[2].line, items[2].item(1).line, items[2].item(3).item(0).line, items[3].line}
			if want := []int{15, 16, 17, 17, 18, 19}; !slices.Equal(got, want) {
				t.Errorf("elements of L15 are on lines %v, want %v", got, want)
			}
			if got := []int{root.key("L30").item(0).line, root.key("L30").item(1).line, root.key("none").line}; !slices.Equal(got, []int{30, 32, 1}) {
				t.Errorf("tables of L30, and what is not there, are on lines %v", got)
			}
		})
	}
}

// checkLines compares each key's line with the "L9" in its name.
func checkLines(t *testing.T, p *place) {
	for name, k := range p.keys {
		if _, digits, ok := strings.Cut(name, "L"); ok {
			var want int
			if fmt.Sscan(digits, &want); k.line != want {
				t.Errorf("%q is on line %d", name, k.line)
			}
		}
		checkLines(t, k)
	}
	for _, item := range p.items {
		checkLines(t, item)
	}
}

// sameShape checks that p has the keys and elements of v, and no others.
func sameShape(t *testing.T, key string, p *place, v any) {
	t.Helper()
	var names []string
	items := 0
	switch v := v.(type) {
	case map[string]any:
		names = slices.Sorted(maps.Keys(v))
		for name, v := range v {
			sameShape(t, key+"."+name, p.key(name), v)
		}
	case []any:
		items = len(v)
		for i, v := range v {
			sameShape(t, key, p.item(i), v)
		}
	case []map[string]any:
		items = len(v)
		for i, v := range v {
			sameShape(t, key, p.item(i), v)
		}
	}
	if got := slices.Sorted(maps.Keys(p.keys)); !slices.Equal(got, names) || len(p.items) != items {
		t.Errorf("%q has places for %q and %d elements, want %q and %d", key, got, len(p.items), names, items)
	}
}

func FuzzLocate(f *testing.F) {
	f.Add(locateTests)
	f.Add(example)
	f.Add("\xfe\xff")
	f.Fuzz(func(t *testing.T, text string) {
		root := locate([]byte(text)) // comes back, whatever the text
		var doc map[string]any
		if _, err := toml.Decode(text, &doc); err == nil {
			sameShape(t, "", root, doc)
		}
	})
}
