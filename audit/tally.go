package audit

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/datatype"
)

// span15 is the length of a headline window: the case's 15 seconds.
const span15 = 15

// set is a small set of small numbers, as bits.
type set []uint64

func (s *set) add(i int) {
	for len(*s) <= i/64 {
		*s = append(*s, 0)
	}
	(*s)[i/64] |= 1 << (i % 64)
}

func (s *set) union(t set) {
	for len(*s) < len(t) {
		*s = append(*s, 0)
	}
	for i, w := range t {
		(*s)[i] |= w
	}
}

func (s set) len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// folded is how many there are when to says which of them are one; nil: none.
func (s set) folded(to []int) int {
	if to == nil {
		return s.len()
	}
	var out set
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			out.add(to[i*64+bits.TrailingZeros64(w)])
		}
	}
	return out.len()
}

// second is what happened in one second of the capture.
type second struct {
	types, recipients, countries set // recipients are hosts until they are counted
	items                        int
	bytes                        int64 // of messages that carried personal data
	out, unread                  int64 // of all messages
}

func (a *second) add(b *second) {
	a.types.union(b.types)
	a.recipients.union(b.recipients)
	a.countries.union(b.countries)
	a.items += b.items
	a.bytes += b.bytes
	a.out += b.out
	a.unread += b.unread
}

func (a *second) count(start float64, to []int) Count {
	return Count{
		Start: start, DataTypes: a.types.len(), Items: a.items, Bytes: a.bytes,
		Recipients: a.recipients.folded(to), Countries: a.countries.len(),
		Unreadable: percent(a.unread, a.out),
	}
}

// percent is part of whole in percent, to a thousandth; 0 of nothing. A little is
// never 0, and almost all never 100.
func percent(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	p := math.Round(float64(part)/float64(whole)*1e5) / 1e3
	switch {
	case part > 0 && p == 0:
		return 0.001
	case part < whole && p == 100:
		return 99.999
	}
	return p
}

// tally counts an audit in seconds, from which it makes the headline: each lot
// apart, since what another app sent is not what this one did.
type tally struct {
	lots  map[lot]*counts
	ids   map[datatype.ID]int
	names map[string]int // country codes
	flows int
	first time.Time // of any flow
	last  time.Time
	to    []int // of each host its recipient, nil: itself
}

// counts are those of one lot.
type counts struct {
	seconds map[int64]*second // by Unix second; noTime for flows without a time
	grades  Grades
	leave   int64 // Unix nanoseconds of the first personal data, noTime if none
}

func newTally() *tally {
	return &tally{lots: map[lot]*counts{}, ids: map[datatype.ID]int{}, names: map[string]int{}}
}

func newCounts() *counts { return &counts{seconds: map[int64]*second{}, leave: noTime} }

func (t *tally) of(l lot) *counts {
	c := t.lots[l]
	if c == nil {
		c = newCounts()
		t.lots[l] = c
	}
	return c
}

// at returns the counter for the time.
func (c *counts) at(when time.Time) *second {
	key := noTime
	if !when.IsZero() {
		key = when.Unix()
	}
	return c.second(key)
}

func (c *counts) second(key int64) *second {
	s := c.seconds[key]
	if s == nil {
		s = &second{}
		c.seconds[key] = s
	}
	return s
}

// add takes in those of another lot.
func (c *counts) add(d *counts) {
	for key, s := range d.seconds {
		c.second(key).add(s)
	}
	c.grades.A, c.grades.B, c.grades.C = c.grades.A+d.grades.A, c.grades.B+d.grades.B, c.grades.C+d.grades.C
	if d.leave != noTime && (c.leave == noTime || d.leave < c.leave) {
		c.leave = d.leave
	}
}

func (c *counts) total(to []int) Count {
	sum := &second{}
	for _, s := range c.seconds {
		sum.add(s)
	}
	return sum.count(0, to)
}

