package law

import (
	"slices"

	"golang.org/x/text/language"
)

// country reports whether a code is that of a country, or of a part of one
// that a table names. Databases also write EU, AP, A1, T1, XX and ZZ, which
// are no countries and have no status.
func (b *Book) country(code string) bool {
	if len(code) != 2 {
		return false
	}
	for i := range b.territory {
		if slices.Contains(b.territory[i].codes, code) {
			return true
		}
	}
	r, err := language.ParseRegion(code)
	return err == nil && r.IsCountry() && r.String() == code && r.ISO3() != "ZZZ" && !slices.Contains(pseudo, code)
}

// pseudo are codes that x/text takes for countries and ISO 3166-1 does not.
var pseudo = []string{"EU", "EZ", "UN", "QO", "AP", "A1", "A2", "T1", "XA", "XB", "XX", "ZZ"}
