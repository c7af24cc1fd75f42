package recipient

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/recipient/internal/shape"
	"github.com/constat/constat/recipient/statement"
)

// The bounds of a path. A signal cannot go faster than light in vacuum; in
// glass it goes at about two thirds of that (refraction 1.5).
const (
	vacuumKmPerMs = 299.792458
	fibreFactor   = 1.5

	// Margins taken off every distance before it accuses anybody: half a
	// per cent for the sphere that is not one, 25 km for coarse outlines
	// and coasts.
	ellipsoid = 0.995
	outlineKm = 25.0

	// pointKm is taken off the distance to a point that a code stands for: a
	// machine room can be well outside the city or airport that names it.
	pointKm = 75.0
)

// Bounds gives the shortest round trips, in milliseconds, in which light
// could reach the country from anywhere in the vantage's disc and return: in
// vacuum and in glass. Zero means that distance says nothing. ok is false
// for a country without outline.
func (b *Book) Bounds(from Vantage, country string) (strict, fibre float64, ok bool) {
	km, ok := b.distance(from.point(), country)
	if !ok {
		return 0, 0, false
	}
	strict = max(0, 2*(ellipsoid*km-outlineKm-from.RadiusKm)/vacuumKmPerMs)
	return strict, strict * fibreFactor, true
}

type distanceKey struct {
	from    shape.Point
	country string
}

func (b *Book) distance(from shape.Point, country string) (float64, bool) {
	key := distanceKey{from, country}
	if km, ok := b.distances.Load(key); ok {
		return km.(float64), true
	}
	km, ok := b.shapes().Distance(from, country)
	if ok {
		b.distances.Store(key, km)
	}
	return km, ok
}

// exclusion is what one sighting says of one country.
type exclusion struct {
	ruling  Ruling // ImpossibleStrict, ImpossibleFibre or Undetermined
	because string // empty when the sighting says nothing
}

// exclude asks one sighting whether what answered can have been in a country.
func (b *Book) exclude(s *Sighting, layer statement.Layer, country string) exclusion {
	r, class := s.sample(layer)
	switch {
	case s.From == nil:
		if r == nil {
			return exclusion{Undetermined, ""}
		}
		return exclusion{Undetermined, "a round trip was measured, but not where from: declare the vantage of the capture"}
	case r == nil && layer == statement.Edge && (s.TCP.valid() || s.Connect.valid()):
		return exclusion{Undetermined, "only a connect time without the server's proof of its key, which anyone on the path can cause: not used"}
	case r == nil:
		return exclusion{Undetermined, ""}
	}
	subject, object := r.subject(class)
	strict, fibre, ok := b.Bounds(*s.From, country)
	if !ok {
		return exclusion{Undetermined, "no outline of " + country + ": distance says nothing"}
	}
	took := ms(r.bound())
	said := fmt.Sprintf("%s in %.1f ms (%s", subject, ms(r.D), class)
	if r.Resolution >= 10*time.Microsecond { // finer steps do not show in what is printed
		said += fmt.Sprintf(", clock step %.3g ms", ms(r.Resolution))
	}
	said += "); from " + s.From.String() + ","
	switch {
	case took < strict:
		return exclusion{ImpossibleStrict, fmt.Sprintf("%s light in vacuum needs at least %.1f ms to reach %s and return: %s in %s",
			said, strict, country, object, country)}
	case took < fibre && s.From.terrestrial():
		return exclusion{ImpossibleFibre, fmt.Sprintf("%s light in glass (refraction %.1f) needs at least %.1f ms to reach %s and return, access being declared %s: %s in %s",
			said, fibreFactor, fibre, country, s.From.Access, object, country)}
	case took < fibre:
		return exclusion{Undetermined, fmt.Sprintf("%s only a straight path at the speed of light in vacuum would reach %s (%.1f ms; %.1f ms in glass)",
			said, country, strict, fibre)}
	}
	return exclusion{Undetermined, fmt.Sprintf("%s light needs %.1f ms to reach %s and return: the time neither supports nor excludes it", said, strict, country)}
}

// sample is what bounds the machine of a layer.
func (s *Sighting) sample(layer statement.Layer) (*Sample, string) {
	if layer == statement.Answer {
		return s.computed()
	}
	return s.Best()
}

