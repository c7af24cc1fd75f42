package recipient

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

var places = []string{"Paris ±25", "Singapore ±10", "Ashburn ±25", "Kassel ±1500", "Hong Kong ±5", ""}
var codes = []string{"CN", "US", "FR", "SG", "HK", "AU", "EU", ""}

func drawEvidence(t *rapid.T) Evidence {
	code := rapid.SampledFrom(codes)
	a := says(code.Draw(t, "dbip"), code.Draw(t, "ipfire"))
	a.Registered, a.HolderSeat = code.Draw(t, "registered"), code.Draw(t, "seat")
	a.Anycast = rapid.Bool().Draw(t, "anycast")
	for range rapid.IntRange(0, 2).Draw(t, "regions") {
		a = region(a, code.Draw(t, "region"))
	}
	access := rapid.SampledFrom([]Access{Unknown, Wired, Satellite}).Draw(t, "access")
	s := from(rapid.SampledFrom(places).Draw(t, "place"), access)
	s.PathChecked = rapid.Bool().Draw(t, "path checked")
	for range rapid.IntRange(0, 4).Draw(t, "samples") {
		s.Add(drawTiming(t))
	}
	if rapid.Bool().Draw(t, "answered") {
		s.Observe(post(rapid.Float64Range(1, 200).Draw(t, "wait")), "api.example.com")
	}
	return Evidence{Address: a, Captured: day(rapid.SampledFrom([]string{"2026-07-01", "2019-12-01"}).Draw(t, "day")),
		Sightings: []Sighting{s}, Statements: drawStatements(t), Claimed: []string{"CN", "US", "FR"}}
}

func drawStatements(t *rapid.T) []statement.Statement {
	all := []statement.Statement{cdg, lax, via, eagle, logid, maliva, label("US"), label("FR"),
		change(via, func(s *statement.Statement) { s.Layer = statement.Answer }),
		pop("X-Amz-Cf-Pop", "SIN52", "SG", 1.36, 103.99), change(lax, func(s *statement.Statement) { s.Confidence = "low" })}
	var out []statement.Statement
	for range rapid.IntRange(0, 3).Draw(t, "statements") {
		out = append(out, rapid.SampledFrom(all).Draw(t, "statement"))
	}
	return out
}

func drawTiming(t *rapid.T) flow.Timing {
	one := func(name string) *flow.RTT {
		d := rapid.IntRange(-5, 300).Draw(t, name)
		if d == -5 {
			return nil
		}
		r := rtt(float64(d))
		r.Leg = rapid.SampledFrom([]flow.Leg{flow.Direct, flow.Outer, flow.Inner, ""}).Draw(t, "leg")
		r.Resolution = time.Duration(rapid.IntRange(0, 12).Draw(t, "step")) * time.Millisecond
		return r
	}
	return flow.Timing{TLS: one("tls"), Connect: one("connect"), TCP: one("tcp"), FirstByte: one("first")}
}

type asked struct {
	layer   statement.Layer
	country string
}

func rulings(r Result) map[asked]Ruling {
	m := map[asked]Ruling{}
	for _, v := range r.Verdicts {
		m[asked{v.Layer, v.Country}] = v.Verdict
	}
	return m
}

// Where nothing was said before, a country is undetermined.
func was(m map[asked]Ruling, k asked) Ruling {
	if r, ok := m[k]; ok {
		return r
	}
	return Undetermined
}

func TestMoreDelaysOnlyExclude(t *testing.T) {
	b := open(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		before := rulings(b.Judge(e))
		e.Sightings = slices.Clone(e.Sightings)
		e.Sightings[0].Add(drawTiming(t))
		e.Sightings[0].Observe(post(rapid.Float64Range(1, 200).Draw(t, "another wait")), "api.example.com")
		for c, after := range rulings(b.Judge(e)) {
			was := was(before, c)
			if rank(after) < rank(was) || rank(after) == 0 && after != was && after != Undetermined {
				t.Fatalf("%v: %s became %s", c, was, after)
			}
		}
	})
}

