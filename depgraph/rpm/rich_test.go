package rpm

import (
	"strings"
	"testing"

	"github.com/depview/depview/depgraph/sourcetest"
)

// clausesOf writes what an expression comes to: "a|!b a|c".
func clausesOf(e expr) (string, error) {
	list, err := e.clauses(false)
	var all []string
	for _, c := range list {
		var literals []string
		for _, l := range c {
			not := ""
			if l.absent {
				not = "!"
			}
			literals = append(literals, not+l.alternative.String())
		}
		all = append(all, strings.Join(literals, "|"))
	}
	return strings.Join(all, " & "), err
}

func TestClauses(t *testing.T) {
	for text, want := range map[string]string{
		"a":                              "a",
		"(a)":                            "(a)",
		"(((a)) or b)":                   "((a))|b",
		"a >= 1":                         "a >= 1",
		"(a >= 1 or b)":                  "a >= 1|b",
		"(a and b and c)":                "a & b & c",
		"(a or (b and c))":               "a|b & a|c",
		"(a if b)":                       "a|!b",
		"(a if (b and c))":               "a|!b|!c",
		"(a if (b or c))":                "a|!b & a|!c",
		"(a if b else c)":                "a|!b & c|b",
		"(a unless b)":                   "a & !b",
		"(a unless b else c)":            "c|!b & a|b",
		"((a if b) or c)":                "a|!b|c",
		"(a and (b if c))":               "a & b|!c",
		"(a if (b if c))":                "a|!b & a|c",
		"(a if (b unless c))":            "a|!b|c",
		"((a with b) or c)":              "(a with b)|c",
		"((a or b) with c)":              "(a with c)|(b with c)",
		"(a if (b with c))":              "a|!(b with c)",
		"(a,b or c)":                     "",
		"(lib(x)(64bit) = 1:2-3 and /p)": "lib(x)(64bit) = 1:2-3 & /p",
	} {
		e, err := parseExpr(text)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if got, err := clausesOf(e); err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", text, got, err, want)
		}
	}
}

// means computes an expression by what the operators are said to mean.
func (e expr) means(installed map[string]bool) bool {
	value := func(i int) bool { return e.args[i].means(installed) }
	switch e.op {
	case "and", "with":
		for i := range e.args {
			if !value(i) {
				return false
			}
		}
		return true
	case "or":
		for i := range e.args {
			if value(i) {
				return true
			}
		}
		return false
	case "if":
		if value(1) {
			return value(0)
		}
		return len(e.args) < 3 || value(2)
	case "unless":
		if !value(1) {
			return value(0)
		}
		return len(e.args) == 3 && value(2)
	case "without":
		return value(0) && !value(1)
	}
	return installed[e.name]
}

// TestClausesMean compares the clauses of nested expressions with their meaning, for
// everything that may be installed.
func TestClausesMean(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	nested := []string{"(a and b)", "(a or b)", "(c if d)", "(a unless d)", "(b if c else d)", "(d unless b else a)"}
	var all []string
	for _, x := range append(nested, "a") {
		for _, y := range append(nested, "b") {
			all = append(all, "("+x+" and "+y+")", "("+x+" or "+y+")", "("+x+" if "+y+")", "("+x+" unless "+y+")")
			for _, z := range append(nested, "c") {
				all = append(all, "("+x+" if "+y+" else "+z+")", "("+x+" unless "+y+" else "+z+")")
			}
		}
	}
	for _, text := range all {
		e, err := parseExpr(text)
		if err != nil {
			t.Fatal(text, err)
		}
		list, err := e.clauses(false)
		if err != nil {
			t.Fatal(text, err)
		}
		for set := range 1 << len(names) {
			installed := map[string]bool{}
			for i, name := range names {
				installed[name] = set&(1<<i) != 0
			}
			got := true
			for _, c := range list {
				one := false
				for _, l := range c {
					one = one || installed[l.alternative.Name] != l.absent
				}
				got = got && one
			}
			if got != e.means(installed) {
				t.Fatalf("%s with %v: %t of the clauses", text, installed, got)
			}
		}
	}
}

// TestComplex has dependencies that come to very many clauses, or are nested deeply.
func TestComplex(t *testing.T) {
	var or []string
	for range 30 {
		or = append(or, "(a and b)")
	}
	deep := "x"
	for range 60 {
		deep = "(a if " + deep + " else b)"
	}
	for _, text := range []string{"(" + strings.Join(or, " or ") + ")", deep} {
		e, err := parseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.clauses(false); err != errComplex {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	if _, err := parseExpr(strings.Repeat("(", 1000) + "a" + strings.Repeat(")", 1000)); err == nil || !strings.HasPrefix(err.Error(), "too many parentheses") {
		t.Errorf("nested: %v", err)
	}
}

func FuzzExpr(f *testing.F) {
	for _, text := range []string{
		"a", "a >= 1:2-3", "(a or (b and c >= 2))", "(a if b else (c unless d))", "((a with b < 2) or (c without d))",
		"perl(A::B)", "lib(x)(64bit)", "(a,b)", "(a and", "(a or b) c", "(((a)))",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.Bounded(t, func() {
			e, err := parseExpr(text)
			if err != nil {
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("%q: %v", text, err)
				}
				return
			}
			needs, err := e.needs()
			if err != nil {
				return
			}
			for _, n := range needs {
				for _, a := range n {
					if a.Name == "" || !strings.Contains(text, a.Name) {
						t.Errorf("%q: %q", text, a.Name)
					}
				}
			}
			if again, err := parseExpr(e.text); err != nil || again.op != e.op || len(again.args) != len(e.args) {
				t.Errorf("%q: its own text %q reads differently (%v)", text, e.text, err)
			}
		})
	})
}
