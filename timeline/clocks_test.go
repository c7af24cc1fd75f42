package timeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// skewed is a clock that is ahead by lead at noon and runs fast by ppm.
func skewed(lead time.Duration, ppm float64) func(time.Time) time.Duration {
	return func(t time.Time) time.Duration {
		return lead + time.Duration(float64(t.Sub(noon))*ppm/1e6)
	}
}

// stamps are n requests whose app stamped them in whole seconds by the clock
// ahead, up to two seconds before they left; lies in a hundred are of another.
func stamps(r *rand.Rand, n, lies int, over time.Duration, ahead func(time.Time) time.Duration) (pairs []Pair) {
	for range n {
		sent := noon.Add(time.Duration(r.Int64N(int64(over))))
		at := sent.Add(-time.Duration(r.Int64N(int64(2 * time.Second))))
		stamp := at.Add(ahead(at)).Truncate(time.Second)
		if r.IntN(100) < lies {
			stamp = stamp.Add(time.Duration(r.Int64N(int64(20*time.Hour))) - 10*time.Hour)
		}
		pairs = append(pairs, Pair{At: sent, Low: stamp.Sub(sent), High: stamp.Add(time.Second).Sub(sent.Add(-2 * time.Second)), Basis: "X-Khronos header"})
	}
	return pairs
}

// The truth is always within the bound, through the whole capture and beyond it,
// and the bound is as narrow as such stamps allow.
func TestEstimateHoldsTheTruth(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		ahead := skewed(time.Duration(r.Int64N(int64(2*time.Hour)))-time.Hour, r.Float64()*80-40)
		over := time.Duration(1+r.IntN(48)) * time.Hour
		offset, got := Estimate(stamps(r, 10+r.IntN(300), 25, over, ahead), MaxDrift)
		if offset == nil {
			t.Fatalf("seed %d: %+v", seed, got)
		}
		for range 200 {
			at := noon.Add(time.Duration(r.Int64N(int64(over*3/2))) - over/4)
			lead, bound := offset(at)
			if (ahead(at) - lead).Abs() > bound {
				t.Fatalf("seed %d at %s: %s ± %s, it is %s; %+v", seed, at, lead, bound, ahead(at), got)
			}
			if at.After(noon) && at.Before(noon.Add(over)) && bound > 6*time.Second {
				t.Fatalf("seed %d: ± %s", seed, bound)
			}
		}
	}
}

// Stamps of several clocks, or of one that was set, give nothing.
func TestEstimateSaysWhenItCannot(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	first := stamps(r, 50, 0, time.Hour, skewed(0, 0))
	second := stamps(r, 50, 0, time.Hour, skewed(time.Hour, 0))
	if offset, got := Estimate(append(first, second...), MaxDrift); offset != nil || got.Why == "" {
		t.Errorf("%+v", got)
	}
	if offset, got := Estimate(nil, MaxDrift); offset != nil || got.Why == "" {
		t.Errorf("%+v", got)
	}
	// A stamp that stands still is no clock, nor is one stamp.
	for _, n := range []int{1, 5} {
		var still []Pair
		for i := range n {
			sent := noon.Add(time.Duration(i) * 200 * time.Millisecond)
			still = append(still, Pair{sent, noon.Add(-time.Hour).Sub(sent), noon.Add(3*time.Second - time.Hour).Sub(sent), "ts parameter"})
		}
		if offset, got := Estimate(still, MaxDrift); offset != nil || got.Why == "" {
			t.Errorf("%d: %+v", n, got)
		}
	}
	// Two that contradict each other: nobody knows which is right.
	if offset, got := Estimate([]Pair{{noon, 0, time.Second, "a"}, {noon, time.Hour, time.Hour + time.Second, "b"}}, MaxDrift); offset != nil {
		t.Errorf("%+v", got)
	}
}

// Drift is told where the capture is long enough, and only there.
func TestDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	_, long := Estimate(stamps(r, 500, 0, 72*time.Hour, skewed(time.Minute, 30)), MaxDrift)
	if !long.Drifts || long.Drift < 25e-6 || long.Drift > 35e-6 {
		t.Errorf("%+v", long)
	}
	if _, short := Estimate(stamps(r, 500, 0, time.Hour, skewed(time.Minute, 30)), MaxDrift); short.Drifts {
		t.Errorf("%+v", short)
	}
}

// A phone whose clock is up to an hour off and drifts: with the stamps of its own
// traffic its log says nothing wrong, and where it cannot say, it says so.
func TestSkewedDevice(t *testing.T) {
	known, all := 0, 0
	for seed := range uint64(100) {
		d := simulate(seed)
		ahead := skewed(time.Duration(d.r.Int64N(int64(2*time.Hour)))-time.Hour, d.r.Float64()*80-40)
		log := mustRead(t, d.text(ahead))
		offset, got := Estimate(stamps(d.r, 60, 10, d.now.Sub(noon), ahead), MaxDrift)
		if offset == nil {
			t.Fatalf("seed %d: %+v", seed, got)
		}
		var events []flow.Event
		for _, e := range log.Events {
			if e = offset.Correct(e); e.Bound == 0 {
				t.Fatalf("an event without a bound: %+v", e)
			}
			events = append(events, e)
		}
		k, n, wrong := d.claims(Of(subject, events))
		if wrong != "" {
			t.Fatalf("seed %d: %s; %+v", seed, wrong, got)
		}
		known, all = known+k, all+n
	}
	t.Logf("%d of %d instants known", known, all)
	if known*100 < all*70 {
		t.Errorf("only %d of %d instants known", known, all)
	}
}

