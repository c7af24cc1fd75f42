// Package shape measures how far a point on Earth is from a country.
//
// It holds outlines only, and has no opinion on borders: the outlines are
// those of the packed file, and callers subtract a margin for their
// coarseness. Distances are along great circles on a sphere of the mean
// radius 6371.0088 km (IUGG); the ellipsoid differs by at most 0.5 %.
//
// # File form
//
//	"cshp" 0x01                      magic and version
//	zstd frame (RFC 8878) of:
//	  uvarint number of arcs, then for each
//	    uvarint number of points, then for each a varint step in longitude
//	    and a varint step in latitude, in hundredths of a degree
//	  uvarint number of countries, then for each
//	    2 bytes ISO 3166-1 alpha-2 code
//	    uvarint number of rings, then for each
//	      uvarint number of arc references, then for each a varint:
//	      arc number, or its complement (-1-n) for that arc backwards
//
// Arcs are shared between neighbours, as in TopoJSON.
package shape

import (
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/constat/constat/recipient/internal/packed"
)

// EarthRadius is the mean radius of the Earth in kilometres (IUGG).
const EarthRadius = 6371.0088

const (
	magic      = "cshp\x01"
	maxPayload = 16 << 20 // bytes
	maxPoints  = 4 << 20  // over all countries, after sharing is undone
	unit       = 100      // steps per degree
)

// ErrFormat says that the bytes are not a packed outline file.
var ErrFormat = errors.New("not a packed outline file")

// Point is a place in degrees.
type Point struct{ Lat, Lon float64 }

// vec is a point on the unit sphere.
type vec struct{ x, y, z float64 }

// Set holds the outlines of countries by ISO code. It is immutable.
type Set struct {
	countries map[string][]ring
	codes     []string // sorted
}

// Codes lists the countries that have an outline, sorted. It is not to be
// changed.
func (s *Set) Codes() []string { return s.codes }

// ring is a closed line, with the first point repeated at the end.
type ring struct {
	at  []Point
	vec []vec
}

// Distance is the great-circle distance in kilometres from p to the nearest
// point of the country, 0 inside it. ok is false when there is no outline.
func (s *Set) Distance(p Point, code string) (km float64, ok bool) {
	rings := s.countries[code]
	if len(rings) == 0 {
		return 0, false
	}
	if s.Inside(p, code) {
		return 0, true
	}
	v, best := unitVec(p), -1.0
	for i := range rings {
		pts := rings[i].vec
		for j := range pts {
			best = max(best, dot(v, pts[j]))
			if j > 0 {
				best = max(best, cosToSegment(v, pts[j-1], pts[j]))
			}
		}
	}
	return EarthRadius * math.Acos(min(best, 1)), true
}

// Inside reports whether the country's outline holds p.
func (s *Set) Inside(p Point, code string) bool {
	inside := false
	for i := range s.countries[code] {
		inside = inside != s.countries[code][i].crosses(p)
	}
	return inside
}

// Between is the great-circle distance in kilometres between two points.
func Between(a, b Point) float64 {
	c := cross(unitVec(a), unitVec(b))
	return EarthRadius * math.Atan2(math.Sqrt(dot(c, c)), dot(unitVec(a), unitVec(b)))
}

// crosses reports whether a ray from p eastwards crosses the ring an odd
// number of times. Longitude and latitude are taken as plane coordinates,
// which is how the outlines were drawn (they are cut at the antimeridian).
func (r *ring) crosses(p Point) bool {
	odd := false
	for i := 1; i < len(r.at); i++ {
		a, b := r.at[i-1], r.at[i]
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) &&
			p.Lon < a.Lon+(p.Lat-a.Lat)/(b.Lat-a.Lat)*(b.Lon-a.Lon) {
			odd = !odd
		}
	}
	return odd
}

// cosToSegment is the cosine of the angle from p to the nearest inner point
// of the great-circle segment ab, or -1 if an end is nearer.
func cosToSegment(p, a, b vec) float64 {
	n := cross(a, b)
	if dot(cross(n, a), p) <= 0 || dot(cross(b, n), p) <= 0 {
		return -1
	}
	s := dot(n, p) / math.Sqrt(dot(n, n)) // sine of the angle to the great circle
	return math.Sqrt(max(0, 1-s*s))
}

func dot(a, b vec) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }

func cross(a, b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

func unitVec(p Point) vec {
	lat, lon := p.Lat*math.Pi/180, p.Lon*math.Pi/180
	return vec{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

// Decode reads a packed outline file.
func Decode(file []byte) (*Set, error) {
	payload, err := packed.Unpack(file, magic, maxPayload, ErrFormat)
	if err != nil {
		return nil, err
	}
	return decode(payload)
}

func decode(payload []byte) (*Set, error) {
	c := packed.Cursor{Buf: payload}
	arcs := make([][]Point, c.Count("number of lines"))
	for i := range arcs {
		var x, y int64
		arcs[i] = make([]Point, c.Count("number of points"))
		for j := range arcs[i] {
			x += c.Varint("a coordinate")
			y += c.Varint("a coordinate")
			if x < -180*unit || x > 180*unit || y < -90*unit || y > 90*unit {
				c.Fail("a point on Earth")
			}
			arcs[i][j] = Point{float64(y) / unit, float64(x) / unit}
		}
	}
	s := &Set{countries: map[string][]ring{}}
	points := 0
	for n := c.Count("number of countries"); n > 0 && c.Bad == ""; n-- {
		code := c.Bytes(2, "a code")
		rings := make([]ring, c.Count("number of rings"))
		for i := range rings {
			for refs := c.Count("number of lines in a ring"); refs > 0 && c.Bad == ""; refs-- {
				ref := c.Varint("number of a line")
				back := ref < 0
				if back {
					ref = ^ref
				}
				if ref >= int64(len(arcs)) {
					c.Fail("a line in the file")
					break
				}
				arc := arcs[ref]
				for j := range arc {
					p := arc[j]
					if back {
						p = arc[len(arc)-1-j]
					}
					before := len(rings[i].at)
					rings[i].add(p)
					if points += len(rings[i].at) - before; points > maxPoints {
						c.Fail("fewer points")
						break
					}
				}
			}
		}
		s.countries[string(code)] = rings
	}
	if err := c.End(ErrFormat); err != nil {
		return nil, err
	}
	s.codes = slices.Sorted(maps.Keys(s.countries))
	return s, nil
}

// add appends p to the ring. Outlines are straight in longitude and latitude
// and distances are measured to great circles, so long edges are cut: a
// piece of 2 degrees departs from the parallel by less than half a kilometre.
func (r *ring) add(p Point) {
	const longest = 2.0 // degrees
	if n := len(r.at); n > 0 {
		last := r.at[n-1]
		if last == p {
			return
		}
		far := max(math.Abs(p.Lon-last.Lon), math.Abs(p.Lat-last.Lat))
		pieces := math.Ceil(far / longest)
		for i := 1.0; i < pieces; i++ {
			f := i / pieces
			r.put(Point{last.Lat + f*(p.Lat-last.Lat), last.Lon + f*(p.Lon-last.Lon)})
		}
	}
	r.put(p)
}

func (r *ring) put(p Point) {
	r.at = append(r.at, p)
	r.vec = append(r.vec, unitVec(p))
}
