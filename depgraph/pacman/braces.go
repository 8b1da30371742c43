package pacman

import (
	"fmt"
	"strings"
)

// braces makes a word several: a{b,c}d is abd and acd (bash(1), "Brace Expansion").
// What is quoted, or in ${…}, is left alone.
func (s *script) braces(raw string) ([]string, error) {
	const many = 4096
	if !strings.Contains(raw, "{") {
		return []string{raw}, nil
	}
	if err := s.deeper(0); err != nil {
		return nil, unknownWord(raw)
	}
	defer s.back()
	before, choices, after, err := s.splitBraces(raw)
	if err != nil || choices == nil {
		return []string{raw}, err
	}
	ends, err := s.braces(after)
	if err != nil {
		return nil, err
	}
	var words []string
	for _, choice := range choices {
		inner, err := s.braces(choice)
		if err != nil {
			return nil, err
		}
		for _, in := range inner {
			for _, end := range ends {
				s.step(len(before) + len(in) + len(end))
				if words = append(words, before+in+end); len(words) > many || s.err != nil {
					return nil, fmt.Errorf("%w", unknownWord(raw))
				}
			}
		}
	}
	return words, nil
}

// splitBraces finds the first list in braces. Without one, there are no choices.
func (s *script) splitBraces(raw string) (before string, choices []string, after string, err error) {
	part := &script{text: raw}
	var open []int   // where braces are open
	var commas []int // in the first of them
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '{':
			open = append(open, i)
		case c == ',' && len(open) == 1:
			commas = append(commas, i)
		case c == '}' && len(open) == 1 && len(commas) > 0:
			from := open[0]
			before, after = raw[:from], raw[i+1:]
			for _, comma := range append(commas, i) {
				choices = append(choices, raw[from+1:comma])
				from = comma
			}
			return before, choices, after, nil
		case c == '}' && len(open) > 0:
			if strings.Contains(raw[open[len(open)-1]:i], "..") {
				return "", nil, "", unknownWord(raw) // a sequence
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				commas = nil
			}
		}
		s.step(1)
		end, err := part.charEnd(i, len(raw))
		if err != nil {
			return "", nil, "", unknownWord(raw)
		}
		i = end
	}
	if len(open) > 0 && strings.Contains(raw[open[0]:], ",") {
		return "", nil, "", unknownWord(raw)
	}
	return "", nil, "", nil
}
