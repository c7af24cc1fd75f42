package recipient

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Strength grades what says that a company stands behind a name; 1 is best.
type Strength int

// The strengths of an ownership statement.
const (
	Unsaid     Strength = 0 // nothing says: the owner is the domain itself
	Official   Strength = 1 // certificate subject, or a regulator's or court's text
	OwnPage    Strength = 2 // the vendor's own policy, developer page or published package
	Registrant Strength = 3 // registration data (RDAP)
	Announced  Strength = 4 // holder of the network
	List       Strength = 5 // somebody's list
)

// Who is the company behind a host name, with what says so.
type Who struct {
	Host   string // lower case, without port or final dot
	Domain string // registrable domain; for names of a CDN or cloud, the operator's

	Owner      string // who the data was for: a company, or Domain when nothing says
	Parent     string // ultimate parent, when another company
	Seat       string // country of the owner's seat: whose law reaches it, not a place
	ParentSeat string
	Role       string // of the owner's service by itself, whoever's app it is: "first party", "analytics", "advertising", "cdn", "cloud", …, "unknown"
	Source     string // what says so, for a person to follow
	SourceDate string
	Strength   Strength
	Table      string // Source.ID of the table, "own" for this program's rows, "" if none

	// For names inside a CDN's or cloud's own domain: who runs the machines,
	// and the operator's customer as the name spells it. A registrable domain
	// is a statement by the operator's configuration; a bare label says
	// nothing of who it is.
	Operator string
	Customer string

	// What a user's lists say beside the owner. Hints: no list proves
	// anything, and what a name was an alias of only the DNS answers of a
	// capture tell.
	Lists []string // Source.ID of those that have the name
	Alias string   // the name that this one is said to lead to
}

type owner struct {
	name, parent, seat, parentSeat, role, source, date string
	strength                                           Strength
	table                                              string // Source.ID
}

type platform struct {
	operator, kind string // kind is "cdn" or "cloud"
	tenantLabel    bool   // one customer per label before the suffix
}

type listed struct{ owner, role string }

// Who names the company behind a host. It accepts any string; what is no
// public name (an address, localhost) owns itself; names that never leave a
// test or a home network belong to their registrable domain.
func (b *Book) Who(host string) Who {
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	w := Who{Host: host, Domain: host, Owner: host, Role: "unknown"}
	if _, err := netip.ParseAddr(host); err == nil {
		return w
	}
	if local(host) {
		if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
			w.Domain, w.Owner = d, d
		}
		if _, _, ok := lookup(b.owners, host); ok { // a lab's table has it
			b.own(&w, host)
		}
		return w
	}
	if suffix, p, ok := lookup(b.platform, host); ok {
		w = b.whoOnPlatform(w, suffix, p)
	} else {
		w.Domain = registrable(host)
		w.Owner = w.Domain
		b.own(&w, host)
	}
	b.hint(&w)
	return w
}

// own fills in the owner of a name from the best row there is.
func (b *Book) own(w *Who, name string) bool {
	if _, o, ok := lookup(b.owners, name); ok {
		w.Owner, w.Parent, w.Seat, w.ParentSeat = o.name, o.parent, o.seat, o.parentSeat
		w.Role, w.Source, w.SourceDate, w.Strength, w.Table = o.role, o.source, o.date, o.strength, o.table
		return true
	}
	if b.listed(w, name) {
		return true
	}
	if suffix, l, ok := lookup(b.list(), name); ok {
		s := b.source("third-party-web")
		w.Owner, w.Role = l.owner, l.role
		w.Source, w.SourceDate = s.Name+" row "+suffix, s.ContentDate
		w.Strength, w.Table = List, s.ID
		return true
	}
	return false
}

