package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/law"
	"github.com/constat/constat/recipient"
)

// LawRow is what one law calls what a recipient got (package law). It is a
// status of that day, never a judgement.
type LawRow struct {
	Regime string `json:"regime,omitempty"` // "GDPR", "28 CFR 202" …; absent when nobody said whose law protects the subject
	Status string `json:"status"`           // "member", "adequate", "none", "country_of_concern", "undetermined" …
	Column string `json:"column"`           // what the countries are: "place" of the machine, "control" of the company

	// Countries that were looked up. When the place is undetermined these are
	// those that a table names, the status is undetermined, and Possible has
	// the status of each. They need not be all.
	Countries []string      `json:"countries"`
	Place     string        `json:"place,omitempty"` // verdict on them
	Possible  []LawPossible `json:"possible,omitempty"`

	Category  string   `json:"category,omitempty"` // of the data, in laws that list kinds: "(c)", "none", "excluded"
	DataTypes []string `json:"data_types"`
	On        []string `json:"on"` // first and last day for which this holds, of those when data left; empty: not known

	Article    string        `json:"article,omitempty"`
	Instrument string        `json:"instrument,omitempty"`
	Safeguards []string      `json:"safeguards,omitempty"` // instruments that could have been used
	From       string        `json:"from,omitempty"`       // of the row of the table
	To         string        `json:"to,omitempty"`
	Source     string        `json:"source,omitempty"`
	Checked    string        `json:"checked,omitempty"` // "read 2026-11-28": read, press or mem (from memory)
	Says       []LawSentence `json:"says"`
	Ask        string        `json:"ask,omitempty"` // code of what to ask for, see report
}

// LawPossible is the status if the machine stood in a country.
type LawPossible struct {
	Country string `json:"country"`
	Status  string `json:"status"`
}

// LawSentence is a message of the report.
type LawSentence struct {
	Key  string   `json:"key"`
	Args []string `json:"args,omitempty"`
}

// Standing is what questions ask of one address that got personal data:
// "yes", "no" or "undetermined", on the days when it did. It does not depend on
// whose law protects the subject.
type Standing struct {
	IP                string `json:"ip"` // "" when the capture does not tell
	EEA               string `json:"eea"`
	Adequate          string `json:"adequate"`           // by the Commission; also "conditional"
	Concern           string `json:"concern"`            // a country of concern of 28 CFR 202, by place
	ControllerConcern string `json:"controller_concern"` // by the seats of the company and its parent
}

// Where a subject's country is from.
const (
	SubjectTold    = "told"
	SubjectVantage = "vantage"
	SubjectPersona = "persona"
)

// maxDays bounds the days kept of one server; then only the last moves on.
const maxDays = 400

// got is what one host at one address got.
type got struct {
	types map[datatype.ID]bool
	days  []int64 // since 1970, distinct
	dark  bool    // something has no time
}

// lawful gathers what was received, for package law. By reference of a host at
// an address, so that it does not matter whose the host turns out to be.
type lawful struct {
	byRef map[int]*got
}

// item counts one row of the ledger.
func (l *lawful) item(ref int, t datatype.ID, ns int64) {
	if l.byRef == nil {
		l.byRef = map[int]*got{}
	}
	g := l.byRef[ref]
	if g == nil {
		g = &got{types: map[datatype.ID]bool{}}
		l.byRef[ref] = g
	}
	g.types[t] = true
	if ns == noTime {
		g.dark = true
		return
	}
	day := time.Unix(0, ns).UTC().Unix() / 86400
	switch {
	case slices.Contains(g.days, day):
	case len(g.days) < maxDays:
		g.days = append(g.days, day)
	default:
		g.days[maxDays-1] = max(g.days[maxDays-1], day)
	}
}

// whereabouts are the countries that are looked up for an address.
type whereabouts struct {
	countries []string
	verdict   string
}

// lookup is one address of a recipient with what it got there.
type lookup struct {
	ip    string
	where whereabouts
	*got
}

