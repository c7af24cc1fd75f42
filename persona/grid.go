package persona

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/golang/geo/s2"
)

// Grid codes name a cell of the Earth by one short text. A longer code is a
// smaller cell inside, so its length says how precisely a position is known.
const (
	geohashLetters  = "0123456789bcdefghjkmnpqrstuvwxyz" // Niemeyer 2008; geohash.org
	plusCodeLetters = "23456789CFGHJMPQRVWX"             // Open Location Code specification, 2024
)

// grids adds the codes of the cells around a position: geohashes of 5 to 12
// characters, plus codes of 8, 10 and 11 digits, S2 cells of levels 10 (10 km)
// to 30, as tokens and as numbers.
func (s *spellings) grids(lat, lon float64) {
	add := func(name, text string, radius float64) {
		n := len(s.forms)
		if s.add(name+", within "+Metres(radius), text); len(s.forms) > n {
			s.forms[n].Radius = radius
		}
	}
	for n := 5; n <= 12; n++ {
		code, radius := geohash(lat, lon, n)
		add(fmt.Sprintf("geohash of %d characters", n), code, radius)
	}
	for _, n := range []int{8, 10, 11} {
		code, radius := plusCode(lat, lon, n)
		name := fmt.Sprintf("plus code of %d digits", n)
		add(name, code, radius)
		if n > 8 {
			add(name+", local", code[4:], radius)
			s.weaken(code[4:], "it names a place only beside the name of a town")
		}
	}
	at := s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon))
	for level := 10; level <= 30; level++ {
		cell, radius := at.Parent(level), s2Radius(level)
		name := fmt.Sprintf("S2 cell of level %d", level)
		add(name, cell.ToToken(), radius)
		add(name+", number", strconv.FormatUint(uint64(cell), 10), radius)
	}
}

// weaken marks the form with that text weak.
func (s *spellings) weaken(text, why string) {
	for i := range s.forms {
		s.forms[i].weaken(text, why)
	}
}

// s2Radius is half the diagonal of the largest S2 cell of a level, in metres.
func s2Radius(level int) float64 { return s2.MaxDiagMetric.Value(level) * 6371_010 / 2 }

// metresPerDegree is of latitude, and of longitude at the equator.
const metresPerDegree = 111_320

// geohash returns the code of n characters, of 5 bits each that halve
// longitude and latitude by turns, and the distance from the middle of its
// cell to a corner.
func geohash(lat, lon float64, n int) (code string, radius float64) {
	west, east, south, north := -180.0, 180.0, -90.0, 90.0
	b := make([]byte, n)
	for i := range 5 * n {
		v, from, to := lon, &west, &east
		if i%2 == 1 {
			v, from, to = lat, &south, &north
		}
		bit := byte(0)
		if mid := (*from + *to) / 2; v >= mid {
			bit, *from = 1, mid
		} else {
			*to = mid
		}
		b[i/5] = b[i/5]<<1 | bit
	}
	for i := range b {
		b[i] = geohashLetters[b[i]]
	}
	return string(b), corner(north-south, east-west, lat)
}

// plusCode returns the Open Location Code of n digits: 8 and 10 are pairs in
// base 20, the 11th is one of 5 rows by 4 columns.
func plusCode(lat, lon float64, n int) (code string, radius float64) {
	const perLat, perLon = 8000 * 5, 8000 * 4
	x := int(math.Floor((lon + 180) * perLon))
	y := int(math.Floor((lat + 90) * perLat))
	x, y = (x+360*perLon)%(360*perLon), min(max(y, 0), 180*perLat-1)
	var d [11]byte
	d[10] = plusCodeLetters[y%5*4+x%4]
	x, y = x/4, y/5
	for i := 8; i >= 0; i -= 2 {
		d[i], d[i+1] = plusCodeLetters[y%20], plusCodeLetters[x%20]
		x, y = x/20, y/20
	}
	high, wide := 1/8000.0, 1/8000.0
	switch n {
	case 8:
		high, wide = 20*high, 20*wide
	case 11:
		high, wide = high/5, wide/4
	}
	return string(d[:8]) + "+" + string(d[8:n]), corner(high, wide, lat)
}

// corner is half the diagonal of a cell of so many degrees, in metres.
func corner(high, wide, lat float64) float64 {
	return math.Hypot(high, wide*math.Cos(lat*math.Pi/180)) * metresPerDegree / 2
}

// Metres writes a distance with two digits that count: "76 m", "2.4 km".
func Metres(m float64) string {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(m, 'g', 2, 64), 64)
	switch {
	case m < 1:
		return "1 m"
	case r < 10:
		return strconv.FormatFloat(math.Ceil(m), 'f', -1, 64) + " m"
	case r < 1000:
		return strconv.FormatFloat(r, 'f', -1, 64) + " m"
	}
	return strconv.FormatFloat(r/1000, 'f', -1, 64) + " km"
}

// Grid reads a text as a grid code, given that its field is named for one,
// and returns what code it is and how far the middle of its cell is from a
// corner at the equator, in metres. name is "" if it is none.
func Grid(text string) (name string, radius float64) {
	code := strings.ToUpper(text)
	if at := strings.IndexByte(code, '+'); at == 4 || at == 8 {
		digits := code[:at] + code[at+1:]
		if n := len(digits) + 8 - at; only(digits, plusCodeLetters) && (n == 8 || n == 10 || n == 11) {
			_, radius = plusCode(0, 0, n)
			return fmt.Sprintf("plus code of %d digits", n), radius
		}
		return "", 0
	}
	code = strings.ToLower(text)
	if len(code) >= 4 && len(code) <= 12 && only(code, geohashLetters) && strings.ContainsAny(code, geohashLetters[10:]) {
		_, radius = geohash(0, 0, len(code))
		return fmt.Sprintf("geohash of %d characters", len(code)), radius
	}
	return "", 0
}

// S2 reads the token or number of an S2 cell, given that its field is named
// for one.
func S2(text string) (name string, radius float64) {
	id := s2.CellIDFromToken(text)
	if n, err := strconv.ParseUint(text, 10, 64); err == nil && len(text) > 16 {
		id = s2.CellID(n)
	}
	if !id.IsValid() {
		return "", 0
	}
	return fmt.Sprintf("S2 cell of level %d", id.Level()), s2Radius(id.Level())
}

func only(text, letters string) bool {
	return strings.Trim(text, letters) == "" && text != ""
}
