package recipient

import "testing"

func TestCountryOf(t *testing.T) {
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]string{
		"Paris": "FR", "Singapore": "SG", "Geneva": "CH", "Hong Kong": "HK",
		"48.86,2.35": "FR", "48.86,2.35 ±25": "FR",
		"46.20,6.14 ±25":   "", // Geneva: France is within the disc
		"48.86,2.35 ±1500": "", // western Europe
		"0,-30 ±10":        "", // in the Atlantic
	} {
		v, err := ParseVantage(place)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := b.CountryOf(v); got != want {
			t.Errorf("%s: %q, want %q", place, got, want)
		}
	}
}
