package recipient

import (
	"cmp"
	"time"

	"github.com/constat/constat/flow"
)

// Sample is one measured round trip, with what the sentence about it needs.
type Sample struct {
	flow.RTT
	At   time.Time // when the exchange began; zero: not known
	Host string    // the name that the exchange was for, as may be shown; "" if not told
}

// Sighting is one address as seen from one vantage: the shortest round trip
// of each class. Classes are kept apart because different parties may have
// answered.
type Sighting struct {
	From *Vantage // nil: not declared, and then no delay says anything

	TLS     *Sample // a holder of the key answered: the class to rely on
	Connect *Sample // TCP, and TLS in some writers' meaning: counts like TCP, since none says which
	TCP     *Sample // anyone on the path may have answered: see PathChecked

	// Answered is the first byte of a dynamic reply (Dynamic). It bounds where
	// that reply was computed and says nothing of the edge.
	Answered *Sample

	// PathChecked says that the capture was examined for middleboxes and
	// answering VPN services and none was found (Control). Only then TCP and
	// Connect count: a wrong "impossible" is worse than ten needless
	// "undetermined".
	PathChecked bool
}

// Observe folds one exchange in. Host is its name as may be shown. Connect
// times of an exchange without TLS are left out: carriers answer for the
// servers of plain HTTP, and nothing in the exchange would show it.
func (s *Sighting) Observe(f *flow.Flow, host string) {
	t := f.Timing
	if !secure(f) {
		t.TCP, t.Connect = nil, nil
	}
	s.add(t, host)
	if Dynamic(f) {
		s.Answered = shorter(s.Answered, t.FirstByte, t.Start, host)
	}
}

// Add folds the handshake times of one exchange in, keeping the shortest valid
// sample of each class. A sample is dropped when it was not measured on a leg
// that ends at the server, or is not longer than the step of its clock: zero
// and negative times are reused connections and broken clocks, not nearness.
// The first byte is left out, since Timing alone cannot tell whether the reply
// was dynamic.
func (s *Sighting) Add(t flow.Timing) { s.add(t, "") }

func (s *Sighting) add(t flow.Timing, host string) {
	if hasty(t) {
		t.TLS = nil
	}
	s.TLS = shorter(s.TLS, t.TLS, t.Start, host)
	s.Connect = shorter(s.Connect, t.Connect, t.Start, host)
	s.TCP = shorter(s.TCP, t.TCP, t.Start, host)
}

// hasty reports whether the key is said to have been proved in much less time
// than it took to connect. No signal does that: a client that resumes a session
// (0-RTT, RFC 8446) calls it open before the server has answered.
func hasty(t flow.Timing) bool {
	if t.TLS == nil || t.TCP == nil {
		return false
	}
	tls, tcp := Sample{RTT: *t.TLS}, Sample{RTT: *t.TCP}
	return tls.valid() && tcp.valid() && 2*tls.bound() < tcp.D
}

func shorter(a *Sample, r *flow.RTT, at time.Time, host string) *Sample {
	if r == nil {
		return a
	}
	b := &Sample{*r, at, host}
	switch {
	case !b.valid():
		return a
	case !a.valid() || compare(b, a) < 0:
		return b
	}
	return a
}

// compare orders samples by what they bound, then by everything else, so that
// the order in which they come does not show.
func compare(a, b *Sample) int {
	return cmp.Or(cmp.Compare(a.bound(), b.bound()), cmp.Compare(a.Resolution, b.Resolution),
		cmp.Compare(a.Leg, b.Leg), cmp.Compare(a.Basis, b.Basis), a.At.Compare(b.At), cmp.Compare(a.Host, b.Host))
}

func (r *Sample) valid() bool {
	return r != nil && r.D > 0 && r.Resolution >= 0 && r.D > r.Resolution &&
		(r.Leg == flow.Direct || r.Leg == flow.Outer)
}

// bound is the longest that the true round trip can have been.
func (r *Sample) bound() time.Duration { return r.D + r.Resolution }

// reach is the distance in kilometres beyond which what answered cannot have
// been, from anywhere in a disc of that radius.
func (r *Sample) reach(radius float64) float64 {
	return ms(r.bound())*vacuumKmPerMs/2 + radius
}

// Best is the sample that bounds the edge, and its class; nil if none does.
func (s *Sighting) Best() (r *Sample, class string) {
	for _, c := range []struct {
		r     *Sample
		class string
		use   bool
	}{{s.TLS, "TLS", true}, {s.Connect, "connect", s.PathChecked}, {s.TCP, "TCP", s.PathChecked}} {
		if c.use && c.r.valid() && (r == nil || c.r.bound() < r.bound()) {
			r, class = c.r, c.class
		}
	}
	return r, class
}

// computed is the sample that bounds where a reply was computed.
func (s *Sighting) computed() (*Sample, string) {
	if s.Answered.valid() {
		return s.Answered, "first byte"
	}
	return nil, ""
}

// Within is the distance in kilometres from the vantage's centre beyond
// which the edge cannot have been. ok is false when nothing bounds it.
func (s *Sighting) Within() (km float64, ok bool) {
	r, _ := s.Best()
	if r == nil || s.From == nil {
		return 0, false
	}
	return ms(r.bound())*vacuumKmPerMs/2/ellipsoid + s.From.RadiusKm, true
}
