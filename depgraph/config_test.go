package depgraph

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// example is the design's.
const example = `
[vars]
prefix  = "/opt/local"
distdir = "${prefix}/dist"

[source]
kind = "dpkg"
root = "/"

[target]
name    = "jq"
recipe  = "debian/control"
depends = { build = ["libonig-dev", "bison | byacc"], lib = [], run = ["tzdata"], test = [], fetch = ["curl"] }

[base]
packages = ["build-essential"]
paths    = ["/etc/"]

[[rule]]
path = "/usr/local"
show = false

[[rule]]
path = "${prefix}/share"
show = true

[package.oniguruma]
version = "6.9.8"
files   = ["${prefix}/lib/libonig.a"]
depends = { lib = ["libc"], build = ["gcc"] }

[package."font.conf"]
files   = { list = "font.plist" }
depends = ["expat"]

[phase.fetch]
depends  = ["fetch"]
network  = true
writable = ["${distdir}"]
capture  = false

[ignore]
paths = ["/usr/bin/cc*"]

[resolved]
jq = "1.7"
"" = "\u0000\t"
`

var testFiles = fstest.MapFS{
	"port/font.plist": {Data: []byte("# fonts\r\n/opt/local/etc/fonts/\r\n\r\n/opt/local/etc/a ${b} \n   \n/opt/local/x")},
	"port/bad.plist":  {Data: []byte("/opt/x\n\nopt/y\n")},
	"port/raw.plist":  {Data: []byte("/opt/\xff\n")},
}

func readTest(text string, vars map[string]string) (*Config, error) {
	return ReadConfig("port/deps.toml", []byte(text), vars, func(path string) ([]byte, error) {
		return fs.ReadFile(testFiles, path)
	})
}

func TestReadConfig(t *testing.T) {
	c, err := readTest(example, map[string]string{"distdir": "/var/${dist}"})
	if err != nil {
		t.Fatal(err)
	}
	direct := func(k Kind, line int, key string, names ...string) Direct {
		var n Need
		for _, name := range names {
			n = append(n, Alternative{Name: name})
		}
		return Direct{k, n, fmt.Sprintf("port/deps.toml:%d: %s", line, key)}
	}
	want := &Config{
		Name:    "port/deps.toml",
		Sources: []SourceConfig{{"dpkg", "/", "", "port/deps.toml:6: source"}},
		Target: TargetConfig{"jq", "port/debian/control", []Direct{
			direct(Fetch, 13, "target.depends.fetch", "curl"),
			direct(Build, 13, "target.depends.build", "libonig-dev"),
			direct(Build, 13, "target.depends.build", "bison", "byacc"),
			direct(Run, 13, "target.depends.run", "tzdata"),
		}},
		Base: BaseConfig{[]Direct{direct("", 16, "base.packages", "build-essential")}, []string{"/etc"}},
		Rules: []Rule{
			{"/usr/local", false, "port/deps.toml:19: rule"},
			{"/opt/local/share", true, "port/deps.toml:23: rule"},
		},
		Packages: []*Package{
			{
				Name: "font.conf", Source: "deps.toml",
				Needs:  []Need{Named("expat")},
				Direct: []Direct{direct(Lib, 34, `package."font.conf".depends`, "expat")},
				Detail: fileList{"/opt/local/etc/fonts", "/opt/local/etc/a ${b} ", "/opt/local/x"},
			}, {
				Name: "oniguruma", Version: "6.9.8", Source: "deps.toml",
				Needs: []Need{Named("libc")},
				Direct: []Direct{
					direct(Lib, 30, "package.oniguruma.depends.lib", "libc"),
					direct(Build, 30, "package.oniguruma.depends.build", "gcc"),
				},
				Detail: fileList{"/opt/local/lib/libonig.a"},
			},
		},
		Phases:   []Phase{{"fetch", []Kind{Fetch}, true, false, []string{"/var/${dist}"}}},
		Ignore:   []string{"/usr/bin/cc*"},
		Resolved: map[string]string{"jq": "1.7", "": "\x00\t"},
	}
	diff(t, c, want)
	if files, ok := c.Files(c.Packages[1]); !ok || !slices.Equal(files, []string{"/opt/local/lib/libonig.a"}) {
		t.Errorf("files of oniguruma: %q, %v", files, ok)
	}
	if _, ok := c.Files(&Package{}); ok {
		t.Error("a package of a source has files in deps.toml")
	}
	roundTrip(t, c)
}

