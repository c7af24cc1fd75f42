package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

func TestMapHasEachCountry(t *testing.T) {
	for _, code := range []string{"FR", "CN", "US", "SG", "HK", "MT", "IE", "FI", "TW", "MO"} {
		if _, ok := pointOf()[code]; !ok || outlineOf()[code] == "" {
			t.Errorf("%s has no point or no outline", code)
		}
	}
	for code, at := range pointOf() {
		if d := outlineOf()[code]; d == "" && code != "AQ" {
			t.Errorf("%s at %v has no outline", code, at)
		}
	}
	out := page1(t, "en")
	for _, r := range newView(sketch(t), "en").ByCountry() {
		if !strings.Contains(out, fmt.Sprintf(">%s %s %d<", r.Standing.Sign(), r.Code, r.Items)) {
			t.Errorf("no mark for %s", r.Code)
		}
	}
	if strings.Contains(render(t, func(w io.Writer) error {
		d := sketch(t)
		d.Groups = nil
		return HTML(w, d, Options{})
	}), "map-t") {
		t.Error("a map without countries")
	}
}

// TestMapStandings: what may be said of a place shows in the sign, in the fill
// and in words, in both languages.
func TestMapStandings(t *testing.T) {
	d := sketch(t)
	d.Vantage = &audit.Vantage{Name: "Paris", Lat: 48.86, Lon: 2.35, Radius: 25, Access: "unknown"}
	d.Recipients[0].Addresses = []audit.Address{{IP: "192.0.2.1", Within: 640}, {IP: "192.0.2.2", Within: 655}, {IP: "192.0.2.3"}, {IP: "192.0.2.4", Within: 1200}, {IP: "192.0.2.5", Within: 15000}}
	places := []struct{ place, sign, name string }{
		{"impossible (strict)", "×", "excluded"}, {"undetermined", "○", "open"}, {"consistent (weak)", "◐", "consistent"}, {"established", "●", "established"},
	}
	codes := []string{"US", "CN", "SG", "FR"}
	d.Groups = nil
	for i, p := range places {
		d.Groups = append(d.Groups, audit.Group{DataType: "device.mac", Recipient: d.Recipients[0].ID, Count: i + 1,
			Examples: []audit.Transfer{{Recipient: audit.RecipientRef{Country: codes[i], Place: p.place}}}})
	}
	for _, lang := range Languages() {
		v := newView(d, lang)
		out := string(mapChart(v))
		for i, p := range places {
			for _, want := range []string{
				fmt.Sprintf(">%s %s %d<", p.sign, codes[i], i+1), "m-" + p.name, esc(v.T("map." + p.name)),
			} {
				if !strings.Contains(out, want) {
					t.Errorf("%s: nothing says %q", lang, want)
				}
			}
		}
		if n := strings.Count(out, `class="circle"`); n != 2 { // 655 and 1,200
			t.Errorf("%d circles, want 2", n)
		}
		if strings.Contains(out, "map.") {
			t.Errorf("%s: a message is missing", lang)
		}
		for dec := xml.NewDecoder(strings.NewReader("<div>" + strings.ReplaceAll(out, "&emsp;", " ") + "</div>")); ; {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", lang, err)
			}
		}
	}
}

// TestRing: every point of a circle is as far from its centre as it says, also
// where it runs over the edge of the map or round a pole.
func TestRing(t *testing.T) {
	rad := math.Pi / 180
	for _, c := range []struct{ lat, lon, km float64 }{{48.86, 2.35, 600}, {-18.1, 178.4, 2000}, {78.2, 15.6, 3000}, {1.3, 103.8, 9000}} {
		for _, part := range strings.FieldsFunc(ring(c.lat, c.lon, c.km), func(r rune) bool { return r == 'M' || r == 'L' }) {
			var x, y float64
			if _, err := fmt.Sscan(part, &x, &y); err != nil {
				t.Fatal(err)
			}
			lat, lon := -y/10*rad, x/10/squeeze*rad
			h := math.Pow(math.Sin((lat-c.lat*rad)/2), 2) + math.Cos(lat)*math.Cos(c.lat*rad)*math.Pow(math.Sin((lon-c.lon*rad)/2), 2)
			if km := 2 * 6371.0088 * math.Asin(math.Sqrt(h)); math.Abs(km-c.km) > 15 {
				t.Errorf("%v: a point at %.0f km", c, km)
			}
		}
	}
}
