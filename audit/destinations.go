package audit

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/identity"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/timeline"
)

// destination is one host that was spoken to.
type destination struct {
	host      string // as the client named it
	shown     string // with secrets masked
	who       recipient.Who
	recipient int // index of its recipient
	coverage  Coverage
	begun     []int64            // when exchanges began, the first maxBegun of them
	last      int64              // when the last one did
	refs      map[netip.Addr]int // index into destinations.refs
}

// maxBegun bounds the times that are kept of a destination.
const maxBegun = 1024

// met notes when an exchange began.
func (d *destination) met(at time.Time) {
	if at.IsZero() {
		return
	}
	ns := at.UnixNano()
	if len(d.begun) < maxBegun {
		d.begun = append(d.begun, ns)
	}
	d.last = max(d.last, ns)
}

// ref returns the reference for the address that answered f.
func (d *destination) ref(f *flow.Flow) int { return d.refs[f.Server.Addr.Addr().Unmap()] }

// machine is one address, whoever uses it.
type machine struct {
	address recipient.Address
	seen    recipient.Sighting // the shortest round trips
	last    time.Time          // of the capture, for the age of tables
}

// receiver is one recipient while it is counted.
type receiver struct {
	owner     string
	who       recipient.Who
	domains   []string
	hosts     []string
	addrs     []netip.Addr
	flows     int
	bytesOut  int64 // of messages that carried personal data
	transfers int
	types     map[datatype.ID]bool
	profile   identity.Profile
	first     int64
}

// destinations resolves and counts who was spoken to.
type destinations struct {
	book       *recipient.Book
	byHost     map[string]*destination
	hosts      []*destination
	byOwner    map[string]int
	recipients []*receiver
	machines   map[netip.Addr]*machine
	refs       []*place
	redactor   *Redactor
	verdicts   map[netip.Addr][]recipient.Verdict
}

// place is a host at an address.
type place struct {
	d    *destination
	addr netip.Addr
}

// reference is a RecipientRef with its encoding.
type reference struct {
	RecipientRef
	encoded []byte
}

func newDestinations(book *recipient.Book, r *Redactor) *destinations {
	return &destinations{
		book: book, redactor: r, byHost: map[string]*destination{}, byOwner: map[string]int{},
		machines: map[netip.Addr]*machine{}, verdicts: map[netip.Addr][]recipient.Verdict{},
	}
}

// of finds the destination of a flow and keeps what the flow tells of it.
func (ds *destinations) of(f *flow.Flow) *destination {
	host := f.Host()
	d := ds.byHost[host]
	if d == nil {
		d = &destination{host: host, shown: ds.redactor.Host(host), who: ds.book.Who(host), refs: map[netip.Addr]int{}}
		d.coverage.Host = d.shown
		owner := cmp.Or(d.who.Owner, d.who.Domain, d.shown)
		n, ok := ds.byOwner[owner]
		if !ok {
			n = len(ds.recipients)
			ds.byOwner[owner] = n
			ds.recipients = append(ds.recipients, &receiver{owner: owner, who: d.who, types: map[datatype.ID]bool{}, first: noTime})
		}
		d.recipient = n
		d.coverage.Recipient = recipientID(n)
		r := ds.recipients[n]
		r.hosts = append(r.hosts, d.shown)
		if domain := cmp.Or(d.who.Domain, d.shown); !slices.Contains(r.domains, domain) {
			r.domains = append(r.domains, domain)
		}
		ds.byHost[host] = d
		ds.hosts = append(ds.hosts, d)
	}
	r := ds.recipients[d.recipient]
	r.flows++
	addr := f.Server.Addr.Addr().Unmap()
	if _, ok := d.refs[addr]; !ok {
		d.refs[addr] = len(ds.refs)
		ds.refs = append(ds.refs, &place{d, addr})
		if addr.IsValid() && !slices.Contains(r.addrs, addr) {
			r.addrs = append(r.addrs, addr)
		}
	}
	if addr.IsValid() {
		m := ds.machines[addr]
		if m == nil {
			m = &machine{address: ds.book.Address(addr)}
			ds.machines[addr] = m
		}
		if f.Timing.Start.After(m.last) {
			m.last = f.Timing.Start
		}
		m.seen.Add(f.Timing)
	}
	return d
}

