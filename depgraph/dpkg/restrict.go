package dpkg

import (
	"slices"
	"strings"
)

// applies tells whether a build on architecture arch with the given profiles
// asks for t at all.
func (t *term) applies(arch string, profiles []string) bool {
	return concerned(arch, t.archs) && profiled(profiles, t.profiles)
}

// concerned evaluates an architecture list, [amd64 linux-any !i386]: the first
// word that settles it does; one that is refused lets all others in (policy 7.1,
// Dpkg::Arch::debarch_is_concerned).
func concerned(arch string, list []string) bool {
	in := len(list) == 0
	for _, word := range list {
		word = strings.ToLower(word)
		if refused, not := strings.CutPrefix(word, "!"); not {
			if archIs(arch, refused) {
				return false
			}
			in = true
		} else if archIs(arch, word) {
			return true
		}
	}
	return in
}

// profiled evaluates a restriction formula, <!nocheck> <cross !stage1>: one of
// the lists has to hold, and a list holds where all its words do
// (deb-src-control(5), https://wiki.debian.org/BuildProfileSpec).
func profiled(active []string, formula [][]string) bool {
	return len(formula) == 0 || slices.ContainsFunc(formula, func(list []string) bool {
		return !slices.ContainsFunc(list, func(word string) bool {
			name, not := strings.CutPrefix(word, "!")
			return slices.Contains(active, name) == not
		})
	})
}

// archIs tells whether arch is name or matches it as a wildcard (policy 11.1.1).
func archIs(arch, name string) bool {
	if arch == name || name == "any" {
		return true
	}
	wildcard := strings.Split(name, "-")
	if !slices.Contains(wildcard, "any") || len(wildcard) > 4 {
		return false
	}
	// abi-libc-os-cpu; what is left out in front is any
	for len(wildcard) < 4 {
		wildcard = append([]string{"any"}, wildcard...)
	}
	for i, word := range archTuple(arch) {
		if wildcard[i] != "any" && wildcard[i] != word {
			return false
		}
	}
	return true
}

// archTuple returns ABI, C library, kernel and processor of an architecture: the
// table /usr/share/dpkg/tupletable.
func archTuple(arch string) [4]string {
	if tuple, ok := oddTuples[arch]; ok {
		return tuple
	}
	if i := strings.LastIndexByte(arch, '-'); i >= 0 {
		if system, ok := systems[arch[:i]]; ok {
			return [4]string{"base", system[0], system[1], arch[i+1:]}
		}
	}
	return [4]string{"base", "gnu", "linux", arch}
}

// oddTuples are the architectures that name more than system and processor.
var oddTuples = map[string][4]string{
	"armel":              {"eabi", "gnu", "linux", "arm"},
	"armhf":              {"eabihf", "gnu", "linux", "arm"},
	"arm64ilp32":         {"ilp32", "gnu", "linux", "arm64"},
	"mips64":             {"abi64", "gnu", "linux", "mips64"},
	"mips64el":           {"abi64", "gnu", "linux", "mips64el"},
	"mips64r6":           {"abi64", "gnu", "linux", "mips64r6"},
	"mips64r6el":         {"abi64", "gnu", "linux", "mips64r6el"},
	"mipsn32":            {"abin32", "gnu", "linux", "mips64"},
	"mipsn32el":          {"abin32", "gnu", "linux", "mips64el"},
	"mipsn32r6":          {"abin32", "gnu", "linux", "mips64r6"},
	"mipsn32r6el":        {"abin32", "gnu", "linux", "mips64r6el"},
	"powerpcspe":         {"spe", "gnu", "linux", "powerpc"},
	"x32":                {"x32", "gnu", "linux", "amd64"},
	"kfreebsd-armhf":     {"eabihf", "gnu", "kfreebsd", "arm"},
	"musl-linux-armhf":   {"eabihf", "musl", "linux", "arm"},
	"uclibc-linux-armel": {"eabi", "uclibc", "linux", "arm"},
	"uclinux-armel":      {"eabi", "uclibc", "uclinux", "arm"},
}

// systems are the C library and kernel of architectures named SYSTEM-PROCESSOR.
var systems = map[string][2]string{
	"aix":          {"sysv", "aix"},
	"darwin":       {"bsd", "darwin"},
	"dragonflybsd": {"bsd", "dragonflybsd"},
	"freebsd":      {"bsd", "freebsd"},
	"hurd":         {"gnu", "hurd"},
	"kfreebsd":     {"gnu", "kfreebsd"},
	"knetbsd":      {"gnu", "knetbsd"},
	"kopensolaris": {"gnu", "kopensolaris"},
	"mint":         {"tos", "mint"},
	"musl-linux":   {"musl", "linux"},
	"netbsd":       {"bsd", "netbsd"},
	"openbsd":      {"bsd", "openbsd"},
	"solaris":      {"sysv", "solaris"},
	"uclibc-linux": {"uclibc", "linux"},
	"uclinux":      {"uclibc", "uclinux"},
}
