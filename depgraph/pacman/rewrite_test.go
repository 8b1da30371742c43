package pacman

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

func TestJavaDefault(t *testing.T) {
	files := map[string]string{
		"usr/lib/jvm/default -> java-21-openjdk": "", "usr/lib/jvm/default-runtime -> java-21-openjdk": "",
	}
	for name, java := range map[string]string{
		"jdk21-openjdk":    "usr/lib/jvm/java-21-openjdk/bin/java",
		"jdk17-openjdk":    "usr/lib/jvm/java-17-openjdk/bin/java",
		"jre8-openjdk":     "usr/lib/jvm/java-8-openjdk/jre/bin/java",
		"jdk8-openjdk":     "usr/lib/jvm/java-8-openjdk/bin/java",
		"java-environment": "usr/lib/jvm/readme",
	} {
		entry(files, name+" 1-1", nil, java)
		files[java] = ""
	}
	db := open(t, files)
	for names, want := range map[string]string{
		"jdk21-openjdk jdk17-openjdk": "",
		"jdk17-openjdk jre8-openjdk":  "default -> java-17-openjdk, default-runtime -> java-17-openjdk",
		"jre8-openjdk":                "default -> java-8-openjdk/jre, default-runtime -> java-8-openjdk/jre",
		"jdk8-openjdk jre8-openjdk":   "default -> java-8-openjdk, default-runtime -> java-8-openjdk/jre",
		"java-environment":            "",
	} {
		visible := func(p *depgraph.Package) bool { return slices.Contains(strings.Fields(names), p.Name) }
		owners := func(path string) (list []*depgraph.Package) {
			for _, p := range db.Packages() {
				if paths, _ := db.Files(p); visible(p) && slices.Contains(paths, path) {
					list = append(list, p)
				}
			}
			return list
		}
		rewrites, err := db.Rewrites(visible, owners)
		var got []string
		for _, r := range rewrites {
			got = append(got, fmt.Sprintf("%s -> %s", strings.TrimPrefix(r.Path, "/usr/lib/jvm/"), r.Link))
		}
		if slices.Sort(got); err != nil || strings.Join(got, ", ") != want {
			t.Errorf("%s: %q (%v), want %s", names, got, err, want)
		}
	}
}
