package audit

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"maps"

	"github.com/constat/constat/recipient"
	"github.com/constat/constat/recipient/statement"
)

// maxSayings bounds the statements that are kept of one address.
const maxSayings = 64

// sayings are what operators say of one machine, each once.
type sayings struct {
	rows []statement.Statement
	seen map[saying]bool
}

// saying tells statements apart; what differs only in time says the same.
type saying struct {
	row, field, value, country string
	layer                      statement.Layer
	addr                       netip.Addr
	zone                       time.Duration
	cached                     bool
}

func (s *sayings) add(all []statement.Statement) {
	for i := range all {
		x := &all[i]
		key := saying{x.Row, x.Field, x.Value, x.Country, x.Layer, x.Addr, x.Zone, x.Cached}
		if len(s.rows) >= maxSayings || s.seen[key] {
			continue
		}
		if s.seen == nil {
			s.seen = map[saying]bool{}
		}
		s.seen[key] = true
		s.rows = append(s.rows, *x)
	}
}

// judge settles the places, when every measurement is in, and returns what
// contradicts itself.
func (ds *destinations) judge(v *recipient.Vantage, claimed []string) (errors []string) {
	machines := slices.SortedFunc(maps.Values(ds.machines), func(a, b *machine) int {
		return cmp.Or(a.address.IP.Compare(b.address.IP), cmp.Compare(a.host, b.host))
	})
	all, last := make([]recipient.Machine, len(machines)), time.Time{}
	for i, m := range machines {
		m.seen.From = v
		all[i] = recipient.Machine{Address: m.address, Seen: m.seen, Statements: m.said.rows}
		if m.last.After(last) {
			last = m.last
		}
	}
	checks := ds.book.Control(last, all)
	errors = slices.Clone(checks.Errors)
	for _, m := range machines {
		m.seen = checks.Apply(m.seen)
		m.result = ds.book.Judge(recipient.Evidence{
			Address: m.address, Captured: m.last, Sightings: []recipient.Sighting{m.seen}, Statements: m.said.rows, Claimed: claimed, Checks: checks,
		})
		for _, e := range m.result.Errors {
			if !slices.Contains(checks.Errors, e) {
				errors = append(errors, cmp.Or(m.ip(), m.host)+": "+ds.text(e))
			}
		}
	}
	return errors
}

// ip is the address as text, "" if there is none.
func (m *machine) ip() string {
	if !m.address.IP.IsValid() {
		return ""
	}
	return m.address.IP.String()
}

// stands is the country that the most is said for as the place of a machine,
// and what may be said of it: the one established, else one that is consistent
// where no other is, else the one that all tables name. "" where they differ.
func (m *machine) stands() (country, verdict string, established bool) {
	r := &m.result
	country = cmp.Or(r.Established, consistent(r), estimate(m.address))
	verdict = string(recipient.Undetermined)
	if v, ok := r.Edge(country); ok {
		verdict = string(v.Verdict)
	}
	return country, verdict, r.Established != ""
}

// consistent is the only country that the edge is consistent with, of those for
// which the most is said.
func consistent(r *recipient.Result) string {
	for _, want := range []recipient.Ruling{recipient.ConsistentStrong, recipient.ConsistentWeak} {
		var named []string
		for _, v := range r.Verdicts {
			if v.Layer == statement.Edge && v.Verdict == want {
				named = append(named, v.Country)
			}
		}
		if len(named) == 1 {
			return named[0]
		}
	}
	return ""
}

// country is where a reference stands, as far as can be said before the end.
func (ds *destinations) country(ref int) string {
	m := ds.refs[ref].m
	if m == nil {
		return ""
	}
	return estimate(m.address)
}

// estimate is the country that every table names that names one.
func estimate(a recipient.Address) string {
	country := ""
	for _, e := range a.Estimates {
		switch {
		case e.Country == "":
		case country == "":
			country = e.Country
		case country != e.Country:
			return ""
		}
	}
	return country
}

// placed fills in what may be said of where one of a recipient's machines is.
func (ds *destinations) placed(row *Recipient, m *machine) {
	r, ip := &m.result, m.ip()
	for _, v := range r.Verdicts {
		p := PlaceRow{IP: ip, Country: v.Country, Verdict: string(v.Verdict), Because: []string{}}
		for _, b := range v.Because {
			p.Because = append(p.Because, ds.text(b))
		}
		if v.Layer == statement.Answer {
			row.Answers = append(row.Answers, p)
		} else {
			row.Verdicts = append(row.Verdicts, p)
		}
	}
	if r.Established != "" {
		row.Established = appendOnce(row.Established, r.Established)
		slices.Sort(row.Established)
	}
	for _, s := range r.Storage {
		if x := ds.statement(ip, &s); len(row.Storage) < maxSayings && !slices.Contains(row.Storage, x) {
			row.Storage = append(row.Storage, x)
		}
	}
}

// address is a machine with its best round trip and what its operator says.
func (ds *destinations) address(m *machine) Address {
	r := &m.result
	a := Address{
		IP: m.ip(), Kind: string(m.address.Kind), ASN: m.address.ASN, Holder: m.address.Holder, Registered: m.address.Registered,
		Anycast: r.Anycast, Established: r.Established, EstablishedBy: r.EstablishedBy,
	}
	for _, e := range m.address.Estimates {
		if e.Country == "" {
			continue
		}
		if a.Estimates == nil {
			a.Estimates = map[string]string{}
		}
		a.Estimates[e.Source] = e.Country
	}
	for _, x := range m.address.Regions {
		a.Regions = append(a.Regions, Region{x.Source, x.Provider, x.Region, x.Country})
	}
	if s, _ := m.seen.Best(); s != nil {
		a.BestRTT, a.RTTBasis = float64((s.D+s.Resolution).Microseconds())/1000, s.Basis
	}
	if km, ok := m.seen.Within(); ok && km < antipode {
		a.Within = math.Ceil(km)
	}
	for i := range m.said.rows {
		if s := &m.said.rows[i]; s.Layer != statement.Storage && (s.Country != "" || s.Place != "" || s.Addr.IsValid() || s.Class == statement.Clock) {
			a.Statements = append(a.Statements, ds.statement(a.IP, s))
		}
	}
	slices.SortFunc(a.Statements, func(x, y StatementRow) int {
		return cmp.Or(cmp.Compare(x.Layer, y.Layer), cmp.Compare(x.Field, y.Field), cmp.Compare(x.Value, y.Value))
	})
	return a
}

// antipode is the distance, in kilometres, beyond which nothing is on Earth.
const antipode = 20000

func (ds *destinations) statement(ip string, s *statement.Statement) StatementRow {
	x := StatementRow{
		IP: ip, Class: string(s.Class), Layer: string(s.Layer), By: s.By, Field: s.Field, Value: ds.text(s.Value),
		Country: s.Country, Place: s.Place, Confidence: s.Confidence, Trap: s.Trap, Source: s.Source, Date: s.SourceDate,
	}
	if s.Addr.IsValid() {
		x.Address = s.Addr.String()
	}
	return x
}