func TestReadConfigEmpty(t *testing.T) {
	for _, text := range []string{"", "\ufeff# nothing\n", "[vars]\n[target]\n[base]\n[package]\n[phase]\n[ignore]\n[resolved]\n"} {
		c, err := readTest(text, nil)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		diff(t, c, &Config{Name: "port/deps.toml"})
		roundTrip(t, c)
	}
}

// diff compares the fields of two configs.
func diff(t *testing.T, got, want *Config) {
	t.Helper()
	g, w := reflect.ValueOf(*got), reflect.ValueOf(*want)
	for i := range g.NumField() {
		if g, w := g.Field(i).Interface(), w.Field(i).Interface(); !reflect.DeepEqual(g, w) {
			if p, ok := g.([]*Package); ok {
				for _, p := range p {
					t.Logf("package %+v", *p)
				}
			}
			t.Errorf("%s: %+v\nwant: %+v", reflect.TypeFor[Config]().Field(i).Name, g, w)
		}
	}
}

// roundTrip checks that c's own TOML reads back as c.
func roundTrip(t *testing.T, c *Config) {
	t.Helper()
	text := c.TOML()
	again, err := ReadConfig(c.Name, text, nil, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	diff(t, nowhere(again), nowhere(c))
	if t.Failed() {
		t.Logf("the text between:\n%s", text)
	}
}

// nowhere returns c without the lines that things were on.
func nowhere(c *Config) *Config {
	clone := *c
	forget := func(direct []Direct) []Direct {
		direct = slices.Clone(direct)
		for i := range direct {
			direct[i].Where = ""
		}
		return direct
	}
	clone.Sources = slices.Clone(c.Sources)
	for i := range clone.Sources {
		clone.Sources[i].Where = ""
	}
	clone.Target.Direct = forget(c.Target.Direct)
	clone.Base.Packages = forget(c.Base.Packages)
	clone.Rules = slices.Clone(c.Rules)
	for i := range clone.Rules {
		clone.Rules[i].Where = ""
	}
	clone.Packages = slices.Clone(c.Packages)
	for i, p := range c.Packages {
		q := *p
		q.Direct = forget(p.Direct)
		clone.Packages[i] = &q
	}
	return &clone
}

func TestTOMLNames(t *testing.T) {
	c := &Config{Name: "deps.toml", Target: TargetConfig{Direct: []Direct{
		{Kind: Build, Need: Need{{Name: "a", Text: "a (>= 2)"}, {Name: "b"}}},
	}}}
	if got, want := string(c.TOML()), "[target]\n[target.depends]\nbuild = [\"a | b\"]\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReadConfigVars(t *testing.T) {
	for _, test := range []struct{ text, vars, want string }{
		{"a = 'x'", "", "x"},
		{"a = '${b}${b}'\nb = 'y'", "", "yy"},
		{"a = '${b}'\nb = 'y'", "b=z", "z"},
		{"a = '$${b}'", "", "${b}"},
		{"a = '$$${b}'", "", "$${b}"},
		{"a = '$b $ {b} }'", "", "$b $ {b} }"},
		{"a = '${b}'", "b=${c}", "${c}"},
		{"'' = 'e'\na = '${}'", "", "e"},
		{"a = '${b}'", "", `port/deps.toml:2: vars.a: "${b}" is not set`},
		{"a = '${b'", "", `port/deps.toml:2: vars.a: "${b" has no closing brace`},
		{"a = '${b}'\nb = 'x${a}'", "", `port/deps.toml:3: vars.b: "${a}" is defined by itself`},
		{"a = '${a}'", "", `port/deps.toml:2: vars.a: "${a}" is defined by itself`},
		{"a = 1", "", `port/deps.toml:2: vars.a: want a string, not an integer`},
		{"a = '" + strings.Repeat("x", 1<<15) + "'\nb = '${a}${a}${a}'", "",
			`port/deps.toml:3: vars.b: longer than 65536 bytes once expanded`},
	} {
		vars := map[string]string{}
		if name, s, ok := strings.Cut(test.vars, "="); ok {
			vars[name] = s
		}
		var got string
		c, err := readTest("[vars]\n"+test.text+"\n[resolved]\na = '${a}'", vars)
		if err != nil {
			got = err.Error()
		} else {
			got = c.Resolved["a"]
			roundTrip(t, c)
		}
		if got != test.want {
			t.Errorf("%s with %s: %s\nwant: %s", test.text, vars, got, test.want)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(phaseConfig))
	for _, test := range errorTests {
		f.Add([]byte(test.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := readTest(string(text), map[string]string{"x": "/$${x}"})
		if err == nil {
			roundTrip(t, c)
		} else if !strings.HasPrefix(err.Error(), "port/deps.toml:") {
			t.Errorf("%v does not say where", err)
		}
	})
}
