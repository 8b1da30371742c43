package record

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaOf reads a JSON Schema, whose formats are asserted.
func schemaOf(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.AssertContent()
	schema, err := c.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// valid checks that text is one JSON value by the schema, and decodes it.
func valid(t testing.TB, schema *jsonschema.Schema, text string, v any) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = schema.Validate(value)
	}
	if err == nil && v != nil {
		err = json.Unmarshal([]byte(text), v)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

const reportSchema = "../../contrib/report.schema.json"

func TestReportJSON(t *testing.T) {
	var got jsonReport
	schema := schemaOf(t, reportSchema)
	events := eventful()
	events[2].Asked = "/usr/./include/oniguruma.h"
	events[2].Time = time.Date(2026, 2, 3, 5, 5, 7, 5, time.FixedZone("", 3600))
	valid(t, schema, written(t, reportOf(t, everything(), events...), "json", Details{}), &got)
	if got.Version != 1 || len(got.Undeclared) != 4 || len(got.Denied) != 2 || len(got.Absent.Findings) != 1 || got.Lost != 17 || got.Unused[0] != "libz-dev" {
		t.Errorf("%+v", got)
	}
	run := got.Runs[0]
	if run.Mode != "hide" || run.Phase != "build" || run.Argv[1] != "all" || run.Started != "2026-02-03T04:05:00Z" || run.Ended != "2026-02-03T04:05:09Z" || *run.Status != 2 {
		t.Errorf("%+v", run)
	}
	g := got.Undeclared[1]
	if g.Rank != "would have been read" || g.Declare != "Build-Depends: libonig-dev" || g.Owners[0] != "libonig-dev" {
		t.Errorf("%+v", g)
	}
	f := g.Findings[1]
	if f.Path != "/usr/include/oniguruma.h" || f.What != AHeader || f.Asked != "/usr/./include/oniguruma.h" || f.Rank != "would have been read" || f.Confirmed ||
		f.By.Exe != "/usr/bin/cc1" || len(f.By.Argv) != 3 || f.By.PID != 812 || f.By.Time != "2026-02-03T04:05:07.000000005Z" {
		t.Errorf("%+v", f)
	}
	if optional := got.Undeclared[3].Findings[0]; optional.OptionalFor != "dpkg-dev" || optional.Rank != "probed" {
		t.Errorf("%+v", optional)
	}
	if d := got.Denied[0]; d.Path != "/usr/local/x" || d.Phase != "build" || d.Count != 3 || d.Errno != "EROFS" || d.Syscall != "mkdirat" || d.By.PID != 40 {
		t.Errorf("%+v", d)
	}
}

// An empty report has every list, and a run that goes on has no end.
func TestReportJSONEmpty(t *testing.T) {
	schema := schemaOf(t, reportSchema)
	empty := written(t, &Report{}, "json", Details{})
	valid(t, schema, empty, nil)
	if strings.Contains(empty, "null") {
		t.Error(empty)
	}
	var got jsonReport
	valid(t, schema, written(t, reportOf(t, Options{}, Event{Kind: Start, Mode: Hide, Time: time.Unix(1, 0)}), "json", Details{}), &got)
	if run := got.Runs[0]; run.Ended != "" || run.Status != nil {
		t.Errorf("%+v", run)
	}
}

// A path of any bytes is read back as it was.
func TestReportJSONBytes(t *testing.T) {
	for _, path := range []string{"/a\xffb", "/\u202eb\x00\x7f\u0085\U0001f4a9\U000e0001\u2028", "/<&>\\\"\n", "/\ufffd"} {
		var got jsonReport
		text := written(t, reportOf(t, Options{}, hidden(Undeclared, path, "p")), "json", Details{})
		valid(t, schemaOf(t, reportSchema), text, &got)
		if f := got.Undeclared[0].Findings[0]; string(f.Path) != path {
			t.Errorf("%q came back as %q", path, f.Path)
		}
	}
}

// The schema is no rubber stamp.
func TestReportSchema(t *testing.T) {
	schema := schemaOf(t, reportSchema)
	good := written(t, reportOf(t, everything(), eventful()...), "json", Details{})
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`}, {`"rank": "probed"`, `"rank": "wanted"`}, {`"what": "header"`, `"what": "headers"`},
		{`"count": 3`, `"count": 0`}, {`"lost": 17`, `"lost": -1`}, {`"2026-02-03T04:05:00Z"`, `"2026-02-03"`}, {`"findings": [`, `"paths": [`},
		{`"path": "/opt/left.h"`, `"path": {"base64": "?"}`}, {`"path": "/opt/left.h"`, `"path": 1`}, {`"status": 2`, `"state": 2`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil || bad == good {
			t.Fatalf("%s: %v", change, err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("a report with %s is valid", change[1])
		}
	}
}

// schemas are read once: a fuzzer asks for them often.
var schemas = func() func(t testing.TB) compiled {
	var c compiled
	return func(t testing.TB) compiled {
		if c.report == nil {
			c = compiled{schemaOf(t, reportSchema), schemaOf(t, sarifExcerpt)}
		}
		return c
	}
}()

type compiled struct{ report, sarif *jsonschema.Schema }
