package recipient

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/internal/shape"
	"github.com/constat/constat/recipient/statement"
)

// world makes servers whose place is known, and evidence of them that is wrong
// as often as evidence is.
type world struct {
	b      *Book
	rng    *rand.Rand
	cities []city
}

func newWorld(b *Book, seed uint64) *world {
	w := &world{b: b, rng: rand.New(rand.NewPCG(seed, 7))}
	for _, named := range cities() {
		w.cities = append(w.cities, named...)
	}
	slices.SortFunc(w.cities, func(x, y city) int { return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.country, y.country)) })
	return w
}

func (c city) point() shape.Point { return shape.Point{Lat: c.lat, Lon: c.lon} }

// site is where a server is, with every code that its ground has on the map.
type site struct {
	at    shape.Point
	codes []string
}

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

func (w *world) city() city { return w.cities[w.rng.IntN(len(w.cities))] }

// move goes from a point into any direction.
func (w *world) move(p shape.Point, km float64) shape.Point {
	d, angle := km/shape.EarthRadius, 2*math.Pi*w.rng.Float64()
	lat := p.Lat * math.Pi / 180
	to := math.Asin(math.Sin(lat)*math.Cos(d) + math.Cos(lat)*math.Sin(d)*math.Cos(angle))
	lon := p.Lon*math.Pi/180 + math.Atan2(math.Sin(angle)*math.Sin(d)*math.Cos(lat), math.Cos(d)-math.Sin(lat)*math.Sin(to))
	return shape.Point{Lat: to * 180 / math.Pi, Lon: math.Remainder(lon*180/math.Pi, 360)}
}

// ground finds the codes of a point; none at sea.
func (w *world) ground(p shape.Point) site {
	s := site{at: p}
	for _, code := range w.b.shapes().Codes() {
		if w.b.shapes().Inside(p, code) {
			s.codes = append(s.codes, code)
		}
	}
	return s
}

// place draws a city, a point on any land, or a point not far from a vantage,
// which is where borders matter.
func (w *world) place(near shape.Point) site {
	for {
		switch n := w.rng.IntN(10); {
		case n < 5:
			c := w.city()
			return site{c.point(), []string{c.country}}
		case n < 7:
			p := shape.Point{Lat: math.Asin(2*w.rng.Float64()-1) * 180 / math.Pi, Lon: 360*w.rng.Float64() - 180}
			if s := w.ground(p); s.codes != nil {
				return s
			}
		default:
			if s := w.ground(w.move(near, 400*w.rng.ExpFloat64())); s.codes != nil {
				return s
			}
		}
	}
}

// vantages are big cities, and towns where another country is in sight.
var vantages = []string{"Paris", "Ashburn", "Tokyo", "Sao Paulo", "Mumbai", "Sydney", "Singapore", "Hong Kong", "San Francisco", "Kansas City",
	"48.58,7.75 ±25", "46.20,6.15 ±25", "47.56,7.59 ±10", "49.61,6.13 ±10", "43.73,7.42 ±5", "31.77,-106.5 ±20", "1.46,103.76 ±10", "43.26,76.93 ±25", "25.32,55.5 ±25"}

// delay is a round trip through glass, or, seldom, along a straight line of
// microwave links.
func (w *world) delay(from, to shape.Point, access Access) float64 {
	km := shape.Between(from, to)
	if access == Unknown && w.chance(0.03) {
		return 2*km/vacuumKmPerMs + 0.05
	}
	path := km * (1.3 + 1.7*w.rng.Float64())
	if w.chance(0.03) {
		path = km // as straight as glass can be
	}
	return 2*path*fibreFactor/vacuumKmPerMs + 1 + 29*math.Pow(w.rng.Float64(), 2) + 2*w.rng.ExpFloat64()
}

// server is one address with the truth about it.
type server struct {
	site
	e     Evidence
	far   string // a country that is far away
	wrong bool   // some table or word of it is
}

func (w *world) other(not []string) string {
	for {
		if c := w.city().country; !slices.Contains(not, c) {
			return c
		}
	}
}

