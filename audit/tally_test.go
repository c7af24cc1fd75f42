package audit

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/datatype"
)

// event is one flow with some items, for counting twice.
type event struct {
	at        int // milliseconds
	items     int
	id        datatype.ID
	recipient int
	country   string
}

// bruteWindows counts every 15-second window on its own.
func bruteWindows(events []event, base int64) (worst, median Count) {
	first, last := events[0].at, events[0].at
	for _, e := range events {
		first, last = min(first, e.at), max(last, e.at)
	}
	begin := (base*1000 + int64(first)) / 1000
	end := (base*1000 + int64(last)) / 1000
	var all []Count
	for s := begin; s <= max(begin, end-14); s++ {
		types, recipients, countries := map[datatype.ID]bool{}, map[int]bool{}, map[string]bool{}
		c := Count{Start: float64(s - begin)}
		for _, e := range events {
			if sec := (base*1000 + int64(e.at)) / 1000; sec < s || sec >= s+15 || e.items == 0 {
				continue
			}
			c.Items += e.items
			c.Bytes += 100
			types[e.id], recipients[e.recipient] = true, true
			if e.country != "" {
				countries[e.country] = true
			}
		}
		c.DataTypes, c.Recipients, c.Countries = len(types), len(recipients), len(countries)
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Items, b.Items), cmp.Compare(a.DataTypes, b.DataTypes), cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(b.Start, a.Start))
	})
	return all[len(all)-1], all[len(all)/2]
}

func TestHeadlineWindowsEqualBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const base = 1_700_000_000
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
			return event{
				at:        rapid.IntRange(0, 90_000).Draw(t, "at"),
				items:     rapid.IntRange(0, 3).Draw(t, "items"),
				id:        rapid.SampledFrom([]datatype.ID{"contact.email", "device.mac", "location.precise"}).Draw(t, "type"),
				recipient: rapid.IntRange(0, 70).Draw(t, "recipient"),
				country:   rapid.SampledFrom([]string{"", "FR", "SG"}).Draw(t, "country"),
			}
		}), 1, 25).Draw(t, "events")
		tl := newTally()
		for _, e := range events {
			when := time.UnixMilli(base*1000 + int64(e.at))
			tl.flow(lot{}, when, 100, 0)
			for range e.items {
				tl.item(lot{}, when, e.id, "A", e.recipient, e.country)
			}
			if e.items > 0 {
				tl.carried(lot{}, when, 100)
			}
		}
		h := tl.headline(func(l lot) attribution.Whose { return l.whose })
		worst, median := bruteWindows(events, base)
		if worst.Items == 0 {
			worst.Start = h.Worst15.Start // every window is the same
		}
		if h.Worst15 != worst {
			t.Fatalf("worst window %+v, counted one by one %+v", h.Worst15, worst)
		}
		if median.Items > 0 && h.Median15 != median || median.Items == 0 && h.Median15.Items != 0 {
			t.Fatalf("median window %+v, counted one by one %+v", h.Median15, median)
		}
	})
}

func TestHeadlineOfYearsIsBounded(t *testing.T) {
	tl := newTally()
	for _, year := range []int{1970, 2000, 2026} {
		when := time.Date(year, 1, 2, 3, 4, 5, 0, time.UTC)
		tl.flow(lot{}, when, 10, 5)
		tl.item(lot{}, when, "contact.email", "A", 0, "")
	}
	h := tl.headline(func(l lot) attribution.Whose { return l.whose })
	if h.Worst15.Items != 1 || h.Median15.Items != 0 || h.Total.Items != 3 || h.Unread() != 50 {
		t.Errorf("headline over 56 years: %+v", h)
	}
}

func (h Headline) Unread() float64 { return h.Total.Unreadable }

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        float64
	}{{0, 0, 0}, {0, 9, 0}, {9, 9, 100}, {1, 1e9, 0.001}, {1e9 - 1, 1e9, 99.999}, {270, 1e6, 0.027}, {1, 3, 33.333}, {9e18, 9e18, 100}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %v, want %v", c.part, c.whole, got, c.want)
		}
	}
}
