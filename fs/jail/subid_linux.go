package jail

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"

	"github.com/depview/depview/view/capture"
)

// The files in which a user's subordinate ids are: subuid(5), subgid(5).
const (
	subUIDs = "/etc/subuid"
	subGIDs = "/etc/subgid"
)

// A run is some ids in a row.
type run struct{ first, count int }

// subordinate finds the ids of a user in the text of one of the files: lines of a
// name or number, the first id and how many. What is no such line says nothing, as
// to newuidmap(1).
func subordinate(text, name string, uid int) []run {
	var runs []run
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 3 || f[0] == "" || f[0] != name && f[0] != strconv.Itoa(uid) {
			continue
		}
		first, err1 := strconv.ParseUint(f[1], 10, 32)
		count, err2 := strconv.ParseUint(f[2], 10, 32)
		if err1 == nil && err2 == nil && count > 0 {
			runs = append(runs, run{int(first), int(count)})
		}
	}
	return runs
}

// maxRuns is how many lines a map of ids may have: user_namespaces(7).
const maxRuns = 340

// idMap has the namespace's 0 be own, and the runs follow, one after the other.
func idMap(own int, runs []run) []capture.Range {
	ranges := []capture.Range{{Inside: 0, Outside: own, Size: 1}}
	next := 1
	for _, r := range runs[:min(len(runs), maxRuns-1)] {
		ranges = append(ranges, capture.Range{Inside: next, Outside: r.first, Size: r.count})
		next += r.count
	}
	return ranges
}

// IDsOf returns the ids of a namespace that is made for a build of the user and
// group, with their subordinate ids, or without if they have not both kinds.
func IDsOf(uid, gid int) capture.IDs {
	ids, _ := readIDs(uid, gid)
	return ids
}

// readIDs is IDsOf, and tells what lacks for subordinate ids.
func readIDs(uid, gid int) (ids capture.IDs, lack *Error) {
	name := ""
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		name = u.Username
	}
	var runs [2][]run
	for i, file := range []string{subUIDs, subGIDs} {
		text, err := os.ReadFile(file)
		if err == nil {
			runs[i] = subordinate(string(text), name, uid)
		}
		if runs[i] == nil {
			return capture.Only(uid, gid), failed(howToGetIDs(name), "%s has none for user %d", file, uid)
		}
	}
	return capture.IDs{Users: idMap(uid, runs[0]), Groups: idMap(gid, runs[1])}, nil
}

func howToGetIDs(name string) string {
	if name == "" {
		name = "USER"
	}
	return fmt.Sprintf("apt install uidmap; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s, with numbers that nobody else has", name)
}

// ownIDs returns the ids of this user's builds, and what lacks for more than one.
func ownIDs() (ids capture.IDs, lack *Error) {
	uid, gid := os.Geteuid(), os.Getegid()
	ids, lack = readIDs(uid, gid)
	for _, tool := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(tool); err != nil && lack == nil {
			return capture.Only(uid, gid), failed("apt install uidmap", "there is no %s", tool)
		}
	}
	return ids, lack
}
