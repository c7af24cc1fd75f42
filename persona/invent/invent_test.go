package invent

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"maps"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/persona"
)

func seeded(n int) io.Reader {
	var key [32]byte
	copy(key[:], strconv.Itoa(n))
	return mathrand.NewChaCha8(key)
}

// few are the types of which there are too few values to be drawn anew each
// time; the file says so of each.
var few = []datatype.ID{"contact.birthdate", "contact.phone", "social.contact_phone"}

// TestEveryValueIsStrong makes 500 people: what is written is read back, every
// value is strong and valid, and no two people share one.
func TestEveryValueIsStrong(t *testing.T) {
	owner := map[string]int{}
	regions := []string{"FR", "", "GB", "US", "DE", "CN"}
	for seed := range 500 {
		o := Options{Region: regions[seed%len(regions)], Lang: []string{"en", "fr"}[seed/len(regions)%2], Near: "48.85,2.35"}
		d, err := New(seeded(seed), o)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := d.Write(&file); err != nil {
			t.Fatal(err)
		}
		p, err := persona.Parse(&file, "persona.toml")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if made := d.Persona(); !slices.Equal(made.Values, p.Values) || p.Region != o.Region {
			t.Fatalf("seed %d: written %+v\nread %+v", seed, made.Values, p.Values)
		}
		kinds := map[datatype.ID]bool{}
		for i, j := range p.Judge(nil) {
			v := p.Values[i]
			kinds[v.Type] = true
			switch {
			case v.Type == "contact.birthdate":
				if j.Verdict == persona.Refused {
					t.Errorf("seed %d: %s %q: %s", seed, v.Type, v.Value, j.Why())
				}
			case j.Verdict != persona.Strong || j.Bits < 29.8 || j.Use != persona.Everywhere:
				t.Errorf("seed %d: %s %q is %s (%.1f bits): %s", seed, v.Type, v.Value, j.Verdict, j.Bits, j.Why())
			}
			if slices.Contains(few, v.Type) {
				continue
			}
			if other, taken := owner[v.Value]; taken {
				t.Errorf("seeds %d and %d share the %s %q", other, seed, v.Type, v.Value)
			}
			owner[v.Value] = seed
		}
		if want := len(planted) + len(contactTypes); o.Region == "FR" && len(kinds) != want {
			t.Errorf("seed %d: %d types of values, want %d", seed, len(kinds), want)
		}
		if o.Region != "FR" && kinds["contact.phone"] {
			t.Errorf("seed %d: a telephone number for %q", seed, o.Region)
		}
	}
	if len(owner) < 500*17 {
		t.Errorf("only %d values", len(owner))
	}
}

// TestRandomness: what a value draws is 30 bits or more, counted from how it
// is made rather than from how it looks.
func TestRandomness(t *testing.T) {
	syllable := math.Log2(float64(len(onsets) * len(vowels) * len(codas)))
	digit := math.Log2(10)
	for name, bits := range map[string]float64{
		"address":   4*syllable + 2*digit,
		"user name": 3*syllable + 4*digit,
		"family":    4 * syllable,
		"two words": 4 * syllable,
		"Wi-Fi":     3*syllable + 3*digit,
		"position":  2 * math.Log2(2*radius*1e6),
		"password":  4 * (math.Log2(23) + 2*math.Log2(31) + math.Log2(31)), // case aside
	} {
		if bits < 30 {
			t.Errorf("%s: %.1f bits", name, bits)
		}
	}
	// No syllable can be read as two others, or words of n syllables would be
	// fewer than counted.
	r := &draw{r: seeded(1)}
	seen := map[string]bool{}
	for range 200_000 {
		seen[r.word(2)] = true
	}
	if all := math.Exp2(2 * syllable); float64(len(seen)) < 0.98*all*(1-math.Exp(-200_000/all)) {
		t.Errorf("%d different words of %.0f", len(seen), all)
	}
}

func TestPositionIsNear(t *testing.T) {
	for seed, near := range []string{"48.85,2.35", "-33.9,151.2", "0,180", "64.1,-179.999"} {
		d, err := New(seeded(seed), Options{Near: near, Types: []datatype.ID{"location.precise"}})
		if err != nil {
			t.Fatal(err)
		}
		lat, lon, _ := (persona.Value{Type: "location.precise", Value: near}).Coordinates()
		gotLat, gotLon, ok := d.Persona().Values[0].Coordinates()
		east := math.Abs(gotLon - lon)
		east = math.Min(east, 360-east) * math.Cos(lat*math.Pi/180)
		if !ok || math.Abs(gotLat-lat) > radius || east > radius*1.01 || gotLat == lat {
			t.Errorf("near %s: %s", near, d.Items[0].Value)
		}
	}
}

func TestOptions(t *testing.T) {
	d, err := New(rand.Reader, Options{Types: []datatype.ID{"contact.phone", "contact.email", "device.imei"}, Phone: "+33 6 71 20 94 38", MailDomain: "Mail.Fr"})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Items) != 3 || !strings.HasSuffix(d.Items[0].Value, "@mail.fr") || d.Items[1].Value != "+33 6 71 20 94 38" || d.Items[2].Value != "" {
		t.Errorf("%+v", d.Items)
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Types: []datatype.ID{"contact.emial"}}, `did you mean "contact.email"?`},
		{Options{Types: []datatype.ID{"device.model"}}, "no persona is made of"},
		{Options{Region: "XX"}, "no country code"},
		{Options{MailDomain: "a b"}, "no domain"},
		{Options{MailDomain: `x"y.fr`}, "no domain"},
		{Options{MailDomain: "localhost"}, "no domain"},
		{Options{Phone: "12"}, "country code"},
		{Options{Phone: "06 71 20 94 38"}, "country code"},
		{Options{Near: "Paris"}, "decimal degrees"},
		{Options{Near: "90,0"}, "decimal degrees"},
	} {
		if _, err := New(rand.Reader, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.o, err, c.want)
		}
	}
	boom := errors.New("boom")
	if _, err := New(iotest.ErrReader(boom), Options{}); !errors.Is(err, boom) {
		t.Errorf("without randomness: %v", err)
	}
	if _, err := New(zeros{}, Options{}); err == nil {
		t.Error("a persona out of zeros")
	}
}

// zeros is a source of randomness that is broken.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestLanguages: both say the same things.
func TestLanguages(t *testing.T) {
	en, fr := load("en"), load("fr")
	for name, pair := range map[string][2]map[string]string{
		"Text": {en.Text, fr.Text}, "Label": {en.Label, fr.Label}, "Where": {en.Where, fr.Where},
	} {
		a, b := slices.Sorted(maps.Keys(pair[0])), slices.Sorted(maps.Keys(pair[1]))
		if !slices.Equal(a, b) {
			t.Errorf("%s: en has %v, fr has %v", name, a, b)
		}
		for k := range pair[0] {
			if strings.Count(pair[0][k], "%") != strings.Count(pair[1][k], "%") {
				t.Errorf("%s.%s: other arguments", name, k)
			}
		}
	}
	for _, w := range []*words{en, fr} {
		for _, typ := range Types() {
			if w.Label[string(typ)] == "" || w.Where[string(typ)] == "" && !slices.Contains(contactTypes, typ) {
				t.Errorf("%s: no label, or nothing about where", typ)
			}
		}
	}
}
