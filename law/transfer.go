package law

import (
	"slices"
	"time"

	"github.com/constat/constat/datatype"
)

// Regime is a law, by its usual name in English.
type Regime string

// The regimes.
const (
	GDPR        Regime = "GDPR"
	UKGDPR      Regime = "UK GDPR"
	FADP        Regime = "FADP" // Switzerland
	LGPD        Regime = "LGPD" // Brazil
	PIPA        Regime = "PIPA" // Korea
	DPDP        Regime = "DPDP Act"
	CFR202      Regime = "28 CFR 202"
	PADFAA      Regime = "PADFAA"
	Destination Regime = "PIPL/DSL (destination)" // laws of mainland China, where data goes
)

// Status is what a law calls a destination on a day.
type Status string

// The statuses.
const (
	Member      Status = "member"               // a member state, or a part of one in the Union
	EEA         Status = "eea"                  // in the EEA, not in the Union
	Transition  Status = "transition"           // treated as a member state after leaving
	Bridge      Status = "bridge"               // transmission not considered a transfer
	Domestic    Status = "domestic"             // the subject's own country
	Adequate    Status = "adequate"             // declared so, within the scope that the row tells
	Conditional Status = "adequate_conditional" // for recipients on a list that day only
	NotListed   Status = "not_listed"           // the recipient was not on that list
	Expired     Status = "adequate_expired"     // it was declared adequate once, and no more
	Overseas    Status = "oct"                  // overseas country or territory of a member state, outside the Union
	None        Status = "none"                 // nothing declares it adequate
	Concern     Status = "country_of_concern"   // of 28 CFR 202, or foreign adversary of PADFAA
	NotConcern  Status = "not_of_concern"       // the country is not on the list; ownership is another question
	Applies     Status = "destination_law"      // the law of the destination has a claim on the data
	NotTold     Status = "subject_not_told"     // whose law protects the subject is not known
	NoTable     Status = "no_table"             // no table for the subject's country on that day
	Unknown     Status = "undetermined"
)

// Statuses lists them all, for whoever must have a word for each.
func Statuses() []Status {
	return []Status{Member, EEA, Transition, Bridge, Domestic, Adequate, Conditional, NotListed, Expired, Overseas, None,
		Concern, NotConcern, Applies, NotTold, NoTable, Unknown}
}

// Regimes lists them all.
func Regimes() []Regime {
	return []Regime{GDPR, UKGDPR, FADP, LGPD, PIPA, DPDP, CFR202, PADFAA, Destination}
}

// Column is what a country says of a recipient.
type Column string

// The columns.
const (
	Place   Column = "place"   // where the machine is
	Control Column = "control" // the seat of the company or of its parent
)

// Listing is what is known of a recipient's certification under the Data
// Privacy Framework, or the list that stood in its place, on the day.
type Listing string

// The listings.
const (
	ListUnknown Listing = ""
	Listed      Listing = "listed"
	Unlisted    Listing = "not listed"
)

// Question is one transfer to be looked up.
type Question struct {
	From   string      // country whose law protects the subject, ISO 3166-1 alpha-2; "" not told
	To     string      // country of the destination; "" not known
	Column Column      // what To is; "" is Place
	On     time.Time   // of the capture; zero is not known
	Type   datatype.ID // "" for none
	DPF    Listing
}

// Row is what one law says.
type Row struct {
	Regime     Regime // "" for NotTold and NoTable
	Status     Status
	Column     Column
	Country    string   // as asked
	Category   string   // of the data type, in laws that list kinds: "(c)", "none", "excluded"
	Article    string   // of the regime, "art. 46"
	Instrument string   // that gives the status
	Safeguards []string // instruments that could have been used instead
	Dated
	Says []Sentence
	Ask  string // key of what to ask for, "" for nothing
}

// Sentence is a message of the report, by its key and arguments.
type Sentence struct {
	Key  string
	Args []string
}

