package recipient

import (
	"cmp"
	"fmt"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/internal/shape"
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
)

// Sighting is one address as seen from one vantage: the shortest round trip
// of each class. Classes are kept apart because different parties may have
// answered.
type Sighting struct {
	From *Vantage // nil: not declared, and then no delay says anything

	TLS       *flow.RTT // a holder of the key answered: the class to rely on
	Connect   *flow.RTT // TCP, and TLS in some writers' meaning: counts like TCP, since none says which
	TCP       *flow.RTT // anyone on the path may have answered: see PathChecked
	FirstByte *flow.RTT // bounds where a reply was computed; says nothing of the edge

	// PathChecked says that the capture was examined for middleboxes and
	// answering VPN services and none was found. Only then TCP and Connect
	// count: a wrong "impossible" is worse than ten needless "undetermined".
	PathChecked bool
}

// Add folds the times of one exchange in, keeping the shortest valid sample
// of each class. A sample is dropped when it was not measured on a leg that
// ends at the server, or is not longer than the step of its clock: zero and
// negative times are reused connections and broken clocks, not nearness.
func (s *Sighting) Add(t flow.Timing) {
	s.TLS = shorter(s.TLS, t.TLS)
	s.Connect = shorter(s.Connect, t.Connect)
	s.TCP = shorter(s.TCP, t.TCP)
	s.FirstByte = shorter(s.FirstByte, t.FirstByte)
}

func shorter(a, b *flow.RTT) *flow.RTT {
	switch {
	case !valid(b):
		return a
	case !valid(a) || compare(b, a) < 0:
		c := *b
		return &c
	}
	return a
}

// compare orders samples by what they bound, then by everything else, so that
// the order in which they come does not show.
func compare(a, b *flow.RTT) int {
	return cmp.Or(cmp.Compare(bound(a), bound(b)), cmp.Compare(a.Resolution, b.Resolution),
		cmp.Compare(a.Leg, b.Leg), cmp.Compare(a.Basis, b.Basis))
}

func valid(r *flow.RTT) bool {
	return r != nil && r.D > 0 && r.Resolution >= 0 && r.D > r.Resolution &&
		(r.Leg == flow.Direct || r.Leg == flow.Outer)
}

// bound is the longest that the true round trip can have been.
func bound(r *flow.RTT) time.Duration { return r.D + r.Resolution }

// Best is the sample that bounds the edge, and its class; nil if none does.
func (s *Sighting) Best() (r *flow.RTT, class string) {
	for _, c := range []struct {
		r     *flow.RTT
		class string
		use   bool
	}{{s.TLS, "TLS", true}, {s.Connect, "connect", s.PathChecked}, {s.TCP, "TCP", s.PathChecked}} {
		if c.use && valid(c.r) && (r == nil || bound(c.r) < bound(r)) {
			r, class = c.r, c.class
		}
	}
	return r, class
}

// Within is the distance in kilometres from the vantage's centre beyond
// which the edge cannot have been. ok is false when nothing bounds it.
func (s *Sighting) Within() (km float64, ok bool) {
	r, _ := s.Best()
	if r == nil || s.From == nil {
		return 0, false
	}
	return ms(bound(r))*vacuumKmPerMs/2/ellipsoid + s.From.RadiusKm, true
}

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

func (b *Book) exclude(s *Sighting, country string) exclusion {
	r, class := s.Best()
	switch {
	case s.From == nil:
		if r == nil {
			return exclusion{Undetermined, ""}
		}
		return exclusion{Undetermined, "a round trip was measured, but not where from: declare the vantage of the capture"}
	case r == nil && (valid(s.TCP) || valid(s.Connect)):
		return exclusion{Undetermined, "only a connect time without the server's proof of its key, which anyone on the path can cause: not used"}
	case r == nil:
		return exclusion{Undetermined, ""}
	}
	strict, fibre, ok := b.Bounds(*s.From, country)
	if !ok {
		return exclusion{Undetermined, "no outline of " + country + ": distance says nothing"}
	}
	took := ms(bound(r))
	said := fmt.Sprintf("%s round trip of %.1f ms from %s", class, ms(r.D), s.From)
	if r.Resolution > 0 {
		said += fmt.Sprintf(", clock step %.3g ms", ms(r.Resolution))
	}
	switch {
	case took < strict:
		return exclusion{ImpossibleStrict, fmt.Sprintf("%s: light in vacuum needs at least %.1f ms to reach %s and return", said, strict, country)}
	case took < fibre && s.From.terrestrial():
		return exclusion{ImpossibleFibre, fmt.Sprintf("%s: light in glass (refraction %.1f) needs at least %.1f ms to reach %s and return; access declared %s",
			said, fibreFactor, fibre, country, s.From.Access)}
	case took < fibre:
		return exclusion{Undetermined, fmt.Sprintf("%s: only a straight path at the speed of light in vacuum would reach %s (%.1f ms; %.1f ms in glass)",
			said, country, strict, fibre)}
	}
	return exclusion{Undetermined, fmt.Sprintf("%s neither supports nor excludes %s (light needs %.1f ms)", said, country, strict)}
}

// apart reports whether two sightings of one address cannot be of one
// machine: their circles do not meet, so the address answers from several
// places.
func apart(a, b *Sighting) bool {
	ra, okA := a.Within()
	rb, okB := b.Within()
	return okA && okB && shape.Between(a.From.point(), b.From.point()) > ra+rb
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
