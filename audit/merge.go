package audit

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"runtime"
	"strings"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/identity"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// Notes by which readers say that nothing left for a flow.
var nothingSent = map[string]bool{"from cache": true, "never sent": true}

// merger builds the document from batches, in order, on one goroutine.
type merger struct {
	o         Options
	events    []flow.Event // of the device
	accesses  []flow.Event // of apps, as the device tells
	clocks    clocks
	marks     int     // of them, by persons
	reckoned  []Clock // of files of events
	redactor  *Redactor
	tally     *tally
	dests     *destinations
	groups    *groups
	lanes     *lanes
	ledger    *Ledger // nil: rows are only counted
	recent    recent
	faults    faults
	aliases   aliases
	domains   map[string]bool // whose reversal costs something, by name
	found     []int           // transfers by persona value
	judged    []persona.Judgement
	inputs    []Input
	limits    map[string]bool
	controls  controls
	incidents incidents
	refuted   refutations
	law       lawful
	splits    splits
	shares    *shares
	whose     *whose
	activity  activity
	rows      int
	buf       []byte
}

func newMerger(o Options) *merger {
	r := NewRedactor(nil)
	m := &merger{
		o: o, redactor: r, tally: newTally(),
		dests: newDestinations(o.Book, r), groups: newGroups(), lanes: newLanes(),
		aliases: aliases{}, domains: map[string]bool{}, limits: map[string]bool{}, splits: splits{},
	}
	if p := o.Persona; p != nil {
		m.found, m.judged = make([]int, len(p.Values)), detect.Judge(p)
		for _, v := range p.Values {
			if o.Reveal {
				m.redactor.Reveal(v.Value)
				continue
			}
			m.redactor.hideValue(v, p.Region)
		}
	}
	m.shares, m.whose = newShares(m.dests, o.Persona), newWhose(&o)
	m.ledger = &Ledger{dir: o.Spool}
	m.inputs, m.faults.rows = []Input{}, []ErrorRow{}
	return m
}

// merge files the results of one batch.
func (m *merger) merge(b *batch) error {
	for len(m.inputs) <= b.input {
		m.inputs = append(m.inputs, Input{})
	}
	for i, f := range b.flows {
		if err := m.flow(b.input, f, b.results[i]); err != nil {
			return err
		}
		b.flows[i], b.results[i] = nil, look{}
	}
	for _, err := range b.damage {
		row := damageRow(b.input, err, m.redactor)
		if row.Kind == "shortfall" {
			m.limits["not-captured"] = true
		} else {
			m.limits["damaged"] = true
		}
		m.faults.add(row)
	}
	return nil
}

func (m *merger) flow(input int, f *flow.Flow, seen look) error {
	res := seen.Result
	in := &m.inputs[input]
	if f.Control != nil {
		m.activity.control(f)
		if f.Control.Kind != flow.Beat {
			m.controls.add(f, res)
		}
		return nil
	}
	in.Flows++
	when := f.Timing.Start
	if !when.IsZero() {
		if in.First.IsZero() || when.Before(in.First) {
			in.First = when
		}
		if when.After(in.Last) {
			in.Last = when
		}
	}
	for _, note := range f.Notes {
		if nothingSent[note] {
			m.tally.flow(lot{}, when, 0, 0)
			return nil
		}
		if strings.HasPrefix(note, "sanitised") {
			m.limits["har-sanitised"] = true
		}
	}
	if f.App == nil {
		m.limits["no-attribution"] = true
	}
	if f.Request != nil && f.Request.Body.Decoded {
		m.limits["har-decoded"] = true
	}
	m.clocks.see(f)
	d := m.dests.of(f)
	who := m.whose.of(input, f)
	m.incidents.add(input, f, d.ref(f), who, m.redactor)
	m.refuted.add(d, input, f, m.whose.lots[who], res, m.redactor)
	if !m.whose.others(who) { // what another app sent is not joined to what this one did
		m.dests.refs[d.ref(f)].mine = true
		d.met(when)
		m.splits.complete(d.family, flowID(input, f.Index), &res)
	}
	before := d.coverage.All()
	out, unread := m.account(d, input, f, who, res)
	m.activity.add(d.recipient, who, f, d.coverage.All().minus(before))
	m.tally.flow(m.whose.lots[who], when, out, unread)
	if !m.whose.others(who) {
		m.shares.add(d, input, f, &res, &seen, m.rows, m.aliases)
	}
	return m.findings(d, input, f, who, res, out)
}

