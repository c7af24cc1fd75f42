package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/datatype"
)

// groupExamples is how many rows of a group open to their proof.
const groupExamples = 3

// maxGroups bounds the folded view; further rows are in the ledger only. Until
// the end rows are folded by host, which needs more room.
const (
	maxGroups     = 2000
	maxHostGroups = 4 * maxGroups
)

type groupKey struct {
	dataType, form, grade string
	recipient             int // a host until the end
	lot                   lot
}

type group struct {
	key         groupKey
	count       int
	values      map[string]struct{} // aliases
	first, last int64               // Unix nanoseconds, noTime if unknown
	bytes       int64
	confidence  float64
	examples    []example
}

// example is a row kept with what its tail needs.
type example struct {
	Transfer
	n   int // of the row
	ns  int64
	ref int
	who int
}

// groups folds rows that tell the same, see Group.
type groups struct {
	byKey map[groupKey]*group
	order []*group
	spare group // receives what is beyond maxGroups
}

func newGroups() *groups { return &groups{byKey: map[groupKey]*group{}} }

func (gs *groups) add(t *Transfer, of lot, recipient int, ns, bytes int64) *group {
	k := groupKey{t.DataType, t.Form, t.Grade, recipient, of}
	g := gs.byKey[k]
	if g == nil {
		if len(gs.order) >= maxHostGroups {
			gs.spare = group{examples: make([]example, groupExamples)}
			return &gs.spare
		}
		g = &group{key: k, values: map[string]struct{}{}, first: noTime, last: noTime}
		gs.byKey[k] = g
		gs.order = append(gs.order, g)
	}
	g.count++
	g.bytes += bytes
	g.confidence = max(g.confidence, t.Confidence)
	if len(g.values) < aliasesPerType {
		g.values[t.Alias] = struct{}{}
	}
	if ns != noTime {
		if g.first == noTime || ns < g.first {
			g.first = ns
		}
		g.last = max(g.last, ns)
	}
	return g
}

// folded joins the groups of hosts that are one recipient's, in order of
// appearance. What was gathered stays as it is: a live view comes again.
func (gs *groups) folded(to []int, settled settler) []*group {
	var out []*group
	byKey := map[groupKey]*group{}
	for _, g := range gs.order {
		k := g.key
		k.recipient, k.lot = to[k.recipient], lot{whose: settled(k.lot)}
		f := byKey[k]
		if f == nil {
			c := *g
			c.key = k
			byKey[k] = &c
			out = append(out, &c)
			continue
		}
		f.values = maps.Clone(f.values)
		for v := range g.values {
			if len(f.values) < aliasesPerType {
				f.values[v] = struct{}{}
			}
		}
		if f.first == noTime || g.first != noTime && g.first < f.first {
			f.first = g.first
		}
		if g.last != noTime {
			f.last = max(f.last, g.last)
		}
		f.count += g.count
		f.bytes += g.bytes
		f.confidence = max(f.confidence, g.confidence)
		f.examples = slices.Concat(f.examples, g.examples)
		slices.SortStableFunc(f.examples, func(a, b example) int { return cmp.Compare(a.n, b.n) })
		f.examples = f.examples[:min(len(f.examples), groupExamples)]
	}
	return out
}

// rows lists the groups: the subject's first, the strongest evidence first, then
// the earliest. to is the recipient of each host.
func (gs *groups) rows(refs []reference, to []int, judged []attributed, start time.Time, settled settler) []Group {
	order := gs.folded(to, settled)
	slices.SortStableFunc(order, func(a, b *group) int {
		return cmp.Or(
			cmp.Compare(a.key.lot.whose, b.key.lot.whose),
			cmp.Compare(a.key.grade, b.key.grade),
			cmp.Compare(a.first, b.first),
			cmp.Compare(a.key.dataType, b.key.dataType),
		)
	})
	rows := []Group{}
	for i, g := range order[:min(len(order), maxGroups)] {
		row := Group{
			ID: fmt.Sprintf("g%d", i+1), DataType: g.key.dataType, Form: g.key.form, Grade: g.key.grade,
			Recipient: recipientID(g.key.recipient), Count: g.count, Values: len(g.values),
			First: offset(g.first, start), Last: offset(g.last, start), Bytes: g.bytes, Confidence: g.confidence,
			OtherApp: g.key.lot.whose == attribution.Others, AppOpen: g.key.lot.whose == attribution.Open,
		}
		for _, e := range g.examples {
			t := e.Transfer
			if e.ns != noTime {
				t.Time = time.Unix(0, e.ns).UTC()
			}
			t.Offset = offset(e.ns, start)
			t.Recipient, t.Sender = refs[e.ref].RecipientRef, senderOf(judged[e.who].Judgement)
			row.Examples = append(row.Examples, t)
		}
		rows = append(rows, row)
	}
	return rows
}

