package shape

import (
	"errors"
	"math"
	"testing"
)

// box is a country of 10 by 10 degrees with a hole of 2 by 2 in the middle.
func box(t testing.TB) *Set {
	t.Helper()
	top := Topology{
		Arcs: [][]Point{
			{{0, 0}, {0, 10}, {10, 10}},
			{{0, 0}, {10, 0}, {10, 10}},
			{{4, 4}, {4, 6}, {6, 6}, {6, 4}, {4, 4}},
		},
		Countries: map[string][][]int{"AA": {{0, ^1}, {2}}},
	}
	packed, err := top.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Decode(packed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDistance(t *testing.T) {
	s := box(t)
	degree := EarthRadius * math.Pi / 180
	for _, c := range []struct {
		name string
		at   Point
		km   float64
	}{
		{"inside", Point{2, 2}, 0},
		{"in the hole", Point{5, 5}, 0.9962 * degree},
		{"south", Point{-1, 5}, degree},
		{"corner", Point{-3, 0}, 3 * degree},
		{"west", Point{0, -90}, 90 * degree},
		{"antipode of the corner", Point{0, 180}, 165.893 * degree},
	} {
		km, ok := s.Distance(c.at, "AA")
		if !ok || math.Abs(km-c.km) > 1 {
			t.Errorf("%s: %.2f km, want %.2f", c.name, km, c.km)
		}
	}
	if _, ok := s.Distance(Point{}, "BB"); ok {
		t.Error("a country without outline has a distance")
	}
}

func TestBetween(t *testing.T) {
	// Paris to New York, 5837 km on the sphere.
	if d := Between(Point{48.8566, 2.3522}, Point{40.7128, -74.0060}); math.Abs(d-5837) > 2 {
		t.Errorf("Paris to New York: %.1f km", d)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{1, 2, 0, 0, 2, 2, 1, 'A', 'A', 1, 1, 0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := decode(payload)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		for code := range s.countries {
			if km, ok := s.Distance(Point{48, 2}, code); ok && (math.IsNaN(km) || km < 0) {
				t.Fatalf("%s: %v km", code, km)
			}
		}
	})
}