// subject names what answered, at its instant, and says what it then was not:
// the object of a verdict is an endpoint or a reply, never "the data".
func (r *Sample) subject(class string) (subject, object string) {
	subject, object = "the endpoint", "that endpoint was not"
	verb := " answered"
	switch class {
	case "TLS":
		subject += " that proved possession of the key"
		if r.Host != "" {
			subject += " for " + r.Host
		}
	case "first byte":
		subject, object = "a reply computed for the request", "that reply was not computed"
		verb = " began"
		if r.Host != "" {
			subject += " to " + r.Host
		}
	}
	if !r.At.IsZero() {
		subject += " in the exchange of " + r.At.UTC().Format("2006-01-02 15:04:05.000 UTC")
	}
	return subject + verb, object
}

// physics joins the sightings. One machine is excluded by any vantage that
// excludes it; an address that answers from many places only where every
// vantage does.
func (b *Book) physics(seen []Sighting, layer statement.Layer, country string, anycast bool) (Ruling, []string) {
	ruling, weakest := Undetermined, ImpossibleStrict
	var because []string
	for i := range seen {
		x := b.exclude(&seen[i], layer, country)
		if x.because != "" && !slices.Contains(because, x.because) {
			because = append(because, x.because)
		}
		if rank(x.ruling) > rank(ruling) {
			ruling = x.ruling
		}
		if rank(x.ruling) < rank(weakest) {
			weakest = x.ruling
		}
	}
	slices.Sort(because)
	if anycast && len(seen) > 0 {
		ruling = weakest
	}
	return ruling, because
}

func rank(r Ruling) int {
	switch r {
	case ImpossibleStrict:
		return 2
	case ImpossibleFibre:
		return 1
	}
	return 0
}

// beyond reports whether a point lies outside what the sightings allow the edge. What
// is asked of one machine is asked of every sighting; an address that answers
// from many places is beyond only where it is so for all.
func beyond(seen []Sighting, at shape.Point, margin float64, anycast bool) bool {
	some, all := false, true
	for i := range seen {
		r, _ := seen[i].Best()
		from := seen[i].From
		out := r != nil && from != nil &&
			ellipsoid*shape.Between(from.point(), at)-margin > r.reach(from.RadiusKm)
		some, all = some || out, all && out
	}
	if anycast {
		return some && all
	}
	return some
}

// alone reports whether physics leaves the edge no country on Earth but this
// one: by light in vacuum and by proofs of the key alone. Territories without
// an outline of their own count as points with a radius.
func (b *Book) alone(seen []Sighting, country string, anycast bool) bool {
	proved := make([]Sighting, 0, len(seen))
	for _, s := range seen {
		if s.TLS.valid() && s.From != nil {
			proved = append(proved, Sighting{From: s.From, TLS: s.TLS})
		}
	}
	if len(proved) == 0 || !b.outlined(country) {
		return false
	}
	excluded := func(code string) bool {
		r, _ := b.physics(proved, statement.Edge, code, anycast)
		return r == ImpossibleStrict
	}
	if excluded(country) {
		return false
	}
	dotted := map[string]bool{country: true}
	for _, d := range b.dots {
		if d.country != country && !beyond(proved, d.at, d.radius+outlineKm, anycast) {
			return false
		}
		dotted[d.country] = true
	}
	for _, code := range b.shapes().Codes() {
		if !dotted[code] && !excluded(code) {
			return false
		}
	}
	return true
}

func (b *Book) outlined(country string) bool {
	return slices.Contains(b.shapes().Codes(), country)
}

// apart reports whether two sightings of one address cannot be of one
// machine: their circles do not meet, so the address answers from several
// places.
func apart(a, b *Sighting) bool {
	ra, okA := a.Within()
	rb, okB := b.Within()
	return okA && okB && shape.Between(a.From.point(), b.From.point()) > ra+rb
}

// circles says in words where physics leaves the edge.
func circles(seen []Sighting) []string {
	var out []string
	for i := range seen {
		if km, ok := seen[i].Within(); ok {
			line := fmt.Sprintf("within %.0f km of %s", km, strings.TrimSpace(seen[i].From.Name))
			if !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	slices.Sort(out)
	return out
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
