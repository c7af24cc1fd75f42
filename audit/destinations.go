package audit

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/identity"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/recipient/statement"
	"github.com/constat/constat/timeline"
)

// destination is one host that was spoken to.
type destination struct {
	host      string // as the client named it
	shown     string // with secrets masked
	recipient int    // index of what it got; see destinations.settle for whose it is
	family    int    // hosts of one owner by their names alone
	id        recipient.Identity

	certificate *recipient.Certificate
	leaf        string // of it, as captured
	coverage    Coverage
	begun       []int64            // when exchanges began, the first maxBegun of them
	last        int64              // when the last one did
	refs        map[netip.Addr]int // index into destinations.refs
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

// machine is one address, whoever uses it; one behind a proxy, whose address is
// this machine's, or of which no address is known, is told apart by its name.
type machine struct {
	host    string // as may be shown; "" if the address tells it apart
	address recipient.Address
	seen    recipient.Sighting // the shortest round trips
	last    time.Time          // of the capture, for the age of tables
	said    sayings            // what operators say of it
	result  recipient.Result   // set by judge
}

type machineKey struct {
	addr netip.Addr
	host string
}

// receiver is what a host got, and at the end what a recipient got.
type receiver struct {
	owner    string
	hosts    []*destination
	machines []*machine
	flows    int
	lots     map[lot]*gain // of a host

	// Of a recipient: what it got of the app that is looked into, and how many rows
	// there are in all, may be another app's, and surely are.
	gain
	all, open, others int
}

// gain is what was got of one lot.
type gain struct {
	transfers int
	bytesOut  int64 // of messages that carried personal data
	types     map[datatype.ID]bool
	profile   identity.Profile
	first     int64
}

func newGain() gain { return gain{types: map[datatype.ID]bool{}, first: noTime} }

func newReceiver(owner string) *receiver {
	return &receiver{owner: owner, lots: map[lot]*gain{}, gain: newGain()}
}

// of is what was got of a lot.
func (r *receiver) of(l lot) *gain {
	g := r.lots[l]
	if g == nil {
		g = new(gain)
		*g = newGain()
		r.lots[l] = g
	}
	return g
}

// add takes in what was got elsewhere.
func (g *gain) add(h *gain) {
	g.transfers += h.transfers
	g.bytesOut += h.bytesOut
	for t := range h.types {
		g.types[t] = true
	}
	g.profile.Join(&h.profile)
	if h.first != noTime && (g.first == noTime || h.first < g.first) {
		g.first = h.first
	}
}

// destinations resolves and counts who was spoken to.
type destinations struct {
	book       *recipient.Book
	byHost     map[string]*destination
	hosts      []*destination
	byOwner    map[string]int // families
	received   []*receiver    // by host
	clues      clues
	recipients []*receiver // set by settle
	to         []int       // set by settle: the recipient of what each host got
	machines   map[machineKey]*machine
	refs       []*place
	redactor   *Redactor
}

// place is a host at an address.
type place struct {
	d    *destination
	m    *machine // nil: nothing is known of it
	mine bool     // not only other apps spoke to it
}

// reference is a RecipientRef with its encoding.
type reference struct {
	RecipientRef
	encoded []byte
}

func newDestinations(book *recipient.Book, r *Redactor) *destinations {
	return &destinations{
		book: book, redactor: r, byHost: map[string]*destination{}, byOwner: map[string]int{},
		machines: map[machineKey]*machine{},
	}
}

// of finds the destination of a flow and keeps what the flow tells of it.
func (ds *destinations) of(f *flow.Flow) *destination {
	if f.Lookup != nil {
		ds.clues.add(f.Lookup)
	}
	host := f.Host()
	d := ds.byHost[host]
	if d == nil {
		d = &destination{host: host, shown: ds.redactor.Host(host), recipient: len(ds.hosts), refs: map[netip.Addr]int{}}
		d.family = number(ds.byOwner, cmp.Or(ds.book.Who(host).Owner, d.shown))
		d.coverage.Host = d.shown
		ds.byHost[host] = d
		ds.hosts = append(ds.hosts, d)
		ds.received = append(ds.received, newReceiver(""))
	}
	d.presented(f.TLS)
	r := ds.received[d.recipient]
	r.flows++
	addr := f.Server.Addr.Addr().Unmap()
	n, ok := d.refs[addr]
	if !ok {
		n = len(ds.refs)
		d.refs[addr] = n
		ds.refs = append(ds.refs, &place{d: d})
	}
	p := ds.refs[n]
	m := ds.meet(d, addr, f)
	if p.m == nil && m != nil { // one place is one machine
		r.machines = append(r.machines, m)
	}
	p.m = m
	return d
}

// meet finds the machine that answered an exchange, and keeps what the exchange
// tells of it; nil if there is nothing to tell.
func (ds *destinations) meet(d *destination, addr netip.Addr, f *flow.Flow) *machine {
	said := statement.Read(f)
	key := machineKey{addr: addr}
	if !addr.IsValid() || addr.IsLoopback() || addr.IsPrivate() {
		key.host = d.host
	}
	m := ds.machines[key]
	if m == nil {
		if !addr.IsValid() && len(said) == 0 {
			return nil
		}
		m = &machine{address: ds.book.Address(addr)}
		if key.host != "" {
			m.host = d.shown
		}
		ds.machines[key] = m
	}
	if f.Timing.Start.After(m.last) {
		m.last = f.Timing.Start
	}
	m.seen.Observe(f, d.shown)
	m.said.add(said)
	return m
}

// carry counts a message of out bytes that carried personal data.
func (ds *destinations) carry(d *destination, l lot, out int64) {
	ds.received[d.recipient].of(l).bytesOut += out
}

// item counts one row of the ledger.
func (ds *destinations) item(d *destination, l lot, t datatype.ID, ns int64) {
	g := ds.received[d.recipient].of(l)
	g.transfers++
	g.types[t] = true
	if ns != noTime && (g.first == noTime || ns < g.first) {
		g.first = ns
	}
}

// references are the recipients as the ledger's rows name them.
func (ds *destinations) references() []reference {
	refs := make([]reference, len(ds.refs))
	for i, p := range ds.refs {
		r := RecipientRef{
			ID: recipientID(ds.to[p.d.recipient]), Host: p.d.shown, Domain: cmp.Or(ds.text(p.d.id.Domain), p.d.shown),
			Owner: ds.recipients[ds.to[p.d.recipient]].owner, Role: cmp.Or(p.d.id.Role, "unknown"), Place: "undetermined",
		}
		if m := p.m; m != nil {
			r.IP, r.ASN = m.ip(), m.address.ASN
			r.Country, r.Place, r.Established = m.stands()
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
func (ds *destinations) rows(start, end time.Time) []Recipient {
	rows := []Recipient{}
	for i, r := range ds.recipients {
		row := Recipient{
			ID: recipientID(i), Owner: r.owner,
			Addresses: []Address{}, Registered: []string{}, Estimated: []string{}, Measured: "not measured", Verdicts: []PlaceRow{},
			Transfers: r.all, Open: r.open, Others: r.others, DataTypes: []string{}, FlowCount: r.flows, BytesOut: r.bytesOut, First: offset(r.first, start),
			Identifying: r.profile.Compose(identity.World()),
		}
		ds.whose(&row, r, end)
		for t := range r.types {
			row.DataTypes = append(row.DataTypes, string(t))
		}
		slices.Sort(row.DataTypes)
		registered, estimated := map[string]bool{}, map[string]bool{}
		for _, m := range r.machines {
			a := ds.address(m)
			if m.host == "" || !slices.ContainsFunc(row.Addresses, func(b Address) bool { return reflect.DeepEqual(a, b) }) {
				row.Addresses = append(row.Addresses, a)
			}
			if a.Registered != "" {
				registered[a.Registered] = true
			}
			for _, c := range a.Estimates {
				estimated[c] = true
			}
			ds.placed(&row, m)
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

// coverage lists the destinations, the most bytes first.
func (ds *destinations) coverage(refs []reference, when *timeline.Timeline, start time.Time, activity *activity, judged []attributed, stretches []stretch, apps bool) []Coverage {
	const most = 16
	rows := []Coverage{}
	parts := map[int]*Coverage{}
	for i := range ds.hosts {
		parts[i] = &Coverage{}
	}
	activity.spread(parts, judged, stretches, apps)
	for i, d := range ds.hosts {
		c := d.coverage
		c.Apps, c.ByState = parts[i].Apps, parts[i].ByState
		c.Uploads = slices.Clone(c.Uploads)
		for k := range c.Uploads {
			if w := judged[c.Uploads[k].who].Whose; w != attribution.Mine {
				c.Uploads[k].Whose = whoseNames[w]
			}
		}
		c.Recipient = recipientID(ds.to[d.recipient])
		met := slices.Sorted(maps.Values(d.refs))
		if slices.ContainsFunc(met, func(i int) bool { return ds.refs[i].mine }) {
			met = slices.DeleteFunc(met, func(i int) bool { return !ds.refs[i].mine })
		}
		for _, i := range met[:min(len(met), most)] {
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
