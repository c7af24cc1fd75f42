package recipient

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/recipient/internal/shape"
	"github.com/constat/constat/recipient/statement"
)

// class grades evidence of a place, strongest first: physics, an operator's
// statement about this very exchange, a published region of the prefix, the two
// lineages of estimates, names, clocks. Physics has no voice here: it only ever
// takes countries away.
type class string

// The classes that name a country.
const (
	evS class = "S" // operator's statement about the exchange
	evR class = "R" // published cloud region
	evG class = "G" // lineage of registries and geofeeds
	evE class = "E" // lineage of commercial estimates
	evN class = "N" // name of a host
)

// voice is one piece of evidence that names a country.
type voice struct {
	class   class
	country string
	said    string // the sentence
	silent  string // why it has no vote; "" it has one
	against bool   // silent or not, it speaks against every other country
}

// stale is how many days the content of a table and the capture may lie apart.
// Since December 2019 some 5 % of addresses have moved country.
const stale = 180

// old says why a table of that date may not speak of the capture.
func old(captured, content time.Time) string {
	if captured.IsZero() || content.IsZero() {
		return "the date of the capture or of the table is not known"
	}
	if days := int(captured.Sub(content).Abs().Hours() / 24); days > stale {
		return fmt.Sprintf("%d days between table and capture", days)
	}
	return ""
}

// voices are all that speak of one layer, in the order in which they are
// printed.
type voices []voice

// sort puts the strongest class first and drops repetitions.
func (vs voices) sort() voices {
	slices.SortFunc(vs, func(a, b voice) int {
		return cmp.Or(strings.Index(order, string(a.class))-strings.Index(order, string(b.class)),
			strings.Compare(a.said, b.said), strings.Compare(a.country, b.country), strings.Compare(a.silent, b.silent))
	})
	return slices.CompactFunc(vs, func(a, b voice) bool { return a == b })
}

const order = "SRGEN"

// countries are those that a class gives its vote to.
func (vs voices) countries(c class) []string {
	var out []string
	for _, v := range vs {
		if v.class == c && v.silent == "" && !slices.Contains(out, v.country) {
			out = append(out, v.country)
		}
	}
	return out
}

// only reports whether the class gives its vote to this country and no other.
func (vs voices) only(c class, country string) bool {
	cs := vs.countries(c)
	return len(cs) == 1 && cs[0] == country
}

// otherwise reports whether any of the classes speaks against the country by
// naming another.
func (vs voices) otherwise(country string, classes ...class) bool {
	for _, v := range vs {
		if v.country != country && (v.silent == "" || v.against) && slices.Contains(classes, v.class) {
			return true
		}
	}
	return false
}

// lines are what is said for the country.
func (vs voices) lines(country string) []string {
	var out []string
	for _, v := range vs {
		if v.country != country {
			continue
		}
		line := v.said
		if v.silent != "" {
			line += "; " + v.silent
		}
		out = append(out, line)
	}
	return out
}

// others says which other countries are named, and by what kind of evidence.
func (vs voices) others(country string) string {
	by := map[string][]string{}
	var named []string
	for _, v := range vs {
		if v.country == country || v.silent != "" && !v.against {
			continue
		}
		if by[v.country] == nil {
			named = append(named, v.country)
		}
		if kind := kinds[v.class]; !slices.Contains(by[v.country], kind) {
			by[v.country] = append(by[v.country], kind)
		}
	}
	slices.Sort(named)
	for i, c := range named {
		named[i] = c + " by " + strings.Join(by[c], " and ")
	}
	return strings.Join(named, ", ")
}

var kinds = map[class]string{
	evS: "the operator's statement", evR: "a published region", evG: "registries and geofeeds", evE: "commercial estimates", evN: "the name of a host",
}

