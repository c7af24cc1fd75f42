package mitm

import (
	"strconv"

	"github.com/constat/constat/flow"
)

// version is a flow format version. Until mitmproxy 2 it was the program's
// own version, a list, read here as {major, minor}; since then it counts by
// itself, {n, -1}.
type version struct {
	major, minor int
	known        bool // a version was there
}

// newest is the last version this reader was written for (mitmproxy 11, 12).
const newest = 21

func readVersion(s *scanner, v value) version {
	if v.tag == '#' {
		n := v.integer()
		if n < 0 || n > 1<<20 {
			return version{}
		}
		return version{int(n), -1, true}
	}
	items := v.list(s)
	if len(items) < 2 {
		return version{}
	}
	major, minor := items[0].integer(), items[1].integer()
	if major < 0 || minor < 0 || major > 1<<20 || minor > 1<<20 {
		return version{}
	}
	return version{int(major), int(minor), true}
}

// release is the version's place in time.
func (v version) before(major, minor int) bool {
	return v.major < major || v.major == major && v.minor < minor
}

func (v version) String() string {
	if v.minor < 0 {
		return strconv.Itoa(v.major)
	}
	return strconv.Itoa(v.major) + "." + strconv.Itoa(v.minor)
}

// programs names the releases that write a version. Versions left out were
// written only by development builds.
var programs = map[int]string{
	7: "3 to 5.1", 8: "5.2", 9: "5.3", 10: "6", 14: "7", 15: "8.0", 17: "8.1", 18: "9", 20: "10", 21: "11 or later",
}

// creator names what wrote flows of this version.
func (v version) creator() string {
	name := "mitmproxy dump version " + v.String()
	switch p := programs[v.major]; {
	case v.minor >= 0:
		name += " (mitmproxy " + v.String() + ")"
	case p != "":
		name += " (mitmproxy " + p + ")"
	}
	return name
}

// readable reports whether the flow is of a version that can be read, and
// says so where it is not.
func (rd *reader) readable(rec *record) bool {
	v, at := rec.version, rec.flow.Source.Offset
	if !v.known {
		if rd.scanner.dmg != nil {
			return true // cut off before the version, which may stand last
		}
		rd.complain(&flow.Damage{Offset: at, Expected: "a mitmproxy flow with a version", Found: "a dictionary without",
			Remedy: "it was left out; record the dump again with mitmproxy 0.11 or later"})
		return false
	}
	if v.minor >= 0 && v.before(0, 11) {
		if !rd.refused[v.String()] {
			if len(rd.refused) < maxDamage {
				rd.refused[v.String()] = true
			}
			rd.complain(&flow.Damage{Offset: at, Expected: "a flow of dump version 0.11 or later", Found: "version " + v.String(),
				Remedy: "flows of this version are left out; load the file in mitmproxy 0.11 and save it again, or record again"})
		}
		return false
	}
	if v.minor < 0 && v.major > newest {
		rec.note("dump version " + v.String() + " is newer than this reader knows (" + strconv.Itoa(newest) + "): facts may be missing")
	}
	if !rd.named {
		rd.named = true
		if rd.opt.Wrote != nil {
			rd.opt.Wrote(v.creator())
		}
	}
	return true
}
