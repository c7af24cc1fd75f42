package moments

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"
)

// day is a list as the lab's phone makes one, in short.
func day() List {
	at := time.Date(2026, 11, 28, 12, 0, 0, 123456789, time.UTC)
	var l List
	for i, what := range []string{"foreground", "app-opened", "consent-refuse", "record", "next", "discard", "swiped", "foreground", "sign-up", "post"} {
		m := Moment{Time: at.Add(time.Duration(i) * time.Second), Kind: "act", What: what}
		if what == "foreground" || what == "swiped" {
			m.Kind, m.App = "state", App
		}
		l = append(l, m)
	}
	return l
}

func TestReadWhatWasWritten(t *testing.T) {
	l, err := Read(bytes.NewReader(day().CSV()))
	if err != nil || !reflect.DeepEqual(l, day()) {
		t.Errorf("%v, %v", l, err)
	}
}

// Each way to tell is another one, the list itself stays as it was, and what is
// called whole says no less than the list.
func TestTellings(t *testing.T) {
	l := day()
	all := Tellings(l, 5, 1)
	if !reflect.DeepEqual(l, day()) {
		t.Fatal("the list was changed")
	}
	if again := Tellings(l, 5, 1); !reflect.DeepEqual(all, again) {
		t.Error("the same seed tells otherwise")
	}
	names := map[string]bool{}
	for _, x := range all {
		if names[x.Name] {
			t.Errorf("%s twice", x.Name)
		}
		names[x.Name] = true
		said := func(m Moment) bool { return slices.Contains(x.List, m) }
		if x.Whole && slices.ContainsFunc(l, func(m Moment) bool { return !said(m) }) {
			t.Errorf("%s is not whole", x.Name)
		}
		if !x.Whole && reflect.DeepEqual(x.List, l) && x.Bound == exact && x.App == "" && x.Kind != "ends early" && x.Kind != "begins late" && x.Kind != "thinned" {
			t.Errorf("%s is the list itself", x.Name)
		}
	}
	for _, name := range []string{"without states", "without consent", "without act:post", "without line 3 (act:consent-refuse)", "to line 4", "from line 4", "thinned 5", "every line within 1s, 2", "acts -1s off", "states of another app"} {
		if !names[name] {
			t.Errorf("nothing is called %s", name)
		}
	}
}

// A list from which accesses are missing does not say that all are there.
func TestPartialAccesses(t *testing.T) {
	l := List{{Kind: "watch", What: "clipboard"}, {Kind: "watch", What: "location"}, {Kind: "access", What: "clipboard"}, {Kind: "act", What: "next"}}
	for _, c := range []struct {
		drop string
		want int
	}{{"clipboard", 2}, {"next", 3}, {"", 4}} {
		got := l.without(func(_ int, m Moment) bool { return m.Kind != "watch" && m.What == c.drop })
		if len(got) != c.want {
			t.Errorf("without %q: %v", c.drop, got)
		}
	}
}
