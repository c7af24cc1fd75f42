package differential

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// clockSlack is how far a field may lie from the capture's clock and still be
// read as the time of the exchange: devices are wrong by hours, and events wait
// in queues.
const clockSlack = 48 * time.Hour

// clock reports whether b is a time about that of the exchange: it changes
// from run to run whatever the persona is, even where it only says the day.
func clock(b []byte, at time.Time) bool {
	if at.IsZero() || len(b) < 8 || len(b) > 64 {
		return false
	}
	near := func(t time.Time) bool { return t.Sub(at).Abs() <= clockSlack }
	s := string(b)
	if c := b[0]; '0' <= c && c <= '9' {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
				if sec := f / unit; math.Abs(sec-float64(at.Unix())) <= clockSlack.Seconds() {
					return true
				}
			}
			if t, err := time.Parse("20060102150405", s); err == nil && near(t) {
				return true
			}
			t, err := time.Parse("20060102", s)
			return err == nil && near(t)
		}
	}
	if b[4] != '-' && b[3] != ',' && b[len(b)-1] != 'Z' && !strings.HasSuffix(s, "GMT") {
		return false // no date that is known here
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999-0700", time.RFC1123, time.RFC1123Z, time.RFC850, "20060102T150405Z", "20060102T150405.999Z"} {
		if t, err := time.Parse(layout, s); err == nil && near(t) {
			return true
		}
	}
	return false
}
