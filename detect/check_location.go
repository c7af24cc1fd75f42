package detect

import (
	"bytes"
	"math"
	"strconv"
)

// checkHalf: one half of a position is no finding. The Scanner pairs halves
// of one object (see pairs); by itself this check rejects.
func checkHalf([]byte) verdict { return none }

// checkLatLon: "lat,lon" in decimal degrees.
func checkLatLon(v []byte) verdict { return position(latLon(v)) }

// latLon reads "lat,lon", with or without brackets; what it cannot read is
// not ok.
func latLon(v []byte) (lat, lon degree) {
	if len(v) > 2 && (v[0] == '[' || v[0] == '(') {
		v = v[1 : len(v)-1]
	}
	i := bytes.IndexAny(v, ",; ")
	if i < 1 || len(v) > 48 {
		return lat, lon
	}
	return degrees(v[:i]), degrees(trim(bytes.TrimLeft(v[i+1:], ",; ")))
}

// degree is a coordinate as written.
type degree struct {
	value    float64
	decimals int // 0 for whole degrees; E6 and E7 integers count 6
	ok       bool
}

// degrees reads decimal degrees, or an E6 or E7 integer.
func degrees(v []byte) degree {
	if len(v) == 0 || len(v) > 24 || classOf[v[0]]&isDigit == 0 && v[0] != '-' && v[0] != '+' {
		return degree{}
	}
	dot := -1
	for i, c := range v {
		switch {
		case c == '.' && dot < 0:
			dot = i
		case i > 0 && classOf[c]&isDigit == 0:
			return degree{}
		}
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return degree{}
	}
	d := degree{value: f, ok: true}
	if dot >= 0 {
		d.decimals = len(v) - dot - 1
	} else if a := math.Abs(f); a > 180e6 && a <= 1800e6 {
		d.value, d.decimals = f/1e7, 6
	} else if a > 1e5 {
		d.value, d.decimals = f/1e6, 6
	}
	return d
}

// position judges a pair: in range, not (0, 0), with at least one decimal in
// each. Three decimals are about 100 metres.
func position(lat, lon degree) verdict {
	switch {
	case !lat.ok || !lon.ok || math.Abs(lat.value) > 90 || math.Abs(lon.value) > 180,
		lat.value == 0 && lon.value == 0,
		lat.decimals == 0 || lon.decimals == 0:
		return none
	case lat.decimals >= 3 && lon.decimals >= 3:
		return verdict{0.9, "a latitude and a longitude in range, with 3 decimals or more", "location.precise"}
	}
	return verdict{0.75, "a latitude and a longitude in range, with fewer than 3 decimals", "location.coarse"}
}
