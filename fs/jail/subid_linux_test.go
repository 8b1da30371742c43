package jail

import (
	"slices"
	"testing"

	"github.com/depview/depview/view/capture"
)

func TestSubordinate(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []run
	}{
		{"by name", "other:1:2\nbuilder:100000:65536\n", []run{{100000, 65536}}},
		{"by number", "1000:100000:65536", []run{{100000, 65536}}},
		{"both, in order", "1000:300000:10\nbuilder:100000:5\n", []run{{300000, 10}, {100000, 5}}},
		{"nobody's", "", nil},
		{"another's", "build:1:2\nbuilders:1:2\n100:1:2\n", nil},
		{"a comment", "# builder:1:2\n#builder:1:2\nbuilder:3:4\n", []run{{3, 4}}},
		{"none at all", "builder:100000:0\n", nil},
		{"malformed", "builder:1\nbuilder:x:2\nbuilder:1:-2\nbuilder:1:2:3\nbuilder:4294967296:1\n", nil},
		{"spaces and CRLF", " builder:1:2 \r\n", []run{{1, 2}}},
	} {
		if got := subordinate(c.text, "builder", 1000); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := subordinate(":1:2\n1000:3:4\n", "", 1000); !slices.Equal(got, []run{{3, 4}}) {
		t.Errorf("without a name: %v", got)
	}
}

func TestIDMap(t *testing.T) {
	got := idMap(1000, []run{{100000, 65536}, {300000, 10}})
	want := []capture.Range{{Inside: 0, Outside: 1000, Size: 1}, {Inside: 1, Outside: 100000, Size: 65536}, {Inside: 65537, Outside: 300000, Size: 10}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := idMap(1000, nil); !slices.Equal(got, want[:1]) {
		t.Errorf("without any: %v", got)
	}
	if n := len(idMap(1000, make([]run, 1000))); n != maxRuns {
		t.Errorf("%d lines", n)
	}
}
