package pacman

import (
	"errors"
	"fmt"
	"slices"
)

// readScript reads a PKGBUILD(5).
func readScript(file, text, arch string) (*recipe, error) {
	s := newScript(file, text)
	if arch != "" {
		s.vars["CARCH"] = value{items: []item{{arch, 0}}} // makepkg.conf(5)
	}
	if _, err := s.read(span{0, len(text)}, run); err != nil {
		return nil, err
	}
	if _, ok := s.vars["pkgname"]; !ok {
		return nil, fmt.Errorf("%s: no pkgname in it", file)
	}
	r := &recipe{}
	for name, to := range map[string]*string{"pkgbase": &r.base, "pkgname": &r.name, "epoch": &r.epoch, "pkgver": &r.pkgver, "pkgrel": &r.rel} {
		v := s.vars[name]
		if len(v.items) > 0 {
			*to = v.items[0].text
		}
	}
	for _, f := range fields {
		for _, name := range slices.Compact([]string{f.name, f.name + "_" + arch}) {
			if v := s.vars[name]; v.err != nil && r.wrong == nil {
				r.wrong = s.wrong(name, v.err)
			}
			for _, i := range s.vars[name].items {
				if i.text != "" {
					r.dependencies = append(r.dependencies, dependency{name, i.text, i.line})
				}
			}
		}
	}
	return r, nil
}

// wrong says what is wrong with a field.
func (s *script) wrong(field string, err error) error {
	if at := new(located); errors.As(err, at) {
		return fmt.Errorf("%s:%d: %s: %w", s.file, at.line, field, at.error)
	}
	return fmt.Errorf("%s: %s: %w", s.file, field, err)
}