// Sentences are the keys of every sentence there can be, and Asks those of
// Row.Ask, so that a renderer can be tested to have them all.
var (
	Sentences = []string{
		"no_date", "no_country", "no_seat", "not_a_country", "not_told", "no_table", "inside", "as_inside", "domestic", "until",
		"if_listed", "is_listed", "not_listed", "contested", "ended", "oct", "none", "mechanism", "otherwise", "pending", "unsettled",
		"scope.pipeda", "scope.appi", "scope.korea", "scope.korea_out", "scope.automated", "scope.extended", "scope.renewed",
		"note.outermost", "note.part_of_state", "note.directive", "note.svalbard",
		"blacklist", "matches", "no_category", "excluded", "form", "count", "counts_as", "concern.place", "concern.control", "not_concern",
		"brokers", "effect.cooperate", "effect.obtain", "effect.foreign_courts", "effect.outbound",
	}
	Asks = []string{"safeguards", "listing", "scope", "place", "seat", "subject", "transaction", "broker", "owners", "access", "date"}
)

func (r *Row) say(key string, args ...string) { r.Says = append(r.Says, Sentence{key, args}) }

// Transfer says what each law that may govern the transfer calls it. Rows
// stand in the order of Regimes. A law that was not in force that day has no
// row.
func (b *Book) Transfer(q Question) []Row {
	if q.Column == "" {
		q.Column = Place
	}
	var rows []Row
	if q.Column == Place {
		rows = b.protection(q)
	}
	if q.From == "US" {
		rows = append(rows, b.concerned(CFR202, q)...)
		if q.Column == Control {
			rows = append(rows, b.concerned(PADFAA, q)...)
		}
	}
	return append(rows, b.claims(q)...)
}

// protection is the law that protects the subject.
func (b *Book) protection(q Question) []Row {
	base := Row{Column: q.Column, Country: q.To}
	if q.From == "" {
		base.Status, base.Ask = NotTold, "subject"
		base.say("not_told")
		return []Row{base}
	}
	var rows []Row
	for i := range b.regimes {
		r := &b.regimes[i]
		if r.keyed() != Place || !b.protects(r, q.From, q.On) {
			continue
		}
		x := base
		x.Regime, x.Source, x.Checked = r.Regime, r.Source, r.Checked
		switch {
		case q.On.IsZero():
			if slices.ContainsFunc(rows, func(y Row) bool { return y.Regime == r.Regime }) {
				continue // several periods of one law
			}
			x.Status, x.Ask = Unknown, "date"
			x.say("no_date")
		case q.To == "":
			x.Status, x.Ask = Unknown, "place"
			x.say("no_country")
		default:
			b.destinationStatus(&x, r, q)
		}
		rows = append(rows, x)
	}
	if rows == nil && q.From != "US" {
		base.Status = NoTable
		base.say("no_table", q.From)
		return []Row{base}
	}
	return rows
}

// keyed is the column that the regime asks for.
func (r *regime) keyed() Column {
	if r.Regime == CFR202 || r.Regime == PADFAA {
		return Control
	}
	return Place
}

// protects reports whether a regime protects subjects in a country on a day;
// without a day, whether it ever did.
func (b *Book) protects(r *regime, country string, day time.Time) bool {
	if !day.IsZero() && !r.on(day) {
		return false
	}
	return slices.Contains(r.codes, country) || slices.Contains(r.codes, "EEA") && b.inside(country, day)
}

// inside reports whether the GDPR applies in a country as in a member state;
// without a day, whether it ever did.
func (b *Book) inside(country string, day time.Time) bool {
	return slices.ContainsFunc(b.territory, func(t territory) bool {
		in := t.status == Member || t.status == EEA || t.status == Transition
		return in && slices.Contains(t.codes, country) && (day.IsZero() || t.on(day))
	})
}

// destinationStatus fills in what a regime calls q.To.
func (b *Book) destinationStatus(x *Row, r *regime, q Question) {
	if r.Regime == GDPR && b.territorial(x, q) {
		return
	}
	switch {
	case !b.country(q.To):
		x.Status, x.Ask = Unknown, "place"
		x.say("not_a_country", q.To)
	case slices.Contains(r.codes, q.To):
		x.Status, x.Article = Domestic, ""
		x.say("domestic")
	case r.Regime == DPDP:
		x.Status, x.Article = None, r.otherwise
		x.say("blacklist")
	default:
		if !b.declared(x, r, q) {
			b.undeclared(x, r, q)
		}
	}
}

