package gentoo

import (
	"io/fs"
	"maps"
	"path"
	"strings"
)

// flagsOf returns the USE flags that an ebuild is built with:
//
//   - within its build, those in the environment (PMS 11.1);
//   - those that the package is installed with, in the same version or slot, else in
//     another; and for a flag which that one did not have, the ebuild's own default;
//   - else what Portage would find: the ebuild's defaults, the profile's make.defaults
//     and package.use, and the administrator's make.conf and package.use (make.conf(5),
//     portage(5)).
//
// Last, USE in the environment adds and, with a "-", takes away, as for emerge(1).
// Forced and masked flags (use.mask and the like) are not looked at.
func (db *Database) flagsOf(e *ebuild) map[string]bool {
	env := db.setting.Env
	if env("EBUILD_PHASE") != "" && env("PF") == e.pf && (e.category == "" || env("CATEGORY") == e.category) {
		on := map[string]bool{}
		turn(on, env("USE"))
		return on
	}
	on := map[string]bool{}
	for flag := range strings.FieldsSeq(e.iuse) {
		if name, ok := strings.CutPrefix(flag, "+"); ok {
			on[name] = true
		}
	}
	if installed := db.predecessor(e); installed != nil {
		for name := range installed.known {
			on[name] = installed.on[name]
		}
		maps.Copy(on, installed.on)
	} else {
		db.configured(e, on)
	}
	turn(on, env("USE"))
	return on
}

// predecessor returns the flags of the installed package that e would take the place
// of, nil if there is none.
func (db *Database) predecessor(e *ebuild) *flags {
	slot, _ := splitSlot(e.slot)
	var best *entry
	bestFit := 0
	for _, in := range db.named[e.category+"/"+e.name] {
		fit := 1
		switch {
		case in.version == e.version:
			fit = 3
		case in.readSlot() == nil && in.slot == slot:
			fit = 2
		}
		if fit > bestFit {
			best, bestFit = in, fit
		}
	}
	if best == nil {
		return nil
	}
	flags, err := best.readFlags()
	if err != nil {
		return nil
	}
	return flags
}

// turn applies a list of flags: "ssl -doc", "-*".
func turn(on map[string]bool, list string) {
	for flag := range strings.FieldsSeq(list) {
		switch name, off := strings.CutPrefix(flag, "-"); {
		case flag == "-*":
			clear(on)
		case off:
			delete(on, name)
		default:
			on[strings.TrimPrefix(name, "+")] = true
		}
	}
}

// configured turns on what the profile and the administrator want. Settings that
// cannot be read say nothing.
func (db *Database) configured(e *ebuild, on map[string]bool) {
	values := map[string]value{}
	var packageUse []string
	for _, dir := range db.profiles() {
		db.readSettings(dir+"/make.defaults", values, on)
		packageUse = append(packageUse, dir+"/package.use")
	}
	for _, name := range []string{"etc/make.conf", "etc/portage/make.conf"} {
		db.readSettings(db.at(name), values, on)
		more, _ := fs.Glob(db.root, db.at(name)+"/*")
		for _, file := range more {
			db.readSettings(file, values, on)
		}
	}
	expandFlags(values, on)
	for _, name := range append(packageUse, db.at("etc/portage/package.use")) {
		files, _ := fs.Glob(db.root, quoted(name)+"/*")
		for _, file := range append([]string{name}, files...) {
			text, err := db.read(file)
			if err != nil {
				continue
			}
			for line := range settingLines(text) {
				db.packageUse(e, line, on)
			}
		}
	}
}

// readSettings reads assignments and applies USE. Each file adds to what USE was; any
// other variable is replaced, which for those of USE_EXPAND is not quite Portage's way.
func (db *Database) readSettings(file string, values map[string]value, on map[string]bool) {
	text, err := db.read(file)
	if err != nil || text == "" {
		return
	}
	delete(values, "USE")
	s := &shell{file: path.Base(file), text: text, line: 1, values: values}
	if s.run() == nil {
		turn(on, field{segments: values["USE"].segments}.text())
	}
}

// expandFlags makes flags of the variables that USE_EXPAND names: PYTHON_TARGETS of
// "python3_12" is python_targets_python3_12 (PMS 11.1.1).
func expandFlags(values map[string]value, on map[string]bool) {
	get := func(name string) string { return field{segments: values[name].segments}.text() }
	for name := range strings.FieldsSeq(get("USE_EXPAND")) {
		for item := range strings.FieldsSeq(get(name)) {
			turn(on, strings.ToLower(name)+"_"+item)
		}
	}
	for name := range strings.FieldsSeq(get("USE_EXPAND_UNPREFIXED")) {
		turn(on, get(name))
	}
}

// packageUse applies a line of package.use, "dev-libs/zlibx ssl -doc PYTHON_TARGETS: a",
// if it is about e.
func (db *Database) packageUse(e *ebuild, line string, on map[string]bool) {
	list := strings.Fields(line)
	a, err := parseAtom(list[0])
	if err != nil || a.name != e.category+"/"+e.name || !a.matchesVersion(e.version) {
		return
	}
	if slot, _ := splitSlot(e.slot); a.slot != "" && a.slot != slot {
		return
	}
	prefix := ""
	for _, flag := range list[1:] {
		if name, ok := strings.CutSuffix(flag, ":"); ok {
			prefix = strings.ToLower(name) + "_"
			continue
		}
		if name, off := strings.CutPrefix(flag, "-"); off && name != "*" {
			turn(on, "-"+prefix+name)
		} else if name != "*" {
			turn(on, prefix+flag)
		} else {
			maps.DeleteFunc(on, func(flag string, _ bool) bool { return strings.HasPrefix(flag, prefix) })
		}
	}
}
