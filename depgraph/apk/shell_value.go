package apk

import "strings"

// A value is what a variable holds, in pieces that tell their lines.
type value struct {
	line    int // of the assignment
	pieces  []piece
	unknown string // on what the value hangs, where it is not known
}

type piece struct {
	text string
	line int // that the text begins on
}

func textValue(text string) value { return value{pieces: []piece{{text, 0}}} }

func (v value) text() string {
	if len(v.pieces) == 1 {
		return v.pieces[0].text
	}
	var b strings.Builder
	for _, p := range v.pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// words divides a value into words, with the line of each.
func (v value) words() (found []token) {
	open := false
	for _, p := range v.pieces {
		line := p.line
		for text := p.text; text != ""; {
			end := strings.IndexAny(text, " \t\n")
			if end < 0 {
				end = len(text)
			}
			if word := text[:end]; word != "" {
				if !open {
					found = append(found, token{line: line, word: true})
				}
				found[len(found)-1].text += word
				open = true
			}
			if end < len(text) {
				open = false
				if text[end] == '\n' {
					line++
				}
				end++
			}
			text = text[end:]
		}
	}
	return found
}
