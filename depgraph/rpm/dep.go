package rpm

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A sense is how a version is meant, and the bits of a dependency's flags that say it
// (rpmsenseFlags in include/rpm/rpmds.h).
type sense uint32

const (
	less    sense = 1 << 1
	greater sense = 1 << 2
	equal   sense = 1 << 3
	senses        = less | greater | equal

	flagMissingOK = 1 << 19 // a Requires that may be missing
	flagRPMLib    = 1 << 24 // on a feature of rpm itself
	flagConfig    = 1 << 28 // config(NAME)
)

// operators holds what rpm takes for a comparison: ReqComparisons in lib/rpmds.c.
var operators = map[string]sense{
	"<=": less | equal, "=<": less | equal, "<": less,
	"==": equal, "=": equal,
	">=": greater | equal, "=>": greater | equal, ">": greater,
}

func (s sense) String() string {
	var b strings.Builder
	for i, sign := range []sense{less, greater, equal} {
		if s&sign != 0 {
			b.WriteByte("<>="[i])
		}
	}
	return b.String()
}

// A dep is one capability, with a version or without: "name", "name >= 1.0-1".
type dep struct {
	name  string
	sense sense
	evr   string
}

// String is the spelling of rpm -q --requires.
func (d dep) String() string {
	if d.sense == 0 || d.evr == "" {
		return d.name
	}
	return d.name + " " + d.sense.String() + " " + d.evr
}

// provide makes depgraph's form of a capability that a package provides. Its version
// has the operator in front where that is another than "=".
func (d dep) provide() depgraph.Provide {
	switch {
	case d.sense == 0 || d.evr == "":
		return depgraph.Provide{Name: d.name}
	case d.sense == equal:
		return depgraph.Provide{Name: d.name, Version: d.evr}
	}
	return depgraph.Provide{Name: d.name, Version: d.sense.String() + " " + d.evr}
}

// provided reads the version of a provide back.
func provided(v *depgraph.Provide) dep {
	if i := strings.IndexByte(v.Version, ' '); i > 0 && operators[v.Version[:i]] != 0 {
		return dep{v.Name, operators[v.Version[:i]], v.Version[i+1:]}
	}
	return dep{v.Name, equal, v.Version}
}

// accepts judges a package of that name, or that provides it, by version. Either side
// may leave the version out, and then they agree: rpmdsCompare in lib/rpmds.c.
func (d dep) accepts(p *depgraph.Package, v *depgraph.Provide) bool {
	have := dep{d.name, equal, p.Version}
	if v != nil {
		have = provided(v)
	}
	return d.sense == 0 || d.evr == "" || have.evr == "" || overlap(have, d)
}

// overlap tells whether some version is in both ranges. A version without a release
// stands for any release where its own side includes equality: rpmverOverlap in
// lib/rpmver.c.
func overlap(a, b dep) bool {
	epochA, versionA, releaseA := version.SplitRPM(a.evr)
	epochB, versionB, releaseB := version.SplitRPM(b.evr)
	order := version.RPM(epochA+":"+versionA, epochB+":"+versionB)
	switch {
	case order != 0:
	case releaseA != "" && releaseB != "":
		order = version.RPM(":-"+releaseA, ":-"+releaseB)
	case releaseA != "" && b.sense&equal != 0, releaseB != "" && a.sense&equal != 0:
		return true
	}
	switch {
	case order < 0:
		return a.sense&greater != 0 || b.sense&less != 0
	case order > 0:
		return a.sense&less != 0 || b.sense&greater != 0
	}
	return a.sense&b.sense != 0
}

// holds tells whether p provides d, by its name or another.
func (d dep) holds(p *depgraph.Package) bool {
	if (p.OwnName() == d.name || bareName(p) == d.name) && d.accepts(p, nil) {
		return true
	}
	for i := range p.Provides {
		if v := &p.Provides[i]; v.Name == d.name && d.accepts(p, v) {
			return true
		}
	}
	return false
}

// bareName is what rpm calls a package of ours, whatever else is installed.
func bareName(p *depgraph.Package) string {
	if d, ok := p.Detail.(*detail); ok {
		return d.name
	}
	return p.OwnName()
}

// capabilities reads three tags of a header: names, versions, and flags. A tag that is
// shorter than the names has nothing for the rest, as for rpm.
func (h header) capabilities(names, versions, flags tag) (list []dep, bits []uint32, err error) {
	all, err := h.texts(names)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	evrs, err := h.texts(versions)
	numbers, err2 := h.numbers(flags)
	if err := cmp.Or(err, err2); err != nil {
		return nil, nil, err
	}
	list, bits = make([]dep, len(all)), make([]uint32, len(all))
	copy(bits, numbers)
	for i, name := range all {
		list[i].name = name
		if i < len(evrs) && evrs[i] != "" {
			list[i].evr, list[i].sense = evrs[i], sense(bits[i])&senses
		}
	}
	return list, bits, nil
}

// evr joins the parts of a version.
func evr(epoch *uint32, version, release string) string {
	s := version
	if release != "" {
		s += "-" + release
	}
	if epoch != nil && *epoch != 0 {
		s = fmt.Sprintf("%d:%s", *epoch, s)
	}
	return s
}
