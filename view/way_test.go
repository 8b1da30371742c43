package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/depview/depview/view"
)

// Each test is a world as in verdicts, and paths with the names on their way:
//
//	= PATH STEP…
//
// in which a step is PATH:VERDICT with, at its end, `?` where nothing is, `!` where
// the view has nothing, and `>LINK` for a link, with `(HOST)` where the root's leads
// elsewhere. Parts of the way are divided by `|`: what comes before the path, the
// path, and what comes after it.
var ways = `
name names and no links
file /usr/bin/cc
base gcc /usr/bin/cc
out  jq /usr/bin/jq
= /usr/bin/cc  /usr:base /usr/bin:base | /usr/bin/cc:base |
= //usr/./bin//cc  /usr:base /usr/bin:base | /usr/bin/cc:base |
= /usr/bin/jq  /usr:base /usr/bin:base | /usr/bin/jq:undeclared? |
= /usr/bin/..  /usr:base /usr/bin:base | /usr:base |
= /usr/bin/  /usr:base | /usr/bin:base |
= /  | /:base |
= /..  | /:base |

name two dots mean the parent of what was come to
file /data/real/x /data/y /y
link /short /data/real
base b /data/real/x /data/y
= /short/x  /short:base>/data/real /data:base /data/real:base | /data/real/x:base |
= /short/../y  /short:base>/data/real /data:base /data/real:base | /data/y:base |
= /short  | /short:base>/data/real | /data:base /data/real:base
= /short/  /short:base>/data/real /data:base | /data/real:base |
= /none/../y  /none:stray? | /y:stray |

name a chain to its end
file /usr/bin/gcc-12
link /usr/bin/cc /etc/alternatives/cc
link /etc/alternatives/cc /usr/bin/gcc
link /usr/bin/gcc gcc-12
base gcc /usr/bin/gcc
tree /etc
out  gcc-12 /usr/bin/gcc-12
= /usr/bin/cc  /usr:base /usr/bin:base | /usr/bin/cc:base>/etc/alternatives/cc | /etc:base /etc/alternatives:base /etc/alternatives/cc:base>/usr/bin/gcc /usr:base /usr/bin:base /usr/bin/gcc:base>gcc-12 /usr/bin/gcc-12:undeclared

name a hidden directory does not end the way
file /opt/secret/x
link /opt/secret/in /usr
base b /usr/file
= /opt/secret/in/file  /opt:stray /opt/secret:base /opt/secret/in:base>/usr /usr:base? | /usr/file:base? |

name a loop ends
link /a b
link /b a
= /a  | /a:stray>b | /b:stray>a /a:stray>b /b:stray>a …

name what stands in
file /usr/bin/mawk /usr/bin/gawk /usr/bin/real /etc/status /etc/gone
link /etc/awk /usr/bin/gawk
link /usr/bin/nawk gawk
base b /usr/bin/mawk /etc/status /usr/bin/real /etc/gone
out  o /usr/bin/gawk
put /etc/awk link /usr/bin/mawk
put /usr/bin/tool from /usr/bin/real
put /etc/status data
put /etc/gone gone
= /etc/awk  /etc:base | /etc/awk:base>/usr/bin/mawk(/usr/bin/gawk) | /usr:base /usr/bin:base /usr/bin/mawk:base
= /usr/bin/tool  /usr:base /usr/bin:base | /usr/bin/tool:base |
= /etc/status  /etc:base | /etc/status:base |
= /etc/gone  /etc:base | /etc/gone:base! |

name what is mounted over is not looked at
link /tmp/x /etc/passwd
mount /tmp
= /tmp/x/y  /tmp:rule /tmp/x:rule | /tmp/x/y:rule |
`

func TestWay(t *testing.T) {
	for test := range strings.SplitSeq(ways, "\nname ") {
		name, body, _ := strings.Cut(test, "\n")
		if strings.TrimSpace(name) == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			var questions [][]string
			for line := range strings.Lines(body) {
				if f := strings.Fields(line); len(f) > 0 && f[0] == "=" {
					questions = append(questions, f[1:])
				} else if len(f) > 0 {
					w.line(t, f)
				}
			}
			v := w.view(t)
			for _, q := range questions {
				way, err := v.Way(q[0])
				if err != nil {
					t.Fatalf("%s: %v", q[0], err)
				}
				got, want := wayText(way), strings.Join(q[1:], " ")
				if begin, cut := strings.CutSuffix(want, "…"); got != want && (!cut || !strings.HasPrefix(got, begin) || len(got) > 2000) {
					t.Errorf("%s:\n got %s\nwant %s", q[0], got, want)
				}
			}
		})
	}
}

func wayText(way view.Way) string {
	var parts []string
	for _, steps := range [][]view.Step{way.Before, {way.Step}, way.After} {
		for _, s := range steps {
			text := fmt.Sprintf("%s:%s", s.Path, s.Answer.Verdict)
			if s.Err != nil {
				text += "?"
			}
			if s.Gone {
				text += "!"
			}
			if s.Link != "" {
				text += ">" + s.Link
			}
			if s.Host != "" {
				text += "(" + s.Host + ")"
			}
			parts = append(parts, text)
		}
		parts = append(parts, "|")
	}
	return strings.Join(parts[:len(parts)-1], " ")
}