// sight measures a server. The vantage is somewhere in its disc.
func (w *world) sight(v Vantage, to shape.Point) Sighting {
	stood := w.move(v.point(), v.RadiusKm*math.Sqrt(w.rng.Float64()))
	s := Sighting{From: &v}
	for range 1 + w.rng.IntN(3) {
		took := w.delay(stood, to, v.Access)
		step := []float64{0.001, 0.001, 1, 10}[w.rng.IntN(4)]
		shown := math.Floor(took/step) * step
		s.Add(flow.Timing{TLS: &flow.RTT{D: time.Duration(shown * 1e6), Resolution: time.Duration(step * 1e6), Leg: flow.Direct, Basis: "made"}})
		if w.chance(0.3) { // somebody nearer answers connections
			s.Add(flow.Timing{TCP: rtt(1 + 8*w.rng.Float64())})
		}
	}
	return s
}

func (w *world) vantage() Vantage {
	v, err := ParseVantage(vantages[w.rng.IntN(len(vantages))])
	if err != nil {
		panic(err)
	}
	if w.chance(0.5) {
		v.Access = Wired
	}
	return v
}

func (w *world) server(v Vantage) server {
	s := server{site: w.place(v.point())}
	truth := s.codes[0]

	// Databases: one in ten is wrong; of those, four in ten in both lineages and
	// about the same country, as when both believe one geofeed.
	g, e := truth, truth
	lie := w.other(s.codes)
	if w.chance(0.10) {
		s.wrong = true
		switch n := w.rng.IntN(10); {
		case n < 4:
			g, e = lie, lie
		case n < 7:
			g = lie
		default:
			e = w.other(s.codes)
		}
	}
	a := says(e, g)
	n := w.rng.Uint32()
	a.IP = netip.AddrFrom4([4]byte{11, byte(n >> 16), byte(n >> 8), byte(n)})

	// Published regions: of some clouds; now and then out of date.
	if w.chance(0.25) {
		country := truth
		if w.chance(0.005) {
			country, s.wrong = w.other(s.codes), true
		}
		a = region(a, country)
	}

	// An address that answers from several places: the databases know the
	// holder's seat. The nearest answers; three in ten are not known to do so.
	if w.chance(0.10) {
		near := site{s.at, s.codes}
		if c := w.ground(w.move(v.point(), 300*w.rng.ExpFloat64())); c.codes != nil {
			near = c
		}
		s.site = near
		a, a.Anycast = says("US", "US"), w.chance(0.7)
		truth = near.codes[0]
	}

	// Headers: one in a hundred is wrong, half of those about some place not
	// far; and a third of the operators who deceived both databases write the
	// same lie into their headers.
	if w.chance(0.35) {
		at, country := s.at, truth
		switch {
		case g == lie && e == lie && w.chance(0.33):
			country = lie
			for _, c := range w.cities {
				if c.country == lie {
					at = c.point()
				}
			}
		case w.chance(0.01):
			s.wrong = true
			c := w.city()
			at, country = c.point(), c.country
			if near := w.ground(w.move(s.at, 500)); w.chance(0.5) && near.codes != nil {
				at, country = near.at, near.codes[0]
			}
		}
		at = w.move(at, 40*w.rng.Float64()) // the airport that names the city
		s.e.Statements = []statement.Statement{pop("X-Pop", "XXX", country, at.Lat, at.Lon)}
	}
	if w.chance(0.1) {
		s.e.Statements = append(s.e.Statements, label(w.city().country), logid)
	}

	s.e.Address, s.e.Captured = a, day("2026-07-01")
	s.e.Sightings = []Sighting{w.sight(v, s.at)}
	if !a.Anycast && w.chance(0.2) && truth == s.codes[0] {
		s.e.Sightings = append(s.e.Sightings, w.sight(w.vantage(), s.at))
	}
	for s.far == "" {
		if c := w.city(); !slices.Contains(s.codes, c.country) {
			if km, ok := w.b.distance(s.at, c.country); ok && km > 3000 {
				s.far = c.country
			}
		}
	}
	s.e.Claimed = append([]string{s.far}, s.codes...)
	return s
}

