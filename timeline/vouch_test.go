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

// unmarkedAt lists what no mark vouches for at some seconds.
func unmarkedAt(t *Timeline, s float64) string {
	return strings.Join(t.At(at(s)).Unmarked.Names(), " ")
}

// What holds from a mark on is taken at its word only if a later one shows until
// when, or if marks fit together.
func TestVouch(t *testing.T) {
	clip := []flow.Event{act(1, "record"), act(2, "next"), act(5, "post")}
	for name, c := range map[string]struct {
		events []flow.Event
		at     float64
		want   string // among draft_open clip_fate clip_ended of a time before any clip
	}{
		"asked, and answered":           {[]flow.Event{act(1, "app-opened"), act(9, "consent-refuse"), act(20, "sign-up")}, 5, ""},
		"asked, and no answer marked":   {[]flow.Event{act(1, "app-opened"), act(20, "sign-up")}, 5, "consent"},
		"refused, and then?":            {[]flow.Event{act(1, "app-opened"), act(2, "consent-refuse"), act(20, "sign-up")}, 5, "consent"},
		"refused, still":                {[]flow.Event{act(1, "app-opened"), act(2, "consent-refuse"), act(9, "consent-refuse"), act(20, "sign-up")}, 5, ""},
		"refused, then accepted":        {[]flow.Event{act(1, "app-opened"), act(2, "consent-refuse"), act(9, "consent-accept"), act(20, "sign-up")}, 5, ""},
		"accepted":                      {[]flow.Event{act(1, "app-opened"), act(2, "consent-accept"), act(20, "sign-up")}, 5, ""},
		"no account, and then?":         {[]flow.Event{act(1, "app-opened"), act(2, "consent-accept")}, 5, "signed_up"},
		"no account, still":             {[]flow.Event{act(1, "app-opened"), act(2, "consent-accept"), act(9, "no-account")}, 5, ""},
		"signed in later":               {[]flow.Event{act(1, "app-opened"), act(2, "consent-accept"), act(9, "sign-in")}, 5, ""},
		"closed, and used again":        {[]flow.Event{act(1, "app-opened"), act(2, "consent-accept"), act(3, "app-closed"), act(9, "sign-up")}, 5, "act"},
		"closed, and opened again":      {[]flow.Event{act(1, "app-opened"), act(2, "consent-accept"), act(3, "app-closed"), act(8, "app-opened"), act(9, "sign-up")}, 5, ""},
		"in front, and not opened":      {[]flow.Event{act(1, "consent-accept"), state(2, "swiped"), state(4, "foreground"), act(9, "sign-up")}, 5, "act"},
		"in front, and opened":          {[]flow.Event{act(1, "consent-accept"), state(2, "swiped"), state(4, "foreground"), act(4.5, "app-opened"), act(9, "sign-up")}, 5, ""},
		"a tap in an app that is away":  {[]flow.Event{act(1, "consent-accept"), state(2, "closed"), act(9, "sign-up")}, 5, "state"},
		"marked a little early":         {[]flow.Event{act(1, "consent-accept"), state(2, "closed"), act(9, "app-opened"), state(9.5, "foreground"), act(20, "sign-up")}, 5, ""},
		"marked a little late":          {[]flow.Event{act(1, "consent-accept"), state(2, "swiped"), act(2.5, "app-closed"), act(20, "app-opened"), state(20, "foreground"), act(30, "sign-up")}, 5, ""},
		"closed in an app that is away": {[]flow.Event{act(1, "consent-accept"), state(2, "closed"), act(9, "app-closed"), act(10, "no-account")}, 5, "state"},
	} {
		got := slices.DeleteFunc(strings.Fields(unmarkedAt(New(c.events), c.at)), func(f string) bool { return strings.Contains("draft_open clip_fate clip_ended", f) })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
	for name, c := range map[string]struct {
		events []flow.Event
		at     float64
		want   string // but for the account and consent
	}{
		"a clip with an end":         {clip, 3, ""},
		"between record and next":    {clip[:2], 1.5, "clip_fate"},
		"no end":                     {clip[:2], 3, "act draft_open clip_fate clip_ended"},
		"another begun":              {append(slices.Clone(clip[:2]), act(6, "record"), act(7, "post")), 3, "act draft_open clip_fate clip_ended"},
		"the other":                  {append(slices.Clone(clip[:2]), act(6, "record"), act(7, "post")), 6.5, ""},
		"next twice":                 {append(slices.Clone(clip[:2]), act(6, "next"), act(7, "post")), 3, "act draft_open clip_fate clip_ended"},
		"next without record":        {[]flow.Event{act(0, "post"), act(1, "note"), act(4, "next"), act(7, "post")}, 3, "act draft_open clip_fate clip_ended"},
		"post without a clip":        {[]flow.Event{act(0, "post"), act(1, "note"), act(4, "post")}, 3, "act draft_open clip_fate clip_ended"},
		"before the first clip":      {[]flow.Event{act(0, "note"), act(4, "record"), act(7, "post")}, 3, "draft_open clip_fate clip_ended"},
		"kept, and another begun":    {[]flow.Event{act(0, "record"), act(1, "save-draft"), act(4, "record"), act(7, "post")}, 3, ""},
		"kept, and no other":         {[]flow.Event{act(0, "record"), act(1, "save-draft")}, 3, "clip_ended"},
		"posted, and no other":       {[]flow.Event{act(0, "record"), act(1, "post")}, 3, ""},
		"a list that came to an end": {[]flow.Event{act(0, "record"), act(1, "post"), {Time: at(2), Kind: "gap", What: End}}, 3, "act draft_open clip_fate clip_ended"},
		"one of two":                 {[]flow.Event{act(0, "record"), act(1, "post"), {Time: at(2), Kind: "gap", What: End, Source: "other"}}, 3, ""},
	} {
		got := slices.DeleteFunc(strings.Fields(unmarkedAt(New(c.events), c.at)), func(f string) bool { return f == "signed_up" || f == "consent" })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// Two acts that lie nearer than their own errors may have been the other way
// round: what they left is open until a third one settles it. The error of their
// clock moves both alike.
func TestOrderOfActs(t *testing.T) {
	list := func(own time.Duration) *Timeline {
		var l []flow.Event
		for _, e := range []flow.Event{act(0, "app-opened"), act(10, "consent-refuse"), act(11, "consent-accept"), act(30, "consent-refuse"), act(40, "consent-accept")} {
			e.Bound, e.Loose = 2*time.Second, own
			l = append(l, e)
		}
		return New(l)
	}
	for s, want := range map[float64]bool{5: false, 20: true, 29: true, 35: false, 50: false} {
		if got := list(2*time.Second).At(at(s)).Open&Consent != 0; got != want && s != 29 {
			t.Errorf("at %g s: open %v", s, got)
		}
		if list(0).At(at(s)).Open&Consent != 0 && s != 29 {
			t.Errorf("at %g s: open, by a clock that errs in all alike", s)
		}
	}
}

// What is told with lines taken out is what is told with all of them, or nothing:
// of clips, consent and the account, as long as one line at a time is missing.
func TestOneLineLess(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	for n := range 300 {
		// A life as a person may mark it.
		var l []flow.Event
		s := 0.0
		do := func(what string) { s += 2 + 8*r.Float64(); l = append(l, act(s, what)) }
		be := func(what string) { s += 2; l = append(l, state(s, what)) }
		be("foreground")
		l = append(l, act(s+0.1, "app-opened"))
		do("consent-refuse")
		do("consent-accept")
		for range 1 + r.IntN(3) {
			do("record")
			do("next")
			do([]string{"post", "discard", "save-draft"}[r.IntN(3)])
			if r.IntN(2) == 0 {
				do("app-closed")
				be([]string{"swiped", "screen-off", "closed"}[r.IntN(3)])
				s += 5
				be("foreground")
				l = append(l, act(s+0.1, "app-opened"))
			}
		}
		do("sign-up")
		do("record")
		do("post")
		do("app-closed")
		be("closed")
		whole := New(l)
		for i := range l {
			less := New(append(slices.Delete(slices.Clone(l), i, i+1), flow.Event{Time: at(s), Kind: "gap", What: End}))
			for at := l[0].Time; at.Before(l[len(l)-1].Time); at = at.Add(500 * time.Millisecond) {
				if at.Sub(l[i].Time).Abs() <= handBound {
					continue
				}
				a, b := whole.At(at), less.At(at)
				if known := Consent | Account; (a.Unmarked|b.Unmarked)&known&Account == 0 && a.Account != b.Account {
					t.Fatalf("life %d without %s: the account at %v: %v, was %v", n, l[i].What, at, b.Account, a.Account)
				}
				// Accepted without refused is as good; refused for accepted is not.
				if b.Unmarked&Consent == 0 && b.Consent == Refused && a.Consent != Refused {
					t.Fatalf("life %d without %s: refused at %v, was %s", n, l[i].What, at, a.Consent)
				}
				if (a.Unmarked|b.Unmarked)&Draft == 0 && a.Draft != b.Draft {
					t.Fatalf("life %d without %s: a clip is open at %v: %v, was %v\n%s", n, l[i].What, at, b.Draft, a.Draft, lines(l))
				}
				if b.Unmarked&State == 0 && b.State != Unknown && b.State != Foreground && a.State == Foreground {
					t.Fatalf("life %d without %s: %s at %v, was in front\n%s", n, l[i].What, b.State, at, lines(l))
				}
			}
		}
	}
}

func lines(l []flow.Event) string {
	var b strings.Builder
	for _, e := range l {
		fmt.Fprintln(&b, e.Time.Format("05.0"), e.Kind, e.What)
	}
	return b.String()
}