// Tables and words neither make nor unmake what physics says.
func TestOnlyPhysicsExcludes(t *testing.T) {
	b := open(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		before := rulings(b.Judge(e))
		other := e
		switch rapid.SampledFrom([]string{"remove tables", "change tables", "change words"}).Draw(t, "how") {
		case "remove tables":
			other.Address.Estimates, other.Address.Regions, other.Address.Registered = nil, nil, ""
		case "change tables":
			code := rapid.SampledFrom(codes)
			other.Address.Estimates = says(code.Draw(t, "dbip2"), code.Draw(t, "ipfire2")).Estimates
			other.Address.Regions = nil
			other.Address.Registered = code.Draw(t, "registered2")
		default:
			other.Statements = drawStatements(t)
		}
		for c, after := range rulings(b.Judge(other)) {
			if was, ok := before[c]; ok && rank(was) != rank(after) {
				t.Fatalf("%v: %s became %s", c, was, after)
			}
		}
	})
}

func TestOrderIsIrrelevant(t *testing.T) {
	b := open(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		var times []flow.Timing
		for range rapid.IntRange(1, 5).Draw(t, "n") {
			times = append(times, drawTiming(t))
		}
		far := from("Sydney", Wired, tls(rapid.Float64Range(0.1, 300).Draw(t, "far")))
		forth, back := e, e
		a, z := from("Paris ±25", Wired, times...), from("Paris ±25", Wired)
		for i := range times {
			z.Add(times[len(times)-1-i])
		}
		forth.Sightings, back.Sightings = []Sighting{a, far}, []Sighting{far, z}
		back.Claimed = []string{"FR", "US", "CN"}
		back.Address.Estimates = slices.Clone(e.Address.Estimates)
		slices.Reverse(back.Address.Estimates)
		back.Address.Regions = slices.Clone(e.Address.Regions)
		slices.Reverse(back.Address.Regions)
		back.Statements = slices.Clone(e.Statements)
		slices.Reverse(back.Statements)
		if x, y := b.Judge(forth), b.Judge(back); !reflect.DeepEqual(x, y) {
			t.Fatalf("%+v\n%+v", x, y)
		}
	})
}

// A class that the control voids leaves everything as if it had not been
// measured.
func TestVoidIsAbsent(t *testing.T) {
	b := open(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		void, absent := e, e
		s := e.Sightings[0]
		switch rapid.SampledFrom([]string{"terminator", "middlebox", "vantage"}).Draw(t, "what") {
		case "terminator":
			void.Checks.Terminator = []string{classTLS}
			s.TLS = nil
		case "middlebox":
			void.Checks.Middlebox = "somebody answers"
			s.TCP, s.Connect, s.PathChecked = nil, nil, false
		default:
			void.Checks.Vantage = "somewhere else"
			s = Sighting{From: s.From}
		}
		absent.Sightings = []Sighting{s}
		x, y := b.Judge(void), b.Judge(absent)
		y.Established, y.EstablishedBy = x.Established, x.EstablishedBy
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("%+v\n%+v", x, y)
		}
	})
}

// Whatever the evidence, a place is established only where the verdict on it is
// no exclusion and nobody names another.
func TestEstablishedNeedsTwo(t *testing.T) {
	b := open(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvidence(t)
		r := b.Judge(e)
		if r.Established == "" {
			return
		}
		v, ok := r.Edge(r.Established)
		if !ok || rank(v.Verdict) > 0 || len(r.EstablishedBy) < 2 {
			t.Fatalf("%s by %q, verdict %v", r.Established, r.EstablishedBy, v)
		}
		e.Sightings = nil
		if r := b.Judge(e); r.Established != "" {
			t.Fatal("established without a measurement")
		}
	})
}
