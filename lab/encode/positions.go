package encode

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// placed is a step for a latitude and a longitude.
func placed(name string, text bool, f func(r *rand.Rand, lat, lon float64) []byte) Step {
	return Step{Name: name, Text: text, Structure: true, Fits: position, do: func(r *rand.Rand, in []byte) []byte {
		a, b, _ := strings.Cut(string(in), ",")
		lat, _ := strconv.ParseFloat(a, 64)
		lon, _ := strconv.ParseFloat(b, 64)
		return f(r, lat, lon)
	}}
}

// minutes is an angle as NMEA 0183 writes it: degrees and minutes.
func minutes(x float64, digits int, sides string) string {
	side := sides[0]
	if x < 0 {
		x, side = -x, sides[1]
	}
	return fmt.Sprintf("%0*d%09.6f,%c", digits, int(x), (x-math.Floor(x))*60, side)
}

// positions are how programs write where a phone is, other than as two
// numbers with a comma between them.
var positions = []Step{
	placed("position, longitude first", true, func(_ *rand.Rand, lat, lon float64) []byte {
		return fmt.Appendf(nil, `{"type":"Point","coordinates":[%.6f,%.6f]}`, lon, lat) // RFC 7946
	}),
	placed("position, two numbers", true, func(_ *rand.Rand, lat, lon float64) []byte {
		return fmt.Appendf(nil, `{"lat":%.6f,"acc":12.5,"lng":%.6f}`, lat, lon)
	}),
	placed("position, four decimals", true, func(_ *rand.Rand, lat, lon float64) []byte {
		return fmt.Appendf(nil, `{"latitude":%.4f,"longitude":%.4f}`, lat, lon)
	}),
	placed("position, in ten-millionths", true, func(_ *rand.Rand, lat, lon float64) []byte {
		return fmt.Appendf(nil, `{"latitudeE7":%d,"longitudeE7":%d}`, int64(math.Round(lat*1e7)), int64(math.Round(lon*1e7)))
	}),
	placed("position, in millionths", true, func(_ *rand.Rand, lat, lon float64) []byte {
		return fmt.Appendf(nil, "lat_e6=%d&lon_e6=%d", int64(math.Round(lat*1e6)), int64(math.Round(lon*1e6)))
	}),
	placed("position, doubles", false, func(_ *rand.Rand, lat, lon float64) []byte {
		out := binary.LittleEndian.AppendUint64([]byte{1<<3 | 1}, math.Float64bits(lat))
		return binary.LittleEndian.AppendUint64(append(out, 2<<3|1), math.Float64bits(lon))
	}),
	placed("nmea", true, func(_ *rand.Rand, lat, lon float64) []byte {
		s := "GPGGA,101530.00," + minutes(lat, 2, "NS") + "," + minutes(lon, 3, "EW") + ",1,08,0.9,45.1,M,46.9,M,,"
		sum := byte(0)
		for _, c := range []byte(s) {
			sum ^= c
		}
		return fmt.Appendf(nil, "$%s*%02X\r\n", s, sum)
	}),
}
