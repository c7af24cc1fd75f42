// Package moments is the list of what the lab's person and app did, and the ways
// in which such a list is wrong in real life: lines are missing, clocks are off,
// something is said twice, late, or of another app.
//
// An instrument is asked the same questions with each. With the whole list every
// answer has to be right; with any other none may be wrong.
package moments

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// App is what the lab's lists call its app.
const App = "quinze"

// Moment is a line of a list.
type Moment struct {
	Time time.Time
	Kind string // "act", "state", "access", "watch"
	What string
	App  string // of a state
	// Bound is how far Time may be off, as whoever wrote the line says.
	Bound time.Duration
}

// List is what happened, in the order in which it was written down.
type List []Moment

// Write writes a list as constat audit --events reads it.
func (l List) Write(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"time", "kind", "what", "app", "bound"})
	for _, m := range l {
		c.Write([]string{m.Time.UTC().Format(time.RFC3339Nano), m.Kind, m.What, m.App, m.Bound.String()}) // 0s: a program wrote it
	}
	c.Flush()
	return c.Error()
}

// CSV is the list as a file.
func (l List) CSV() []byte {
	var b bytes.Buffer
	l.Write(&b) // to memory
	return b.Bytes()
}

// Read reads what Write wrote.
func Read(r io.Reader) (List, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	var l List
	for i, row := range rows {
		if i == 0 || len(row) < 4 {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, row[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		l = append(l, Moment{Time: at, Kind: row[1], What: row[2], App: row[3]}) // as it happened: no bound
	}
	return l, nil
}

// Telling is one way to tell what happened.
type Telling struct {
	Name string
	Kind string // those of a kind are counted together
	List List
	// Bound is how far the list's clock is said to be off; 0: nobody says.
	Bound time.Duration
	App   string // that is named beside the list, "": none
	Whole bool   // nothing is missing and nothing open: every answer has to be right
}

// exact is the bound of a list that is by the capture's clock.
const exact = time.Microsecond

// groups are the acts that are about one thing.
var groups = []struct {
	name  string
	whats []string
}{
	{"consent", []string{"consent-accept", "consent-refuse"}},
	{"account", []string{"sign-up"}},
	{"clip", []string{"record", "next", "save-draft", "discard", "post"}},
	{"ends of clips", []string{"save-draft", "discard", "post"}},
	{"opening", []string{"app-opened", "app-closed"}},
}

// without is the list less the lines that drop says. Who leaves out an access does not
// say that every one of its kind is there.
func (l List) without(drop func(i int, m Moment) bool) List {
	var kept List
	partial := map[string]bool{}
	for i, m := range l {
		if !drop(i, m) {
			kept = append(kept, m)
		} else if m.Kind == "access" {
			partial[m.What] = true
		}
	}
	return slices.DeleteFunc(kept, func(m Moment) bool { return m.Kind == "watch" && partial[m.What] })
}

// moved is the list with every time changed.
func (l List) moved(by func(m Moment) time.Duration) List {
	out := slices.Clone(l)
	for i, m := range l {
		out[i].Time = m.Time.Add(by(m))
	}
	return out
}

// Span is from the first line to the last.
func (l List) Span() time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[len(l)-1].Time.Sub(l[0].Time)
}

// Tellings are the ways to tell a list that is whole and in order. thinned is
// from how many of them lines are taken out at random; seed is of the chance.
func Tellings(l List, thinned int, seed uint64) []Telling {
	chance := rand.New(rand.NewPCG(seed, 8))
	span := l.Span()
	all := []Telling{
		{Name: "as it was", Kind: "as it was", List: l, Bound: exact, Whole: true},
		{Name: "as it was, of the app that is named", Kind: "as it was", List: l, Bound: exact, App: App, Whole: true},
		{Name: "nothing marked", Kind: "nothing marked"},
	}
	add := func(t Telling) { all = append(all, t) }

	// The same, told badly.
	var twice List
	for _, m := range l {
		twice = append(twice, m, m)
	}
	mixed := slices.Clone(l)
	chance.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	add(Telling{Name: "every line twice", Kind: "twice, out of order", List: twice, Bound: exact, Whole: true})
	add(Telling{Name: "out of order", Kind: "twice, out of order", List: mixed, Bound: exact, Whole: true})

	// Whole kinds of lines are missing.
	for _, kind := range []string{"state", "act"} {
		add(Telling{Name: "without " + kind + "s", Kind: "without " + kind + "s", Bound: exact, List: l.without(func(_ int, m Moment) bool { return m.Kind == kind })})
	}
	for _, g := range groups {
		add(Telling{Name: "without " + g.name, Kind: "without " + g.name, Bound: exact, List: l.without(func(_ int, m Moment) bool {
			return m.Kind == "act" && slices.Contains(g.whats, m.What)
		})})
	}
	var said []string
	for _, m := range l {
		if name := m.Kind + ":" + m.What; !slices.Contains(said, name) {
			said = append(said, name)
		}
	}
	for _, name := range said {
		add(Telling{Name: "without " + name, Kind: "without one word", Bound: exact, List: l.without(func(_ int, m Moment) bool { return m.Kind+":"+m.What == name })})
	}
	for i, m := range l {
		if m.Kind == "access" && i > 0 && l[i-1].Kind == "access" {
			continue // one of a run is like the others
		}
		add(Telling{Name: fmt.Sprintf("without line %d (%s:%s)", i+1, m.Kind, m.What), Kind: "without one line", Bound: exact, List: l.without(func(k int, _ Moment) bool { return k == i })})
	}
	for i, m := range l {
		if m.Kind == "access" {
			continue
		}
		add(Telling{Name: fmt.Sprintf("to line %d", i+1), Kind: "ends early", Bound: exact, List: l[:i+1]})
		add(Telling{Name: fmt.Sprintf("from line %d", i+1), Kind: "begins late", Bound: exact, List: l[i:]})
	}
	// By a chance of its own, and for acts and states alone: how often something was
	// accessed differs from subject to subject, and the same lines are to be missing.
	thin := rand.New(rand.NewPCG(seed, 9))
	for n := range thinned {
		share := thin.Float64()
		add(Telling{Name: fmt.Sprintf("thinned %d", n+1), Kind: "thinned", Bound: exact, List: l.without(func(_ int, m Moment) bool { return (m.Kind == "act" || m.Kind == "state") && thin.Float64() < share })})
	}

	// The clock is off.
	for _, c := range []struct {
		name        string
		skew, bound time.Duration
	}{
		{"a third ahead", span / 3, span}, {"a tenth behind", -span / 10, span / 9}, {"an hour ahead", time.Hour, 2 * time.Hour},
		{"a little ahead", 300 * time.Millisecond, 400 * time.Millisecond}, {"a little behind", -700 * time.Millisecond, 800 * time.Millisecond},
	} {
		add(Telling{Name: "clock " + c.name, Kind: "skewed, bound said", List: l.moved(func(Moment) time.Duration { return c.skew }), Bound: c.bound})
	}
	for _, skew := range []time.Duration{0, 300 * time.Millisecond, -span / 10, 37 * time.Minute} {
		add(Telling{Name: fmt.Sprintf("clock off by %s, nobody says", skew), Kind: "skewed, no bound", List: l.moved(func(Moment) time.Duration { return skew })})
	}
	for _, bound := range []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second, 3 * time.Second} {
		off := func(name string, by func(m Moment) time.Duration) {
			list := l.moved(by)
			for i := range list {
				list[i].Bound = bound + time.Millisecond
			}
			add(Telling{Name: name, Kind: "each line off, bound said", Bound: exact, List: list})
		}
		for n := range 2 {
			off(fmt.Sprintf("every line within %s, %d", bound, n+1), func(Moment) time.Duration {
				return time.Duration((2*chance.Float64() - 1) * float64(bound))
			})
		}
		for _, side := range []time.Duration{bound, -bound} {
			off(fmt.Sprintf("acts %s off", side), func(m Moment) time.Duration {
				if m.Kind == "act" {
					return side
				}
				return 0
			})
		}
	}

	// What was told is of another app, or of a log that lost its app's start.
	foreign := slices.Clone(l)
	for i := range foreign {
		if foreign[i].Kind == "state" {
			foreign[i].App = "org.example.other"
		}
	}
	add(Telling{Name: "states of another app", Kind: "another app", List: foreign, Bound: exact, App: App})
	killed := l.without(func(i int, m Moment) bool { return i > 0 && m.Kind == "state" && m.What == "foreground" })
	killed = slices.Clone(killed)
	for i := range killed {
		if killed[i].What == "swiped" {
			killed[i].What = "killed"
		}
	}
	add(Telling{Name: "killed, and not started again", Kind: "another app", List: killed, Bound: exact})
	return all
}

// Sample is one in n of the ways to tell, by chance; all that are whole, and those
// by a clock that is off, are in it.
func Sample(all []Telling, n int, seed uint64) (some []Telling) {
	chance := rand.New(rand.NewPCG(seed, 15))
	for _, t := range all {
		if t.Whole || strings.HasPrefix(t.Kind, "skewed") || chance.IntN(max(n, 1)) == 0 {
			some = append(some, t)
		}
	}
	return some
}