// findings writes the ledger's rows for one flow.
func (m *merger) findings(d *destination, input int, f *flow.Flow, who int, res detect.Result, out int64) error {
	if len(res.Findings) == 0 {
		return nil
	}
	of := m.whose.lots[who]
	m.dests.carry(d, of, out)
	m.tally.carried(of, f.Timing.Start, out)
	var url Text
	method := ""
	if r := f.Request; r != nil {
		method, url = printable(clip(r.Method, 32)), m.redactor.URL(r.URL)
	} else {
		url = Text{string(f.Kind) + "://" + m.redactor.Host(f.Host())}
	}
	var roots []peel.Root // made only when an excerpt is wanted
	ref := d.ref(f)
	country := m.dests.country(ref)
	id := flowID(input, f.Index)
	for i := range res.Findings {
		x := &res.Findings[i]
		part := &res.Parts[x.Root]
		m.rows++
		sent := sentOf(x)
		t := Transfer{
			ID: fmt.Sprintf("t%d", m.rows), DataType: string(x.Type),
			Redacted: m.redactor.Value(x.Type, string(x.Value)),
			Alias:    m.aliases.of(x.Type, x.Value),
			Form:     x.Form, Detail: x.Detail, Anonymity: identity.Judge(sent), Grade: x.Grade, Method: x.Method,
			Confidence: x.Confidence, Reason: m.redactor.Text(x.Reason).s,
			Flow: FlowRef{
				ID: id, Method: method, URL: url, Protocol: printable(f.Protocol), Input: input,
				Offset: part.Root.Source.Offset, Length: part.Root.Source.Length,
			},
			Part: part.Root.Name, Range: Range{x.Off, x.Len},
			Bytes: out,
		}
		if name := t.Anonymity.DomainName; name != "" {
			m.domains[name] = true
		}
		if part.Root.Label != "" {
			t.Part += " " + m.redactor.Text(clip(part.Root.Label, 80)).s
		}
		if part.Root.Key != "" {
			t.Part += ", " + m.redactor.Text(clip(part.Root.Key, 80)).s
		}
		for _, step := range x.Derivation {
			t.Derivation = append(t.Derivation, m.redactor.Text(clip(step, 200)))
		}
		if x.PersonaValue >= 0 {
			n := x.PersonaValue
			t.PersonaValue = &n
			if of.whose != attribution.Others {
				m.found[n]++
			}
		}
		when := flowTime(f, part.Root)
		ns := noTime
		if !when.IsZero() {
			ns = when.UnixNano()
		}
		m.tally.item(of, when, x.Type, x.Grade, d.recipient, country)
		m.lanes.mark(of, ns, d.recipient, x.Type, x.Grade)
		m.dests.item(d, of, x.Type, ns)
		m.dests.identify(d, of, sent, x.Grade)
		if of.whose != attribution.Others {
			m.law.item(ref, x.Type, ns)
		}
		if m.ledger == nil { // a live view
			m.recent.add(&t, when, m.dests.text(m.dests.whois(d).Owner), d.shown)
		} else {
			m.buf = appendRow(m.buf[:0], &t)
			if err := m.ledger.append(m.buf, ns, uint32(ref), uint32(who)); err != nil {
				return err
			}
		}
		if g := m.groups.add(&t, of, d.recipient, ns, out); len(g.examples) < groupExamples {
			if roots == nil {
				roots = peel.Roots(f)
			}
			var spans []span
			for j := range res.Findings {
				if y := &res.Findings[j]; y.Root == x.Root {
					spans = append(spans, span{y.Off, y.Len})
				}
			}
			if x.Root < len(roots) {
				t.Excerpt = m.redactor.excerpt(roots[x.Root].Data, span{x.Off, x.Len}, spans)
			}
			g.examples = append(g.examples, example{t, m.rows, ns, ref, who})
		}
	}
	return nil
}