// whoOnPlatform takes a name like p16.tiktokcdn.com.akamaized.net apart. The
// public suffix list alone would make "com.akamaized.net" its domain.
func (b *Book) whoOnPlatform(w Who, suffix string, p platform) Who {
	w.Domain = suffix
	if d, err := publicsuffix.EffectiveTLDPlusOne(suffix); err == nil {
		w.Domain = d
	}
	w.Operator = p.operator
	prefix := strings.TrimSuffix(strings.TrimSuffix(w.Host, suffix), ".")

	if d := spelled(prefix); d != "" && b.own(&w, d) {
		w.Customer = d
		return w
	} else if d != "" {
		w.Customer, w.Owner, w.Source = d, d, "spelled in the name"
		return w
	}
	// "v16m-tiktokcdn-com": dots written as dashes. Only believed when the
	// result is a name that has a row, since dashes are common in labels.
	for label := range strings.SplitSeq(prefix, ".") {
		dotted := strings.ReplaceAll(label, "-", ".")
		if s, _, ok := lookup(b.owners, dotted); ok && dotted != label && strings.Contains(s, ".") {
			b.own(&w, s)
			w.Customer = s
			return w
		}
	}
	if !b.own(&w, w.Host) {
		w.Owner = p.operator
	}
	w.Role = p.kind
	if p.tenantLabel && prefix != "" {
		w.Customer = prefix[strings.LastIndexByte(prefix, '.')+1:]
	}
	return w
}

// spelled finds a registrable domain written out in front of a platform's
// suffix: "p16.tiktokcdn.com" gives "tiktokcdn.com", "e1234.dscg" nothing.
func spelled(prefix string) string {
	if _, icann := publicsuffix.PublicSuffix(prefix); !icann {
		return ""
	}
	d, err := publicsuffix.EffectiveTLDPlusOne(prefix)
	if err != nil {
		return ""
	}
	return d
}

func registrable(host string) string {
	d, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return d
}

// local reports whether the name is one that never leaves a test or a
// network: RFC 6761, RFC 6762, RFC 8375, and names of one label.
func local(host string) bool {
	if !strings.Contains(host, ".") {
		return true
	}
	switch host[strings.LastIndexByte(host, '.')+1:] {
	case "test", "example", "invalid", "localhost", "local", "internal", "lan", "home", "onion":
		return true
	}
	return strings.HasSuffix(host, ".home.arpa")
}

// lookup finds the row of the longest suffix of host, on label borders.
func lookup[T any](rows map[string]T, host string) (suffix string, row T, ok bool) {
	for s := host; s != ""; {
		if row, ok := rows[s]; ok {
			return s, row, true
		}
		dot := strings.IndexByte(s, '.')
		if dot < 0 {
			break
		}
		s = s[dot+1:]
	}
	return "", row, false
}

// readOwn reads this program's own rows.
func (b *Book) readOwn() error {
	err := eachRow("data/own/owners.csv", func(r map[string]string) error {
		strength, err := strconv.Atoi(r["strength"])
		if err != nil || strength < 1 || strength > 5 || r["source"] == "" || r["date"] == "" {
			return errors.New("a row needs a source, a date and a strength from 1 to 5")
		}
		if _, double := b.owners[r["suffix"]]; double {
			return errors.New(r["suffix"] + " stands twice")
		}
		b.owners[r["suffix"]] = owner{r["owner"], r["parent"], r["seat"], r["parent_seat"], r["role"],
			r["source"], r["date"], Strength(strength), "own"}
		return nil
	})
	if err != nil {
		return err
	}
	err = eachRow("data/own/platforms.csv", func(r map[string]string) error {
		b.platform[r["suffix"]] = platform{r["operator"], r["kind"], r["tenant"] == "label"}
		return nil
	})
	if err != nil {
		return err
	}
	err = eachRow("data/own/networks.csv", func(r map[string]string) error {
		n, err := strconv.ParseUint(r["asn"], 10, 32)
		b.networks[uint32(n)] = network{r["family"], r["seat"], r["anycast"] == "yes", r["source"], r["date"]}
		return err
	})
	if err != nil {
		return err
	}
	return eachRow("data/own/anycast.csv", func(r map[string]string) error {
		p, err := netip.ParsePrefix(r["prefix"])
		b.anycast = append(b.anycast, p)
		return err
	})
}

// listRoles maps the categories of third-party-web to this package's roles.
var listRoles = map[string]string{
	"ad": "advertising", "analytics": "analytics", "cdn": "cdn", "social": "social",
	"marketing": "marketing", "hosting": "cloud", "tag-manager": "tag manager",
	"consent-provider": "consent", "customer-success": "support", "video": "content", "content": "content",
	"utility": "sdk", "other": "unknown",
}

func readList() map[string]listed {
	rows := map[string]listed{}
	if err := eachRow("data/third-party-web/domains.csv", func(r map[string]string) error {
		rows[r["suffix"]] = listed{r["owner"], listRoles[r["category"]]}
		return nil
	}); err != nil {
		panic("recipient: " + err.Error())
	}
	return rows
}
