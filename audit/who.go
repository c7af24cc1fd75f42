package audit

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
)

// Bounds on what is kept of a capture's DNS answers, and of what is told of
// one recipient.
const (
	maxAnswers  = 1 << 16
	maxName     = 253 // RFC 1035, 2.3.4
	maxChain    = 16
	maxReverse  = 4 // names of one address
	maxEvidence = 64
)

// clues gathers what a capture tells of hosts beside their names. It may come
// before or after the exchange that it helps to understand.
type clues struct {
	alias   map[string]string       // of a name, the first answer
	reverse map[netip.Addr][]string // PTR
	n       int
}

// add takes in the answers of a look-up.
func (c *clues) add(l *flow.Lookup) {
	if c.alias == nil {
		c.alias, c.reverse = map[string]string{}, map[netip.Addr][]string{}
	}
	for _, a := range l.Answers {
		name, data := plain(a.Name), plain(a.Data)
		if name == "" || data == "" || name == data || c.n >= maxAnswers {
			continue
		}
		switch a.Type {
		case "CNAME":
			if _, ok := c.alias[name]; !ok {
				c.alias[name] = data
				c.n++
			}
		case "PTR":
			addr, ok := reversed(name)
			if known := c.reverse[addr]; ok && len(known) < maxReverse && !slices.Contains(known, data) {
				c.reverse[addr] = append(known, data)
				c.n++
			}
		}
	}
}