// tables lets each lineage and the published regions speak, if all tables of it
// are fresh and agree.
func (e *Evidence) tables(a *Address) voices {
	var vs voices
	lineage := map[Lineage][]int{} // indices into vs
	speaks := fresh(a.Estimates, e.Captured)
	for _, r := range a.Estimates {
		country := realCountry(r.Country)
		if country == "" {
			continue
		}
		kind := evG
		switch r.Lineage {
		case Commercial:
			kind = evE
		case Geofeed:
		default:
			continue // a table that has no vote is no witness
		}
		v := voice{class: kind, country: country,
			said: fmt.Sprintf("%s (content of %s) says %s", r.Source, r.ContentDate.Format(time.DateOnly), country)}
		if why := old(e.Captured, r.ContentDate); why != "" {
			v.silent = "withheld: " + why
		}
		if v.silent == "" || !speaks[r.Lineage] { // of the others, a fresh one speaks
			lineage[r.Lineage] = append(lineage[r.Lineage], len(vs))
		}
		vs = append(vs, v)
	}
	for l, rows := range lineage {
		var named []string
		withheld, stale := "", false
		for _, i := range rows {
			if !slices.Contains(named, vs[i].country) {
				named = append(named, vs[i].country)
			}
			if vs[i].silent != "" {
				withheld, stale = vs[i].silent, true
			}
		}
		slices.Sort(named)
		reg := realCountry(a.Registered)
		disagree := false
		switch {
		case len(named) > 1:
			disagree = true
			withheld = cmp.Or(withheld, "withheld: tables of this lineage disagree ("+strings.Join(named, ", ")+")")
		case l == Geofeed && reg != "" && reg != named[0] && reg != a.HolderSeat:
			// IPFire grows out of the registries. Where it departs from the
			// registry it may know better, or not: the registry's country is a
			// mere echo only when it is that of the holder's own seat. Otherwise
			// one root says two things, and does not vote.
			withheld = cmp.Or(withheld, "withheld: the registry it grows from says "+reg)
			disagree = true
		}
		for _, i := range rows {
			vs[i].silent = cmp.Or(vs[i].silent, withheld)
			vs[i].against = disagree && !stale
		}
	}
	for _, r := range a.Regions {
		country := realCountry(r.Country)
		if country == "" {
			continue
		}
		v := voice{class: evR, country: country, said: fmt.Sprintf("%s publishes the prefix in its region %s (%s, content of %s), in %s",
			r.Provider, r.Region, r.Source, r.ContentDate.Format(time.DateOnly), country)}
		if why := old(e.Captured, r.ContentDate); why != "" {
			v.silent = "withheld: " + why
		}
		vs = append(vs, v)
	}
	return vs
}

// hush takes the vote of everything but the operator's statements.
func (vs voices) hush(why string) {
	for i := range vs {
		if vs[i].class != evS {
			vs[i].silent, vs[i].against = cmp.Or(vs[i].silent, why), false
		}
	}
}

// statements are what the operator's words and names of hosts say of a layer.
// A statement of the operator that rejected refuses has no vote; that it stood
// there still speaks against every other country, since something in the
// capture is not as it seems.
func (b *Book) statements(e *Evidence, layer statement.Layer, rejected func(s *statement.Statement, country string) bool) voices {
	var vs voices
	for i := range e.Statements {
		s := &e.Statements[i]
		country := realCountry(s.Country)
		if s.Layer != layer || country == "" || s.Class == statement.Clock {
			continue
		}
		v := voice{class: evN, country: country, said: quote(s) + " names " + country}
		if s.Class == statement.Operator {
			v.class, v.said, v.against = evS, "the operator's statement "+quote(s)+" names "+country, true
		}
		if s.Cached {
			v.said += ", of an answer out of a cache"
		}
		if s.Confidence == "low" {
			v.silent, v.against = "withheld: little is known of what it means", false
		}
		if v.class == evS && rejected != nil && rejected(s, country) {
			v.silent = "rejected: physics contradicts it"
		}
		vs = append(vs, v)
	}
	return vs
}

// contradicted reports whether a statement about the edge names a place that
// physics excludes.
func (b *Book) contradicted(e *Evidence, s *statement.Statement, country string, anycast bool) bool {
	if !e.physical() {
		return false
	}
	if r, _ := b.physics(e.Sightings, statement.Edge, country, anycast); rank(r) > 0 {
		return true
	}
	return s.Located && beyond(e.Sightings, shape.Point{Lat: s.Lat, Lon: s.Lon}, pointKm, anycast)
}

