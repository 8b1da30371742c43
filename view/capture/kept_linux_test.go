package capture

import (
	"os"
	"path/filepath"
	"testing"
)

func TestKept(t *testing.T) {
	needRoot(t)
	for name, test := range map[string]struct {
		do   func(t *testing.T, upper string)
		want Kept
	}{
		"nothing": {func(*testing.T, string) {}, Kept{}},
		"a whiteout": {func(t *testing.T, upper string) {
			device(t, upper+"/usr", "gone")
			check(t, os.Lchown(upper+"/usr/gone", 7777, 7777))
		}, Kept{}},
		"a user":    {func(t *testing.T, upper string) { check(t, os.Lchown(upper+"/usr/f", 7, 7777)) }, Kept{Owned: "/usr/f"}},
		"a group":   {func(t *testing.T, upper string) { check(t, os.Lchown(upper+"/usr", 7777, 7)) }, Kept{Owned: "/usr"}},
		"overrides": {func(t *testing.T, upper string) { setxattr(t, upper, OverrideName, "0:0:755") }, Kept{Overridden: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c := create(t)
			defer c.Close()
			check(t, os.Mkdir(c.Upper()+"/usr", 0o755))
			write(t, filepath.Join(c.Upper(), "usr/f"), "")
			for _, p := range []string{c.Dir() + "/lock", c.Dir(), c.Upper(), c.Upper() + "/usr", c.Upper() + "/usr/f"} {
				check(t, os.Chown(p, 7777, 7777))
			}
			test.do(t, c.Upper())
			if got := must(c.Kept())(t); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}
