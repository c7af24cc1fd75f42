package timeline

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

func byHand(s float64, what, first string) flow.Event {
	e := act(s, what)
	e.By, e.First = flow.Person, first
	return e
}

// A mark by hand says when something was to within the time that a hand takes, on
// the side that is open.
func TestByHand(t *testing.T) {
	seen := act(50, "post")
	seen.By = flow.Program
	blurred := byHand(60, "discard", "")
	blurred.Bound = time.Second
	for _, c := range []struct {
		name     string
		events   []flow.Event
		at, want []float64 // middles and bounds
	}{
		{"nobody knows which came first", []flow.Event{byHand(10, "save-draft", "")}, []float64{10}, []float64{2}},
		{"the tap", []flow.Event{byHand(10, "save-draft", flow.TapFirst)}, []float64{9}, []float64{1}},
		{"the key", []flow.Event{byHand(10, "save-draft", flow.KeyFirst)}, []float64{11}, []float64{1}},
		{"a program", []flow.Event{seen}, []float64{50}, []float64{0}},
		{"a clock that errs, too", []flow.Event{blurred}, []float64{60}, []float64{3}},
		{"one after the other", []flow.Event{byHand(10, "record", ""), byHand(11, "next", "")}, []float64{10, 11}, []float64{2, 2}},
		{"keys apart, taps near", []flow.Event{byHand(10, "save-draft", flow.KeyFirst), byHand(11, "record", flow.TapFirst)}, []float64{10.5, 10.5}, []float64{.5, .5}},
		{"in any order", []flow.Event{byHand(20, "post", flow.TapFirst), byHand(10, "record", flow.KeyFirst)}, []float64{19, 11}, []float64{1, 1}},
	} {
		for i, e := range ByHand(c.events, 2*time.Second) {
			if got := e.Time.Sub(noon).Seconds(); got != c.at[i] {
				t.Errorf("%s: %g s, want %g", c.name, got, c.at[i])
			}
			if got := e.Bound.Seconds(); got != c.want[i] {
				t.Errorf("%s: ± %g s, want %g", c.name, got, c.want[i])
			}
		}
	}
}

// Whatever hands do within their time, what the timeline says of an instant is
// right or open.
func TestHandsMakeNothingWrong(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2026))
	acts := []string{"app-opened", "consent-accept", "consent-refuse", "sign-up", "record", "next", "save-draft", "post", "discard"}
	wrong, open, asked := 0, 0, 0
	for range 300 {
		var truth, marks []flow.Event
		s, last := 0.0, 0.0
		for range 12 {
			s += 6 * r.Float64() * r.Float64()
			what := acts[r.IntN(len(acts))]
			truth = append(truth, act(s, what))
			first, key := []string{"", flow.KeyFirst, flow.TapFirst}[r.IntN(3)], 0.0
			switch late := 2 * r.Float64(); first {
			case "":
				key = s + 2*late - 2
			case flow.KeyFirst:
				key = s - late
			default:
				key = s + late
			}
			if key < last { // a person presses one key after the other
				if key = last; key > s+2 || first == flow.KeyFirst && key > s {
					first = ""
				}
			}
			if key > s+2 {
				continue // too late even for a hand: it is not marked
			}
			last = key
			marks = append(marks, byHand(key, what, first))
		}
		if len(marks) != len(truth) {
			continue
		}
		is, said, exact := New(truth), New(ByHand(marks, 2*time.Second)), New(marks)
		for range 50 {
			at := at(s * r.Float64())
			want, got, naive := is.At(at), said.At(at), exact.At(at)
			asked++
			differ := func(m Moment) (f Fact) {
				for i, d := range []bool{m.State != want.State, m.Act != want.Act, m.Consent != want.Consent, m.Draft != want.Draft, m.Fate != want.Fate, m.Last != want.Last, m.Account != want.Account} {
					if d {
						f |= facts[i].Fact
					}
				}
				return f
			}
			if f := differ(got) &^ got.Open; f != 0 {
				t.Fatalf("at %s: %v are %+v and not open, and were %+v\n%+v\n%+v", at, f.Names(), got, want, truth, marks)
			}
			if got.Act != "" && got.Open&Act == 0 && (got.Since-want.Since).Abs() > got.Within {
				t.Fatalf("since %s: said %s ± %s, was %s", got.Act, got.Since, got.Within, want.Since)
			}
			if got.Open != 0 {
				open++
			}
			if differ(naive) != 0 {
				wrong++
			}
		}
	}
	if wrong == 0 || open == asked {
		t.Errorf("of %d, %d wrong without it and %d open with it: this shows nothing", asked, wrong, open)
	}
	t.Logf("of %d instants, %d are wrong if keys are taken for acts; with stretches none, and %d open", asked, wrong, open)
}

// Of acts by two hands that overlap nobody knows which was first: what depends on
// it stays open after both.
func TestOrderOfTwoRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2026))
	acts := []string{"app-opened", "consent-accept", "consent-refuse", "sign-up", "record", "next", "save-draft", "post", "discard"}
	open, asked := 0, 0
	for range 2000 {
		var truth, told []flow.Event
		s := 0.0
		for range 8 {
			s += .001 + 5*r.Float64()*r.Float64()
			e := act(s, acts[r.IntN(len(acts))])
			truth = append(truth, e)
			if r.IntN(2) == 0 {
				e.By = flow.Program
			} else { // another record, which errs
				e.Source, e.Bound = "list", time.Second
				e.Time = at(s + 1.8*(r.Float64()-.5))
			}
			told = append(told, e)
		}
		// A record is in order: one that is not is none.
		last, ordered := time.Time{}, true
		for _, e := range told {
			if e.Source == "list" {
				ordered = ordered && !e.Time.Before(last)
				last = e.Time
			}
		}
		if !ordered {
			continue
		}
		is, said := New(truth), New(told)
		for range 40 {
			when := at((s + 3) * r.Float64())
			want, got := is.At(when), said.At(when)
			asked++
			for i, d := range []bool{got.State != want.State, got.Act != want.Act, got.Consent != want.Consent, got.Draft != want.Draft, got.Fate != want.Fate, got.Last != want.Last, got.Account != want.Account} {
				if d && got.Open&facts[i].Fact == 0 {
					t.Fatalf("at %s: %s is %+v and not open, and was %+v\n%+v\n%+v", when, facts[i].name, got, want, truth, told)
				}
			}
			if got.Open != 0 {
				open++
			}
		}
	}
	if asked == 0 || open == asked {
		t.Errorf("%d of %d open: this shows nothing", open, asked)
	}
	t.Logf("%d of %d instants are open", open, asked)
}
