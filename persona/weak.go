package persona

import (
	"fmt"
	"math"

	"github.com/constat/constat/datatype"
)

// minBits is what a text must carry, in its own alphabet, so that meeting it
// by chance in 64 MB of unrelated traffic is not to be expected: 9 digits, 8
// hexadecimal digits, 7 letters.
const minBits = 29.8

// Weak says why v is too short or too common to be searched for by itself,
// "" when it is not. A weak value still counts where its field's name says
// what it is.
func (v Value) Weak() string {
	if isLocation(v.Type) {
		lat, lon, ok := v.Coordinates()
		if ok && (decimals(lat) < 3 || decimals(lon) < 3) {
			return "fewer than 3 decimals: about 1 km or coarser"
		}
		return ""
	}
	return weakText(v.Type, v.Value)
}

// weakText applies the rule to one spelling.
func weakText(id datatype.ID, text string) string {
	switch id {
	case "contact.birthdate", "contact.gender", "contact.postcode", "network.carrier", "network.cell",
		"device.os", "device.language", "device.timezone", "device.screen":
		return "shared by many people: it counts only in a field that is named for it"
	}
	n, alphabet, size := 0, "", 0.0
	digit, hexa, letter, other := 0, 0, 0, 0
	seen := map[rune]bool{}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digit++
			hexa++
		case r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F':
			hexa++
			letter++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f:
			letter++
		default:
			other++
			continue // separators follow from the format
		}
		seen[r] = true
		n++
	}
	switch {
	case n == 0:
		return "no letters or digits"
	case digit == n:
		alphabet, size = "digits", 10
	case hexa == n && digit > 0:
		alphabet, size = "hexadecimal digits", 16
	case letter == n:
		alphabet, size = "letters", 26
	default:
		alphabet, size = "letters and digits", 36
	}
	bits := float64(n) * math.Log2(size)
	if len(seen) <= 2 && n > 2 {
		return fmt.Sprintf("only %d different characters", len(seen))
	}
	if bits < minBits {
		return fmt.Sprintf("%d %s carry about %.0f bits; 30 are needed to tell it from chance", n, alphabet, bits)
	}
	return ""
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
