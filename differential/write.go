package differential

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// maxFields bounds the rows of fields; the counts have all.
const maxFields = 20000

// maxExchanges is how many places a finding lists.
const maxExchanges = 8

// report writes the judgement into the document.
func (j *judge) report(d *Document) {
	j.order = order(d.Runs)
	d.Design = Design{Runs: j.design.runs, Order: j.order, Ways: int64(j.design.ways), Accident: j.design.accident, Tried: j.tried, Wrong: j.wrong}
	if d.Design.Other = d.Design.Ways - int64(math.Round(j.design.accident*j.design.ways)); d.Design.Other > 0 {
		d.Design.ByChance = true
		other := float64(d.Design.Other)
		if j.design.runs[0] == j.design.runs[1] {
			other /= 2 // a way and its mirror image are one
			d.Design.Other /= 2
		}
		d.Design.Expected = float64(j.wrong) / other
	}
	for _, s := range j.slots {
		d.Alignment.Exchanges++
		var runs runSet
		for run, i := range s {
			if i >= 0 {
				runs |= 1 << run
			}
		}
		switch {
		case runs == j.all:
			d.Alignment.InAll++
		case runs&j.group[0] != 0 && runs&j.group[1] != 0:
			d.Alignment.InBoth++
		}
	}
	j.values(d)
	j.write(d)
	j.rows(d)
	j.limits(d)
	if j.full {
		d.Errors = append(d.Errors, audit.ErrorRow{Kind: "budget", Message: j.redactor.Text("more fields than are kept of one comparison: the rest was not compared"), Count: 1})
	}
}

// order says whether the runs with one persona all came first.
func order(runs []RunRow) string {
	list := slices.Clone(runs)
	for _, r := range list {
		if r.First.IsZero() {
			return "unknown"
		}
	}
	slices.SortStableFunc(list, func(a, b RunRow) int { return a.First.Compare(b.First) })
	changes := 0
	for i := range list[1:] {
		if list[i].Persona != list[i+1].Persona {
			changes++
		}
	}
	if changes == 1 {
		return "blocked"
	}
	return "interleaved"
}

// values lists what differs between the personas.
func (j *judge) values(d *Document) {
	d.Values = []ValueRow{}
	for n, i := range j.subjects.changed {
		p := &j.subjects.pairs[i]
		row := ValueRow{Index: n, DataType: string(p.typ), Label: j.redactor.Text(p.label)}
		for side, v := range p.values {
			row.Redacted[side] = j.redactor.Value(p.typ, v)
		}
		d.Values = append(d.Values, row)
	}
}

// rowsOf turns indexes of pairs into those of the document's Values.
func (j *judge) rowsOf(pairs []int) (list []int) {
	for _, p := range pairs {
		if n, ok := slices.BinarySearch(j.subjects.changed, p); ok {
			list = append(list, n)
		}
	}
	return list
}

func (j *judge) write(d *Document) {
	sums := j.sums()
	seen := map[[2][16]byte]string{}
	for i := range j.findings {
		x := &j.findings[i]
		f := Finding{
			ID: fmt.Sprintf("d%d", i+1), Kind: x.kind, Grade: x.grade, Exchange: []Exchange{j.exchange(x.class)}, Exchanges: 1 + len(x.more),
			Derivation: []audit.Text{}, Changed: x.n, Of: x.of, Chance: x.chance, Bits: math.Round(x.noise), Reasons: x.why, Ranges: x.ranges, Counted: x.counts,
		}
		for _, other := range x.more[:min(len(x.more), maxExchanges-1)] {
			f.Exchange = append(f.Exchange, j.exchange(j.fields[other].class))
		}
		if x.field >= 0 {
			f.Derivation, f.Key = j.derivation(x.field), j.redactor.Text(j.fields[x.field].key)
		}
		if x.pair[0] >= 0 {
			key := [2][16]byte{sums[x.pair[0]], sums[x.pair[1]]}
			if f.SameAs = seen[key]; f.SameAs == "" {
				seen[key] = f.ID
			}
			for _, k := range x.pair {
				c := &j.contents[k]
				if j.contents[x.pair[0]].secret || j.contents[x.pair[1]].secret {
					x.growth.mixed = true // nor by how much it grew
					break
				}
				f.Shapes = append(f.Shapes, Shape{c.kind, c.size, math.Round(c.entropy*100) / 100})
			}
		}
		for _, k := range x.known {
			for _, row := range j.rowsOf([]int{k.pair}) {
				f.Known = append(f.Known, KnownValue{row, k.form, k.what})
				f.Values = append(f.Values, row)
				d.Values[row].Found++
			}
		}
		if f.By = "found"; len(f.Known) == 0 {
			f.By, f.Values = "set", nil
			switch len(j.subjects.changed) {
			case 0:
				f.By = ""
			case 1:
				f.By, f.Values = "single", []int{0}
			}
		}
		slices.Sort(f.Values)
		f.Values = slices.Compact(f.Values)
		if g := x.growth; g.n > 0 && !g.mixed && g.by != 0 && len(x.known) == 0 {
			f.Growth = &Growth{Bytes: g.by, Values: j.rowsOf(j.subjects.grown(g.by))}
			if len(f.Growth.Values) > 0 {
				f.Reasons = append(slices.Clone(f.Reasons), "length")
			}
		}
		switch x.kind {
		case KindSize:
			f.Sizes = x.sizes[:]
		case KindEntropy:
			for _, e := range x.extent {
				f.Entropy = append(f.Entropy, [2]float64{math.Round(e.min*100) / 100, math.Round(e.max*100) / 100})
			}
		case KindPresence:
			f.Side = &x.side
		}
		d.Findings = append(d.Findings, f)
	}
}