// territorial answers from the table of where the GDPR applies.
func (b *Book) territorial(x *Row, q Question) bool {
	for i := range b.territory {
		t := &b.territory[i]
		if !slices.Contains(t.codes, q.To) || !t.on(q.On) {
			continue
		}
		x.Status, x.Article, x.Instrument, x.Dated = t.status, t.article, t.instrument, t.Dated
		switch t.status {
		case Member, EEA:
			x.say("inside")
		case Transition, Bridge:
			x.say("as_inside")
		case Overseas:
			x.say("oct")
			x.say("mechanism")
			b.safe(x, q.On)
		case Unknown:
			x.Ask = "place"
		}
		if t.note != "" {
			x.say("note." + t.note)
		}
		return true
	}
	return false
}

// declared answers from the decisions in force that day.
func (b *Book) declared(x *Row, r *regime, q Question) bool {
	for i := range b.adequacy {
		a := &b.adequacy[i]
		if a.Regime != r.Regime || !a.on(q.On) || !b.named(a.codes, q.To, q.On) {
			continue
		}
		x.Status, x.Article, x.Instrument, x.Dated = a.status, r.adequate, a.instrument, a.Dated
		if slices.Contains(a.pendingFor, q.From) {
			x.Status, x.Ask = Unknown, "safeguards"
			x.say("pending", q.From)
			b.safe(x, q.On)
			return true
		}
		switch {
		case a.status != Conditional:
			if a.scope != "" && a.scope != "extended" && a.scope != "renewed" {
				x.Ask = "scope"
			}
		case q.DPF == Listed:
			x.Status = Adequate
			x.say("is_listed")
		case q.DPF == Unlisted:
			x.Status, x.Article = NotListed, r.otherwise
			x.say("not_listed")
			x.say("mechanism")
			b.safe(x, q.On)
		default:
			x.Ask = "listing"
			x.say("if_listed")
			x.say("otherwise")
			x.Safeguards = b.instruments(x.Regime, q.On)
		}
		if a.scope != "" && a.status != Conditional {
			x.say("scope." + a.scope)
		}
		if !a.To.IsZero() && a.ended == "" {
			x.say("until", a.To.Format(time.DateOnly))
		}
		if a.contested {
			x.say("contested")
		}
		return true
	}
	return false
}

// named reports whether a list of codes, in which EEA stands for many, has a
// country on a day.
func (b *Book) named(codes []string, country string, day time.Time) bool {
	return slices.Contains(codes, country) || slices.Contains(codes, "EEA") && b.inside(country, day)
}

// undeclared is a country that nothing declares adequate that day.
func (b *Book) undeclared(x *Row, r *regime, q Question) {
	x.Status, x.Article = None, r.otherwise
	var last *adequacy
	for i := range b.adequacy {
		a := &b.adequacy[i]
		if a.Regime == r.Regime && slices.Contains(a.codes, q.To) && !a.To.IsZero() && a.To.Before(q.On) && (last == nil || a.To.After(last.To)) {
			last = a
		}
	}
	if last != nil {
		x.Status, x.Instrument, x.Dated = Expired, last.instrument, last.Dated
		x.say("ended", last.instrument, last.To.Format(time.DateOnly))
		if last.ended != "" {
			x.Instrument += "; " + last.ended
		}
	} else {
		x.say("none")
	}
	x.say("mechanism")
	b.safe(x, q.On)
}

// safe asks for safeguards.
func (b *Book) safe(x *Row, day time.Time) {
	x.Ask, x.Safeguards = "safeguards", b.instruments(x.Regime, day)
}

func (b *Book) instruments(r Regime, day time.Time) (names []string) {
	for _, s := range b.Safeguards(r, day) {
		names = append(names, s.Instrument)
	}
	return names
}
