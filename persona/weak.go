package persona

import (
	"math"

	"github.com/constat/constat/datatype"
)

// minBits is what a text must carry, in its own alphabet, so that meeting it
// by chance in 64 MB of unrelated traffic is not to be expected: 9 digits, 8
// hexadecimal digits, 7 letters (TestChance).
const minBits = 29.8

// Weak says why v is too short or too common to be searched for by itself,
// "" when it is not. A weak value still counts where its field's name says
// what it is. Judge says more.
func (v Value) Weak() string {
	if isLocation(v.Type) {
		lat, lon, ok := v.Coordinates()
		if ok && (decimals(lat) < 3 || decimals(lon) < 3) {
			return faults["coarse"].Why
		}
		return ""
	}
	return weakText(v.Type, v.Value)
}

// weakText is Weak for one spelling.
func weakText(id datatype.ID, text string) string {
	if f, weak := weakness(id, text); weak {
		return f.Why
	}
	return ""
}

// weakness is what keeps one spelling from being searched for by itself.
func weakness(id datatype.ID, text string) (Fault, bool) {
	switch id {
	case "contact.birthdate", "contact.gender", "contact.postcode", "network.carrier", "network.cell",
		"device.os", "device.language", "device.timezone", "device.screen":
		return faults["shared"], true
	}
	c := newSpelt(text)
	n := len(c.text)
	switch {
	case n == 0:
		return faults["empty"], true
	case c.kinds <= 2 && n > 2:
		return faults["plain"], true
	case float64(n)*c.each < minBits:
		return faults["short"], true
	case isTime(text):
		return faults["time"], true
	}
	return Fault{}, false
}

// isTime reports whether text reads as a Unix time of these decades: seconds
// from 1.4e9 (2014) to 2.1e9 (2036), or the same in milliseconds.
func isTime(text string) bool {
	if len(text) != 10 && len(text) != 13 {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text[:2] >= "14" && text[:2] <= "20"
}

// decimals counts the decimals that deg needs, up to 6.
func decimals(deg float64) int {
	for d := range 6 {
		if scaled := deg * math.Pow10(d); math.Abs(scaled-math.Round(scaled)) < 1e-9*math.Pow10(d) {
			return d
		}
	}
	return 6
}