// write adds what the laws say to the recipients of a document.
func (l *lawful) write(doc *Document, refs []reference, o *Options) {
	book := o.Law
	if book == nil || len(l.byRef) == 0 {
		return
	}
	known := map[law.Question][]law.Row{} // recipients share countries and days
	ask := func(q law.Question) []law.Row {
		rows, ok := known[q]
		if !ok {
			rows = book.Transfer(q)
			known[q] = rows
		}
		return rows
	}
	byRecipient := map[string][]lookup{}
	for _, ref := range slices.Sorted(maps.Keys(l.byRef)) {
		r := &refs[ref].RecipientRef
		byRecipient[r.ID] = append(byRecipient[r.ID], lookup{ip: r.IP, got: l.byRef[ref]})
	}
	for i := range doc.Recipients {
		r := &doc.Recipients[i]
		lookups := byRecipient[r.ID]
		if len(lookups) == 0 {
			continue
		}
		rows := lawRows{ask: ask, from: o.SubjectIn, at: map[string]int{}}
		for j := range lookups {
			x := &lookups[j]
			x.where = stands(r, x.ip, o.Claimed)
			rows.place(x)
			rows.control(r, x.got)
		}
		r.Law = rows.list()
		r.Standing = standings(book, r, lookups)
	}
	latest, mem, n := book.Checked()
	doc.Sources = append(doc.Sources, Source{
		ID: "law", Name: "constat's law tables", ContentDate: latest, Licence: "facts", Use: "law",
		Attribution: fmt.Sprintf("%d dated rows, each with its source; %d of them from memory, to be checked", n, mem),
	})
	slices.SortStableFunc(doc.Sources, func(a, b Source) int { return cmp.Compare(a.ID, b.ID) })
}