// document makes the Document of all that was merged.
func (m *merger) document() *Document {
	when := m.timeline()
	start := m.origin(when)
	m.dests.settle(m.whose.settled)
	m.tally.to = m.dests.to
	doc := &Document{
		Schema:   SchemaID,
		Tool:     Tool{Name: "constat", Version: m.o.Version, Go: runtime.Version(), Tier: m.o.tier(), Rules: m.o.Rules},
		Inputs:   m.inputs,
		Subject:  m.subject(),
		Headline: m.tally.headline(m.whose.settled),
		Verdicts: []Verdict{},
	}
	if v := m.o.Vantage; v != nil {
		doc.Vantage = &Vantage{v.Name, v.Lat, v.Lon, v.RadiusKm, cmp.Or(string(v.Access), string(recipient.Unknown))}
	}
	for _, e := range m.dests.judge(m.o.Vantage, m.o.Claimed) {
		m.faults.add(ErrorRow{Kind: "contradiction", Message: Text{e}, Count: 1})
	}
	refs := m.dests.references()
	doc.Recipients = m.dests.rows(start, m.tally.last)
	judged, states := m.whose.settle(m.redactor), stretches(when, m.activity.end())
	if doc.Attribution = m.whose.attribution(judged, m.activity.sent()); doc.Attribution != nil {
		doc.Attribution.SubjectSaid = m.o.AppSaid
	}
	doc.Idle = m.activity.idle(judged, states, start)
	doc.Coverage = m.dests.coverage(refs, when, start, &m.activity, judged, states, doc.Attribution != nil)
	doc.Groups = m.groups.rows(refs, m.dests.to, judged, start, m.whose.settled)
	for _, g := range doc.Groups {
		for i := range g.Examples {
			g.Examples[i].Circumstance = circumstance(when, g.Examples[i].Time, 0)
		}
	}
	doc.Timeline = happenings(when.Events()[:min(len(when.Events()), maxAccesses)], start, m.redactor)
	m.activity.outlive(doc.Timeline, start)
	doc.Accesses, doc.AccessLogs = m.accessed(when, start, m.tally.last)
	doc.Clocks = m.clockRows()
	doc.Incidents = m.incidents.list(when, start, refs, judged)
	doc.Refuted = m.refuted.list(m.dests.to, start, m.whose.settled)
	doc.Sharing = m.shares.sharing(m.redactor, start)
	doc.Lanes = m.lanes.rows(m.dests, start, m.whose.settled)
	doc.Errors = m.faults.rows
	var out, opaque, lost int64
	unsized := false
	for i := range doc.Coverage {
		c, open := doc.Coverage[i].Own()
		c = c.Plus(open)
		out, opaque, lost = out+c.Out, opaque+c.Opaque, lost+c.NotCaptured
		if c.NotCaptured > 0 || c.UnknownSize > 0 {
			m.limits["not-captured"] = true
		}
		unsized = unsized || c.UnknownSize > 0
		if c.Opaque > 0 {
			m.limits["opaque"] = true
		}
	}
	doc.Headline.Unreadable = percent(opaque, out)
	doc.Headline.NotCaptured = percent(lost, out)
	if out == 0 && unsized {
		doc.Headline.NotCaptured = 100 // what left is not known at all
	}
	doc.Controls = m.controls.rows(m.inputs)
	for _, c := range doc.Controls {
		m.limits["control-"+c.Outcome] = true
	}
	doc.Limits = m.limitCodes()
	doc.Sources = m.sources()
	m.law.write(doc, refs, &m.o)
	if m.ledger == nil {
		return doc
	}
	m.ledger.tail = func(ns int64, ref, who uint32, dst []byte) []byte {
		return appendTail(dst, ns, start, when, judged[who].encoded, refs[ref].encoded)
	}
	doc.Transfers = m.ledger
	return doc
}

// subject lists the persona's values, masked, with what became of each.
func (m *merger) subject() Subject {
	s := m.o.Subject
	s.Country, s.CountryFrom = m.o.SubjectIn, m.o.SubjectFrom
	s.Values = []SubjectValue{}
	if m.o.Persona == nil {
		return s
	}
	for i, v := range m.o.Persona.Values {
		x := SubjectValue{
			Index: v.Index, DataType: string(v.Type), Label: m.redactor.Text(v.Label).s,
			Redacted: m.redactor.Value(v.Type, v.Value), Found: m.found[i], Weak: m.judged[i].Why(),
		}
		if m.judged[i].Use == persona.Nowhere {
			x.Problem = x.Weak
		}
		s.Values = append(s.Values, x)
	}
	return s
}

// aliases names values without showing them, in order of appearance.
type aliases map[datatype.ID]map[uint64]string

// aliasesPerType bounds the memory for values that are new in every flow.
const aliasesPerType = 100_000

var aliasSeed = maphash.MakeSeed()

func (a aliases) of(t datatype.ID, value []byte) string {
	known := a[t]
	if known == nil {
		known = map[uint64]string{}
		a[t] = known
	}
	h := maphash.Bytes(aliasSeed, value)
	name, ok := known[h]
	if !ok {
		if len(known) >= aliasesPerType {
			return ""
		}
		name = fmt.Sprintf("%s-%d", t, len(known)+1)
		known[h] = name
	}
	return name
}

// faults are the document's error rows; equal ones are folded, and beyond a
// bound only counted.
type faults struct {
	rows []ErrorRow
	at   map[string]int
}

const maxErrorRows = 200

func (f *faults) add(e ErrorRow) {
	if f.at == nil {
		f.at = map[string]int{}
	}
	key := e.Kind + "\x00" + e.Part + "\x00" + e.Message.s
	if e.Kind == "damage" {
		key = fmt.Sprintf("%s\x00%d\x00%d", key, e.Input, e.Offset)
	}
	i, ok := f.at[key]
	if !ok {
		if len(f.rows) == maxErrorRows {
			e = ErrorRow{Kind: "more", Message: Text{"further errors, not listed"}, Count: 1, Input: e.Input}
			key = "more"
			if i, ok = f.at[key]; ok {
				f.rows[i].Count++
				return
			}
		} else if len(f.rows) > maxErrorRows {
			f.rows[maxErrorRows].Count++
			return
		}
		f.at[key] = len(f.rows)
		f.rows = append(f.rows, e)
		return
	}
	f.rows[i].Count++
}