// TestSynthetic: over many servers at known places nothing false is called
// impossible, and nothing false established.
func TestSynthetic(t *testing.T) {
	b := open(t)
	n := 12_000
	if testing.Short() {
		n = 2_000
	}
	w := newWorld(b, 1)
	count := map[string]int{}
	for i := range n {
		s := w.server(w.vantage())
		r := b.Judge(s.e)
		for _, code := range s.codes {
			if v, ok := r.Edge(code); !ok || rank(v.Verdict) > 0 {
				t.Fatalf("server %d at %v in %v: %s, %q", i, s.at, s.codes, v.Verdict, v.Because)
			}
		}
		if r.Established != "" {
			count["established"]++
			count["established by "+fmt.Sprint(r.EstablishedBy)]++
			if !slices.Contains(s.codes, r.Established) {
				t.Errorf("server %d at %v in %v: established in %s by %q", i, s.at, s.codes, r.Established, r.EstablishedBy)
			}
		}
		far, _ := r.Edge(s.far)
		count["far claim: "+string(far.Verdict)]++
		best := Undetermined
		for _, v := range r.Verdicts {
			if v.Verdict != ConsistentStrong && v.Verdict != ConsistentWeak {
				continue
			}
			if best = v.Verdict; !slices.Contains(s.codes, v.Country) {
				count["wrong "+string(v.Verdict)]++
				best = "wrong"
			}
		}
		count["place: "+string(best)]++
		if len(r.Errors) > 0 {
			count["statements rejected"]++
		}
	}
	for _, k := range sorted(count) {
		t.Logf("%-60s %5d  %5.2f %%", k, count[k], 100*float64(count[k])/float64(n))
	}
	if count["established"] < n/100 {
		t.Errorf("only %d of %d places are established", count["established"], n)
	}
	if count["far claim: "+string(ImpossibleStrict)] < n/4 {
		t.Error("physics refutes hardly anything")
	}
}

// TestSyntheticVantage: captures that were made elsewhere than declared. The
// control notices, or nothing false is established all the same.
func TestSyntheticVantage(t *testing.T) {
	b := open(t)
	w := newWorld(b, 2)
	made, noticed, excluded, alarms := 0, 0, 0, 0
	const captures, size = 150, 40
	for range captures {
		stood, declared := w.vantage(), w.vantage()
		if shape.Between(stood.point(), declared.point()) < 2000 {
			continue
		}
		made++
		var all, honest []Machine
		var es []server
		for range size {
			s := w.server(stood)
			s.e.Sightings = s.e.Sightings[:1]
			honest = append(honest, Machine{Address: s.e.Address, Seen: s.e.Sightings[0], Statements: s.e.Statements})
			s.e.Sightings[0].From = &declared
			es = append(es, s)
			all = append(all, Machine{Address: s.e.Address, Seen: s.e.Sightings[0], Statements: s.e.Statements})
		}
		if b.Control(day("2026-07-01"), honest).Vantage != "" {
			alarms++
		}
		c := b.Control(day("2026-07-01"), all)
		if c.Vantage != "" {
			noticed++
		}
		for _, s := range es {
			s.e.Checks = c
			r := b.Judge(s.e)
			for _, code := range s.codes {
				if v, _ := r.Edge(code); rank(v.Verdict) > 0 {
					excluded++
					break
				}
			}
			if r.Established != "" && !slices.Contains(s.codes, r.Established) {
				t.Errorf("established in %s by %q, is in %v", r.Established, r.EstablishedBy, s.codes)
			}
		}
	}
	t.Logf("%d captures with a false vantage: %d noticed; %d machines wrongly excluded in the others; %d false alarms of as many honest captures", made, noticed, excluded, alarms)
	if noticed < made*8/10 {
		t.Error("a false vantage passes too often")
	}
}

func sorted(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