// plain is a name as names are compared, "" if it is too long for one.
func plain(name string) string {
	if len(name) > maxName+1 {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// chain are the names that host is an alias of, in order.
func (c *clues) chain(host string) []string {
	var out []string
	for name := plain(host); len(out) < maxChain; {
		next, ok := c.alias[name]
		if !ok || next == plain(host) || slices.Contains(out, next) {
			break
		}
		out = append(out, next)
		name = next
	}
	return out
}

// reversed reads the address out of the name of a PTR question (RFC 1035,
// 3.5; RFC 3596, 2.5).
func reversed(name string) (netip.Addr, bool) {
	if labels, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		parts := strings.Split(labels, ".")
		slices.Reverse(parts)
		a, err := netip.ParseAddr(strings.Join(parts, "."))
		return a, err == nil && a.Is4()
	}
	labels, ok := strings.CutSuffix(name, ".ip6.arpa")
	nibbles := strings.Split(labels, ".")
	if !ok || len(nibbles) != 32 {
		return netip.Addr{}, false
	}
	var b [16]byte
	for i, n := range nibbles {
		v, err := strconv.ParseUint(n, 16, 4)
		if err != nil || len(n) != 1 {
			return netip.Addr{}, false
		}
		b[15-i/2] |= byte(v) << (i % 2 * 4)
	}
	return netip.AddrFrom16(b).Unmap(), true
}

// presented keeps the certificate that the server showed, of several the
// first that names a company.
func (d *destination) presented(t *flow.TLS) {
	if t == nil || len(t.Certificates) == 0 || d.certificate != nil && d.certificate.Organization != "" {
		return
	}
	if string(t.Certificates[0]) == d.leaf {
		return // read before
	}
	d.leaf = string(t.Certificates[0])
	if c, err := recipient.ReadCertificate(t.Certificates[0]); err == nil && (d.certificate == nil || c.Organization != "") {
		d.certificate = &c
	}
}

// whois says who a destination's data is for, by what is known so far.
func (ds *destinations) whois(d *destination) recipient.Identity {
	c := recipient.Clues{Host: d.host, Chain: ds.clues.chain(d.host), Certificate: d.certificate}
	for _, addr := range slices.SortedFunc(maps.Keys(d.refs), netip.Addr.Compare) {
		if m := ds.refs[d.refs[addr]].m; m != nil {
			c.Networks = append(c.Networks, m.address)
			c.Reverse = append(c.Reverse, ds.clues.reverse[m.address.IP]...)
		}
	}
	return ds.book.Identify(c)
}

// settle gathers what each host got under who it is for. That is only known
// at the end: an answer may come after the exchange, and may show that one of
// a company's names leads to somebody else. What went by before is counted by
// host, and ds.to says whose a host is.
func (ds *destinations) settle(settled settler) {
	ds.to, ds.recipients = make([]int, len(ds.hosts)), nil
	at := map[string]int{}
	joined := map[joint]bool{}
	for i, d := range ds.hosts {
		d.id = ds.whois(d)
		owner := cmp.Or(ds.text(d.id.Owner), d.shown)
		n, ok := at[owner]
		if !ok {
			n = len(ds.recipients)
			at[owner] = n
			ds.recipients = append(ds.recipients, newReceiver(owner))
		}
		ds.to[i] = n
		ds.recipients[n].join(d, ds.received[i], settled)
		for _, m := range ds.received[i].machines {
			if x := (joint{n, m}); !joined[x] {
				joined[x] = true
				ds.recipients[n].machines = append(ds.recipients[n].machines, m)
			}
		}
	}
}

// joint is a machine of a recipient, which several of its hosts may use.
type joint struct {
	recipient int
	m         *machine
}

// join adds what one host got, but for its machines.
func (r *receiver) join(d *destination, got *receiver, settled settler) {
	r.hosts = append(r.hosts, d)
	r.flows += got.flows
	// In a fixed order: facts that say the same are kept once.
	lots := slices.SortedFunc(maps.Keys(got.lots), func(a, b lot) int {
		return cmp.Or(cmp.Compare(a.whose, b.whose), cmp.Compare(a.pending, b.pending))
	})
	for _, l := range lots {
		g := got.lots[l]
		r.all += g.transfers
		switch settled(l) {
		case attribution.Mine:
			r.gain.add(g)
		case attribution.Open:
			r.open += g.transfers
		case attribution.Others:
			r.others += g.transfers
		}
	}
}

// whose fills in the recipient's row what is known of who it is.
func (ds *destinations) whose(row *Recipient, r *receiver, at time.Time) {
	who := r.hosts[0].id
	parent, seat := ds.book.Parent(&who, at)
	row.Parent, row.Seat, row.ParentSeat = ds.text(parent), who.Seat, seat
	row.Role, row.OwnerSource = cmp.Or(who.Role, "unknown"), ds.text(who.Source)
	add := func(list *[]string, s string) {
		if s = ds.text(s); s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	var nets []recipient.Address
	var certificates []recipient.Certificate
	for _, d := range r.hosts {
		row.Hosts = append(row.Hosts, d.shown)
		if domain := cmp.Or(ds.text(d.id.Domain), d.shown); !slices.Contains(row.Domains, domain) {
			row.Domains = append(row.Domains, domain) // "" of an exchange with nobody known
		}
		add(&row.Operators, d.id.Operator)
		add(&row.Customers, d.id.Customer)
		if d.id.Cloaked {
			row.Cloaked = append(row.Cloaked, d.shown)
		}
		for _, e := range d.id.Evidence {
			x := OwnerEvidence{string(e.Kind), ds.text(e.Says), ds.text(e.Detail), ds.text(e.Source), e.Date, int(e.Strength)}
			if len(row.OwnerEvidence) < maxEvidence && !slices.Contains(row.OwnerEvidence, x) {
				row.OwnerEvidence = append(row.OwnerEvidence, x)
			}
		}
		for _, c := range d.id.Conflicts {
			if len(row.OwnerConflicts) < maxEvidence {
				add(&row.OwnerConflicts, c)
			}
		}
		if d.certificate != nil && d.certificate.Covers(d.id.Host) {
			certificates = append(certificates, *d.certificate)
		}
	}
	for _, m := range r.machines {
		nets = append(nets, m.address)
	}
	slices.SortStableFunc(row.OwnerEvidence, func(x, y OwnerEvidence) int { return cmp.Compare(x.Strength, y.Strength) })
	row.Domain = row.Domains[0]
	for _, x := range ds.book.Reach(&who, nets, certificates, at) {
		row.Control = append(row.Control, ReachRow{
			x.Country, string(x.Through), ds.text(x.Who), x.Percent, ds.text(x.Source), x.Date, int(x.Strength),
		})
	}
}

// text is a sentence with names of hosts and companies in it, masked as hosts
// are: as often as a secret stands in it.
func (ds *destinations) text(s string) string {
	for {
		shown := ds.redactor.Host(s)
		if shown == s {
			return s
		}
		s = shown
	}
}
