package detect

import "golang.org/x/text/language"

// checkCountry: a country of ISO 3166-1, in two or three letters, or with a
// subdivision of ISO 3166-2.
func checkCountry(v []byte) verdict {
	n := len(v)
	if n > 6 && n < 41 { // by its name
		if letters, _ := count(v, isAlpha); letters >= n-3 && v[0]-'A' < 26 {
			return verdict{0.5, "the name of a country or region", ""}
		}
		return none
	}
	if n == 5 || n == 6 {
		if v[2] != '-' && v[2] != '_' {
			return none
		}
		n = 2
	}
	if n != 2 && n != 3 {
		return none
	}
	if r, err := language.ParseRegion(string(v[:n])); err != nil || !r.IsCountry() {
		return none
	}
	return verdict{0.75, "a country code", ""}
}
