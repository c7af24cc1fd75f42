package detect

import (
	"math"
	"strconv"
	"strings"

	"github.com/constat/constat/peel"
)

// pairSpan is how far apart, in bytes, the halves of a position may stand in
// one text.
const pairSpan = 256

// pairError is how far, in degrees, a half may be from the persona's: 1e-4 is
// 11 metres, the error of cutting to 4 decimals.
const pairError = 1.01e-4

// halfHit is half of a known position, seen in the part at hand or, when the
// halves are fields of their own, in a sibling of it.
type halfHit struct {
	spelling *spelling
	parent   *peel.Part
	off, n   int
	value    degree
	joined   bool
	// For those that wait for a sibling:
	rootOff int
	rootLen int
}

// number cuts text after the number it begins with.
func number(text []byte) []byte {
	i := 0
	for i < len(text) && i < 24 && (classOf[text[i]]&isDigit != 0 || text[i] == '.' || i == 0) {
		i++
	}
	return text[:i]
}

// near reports whether a half is where the persona says: of decimals the first
// ones do not tell.
func (s *Scanner) near(h *halfHit) bool {
	if h.spelling.scaled {
		return true
	}
	lat, lon, ok := s.e.values[h.spelling.value].Coordinates()
	want := lat
	if h.spelling.axis == longitude {
		want = lon
	}
	return ok && h.value.ok && math.Abs(h.value.value-want) <= pairError
}

// pair joins the halves found in p, those from index n on, and leaves the
// others waiting for a sibling.
func (s *Scanner) pair(p *peel.Part, n int) {
	fresh := s.pairs[n:]
	for i := range fresh {
		a := &fresh[i]
		if a.spelling.axis != latitude || !s.near(a) {
			continue
		}
		best, gap := -1, pairSpan
		for j := range fresh {
			b := &fresh[j]
			if b.spelling.axis != longitude || b.spelling.value != a.spelling.value || !s.near(b) {
				continue
			}
			if d := max(a.off, b.off) - min(a.off+a.n, b.off+b.n); d >= 0 && d < gap {
				best, gap = j, d
			}
		}
		if best >= 0 {
			b := &fresh[best]
			off := min(a.off, b.off)
			end := max(a.off+len(number(p.Data[a.off:])), b.off+len(number(p.Data[b.off:])))
			s.hit(p, hit{
				off: off, n: end - off, value: a.spelling.value, method: KnownValue, grade: GradeA, confidence: 0.99, free: true,
				detail: a.spelling.detail, decimals: min(a.value.decimals, b.value.decimals), reason: reasonPair,
			})
			a.joined, b.joined = true, true
		}
	}
	// What is left may have its other half in a sibling field.
	keep := s.pairs[:n]
	for _, h := range fresh {
		if h.joined || p.Parent == nil || !s.near(&h) {
			continue
		}
		h.rootOff, h.rootLen = p.Outermost(h.off, h.n)
		for j := range keep {
			o := &keep[j]
			if !o.joined && o.parent == h.parent && o.spelling.value == h.spelling.value && o.spelling.axis != h.spelling.axis {
				if s.hit(p, hit{
					off: h.off, n: h.n, value: h.spelling.value, method: KnownValue, grade: GradeA, confidence: 0.99, free: true,
					detail: h.spelling.detail, decimals: min(o.value.decimals, h.value.decimals), reason: reasonPair,
				}) {
					s.widen(o.rootOff, o.rootLen)
				}
				o.joined, h.joined = true, true
				break
			}
		}
		if !h.joined {
			keep = append(keep, h)
		}
	}
	s.pairs = keep
}

// widen makes the last hit reach over its other half.
func (s *Scanner) widen(off, n int) {
	x := &s.hits[len(s.hits)-1]
	end := max(x.rootOff+x.rootLen, off+n)
	x.rootOff = min(x.rootOff, off)
	x.rootLen = end - x.rootOff
}

// coarse files a position with few decimals as the persona's, rounded or
// cut: with 2 decimals it is right to about a kilometre. p holds it, or its
// second half.
func (s *Scanner) coarse(p *peel.Part, lat, lon degree) bool {
	d := min(lat.decimals, lon.decimals)
	if d < 1 || d > 3 || !lat.ok || !lon.ok {
		return false
	}
	grid := math.Pow10(-d) * 1.01
	for i := range s.e.values {
		wantLat, wantLon, ok := s.e.values[i].Coordinates()
		if !ok || math.Abs(lat.value-wantLat) > grid || math.Abs(lon.value-wantLon) > grid {
			continue
		}
		h := hit{
			off: 0, n: len(p.Data), value: i, method: KnownValue, form: Truncated, grade: GradeA, confidence: 0.9, free: true,
			detail: s.e.names[i] + ", " + strconv.Itoa(d) + " decimals", decimals: d, field: len(p.Data), reason: reasonCoarse,
		}
		switch d {
		case 2:
			h.confidence = 0.8
		case 1: // 11 km: many people are there
			h.grade, h.confidence = GradeB, 0.5
		}
		return s.hit(p, h)
	}
	return false
}

// half is one half of any position, by the name of its field.
type half struct {
	parent  *peel.Part
	axis    axis
	value   degree
	rootOff int
	rootLen int
	path    string
	key     string
	data    []byte // in front of it, for Value
}

// object is the path of the object that the field at path is a member of.
func object(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// half files a field that is named for a latitude or longitude, and joins it
// with its other half in the same object. why is what an endpoint's row says
// of it. It reports whether v can be half of a position.
func (s *Scanner) half(p *peel.Part, which axis, v []byte, why string) bool {
	d := degrees(v)
	if !d.ok {
		return false
	}
	if len(s.halves) >= maxFields {
		s.crowded = true
		return true
	}
	h := half{parent: p.Parent, axis: which, value: d, path: p.Name, key: p.Key}
	h.rootOff, h.rootLen = p.Outermost(0, len(p.Data))
	for i := len(s.halves) - 1; i >= 0 && i >= len(s.halves)-8; i-- {
		o := &s.halves[i]
		if o.parent != h.parent || o.axis == h.axis || o.axis == noAxis || object(o.path) != object(h.path) {
			continue
		}
		lat, lon := o.value, h.value
		if which == latitude {
			lat, lon = lon, lat
		}
		o.axis = noAxis // used up
		ver := position(lat, lon)
		if ver.confidence == 0 {
			return true
		}
		if s.coarse(p, lat, lon) {
			s.widen(o.rootOff, o.rootLen)
			return true
		}
		end := max(h.rootOff+h.rootLen, o.rootOff+o.rootLen)
		off := min(h.rootOff, o.rootOff)
		text := append(append(append([]byte(nil), o.data...), ','), v...)
		if which == latitude {
			text = append(append(append([]byte(nil), v...), ','), o.data...)
		}
		s.file(Finding{
			Type: ver.typ, PersonaValue: -1, Method: KeyAndFormat, Form: formOf(p), Grade: GradeB, Confidence: ver.confidence,
			Reason:     ver.reason + ", under the keys '" + o.key + "' and '" + h.key + "'" + why,
			Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: off, Len: end - off, Path: h.path, Key: h.key, Value: text, Decimals: min(lat.decimals, lon.decimals),
		})
		return true
	}
	h.data = append([]byte(nil), v...)
	s.halves = append(s.halves, h)
	return true
}
