package recipient

import (
	"bufio"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/recipient/internal/shape"
)

func TestParseVantage(t *testing.T) {
	for _, c := range []struct {
		in       string
		name     string
		lat, lon float64
		radius   float64
	}{
		{"Paris", "Paris", 48.8566, 2.3522, 25},
		{" paris ±10 km ", "Paris", 48.8566, 2.3522, 10},
		{"Paris +-2.5", "Paris", 48.8566, 2.3522, 2.5},
		{"PARIS, fr", "Paris", 48.8566, 2.3522, 25},
		{"São Paulo ±0", "Sao Paulo", -23.55, -46.63, 0},
		{"San Jose, CR", "San Jose", 9.93, -84.08, 25},
		{"st louis", "St. Louis", 38.63, -90.20, 25},
		{"48.85,2.35 ±10", "48.85,2.35", 48.85, 2.35, 10},
		{"-33.9 151.2", "-33.9 151.2", -33.9, 151.2, 10},
		{"Kassel ±1500", "Kassel", 51.31, 9.48, 1500},
	} {
		v, err := ParseVantage(c.in)
		if err != nil || v.Name != c.name || v.Lat != c.lat || v.Lon != c.lon || v.RadiusKm != c.radius || v.Access != Unknown {
			t.Errorf("%q: %+v, %v", c.in, v, err)
		}
	}
	for _, in := range []string{"", "±10", "Atlantis", "San Jose", "Valencia", "Paris, US", "91,0", "0,181",
		"Paris ±30000", "Paris ±-5", "NaN,0", "48.85,2.35 ±x", "Paris ±1e9"} {
		if v, err := ParseVantage(in); err == nil {
			t.Errorf("%q is taken for %+v", in, v)
		}
	}
}

// Each city lies in or by its country, so that no row has a slipped digit.
func TestCitiesLieInTheirCountry(t *testing.T) {
	shapes := open(t).shapes()
	n := 0
	for _, same := range cities() {
		for _, c := range same {
			n++
			if km, ok := shapes.Distance(shape.Point{Lat: c.lat, Lon: c.lon}, c.country); !ok || km > 8 {
				t.Errorf("%s is %.1f km from %s (%v)", c.name, km, c.country, ok)
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d cities", n)
	}
}

// The coordinates agree with those of the time zone database.
func TestCitiesAgainstZoneTab(t *testing.T) {
	f, err := os.Open("/usr/share/zoneinfo/zone.tab")
	if err != nil {
		t.Skip("no time zone database on this machine")
	}
	defer f.Close()
	dms := regexp.MustCompile(`^([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?$`)
	degrees := func(m []string) float64 {
		n := func(s string) float64 { v, _ := strconv.ParseFloat("0"+s, 64); return v }
		return math.Copysign(n(m[1])+n(m[2])/60+n(m[3])/3600, map[string]float64{"+": 1, "-": -1}[m[0]])
	}
	compared := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		col := strings.Split(lines.Text(), "\t")
		if len(col) < 3 || strings.HasPrefix(col[0], "#") {
			continue
		}
		m := dms.FindStringSubmatch(col[1])
		at := shape.Point{Lat: degrees(m[1:5]), Lon: degrees(m[5:9])}
		name := strings.ReplaceAll(col[2][strings.LastIndexByte(col[2], '/')+1:], "_", " ")
		for _, c := range cities()[fold(name)] {
			if c.country != col[0] {
				continue
			}
			compared++
			if km := shape.Between(at, shape.Point{Lat: c.lat, Lon: c.lon}); km > 20 {
				t.Errorf("%s is %.0f km from where the time zone database has it", name, km)
			}
		}
	}
	if compared < 80 {
		t.Errorf("compared only %d cities", compared)
	}
}

func FuzzParseVantage(f *testing.F) {
	for _, s := range []string{"Paris", "Paris ±25", "48.85,2.35 ±10", "San Jose, US +-40 km", "±", ",", "1 2 +- 3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVantage(s)
		if err != nil {
			return
		}
		if !(math.Abs(v.Lat) <= 90 && math.Abs(v.Lon) <= 180 && v.RadiusKm >= 0 && v.RadiusKm <= 20016) || v.Name == "" {
			t.Fatalf("%q: %+v", s, v)
		}
	})
}
