package jail

import (
	"encoding/json"
	"io"
	"slices"
)

// A wirePlan is a plan as it goes to the child. Its texts go as bytes: a path or a
// variable need not be UTF-8, which JSON's texts must.
type wirePlan struct {
	Plan  Plan // without its texts
	Texts [][]byte
}

// write sends the plan.
func (p *Plan) write(w io.Writer) error {
	wire := wirePlan{Plan: *p}
	wire.Plan.Binds, wire.Plan.Argv, wire.Plan.Env = slices.Clone(p.Binds), slices.Clone(p.Argv), slices.Clone(p.Env)
	for _, t := range wire.Plan.texts() {
		wire.Texts = append(wire.Texts, []byte(*t))
		*t = ""
	}
	return json.NewEncoder(w).Encode(wire)
}

// read receives a plan.
func (p *Plan) read(r io.Reader) error {
	var wire wirePlan
	if err := json.NewDecoder(r).Decode(&wire); err != nil {
		return err
	}
	*p = wire.Plan
	for i, t := range p.texts() {
		if i == len(wire.Texts) {
			return io.ErrUnexpectedEOF
		}
		*t = string(wire.Texts[i])
	}
	return nil
}

// texts lists every text of a plan.
func (p *Plan) texts() []*string {
	list := []*string{&p.Upper, &p.Scratch, &p.Home, &p.Dir, &p.Mountpoint}
	for i := range p.Binds {
		list = append(list, &p.Binds[i].Source, &p.Binds[i].Target)
	}
	for i := range p.Argv {
		list = append(list, &p.Argv[i])
	}
	for i := range p.Env {
		list = append(list, &p.Env[i])
	}
	return list
}
