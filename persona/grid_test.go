package persona

import "testing"

// TestGridCodes: geohash.org's own example; the Open Location Code test data
// (encoding.csv); S2 against the library's published examples.
func TestGridCodes(t *testing.T) {
	for _, c := range []struct {
		lat, lon float64
		n        int
		want     string
	}{{57.64911, 10.40744, 11, "u4pruydqqvj"}, {48.858370, 2.294481, 9, "u09tunqu9"}, {-25.382708, -49.265506, 8, "6gkzwgjz"}} {
		if got, _ := geohash(c.lat, c.lon, c.n); got != c.want {
			t.Errorf("geohash of %v, %v: %s, want %s", c.lat, c.lon, got, c.want)
		}
	}
	for _, c := range []struct {
		lat, lon float64
		n        int
		want     string
	}{
		{20.3700625, 2.7821875, 10, "7FG49QCJ+2V"}, {20.3701125, 2.782234375, 11, "7FG49QCJ+2VX"}, {47.0000625, 8.0000625, 10, "8FVC2222+22"},
		{-41.2730625, 174.7859375, 10, "4VCPPQGP+Q9"}, {47.365590, 8.524997, 10, "8FVC9G8F+6X"}, {47.365590, 8.524997, 8, "8FVC9G8F+"}, {90, 1, 10, "CFX3X2X2+X2"},
	} {
		if got, _ := plusCode(c.lat, c.lon, c.n); got != c.want {
			t.Errorf("plus code of %v, %v: %s, want %s", c.lat, c.lon, got, c.want)
		}
	}
}

func TestGridForms(t *testing.T) {
	want := map[string]string{
		"u09tunq":             "geohash of 7 characters, within 91 m",
		"8FW4V75V+8Q":         "plus code of 10 digits, within 9 m",
		"V75V+8Q":             "plus code of 10 digits, local, within 9 m",
		"47e66fe1":            "S2 cell of level 14, within 470 m",
		"5180951437578851793": "S2 cell of level 30, number, within 1 m",
	}
	for _, f := range (Value{Type: "location.precise", Value: "48.858370,2.294481"}).Forms("") {
		if name, ok := want[f.Text]; ok {
			if f.Name != name || f.Radius == 0 {
				t.Errorf("%s: %q, radius %v, want %q", f.Text, f.Name, f.Radius, name)
			}
			delete(want, f.Text)
		}
		if (f.Text == "u09tu" || f.Text == "47e66f" || f.Text == "V75V+8Q") && f.Weak == "" {
			t.Errorf("%s is not weak", f.Text)
		}
	}
	for text := range want {
		t.Errorf("no form %s", text)
	}
}

func TestGridNames(t *testing.T) {
	for text, want := range map[string]string{
		"u09tunq": "geohash of 7 characters", "8FW4V75V+8Q": "plus code of 10 digits", "V75V+8QX": "plus code of 11 digits", "8fw4v75v+": "plus code of 8 digits",
		"1234567": "", "paris": "", "a+b": "", "u09tunqu9xxxxx": "", "": "",
	} {
		if got, r := Grid(text); got != want || (r > 0) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, r, want)
		}
	}
	for text, want := range map[string]string{"47e66fe1": "S2 cell of level 14", "5180951433494659072": "S2 cell of level 14", "zz": "", "": "", "X": "", "1234": "S2 cell of level 5"} {
		if got, _ := S2(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