// offset is the time in seconds after start, -1 if unknown.
func offset(ns int64, start time.Time) float64 {
	if ns == noTime || start.IsZero() {
		return -1
	}
	return time.Unix(0, ns).Sub(start).Seconds()
}

func recipientID(i int) string { return fmt.Sprintf("r%d", i+1) }

// lanes is a histogram of rows over time, per recipient and data type, without
// what is surely another app's. Its
// slots begin a tenth of a second wide and double whenever there are too
// many of them, so that its size does not depend on the capture's length.
type lanes struct {
	width int64 // nanoseconds
	slots map[slot]*mark
}

type slot struct {
	at        int64
	recipient int
	dataType  datatype.ID
	lot       lot
}

type mark struct {
	items int
	grade string
}

// maxSlots bounds what is drawn. Until the end slots are kept by host.
const (
	maxSlots     = 1200
	maxHostSlots = 4 * maxSlots
)

func newLanes() *lanes {
	return &lanes{width: int64(100 * time.Millisecond), slots: map[slot]*mark{}}
}

func (l *lanes) mark(of lot, ns int64, recipient int, t datatype.ID, grade string) {
	if ns == noTime || of.whose == attribution.Others {
		return
	}
	l.put(slot{ns / l.width, recipient, t, of}, mark{1, grade})
	l.widen(maxHostSlots)
}

// widen doubles the slots' width until there are at most that many.
func (l *lanes) widen(most int) {
	for len(l.slots) > most && l.width < int64(time.Hour) {
		old := l.slots
		l.width, l.slots = l.width*2, make(map[slot]*mark, len(old)/2)
		for s, m := range old {
			s.at /= 2
			l.put(s, *m)
		}
	}
}

func (l *lanes) put(s slot, m mark) {
	have := l.slots[s]
	if have == nil {
		l.slots[s] = &m
		return
	}
	have.items += m.items
	have.grade = min(have.grade, m.grade)
}

func (l *lanes) rows(ds *destinations, start time.Time, settled settler) []Lane {
	by := map[int][]Mark{}
	folded := lanes{width: l.width, slots: make(map[slot]*mark, len(l.slots))}
	for s, m := range l.slots {
		s.recipient, s.lot = ds.to[s.recipient], lot{whose: settled(s.lot)}
		folded.put(s, *m)
	}
	folded.widen(maxSlots)
	for s, m := range folded.slots {
		at := max(0, offset(s.at*folded.width, start))
		by[s.recipient] = append(by[s.recipient], Mark{
			Start: at, Length: time.Duration(folded.width).Seconds(), DataType: string(s.dataType), Items: m.items, Grade: m.grade,
			AppOpen: s.lot.whose == attribution.Open,
		})
	}
	rows := []Lane{}
	for i := range ds.recipients {
		marks := by[i]
		if len(marks) == 0 {
			continue
		}
		slices.SortFunc(marks, func(a, b Mark) int {
			if a.AppOpen != b.AppOpen && a.Start == b.Start && a.DataType == b.DataType {
				return map[bool]int{true: 1, false: -1}[a.AppOpen]
			}
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.DataType, b.DataType))
		})
		rows = append(rows, Lane{Recipient: recipientID(i), Marks: marks})
	}
	return rows
}