// stands is where an address may be: where a verdict says so, else the
// countries that something names as a place. What only somebody claims, or the
// registry alone says, is no place.
func stands(r *Recipient, ip string, claimed []string) whereabouts {
	named, registered := map[string]bool{}, ""
	for _, a := range r.Addresses {
		if a.IP == ip {
			registered = a.Registered
			for _, c := range a.Estimates {
				named[c] = true
			}
		}
	}
	w := whereabouts{verdict: "undetermined"}
	for _, p := range r.Verdicts {
		switch {
		case p.IP != ip || ip == "" || strings.HasPrefix(p.Verdict, "impossible"):
		case strings.HasPrefix(p.Verdict, "consistent"):
			if !strings.HasPrefix(w.verdict, "consistent") {
				w = whereabouts{verdict: p.Verdict}
			}
			w.countries = appendOnce(w.countries, p.Country)
		case strings.HasPrefix(w.verdict, "consistent"):
		case named[p.Country] || p.Country != registered && !slices.Contains(claimed, p.Country):
			w.countries = appendOnce(w.countries, p.Country)
		}
	}
	slices.Sort(w.countries)
	if len(w.countries) > 1 { // two places for one machine are none
		w.verdict = "undetermined"
	}
	return w
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// Shares, in percent, from which a holder counts: half for 28 CFR 202.211, and a
// fifth for PADFA (Pub. L. 118-50, div. I, sec. 2(c)(4)).
const (
	half  = recipient.Controls
	fifth = 20
)

// seats are the countries of the company, of its parent and of whoever holds so
// much of it, "" when no row says.
func seats(r *Recipient, least float64) []string {
	var all []string
	for _, c := range []string{r.Seat, r.ParentSeat} {
		if c != "" {
			all = appendOnce(all, c)
		}
	}
	for _, x := range r.Control {
		if x.Through == string(recipient.HolderSeat) && x.Percent >= least {
			all = appendOnce(all, x.Country)
		}
	}
	if all == nil {
		return []string{""}
	}
	return all
}

// lawRows folds answers: one row a regime, status, countries and category.
type lawRows struct {
	ask  func(law.Question) []law.Row
	from string
	rows []LawRow
	at   map[string]int
}

// when are the days of g; the zero time stands for what has none.
func (g *got) when() []time.Time {
	var all []time.Time
	for _, d := range slices.Sorted(slices.Values(g.days)) {
		all = append(all, time.Unix(d*86400, 0).UTC())
	}
	if g.dark || all == nil {
		all = append(all, time.Time{})
	}
	return all
}

// place asks by where the machine is.
func (rs *lawRows) place(x *lookup) {
	types := slices.Sorted(maps.Keys(x.types))
	for _, day := range x.when() {
		for _, t := range types {
			q := law.Question{From: rs.from, Column: law.Place, On: day, Type: t}
			if x.where.verdict != "undetermined" {
				q.To = x.where.countries[0]
				for _, r := range rs.ask(q) {
					rs.add(r, x.where.countries, x.where.verdict, nil, t, day)
				}
				continue
			}
			rs.undetermined(q, x.where, t, day)
		}
	}
}

// undetermined asks without a country, and tells what each candidate would
// give.
func (rs *lawRows) undetermined(q law.Question, w whereabouts, t datatype.ID, day time.Time) {
	type key struct {
		regime   law.Regime
		category string
	}
	possible := map[key][]LawPossible{}
	for _, c := range w.countries {
		q.To = c
		for _, r := range rs.ask(q) {
			k, p := key{r.Regime, r.Category}, LawPossible{c, string(r.Status)}
			if !slices.Contains(possible[k], p) {
				possible[k] = append(possible[k], p)
			}
		}
	}
	q.To = ""
	for _, r := range rs.ask(q) {
		rs.add(r, w.countries, w.verdict, possible[key{r.Regime, r.Category}], t, day)
	}
}

// control asks by the seats of the company and of whoever holds enough of it.
func (rs *lawRows) control(r *Recipient, g *got) {
	controlled := seats(r, half)
	for _, seat := range seats(r, fifth) {
		countries := []string{}
		if seat != "" {
			countries = []string{seat}
		}
		for _, day := range g.when() {
			for _, t := range slices.Sorted(maps.Keys(g.types)) {
				for _, row := range rs.ask(law.Question{From: rs.from, To: seat, Column: law.Control, On: day, Type: t}) {
					if row.Regime == law.PADFAA || slices.Contains(controlled, seat) {
						rs.add(row, countries, "", nil, t, day)
					}
				}
			}
		}
	}
}

// add files one answer. Kinds of data do not matter where the country is on no
// list, and laws of the destination are one row.
func (rs *lawRows) add(r law.Row, countries []string, verdict string, possible []LawPossible, t datatype.ID, day time.Time) {
	if r.Status == law.NotConcern {
		if r.Column == law.Place { // the rule asks who holds the data, and that is said by control
			return
		}
		r.Category = ""
		r.Says = slices.DeleteFunc(slices.Clone(r.Says), func(s law.Sentence) bool { return s.Key != "not_concern" })
		r.Article, _, _ = strings.Cut(r.Article, ", ")
	}
	key := fmt.Sprint(r.Regime, "\x00", r.Status, "\x00", r.Column, "\x00", countries, "\x00", verdict, "\x00", r.Category)
	if r.Regime != law.Destination {
		key += "\x00" + r.Article + "\x00" + r.Instrument
	}
	i, ok := rs.at[key]
	if !ok {
		i = len(rs.rows)
		rs.at[key] = i
		row := LawRow{
			Regime: string(r.Regime), Status: string(r.Status), Column: string(r.Column), Countries: slices.Clone(countries), Place: verdict, Possible: possible,
			Category: r.Category, DataTypes: []string{}, On: []string{}, Safeguards: r.Safeguards,
			From: dayOf(r.From), To: dayOf(r.To), Source: r.Source, Checked: r.Checked, Says: []LawSentence{}, Ask: r.Ask,
		}
		if row.Countries == nil {
			row.Countries = []string{}
		}
		if r.Regime != law.Destination {
			row.Article, row.Instrument = r.Article, r.Instrument
		}
		rs.rows = append(rs.rows, row)
	}
	row := &rs.rows[i]
	for _, s := range r.Says {
		x := LawSentence{s.Key, s.Args}
		if !slices.ContainsFunc(row.Says, func(y LawSentence) bool { return y.Key == x.Key && slices.Equal(y.Args, x.Args) }) {
			row.Says = append(row.Says, x)
		}
	}
	if r.Regime == law.Destination {
		one := r.Instrument + " " + r.Article
		if !slices.Contains(strings.Split(row.Article, "; "), one) {
			row.Article = strings.TrimPrefix(row.Article+"; "+one, "; ")
		}
		row.From, row.To, row.Source, row.Checked = "", "", "", worse(row.Checked, r.Checked)
	}
	row.DataTypes = appendOnce(row.DataTypes, string(t))
	slices.Sort(row.DataTypes)
	if s := dayOf(day); s != "" {
		row.On = span2(row.On, s)
	}
}

// worse is the weaker of two checks: memory before the press before a text.
func worse(a, b string) string {
	for _, how := range []string{"mem", "press", "read"} {
		for _, s := range []string{a, b} {
			if strings.HasPrefix(s, how) {
				return s
			}
		}
	}
	return cmp.Or(a, b)
}

// span2 widens a first and last day.
func span2(on []string, day string) []string {
	if len(on) == 0 {
		return []string{day, day}
	}
	return []string{min(on[0], day), max(on[1], day)}
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// list orders the rows: by regime as package law does, then by column.
func (rs *lawRows) list() []LawRow {
	order := map[string]int{}
	for i, r := range law.Regimes() {
		order[string(r)] = i
	}
	slices.SortStableFunc(rs.rows, func(a, b LawRow) int {
		return cmp.Or(cmp.Compare(order[a.Regime], order[b.Regime]), cmp.Compare(b.Column, a.Column),
			cmp.Compare(a.Status, b.Status), slices.Compare(a.Countries, b.Countries), cmp.Compare(a.Category, b.Category), slices.Compare(a.On, b.On))
	})
	return rs.rows
}

// standings answers what questions ask, an address at a time.
func standings(book *law.Book, r *Recipient, lookups []lookup) []Standing {
	var all []Standing
	at := map[string]int{}
	for i := range lookups {
		x := &lookups[i]
		days := x.when()
		concern := answer(days, seats(r, half), true, func(c string, d time.Time) law.Answer { return book.OfConcern(law.CFR202, c, d) })
		s := Standing{IP: x.ip, EEA: string(law.Undetermined), Adequate: string(law.Undetermined), Concern: string(law.Undetermined), ControllerConcern: concern}
		if x.where.verdict != "undetermined" {
			s.EEA = answer(days, x.where.countries, false, book.InEEA)
			s.Adequate = answer(days, x.where.countries, false, book.AdequateEU)
			s.Concern = answer(days, x.where.countries, false, func(c string, d time.Time) law.Answer { return book.OfConcern(law.CFR202, c, d) })
		}
		j, ok := at[x.ip]
		if !ok {
			at[x.ip] = len(all)
			all = append(all, s)
			continue
		}
		old := &all[j] // another host at the same address, perhaps on other days
		for _, p := range []struct{ into, from *string }{
			{&old.EEA, &s.EEA}, {&old.Adequate, &s.Adequate}, {&old.Concern, &s.Concern}, {&old.ControllerConcern, &s.ControllerConcern},
		} {
			if *p.into != *p.from {
				*p.into = string(law.Undetermined)
			}
		}
	}
	return all
}

// answer is what holds on every day: of every country, or, with any, yes if it
// holds of one. Else it is undetermined.
func answer(days []time.Time, countries []string, any bool, ask func(string, time.Time) law.Answer) string {
	result := law.Answer("")
	for _, d := range days {
		one := law.Answer("")
		for _, c := range countries {
			switch a := ask(c, d); {
			case one == "":
				one = a
			case any && (a == law.Yes || one == law.Yes):
				one = law.Yes
			case a != one:
				one = law.Undetermined
			}
		}
		if result != "" && result != one {
			return string(law.Undetermined)
		}
		result = one
	}
	return string(cmp.Or(result, law.Undetermined))
}
