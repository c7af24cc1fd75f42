package detect

import "time"

// birthLayouts are read strictly; ambiguous orders both count as a date.
var birthLayouts = []string{"2006-01-02", "20060102", "2006/01/02", "02/01/2006", "01/02/2006", "02.01.2006", "02-01-2006", "01-02-2006",
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000Z07:00"}

// checkDate: a calendar date of a living person's birth.
func checkDate(v []byte) verdict {
	if len(v) < 8 || len(v) > 30 || classOf[v[0]]&isDigit == 0 {
		return none
	}
	text := string(v)
	for _, layout := range birthLayouts {
		if d, err := time.Parse(layout, text); err == nil && d.Year() >= 1900 && d.Year() <= 2030 {
			return verdict{0.8, "a calendar date", ""}
		}
	}
	return none
}