// Events in both records tell how their clocks stand, if they are enough.
func TestShared(t *testing.T) {
	session := func(n int, lead time.Duration, jitter func(int) time.Duration) (list []flow.Event) {
		gap := []float64{3, 11, 24, 27, 41, 66, 70, 95, 140, 151}
		for i := range n {
			list = append(list, flow.Event{Time: at(gap[i]).Add(lead + jitter(i)), Kind: "act", What: []string{"record", "next", "discard"}[i%3]})
		}
		return list
	}
	still := func(int) time.Duration { return 0 }
	shaky := func(i int) time.Duration { return time.Duration(i%3-1) * 400 * time.Millisecond }
	for _, c := range []struct {
		n    int
		lead time.Duration
		ok   bool
	}{{9, 37 * time.Minute, true}, {9, -8 * time.Second, true}, {3, time.Hour, true}, {2, time.Hour, true}, {1, time.Hour, false}, {0, 0, false}} {
		offset, got := Estimate(Shared(session(c.n, 0, still), session(c.n, c.lead, shaky)), MaxDrift)
		if (offset != nil) != c.ok {
			t.Errorf("%+v: %+v", c, got)
			continue
		}
		if offset == nil {
			continue
		}
		if lead, bound := offset(at(30)); (lead-c.lead).Abs() > bound || bound > 3*time.Second {
			t.Errorf("%+v: %s ± %s", c, lead, bound)
		}
	}
	// Acts at regular times fit in many ways: no way stands out.
	var regular []flow.Event
	for i := range 10 {
		regular = append(regular, act(float64(10*i), "next"))
	}
	if pairs := Shared(regular, regular[3:]); pairs != nil {
		t.Errorf("%d pairs of what fits anywhere", len(pairs))
	}
}

// What a bound leaves open is told fact by fact.
func TestOpen(t *testing.T) {
	e := []flow.Event{act(0, "consent-accept"), act(10, "record"), act(14, "next"), act(20, "discard")}
	for i := range e {
		e[i].Bound = 2 * time.Second
	}
	tl := New(e)
	for s, want := range map[float64]string{
		5:  "",
		9:  "act draft_open clip_fate",
		13: "act",
		19: "act draft_open clip_fate clip_ended",
		1:  "act consent",
	} {
		m := tl.At(at(s))
		if got := strings.Join(m.Open.Names(), " "); got != want || m.Unsure != (want != "") {
			t.Errorf("at %g s: open %q, want %q", s, got, want)
		}
	}
	if m := tl.At(at(5)); m.Within != 2*time.Second {
		t.Errorf("since %s ± %s", m.Since, m.Within)
	}
}

// Two sources that say different things of one time make it unknown; where one
// says more than the other, that counts.
func TestSourcesAgreeOrNothing(t *testing.T) {
	from := func(source string, e flow.Event) flow.Event {
		e.Source, e.App = source, "com.example"
		return e
	}
	for _, c := range []struct{ a, b, want string }{
		{Foreground, Foreground, Foreground}, {Foreground, Background, Unknown}, {Closed, Swiped, Swiped}, {Background, ScreenOff, ScreenOff}, {Swiped, Stopped, Unknown},
	} {
		got := Of("com.example", []flow.Event{from("logcat a", state(1, c.a)), from("usagestats b", state(1, c.b))}).At(at(2)).State
		if got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

// Of several apps, only the one asked for counts; unasked, none does.
func TestApps(t *testing.T) {
	events := []flow.Event{
		{Time: at(1), Kind: "state", What: "foreground", App: "com.example.a"}, {Time: at(2), Kind: "state", What: "swiped", App: "com.example.b"},
	}
	if got := Apps(events); !slices.Equal(got, []string{"com.example.a", "com.example.b"}) {
		t.Errorf("%q", got)
	}
	for app, want := range map[string]string{"com.example.a": Foreground, "com.example.b": Swiped, "com.example": Unknown} {
		if got := Of(app, events).At(at(3)).State; got != want {
			t.Errorf("%s: %s", app, got)
		}
	}
	if got := New(events).At(at(3)).State; got != Unknown {
		t.Errorf("of nobody: %s", got)
	}
	// What names no app is of the one in question, and of none if that is open.
	unnamed := append(events, state(4, "closed"))
	for app, want := range map[string]string{"com.example.a": Closed, "com.example": Closed, ambiguous: Unknown} {
		if got := Of(app, unnamed).At(at(5)).State; got != want {
			t.Errorf("%q, unnamed: %s", app, got)
		}
	}
}

func ExampleEstimate() {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var pairs []Pair
	for i := range 10 { // a phone that is 90.3 s ahead stamps its requests in whole seconds
		sent := start.Add(time.Duration(i) * 7700 * time.Millisecond)
		stamp := sent.Add(90300 * time.Millisecond).Truncate(time.Second)
		pairs = append(pairs, Pair{At: sent, Low: stamp.Sub(sent), High: stamp.Add(time.Second).Sub(sent), Basis: "X-Khronos header"})
	}
	offset, _ := Estimate(pairs, MaxDrift)
	ahead, bound := offset(start)
	fmt.Printf("ahead %.2f s, ± %.2f s\n", ahead.Seconds(), bound.Seconds())
	// Output: ahead 90.35 s, ± 0.05 s
}