// named looks at the machines that statements name by address. Such a machine
// may be another than the one that was spoken to, so what the tables say of it
// is evidence about that machine. Only where the capture knows no public
// address, as behind a proxy, it is the edge that is named; then its tables
// speak.
func (b *Book) named(e *Evidence) (vs voices, notes, countries []string) {
	machines := map[netip.Addr]bool{}
	for i := range e.Statements {
		if s := &e.Statements[i]; namesEdge(s) {
			machines[unwrap(s.Addr)] = true
		}
	}
	if len(machines) > mostNamed {
		return nil, []string{fmt.Sprintf("statements name %d machines by their addresses: too many to say anything of one", len(machines))}, nil
	}
	for i := range e.Statements {
		s := &e.Statements[i]
		if !namesEdge(s) {
			continue
		}
		a := b.Address(s.Addr)
		note := quote(s) + " names the machine " + a.IP.String()
		if !s.At.IsZero() {
			note += " at " + s.At.UTC().Format("2006-01-02 15:04:05.000 UTC")
		}
		switch {
		case a.Kind != Public && a.Kind != Simulated:
			notes = append(notes, note+", which is no public address: "+string(a.Kind))
			continue
		case a.IP == e.Address.IP:
			notes = append(notes, note+", the one that was spoken to")
			continue
		case e.Address.Registered == "" && a.Registered != "":
			note += ", registered in " + a.Registered
			countries = append(countries, a.Registered)
		}
		notes = append(notes, note)
		of := e.tables(&a)
		if a.Anycast {
			of.hush("the operator says that this address answers from many places")
		}
		for _, v := range of {
			v.said += " of " + a.IP.String()
			switch {
			case e.Address.lookedUp():
				v.silent, v.against = cmp.Or(v.silent, "another address than the one that was spoken to"), v.against || v.silent == ""
			case len(machines) > 1:
				v.silent = cmp.Or(v.silent, "one of several machines that are named")
			}
			vs = append(vs, v)
		}
	}
	return vs, notes, countries
}

// namesEdge reports whether the operator names the edge by its address.
func namesEdge(s *statement.Statement) bool {
	return s.Addr.IsValid() && s.Layer == statement.Edge && s.Class == statement.Operator
}

// clock says what the zone of a server's clock says of a country.
func (b *Book) clock(s *statement.Statement, country string) string {
	minutes := int(s.Zone / time.Minute)
	zone := fmt.Sprintf("%s: the server's clock runs at %+03d:%02d", quote(s), minutes/60, max(minutes, -minutes)%60)
	fits := b.zones[minutes]
	switch {
	case minutes == 0:
		return zone + ", as clocks of servers do anywhere: it says nothing of the place"
	case !slices.Contains(fits, country):
		return zone + ", which is no zone of " + country + ": corroboration only"
	}
	return zone + ", which fits " + strings.Join(fits, ", ") + ": corroboration only"
}

// quote names a statement by its field and the part of it that says it.
func quote(s *statement.Statement) string {
	value := s.Value
	if r := []rune(value); len(r) > 60 {
		value = string(r[:60]) + "…"
	}
	return s.Field + " " + strconv.Quote(value)
}

func where(s *statement.Statement) string {
	return cmp.Or(s.Place, s.Country)
}

// readPlaces reads the rows about places that are no outlines: territories
// that the map draws as dots or inside another, and zones of clocks.
func (b *Book) readPlaces() error {
	err := eachRow("data/own/dots.csv", func(r map[string]string) error {
		lat, err1 := strconv.ParseFloat(r["lat"], 64)
		lon, err2 := strconv.ParseFloat(r["lon"], 64)
		radius, err3 := strconv.ParseFloat(r["radius_km"], 64)
		b.dots = append(b.dots, dot{r["code"], shape.Point{Lat: lat, Lon: lon}, radius})
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		return err
	}
	return eachRow("data/own/zones.csv", func(r map[string]string) error {
		minutes, err := strconv.Atoi(r["minutes_east"])
		b.zones[minutes] = strings.Fields(r["countries"])
		return err
	})
}

// dot is a territory without an outline of its own.
type dot struct {
	country string
	at      shape.Point
	radius  float64 // km
}

// reported puts the operator's own timing of the leg behind the edge in words.
func reported(s *statement.Statement) string {
	return fmt.Sprintf("reported timing: origin within %.0f km of that edge (%s): a number that the operator wrote, not a measurement",
		math.Ceil(ms(s.Took)*vacuumKmPerMs/2), quote(s))
}
