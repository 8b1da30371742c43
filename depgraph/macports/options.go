package macports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// imply reads an option that brings a dependency.
func (p *portfile) imply(c command) error {
	option := c.name()
	if len(c.words) != 2 {
		return p.beyond(c.line, option, "what it does is known to Tcl alone")
	}
	value, ok := p.value(c.words[1])
	if !ok {
		return p.beyond(c.line, option, fmt.Sprintf("%q is for Tcl to read", c.words[1].text))
	}
	add := func(k depgraph.Kind, list string) {
		for _, text := range strings.Fields(list) {
			p.depends[k] = append(p.depends[k], written{text, c.line, option})
		}
	}
	spec, archive := impliedArchive[option]
	switch yes := isTrue(value); {
	case option == "fetch.type":
		add(depgraph.Fetch, impliedFetch[value])
	case archive && yes && spec != "":
		p.archive = &written{spec, c.line, option}
	case archive && (yes || p.archive != nil && p.archive.by == option):
		p.archive = nil
	case yes:
		add(depgraph.Build, impliedBuild[option])
	}
	return nil
}

// isTrue tells whether Tcl takes a word for true (string is true).
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "1", "y", "ye", "yes", "t", "tr", "tru", "true", "on":
		return true
	}
	return false
}

// assign reads a command that gives a variable its value. One whose value is for Tcl
// to know is unknown from here on.
func (p *portfile) assign(c command) {
	values := map[string]word{}
	switch words := c.words; {
	case strings.HasSuffix(words[0].text, ".setup") && len(words) > 3: // author, project, version
		values["version"] = words[3]
		if p.vars["name"] == "" {
			values["name"] = words[2]
		}
	case words[0].text == "set" && len(words) == 3:
		values[words[1].text] = words[2]
	case words[0].text != "set" && len(words) == 2:
		values[words[0].text] = words[1]
	}
	for name, w := range values {
		if text, ok := p.value(w); ok {
			p.vars[name] = text
		} else {
			delete(p.vars, name)
		}
		if name == "name" {
			p.vars["subport"] = p.vars["name"]
		}
	}
}

// choose reads default_variants: "+ssl".
func (p *portfile) choose(c command) error {
	for _, w := range c.words[1:] {
		text, ok := p.value(w)
		if !ok {
			return p.beyond(w.line, c.name(), fmt.Sprintf("%q is for Tcl to read", w.text))
		}
		for _, v := range strings.Fields(text) {
			if name, on := strings.CutPrefix(v, "+"); on && !slices.Contains(p.defaults, name) {
				p.defaults = append(p.defaults, name)
			}
		}
	}
	return nil
}

// variant keeps the body of "variant NAME... [requires …] [conflicts …] [description …]
// {body}".
func (p *portfile) variant(c command) {
	body := c.words[len(c.words)-1]
	for _, w := range c.words[1 : len(c.words)-1] {
		if w.text == "requires" || w.text == "conflicts" || w.text == "description" {
			break
		}
		p.variants[w.text] = append(p.variants[w.text], body)
	}
}