// country is the estimated country of a reference, "" when the estimates
// differ or there is none.
func (ds *destinations) country(ref int) string {
	m := ds.machines[ds.refs[ref].addr]
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

// carry counts a message of out bytes that carried personal data.
func (ds *destinations) carry(d *destination, out int64) {
	ds.recipients[d.recipient].bytesOut += out
}

// item counts one row of the ledger.
func (ds *destinations) item(d *destination, t datatype.ID, ns int64) {
	r := ds.recipients[d.recipient]
	r.transfers++
	r.types[t] = true
	if ns != noTime && (r.first == noTime || ns < r.first) {
		r.first = ns
	}
}

// terminator is the round trip below which, if no machine's is longer, the
// handshakes were answered on the spot: by a proxy or VPN service on the
// device (field note on places, 3.2 and J15).
const terminator = time.Millisecond

// judge settles the places, when every measurement is in.
func (ds *destinations) judge(v *recipient.Vantage, claimed []string) {
	local := true
	for _, m := range ds.machines {
		if r, _ := m.seen.Best(); r != nil && r.D+r.Resolution >= terminator {
			local = false
		}
	}
	for addr, m := range ds.machines {
		if local {
			m.seen = recipient.Sighting{}
		}
		m.seen.From = v
		ds.verdicts[addr] = ds.book.Judge(recipient.Evidence{
			Address: m.address, Captured: m.last, Sightings: []recipient.Sighting{m.seen}, Claimed: claimed,
		})
	}
}

// references are the recipients as the ledger's rows name them.
func (ds *destinations) references() []reference {
	refs := make([]reference, len(ds.refs))
	for i, p := range ds.refs {
		r := RecipientRef{
			ID: recipientID(p.d.recipient), Host: p.d.shown, Domain: cmp.Or(p.d.who.Domain, p.d.shown),
			Owner: ds.recipients[p.d.recipient].owner, Role: cmp.Or(p.d.who.Role, "unknown"), Place: "undetermined",
		}
		if m := ds.machines[p.addr]; m != nil {
			r.IP, r.ASN, r.Country = m.address.IP.String(), m.address.ASN, estimate(m.address)
			for _, v := range ds.verdicts[p.addr] {
				if v.Country == r.Country {
					r.Place = string(v.Verdict)
				}
			}
		}
		encoded, err := json.Marshal(r)
		if err != nil { // strings and a number always encode
			panic(err)
		}
		refs[i] = reference{r, encoded}
	}
	return refs
}

// rows lists the recipients in order of appearance.
func (ds *destinations) rows(start time.Time) []Recipient {
	rows := []Recipient{}
	for i, r := range ds.recipients {
		row := Recipient{
			ID: recipientID(i), Owner: r.owner, Parent: r.who.Parent, Seat: r.who.Seat, ParentSeat: r.who.ParentSeat,
			Role: cmp.Or(r.who.Role, "unknown"), OwnerSource: r.who.Source, Domain: r.domains[0], Domains: r.domains, Hosts: r.hosts,
			Addresses: []Address{}, Registered: []string{}, Estimated: []string{}, Measured: "not measured", Verdicts: []PlaceRow{},
			Transfers: r.transfers, DataTypes: []string{}, FlowCount: r.flows, BytesOut: r.bytesOut, First: offset(r.first, start),
			Identifying: r.profile.Compose(identity.World()),
		}
		for t := range r.types {
			row.DataTypes = append(row.DataTypes, string(t))
		}
		slices.Sort(row.DataTypes)
		registered, estimated := map[string]bool{}, map[string]bool{}
		for _, addr := range r.addrs {
			m := ds.machines[addr]
			a := m.row()
			row.Addresses = append(row.Addresses, a)
			if a.Registered != "" {
				registered[a.Registered] = true
			}
			for _, c := range a.Estimates {
				estimated[c] = true
			}
			for _, v := range ds.verdicts[addr] {
				row.Verdicts = append(row.Verdicts, PlaceRow{IP: a.IP, Country: v.Country, Verdict: string(v.Verdict), Because: v.Because})
			}
			if a.BestRTT > 0 {
				row.Measured = "bound"
			}
		}
		row.Registered = slices.Sorted(maps.Keys(registered))
		row.Estimated = slices.Sorted(maps.Keys(estimated))
		if row.Registered == nil {
			row.Registered = []string{}
		}
		if row.Estimated == nil {
			row.Estimated = []string{}
		}
		rows = append(rows, row)
	}
	return rows
}

// row is the address with its best round trip.
func (m *machine) row() Address {
	a := Address{IP: m.address.IP.String(), Kind: string(m.address.Kind), ASN: m.address.ASN, Holder: m.address.Holder, Registered: m.address.Registered}
	for _, e := range m.address.Estimates {
		if e.Country == "" {
			continue
		}
		if a.Estimates == nil {
			a.Estimates = map[string]string{}
		}
		a.Estimates[e.Source] = e.Country
	}
	if r, _ := m.seen.Best(); r != nil {
		a.BestRTT, a.RTTBasis = float64((r.D+r.Resolution).Microseconds())/1000, r.Basis
	}
	return a
}

// coverage lists the destinations, the most bytes first.
func (ds *destinations) coverage(refs []reference, when *timeline.Timeline, start time.Time) []Coverage {
	const most = 16
	rows := []Coverage{}
	for _, d := range ds.hosts {
		c := d.coverage
		for _, i := range slices.Sorted(maps.Values(d.refs))[:min(len(d.refs), most)] {
			c.Servers = append(c.Servers, refs[i].RecipientRef)
		}
		c.First, c.Last = -1, -1
		if len(d.begun) > 0 {
			c.First, c.Last = offset(slices.Min(d.begun), start), offset(d.last, start)
		}
		for _, ns := range d.begun {
			m := when.At(time.Unix(0, ns))
			if s := m.State; s != timeline.Unknown && s != "" && m.Open&timeline.State == 0 {
				if c.States == nil {
					c.States = map[string]int{}
				}
				c.States[s]++
			}
		}
		rows = append(rows, c)
	}
	slices.SortStableFunc(rows, func(a, b Coverage) int { return cmp.Compare(b.Out, a.Out) })
	return rows
}