// derivation is the way to a field, past the redactor.
func (j *judge) derivation(f int32) []audit.Text {
	list := []audit.Text{}
	for step := range strings.SplitSeq(j.fields[f].text, separator) {
		list = append(list, j.redactor.Text(step))
	}
	return list
}

func (j *judge) exchange(c int32) Exchange {
	x := &j.classes[c]
	e := Exchange{Kind: string(x.kind), Method: x.method, Host: j.redactor.Host(x.shown), Part: x.part}
	if x.method != "" {
		e.Path = j.redactor.Text("/" + strings.Join(x.path, "/"))
	}
	return e
}

// rows lists the fields, and counts them.
func (j *judge) rows(d *Document) {
	best := map[int32]string{}
	for i := range j.findings {
		x := &j.findings[i]
		for _, f := range append([]int32{x.field}, x.more...) {
			if g, ok := best[f]; f >= 0 && (!ok || x.grade < g) {
				best[f] = x.grade
			}
		}
	}
	for i := range j.fields {
		if j.fields[i].runs == 0 {
			continue
		}
		verdict, n := j.verdict(int32(i), best[int32(i)])
		switch verdict {
		case "":
			continue
		case Constant:
			d.Counts.Constant++
		case Changes:
			d.Counts.Changes++
		case Candidate:
			d.Counts.Candidate++
		case Noise:
			d.Counts.Noise++
		case Clock:
			d.Counts.Clock++
		case Unmatched:
			d.Counts.Unmatched++
		}
		if len(d.Fields) < maxFields {
			d.Fields = append(d.Fields, FieldRow{j.exchange(j.fields[i].class), j.derivation(int32(i)), verdict, n})
		}
	}
}

// verdict is that on a field with the best grade of what was found of it.
func (j *judge) verdict(f int32, grade string) (string, int) {
	y := &j.tallies[f]
	switch n := y.changed + y.noisy + y.clocks + y.steady; {
	case grade == "" && j.opened(f):
		return "", 0 // its pieces are fields themselves
	case grade == "A", grade == "B":
		return Changes, n
	case grade == "C":
		return Candidate, n
	case y.noisy > 0, y.changed > 0:
		return Noise, n
	case y.clocks > 0:
		return Clock, n
	case y.steady > 0:
		return Constant, n
	}
	return Unmatched, 0
}

// limits are what the runs cannot exclude.
func (j *judge) limits(d *Document) {
	add := func(code string, holds bool) {
		if holds {
			d.Limits = append(d.Limits, code)
		}
	}
	foreign := 0
	for _, r := range d.Runs {
		foreign += r.Foreign
	}
	add("no-control", j.design.repeats == 0)
	add("one-sided-control", j.design.repeats > 0 && min(j.design.runs[0], j.design.runs[1]) == 1)
	add("blocked-order", j.order == "blocked" && j.design.repeats > 0)
	add("no-times", j.order == "unknown")
	add("no-personas", !j.subjects.known)
	add("many-values", len(j.subjects.changed) > 1)
	add("carried-over", foreign > 0)
	add("few-aligned", d.Alignment.InAll*2 < d.Alignment.Exchanges)
	add("budget", j.full)
	add("device-and-account", true)
}

// errors are the rows on what could not be read.
func (r *reader) errors() []audit.ErrorRow {
	rows := r.rows
	for _, key := range slices.Sorted(maps.Keys(r.gaps)) {
		kind, message, _ := strings.Cut(key, "\x00")
		rows = append(rows, audit.ErrorRow{Input: -1, Kind: kind, Message: r.redactor.Text(message), Count: r.gaps[key]})
	}
	if r.lost > 0 {
		rows = append(rows, audit.ErrorRow{Input: -1, Kind: "more", Message: r.redactor.Text("further errors, not listed"), Count: r.lost})
	}
	return rows
}