// in joins the lots that are of one kind in the end. What was counted stays as it
// is: a live view comes again.
func (t *tally) in(whose attribution.Whose, settled settler) *counts {
	var all []*counts
	for l, c := range t.lots {
		if settled(l) == whose {
			all = append(all, c)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	sum := newCounts()
	for _, c := range all {
		sum.add(c)
	}
	return sum
}

// flow counts one flow: out bytes left, of which unread could not be read.
func (t *tally) flow(l lot, when time.Time, out, unread int64) {
	t.flows++
	s := t.of(l).at(when)
	s.out += out
	s.unread += unread
	if when.IsZero() {
		return
	}
	if t.first.IsZero() || when.Before(t.first) {
		t.first = when
	}
	if when.After(t.last) {
		t.last = when
	}
}

// carried counts a message of out bytes that carried personal data.
func (t *tally) carried(l lot, when time.Time, out int64) { t.of(l).at(when).bytes += out }

// item counts one row of the ledger.
func (t *tally) item(l lot, when time.Time, id datatype.ID, grade string, recipient int, country string) {
	c := t.of(l)
	s := c.at(when)
	s.items++
	s.types.add(number(t.ids, id))
	s.recipients.add(recipient)
	if country != "" {
		s.countries.add(number(t.names, country))
	}
	switch grade {
	case "A":
		c.grades.A++
	case "B":
		c.grades.B++
	default:
		c.grades.C++
	}
	if !when.IsZero() && (c.leave == noTime || when.UnixNano() < c.leave) {
		c.leave = when.UnixNano()
	}
}

// number gives each key a small number in order of appearance.
func number[K comparable](m map[K]int, k K) int {
	n, ok := m[k]
	if !ok {
		n = len(m)
		m[k] = n
	}
	return n
}

// headline makes the totals and the worst and median window. Windows are 15
// seconds long and start at every whole second from the first flow's to 15
// seconds before the end. They count what is the subject's; what may be and what
// is not is told beside.
func (t *tally) headline(settled settler) Headline {
	own := t.in(attribution.Mine, settled)
	h := Headline{Flows: t.flows, FirstDeparture: -1, Grades: own.grades}
	for _, x := range []struct {
		whose attribution.Whose
		count **Count
	}{{attribution.Open, &h.Open}, {attribution.Others, &h.Others}} {
		if c := t.in(x.whose, settled).total(t.to); c.Items > 0 {
			*x.count = &c
		}
	}
	keys := make([]int64, 0, len(own.seconds))
	for k := range own.seconds {
		if k != noTime {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	h.Total = own.total(t.to)
	if t.first.IsZero() {
		h.Worst15, h.Median15 = h.Total, h.Total
		return h
	}
	h.Duration = t.last.Sub(t.first).Seconds()
	if own.leave != noTime {
		h.FirstDeparture = time.Unix(0, own.leave).Sub(t.first).Seconds()
	}
	begin := t.first.Unix()
	lastStart := max(begin, t.last.Unix()-span15+1)

	// Only windows that touch a second with something in it can differ from
	// nothing; the others are counted, not made.
	type windowCount struct {
		start int64
		Count
	}
	var windows []windowCount
	next := begin
	for i, k := range keys {
		for s := max(next, k-span15+1); s <= min(k, lastStart); s++ {
			w := &second{}
			j, _ := slices.BinarySearch(keys[:i+1], s)
			for ; j < len(keys) && keys[j] < s+span15; j++ {
				w.add(own.seconds[keys[j]])
			}
			windows = append(windows, windowCount{s, w.count(float64(s-begin), t.to)})
		}
		next = max(next, min(k, lastStart)+1)
	}
	slices.SortStableFunc(windows, func(a, b windowCount) int {
		switch {
		case a.Items != b.Items:
			return a.Items - b.Items
		case a.DataTypes != b.DataTypes:
			return a.DataTypes - b.DataTypes
		case a.Bytes != b.Bytes:
			return int(min(max(a.Bytes-b.Bytes, -1), 1))
		}
		return int(min(max(b.start-a.start, -1), 1)) // the earlier of equals is the worse
	})
	empty := lastStart - begin + 1 - int64(len(windows))
	if n := len(windows); n > 0 {
		h.Worst15 = windows[n-1].Count
		if m := (empty+int64(n))/2 - empty; m >= 0 {
			h.Median15 = windows[m].Count
		}
	}
	return h
}
