package recipient

import "strings"

// parts are codes whose outline is that of the whole state (internal/pack).
const parts = "GF GP MQ RE YT BQ SJ BV AX EH"

// CountryOf is the country that a vantage lies in: of a known city its own;
// of a point the one that the whole disc can lie in. "" when the disc touches
// several, or none: a default must not be a guess.
func (b *Book) CountryOf(v Vantage) string {
	for _, c := range cities()[fold(v.Name)] {
		if c.lat == v.Lat && c.lon == v.Lon {
			return c.country
		}
	}
	found := ""
	for i := range 26 * 26 {
		code := string([]byte{byte('A' + i/26), byte('A' + i%26)})
		if km, ok := b.distance(v.point(), code); !ok || km > v.RadiusKm || strings.Contains(parts, code) {
			continue
		}
		if found != "" {
			return ""
		}
		found = code
	}
	return found
}
