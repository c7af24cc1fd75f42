package detect

import (
	"bytes"
	"strconv"
)

// checkZone: a time zone: a name of the IANA database, an abbreviation, or
// the distance from UTC in hours, minutes, seconds or milliseconds.
func checkZone(v []byte) verdict {
	if ver := checkTimezone(v); ver.confidence > 0 {
		return ver
	}
	if len(v) < 2 || len(v) > 12 {
		return none
	}
	n := bytes.TrimPrefix(bytes.TrimPrefix(v, []byte("GMT")), []byte("UTC"))
	if len(n) > 0 {
		sign := n[0] == '+' || n[0] == '-'
		if sign {
			n = n[1:]
		}
		digits := bytes.ReplaceAll(n, []byte(":"), nil)
		if _, all := count(digits, isDigit); all {
			d, err := strconv.Atoi(string(digits))
			if err != nil {
				return none
			}
			switch {
			case len(digits) == 4 && d <= 1400 && d%100%15 == 0, // hours and minutes
				d%15 == 0 && d <= 14*60,                      // minutes
				d%900 == 0 && d <= 14*3600,                   // seconds
				d%900_000 == 0 && d <= 14*3600*1000 && d > 0: // milliseconds
				return verdict{0.65, "a distance from UTC", ""}
			case sign && d <= 14:
				return verdict{0.6, "a distance from UTC", ""}
			}
			return none
		}
	}
	if letters, all := count(v, isAlpha); all && letters >= 3 && letters <= 5 && v[0]-'A' < 26 && v[1]-'A' < 26 {
		return verdict{0.6, "the abbreviation of a time zone", ""}
	}
	return none
}
