package persona

import (
	"math"
	"strconv"
	"strings"
)

// Coordinates returns the latitude and longitude, in decimal degrees, of a
// location written "lat,lon"; ok is false for other values.
func (v Value) Coordinates() (lat, lon float64, ok bool) {
	a, b, ok := strings.Cut(v.Value, ",")
	if !ok || !isLocation(v.Type) {
		return 0, 0, false
	}
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	ok = err1 == nil && err2 == nil && math.Abs(lat) <= 90 && math.Abs(lon) <= 180
	return lat, lon, ok
}

// location adds each half as written, with 6, 5 and 4 decimals, cut and
// rounded, and as integers of micro- and 1e-7 degrees (E6, E7); and the
// joint spellings in both orders, which matter for digests.
func (s *spellings) location(v Value) {
	lat, lon, ok := v.Coordinates()
	if !ok {
		return
	}
	a, b, _ := strings.Cut(v.Value, ",")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	s.add("latitude first", a+","+b)
	s.add("longitude first", b+","+a)
	s.add("latitude first, space", a+", "+b)
	for _, d := range []int{6, 5, 4} {
		x, y := round(lat, d), round(lon, d)
		s.add(strconv.Itoa(d)+" decimals, latitude first", x+","+y)
		s.add(strconv.Itoa(d)+" decimals, longitude first", y+","+x)
	}
	for _, half := range []struct {
		axis, text string
		deg        float64
	}{{"lat", a, lat}, {"lon", b, lon}} {
		s.half(half.axis, "as written", half.text)
		for _, d := range []int{6, 5, 4} {
			s.half(half.axis, strconv.Itoa(d)+" decimals, rounded", round(half.deg, d))
			s.half(half.axis, strconv.Itoa(d)+" decimals, cut", cut(half.deg, d))
		}
		for _, e := range []int{6, 7} {
			scaled := half.deg * math.Pow10(e)
			name := "E" + strconv.Itoa(e)
			s.half(half.axis, name, strconv.FormatInt(int64(math.Round(scaled)), 10))
			s.half(half.axis, name+", cut", strconv.FormatInt(int64(scaled), 10))
		}
	}
	if v.Weak() == "" {
		s.grids(lat, lon)
	}
}

// minHalf is the shortest half of a location worth a pattern, in bytes.
const minHalf = 6

func (s *spellings) half(axis, name, text string) {
	n := len(s.forms)
	if len(text) < minHalf {
		return
	}
	if s.add(name, text); len(s.forms) > n {
		s.forms[n].Axis = axis
	}
}

func round(deg float64, decimals int) string { return strconv.FormatFloat(deg, 'f', decimals, 64) }

func cut(deg float64, decimals int) string {
	text := strconv.FormatFloat(deg, 'f', 9, 64)
	return text[:len(text)-9+decimals]
}
