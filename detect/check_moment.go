package detect

import (
	"strconv"
	"time"
)

// checkMoment: a point in time: Unix seconds, milliseconds, microseconds or
// nanoseconds from 2008 to 2038, or a date and time of RFC 3339.
func checkMoment(v []byte) verdict {
	if len(v) < 10 || len(v) > 35 || classOf[v[0]]&isDigit == 0 {
		return none
	}
	digits := v
	for i, c := range v {
		if c == '.' && i == 10 {
			digits = v[:i]
			break
		}
	}
	if _, all := count(digits, isDigit); all {
		n, err := strconv.ParseInt(string(digits), 10, 64)
		if err != nil {
			return none
		}
		for n >= 1e11 {
			n /= 1000
		}
		if n < 1_199_145_600 || n > 2_145_916_800 {
			return none
		}
		return verdict{0.7, "a point in time", ""}
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05.000-0700", "2006-01-02T15:04:05-0700"} {
		if _, err := time.Parse(layout, string(v)); err == nil {
			return verdict{0.75, "a date and time", ""}
		}
	}
	return none
}
