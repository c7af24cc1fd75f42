package recipient

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/recipient/internal/iptable"
)

// Kind says whether an address can be a place on the Internet at all.
type Kind string

// The kinds of address. Only a Public one is looked up.
const (
	Public        Kind = "public"
	Loopback      Kind = "loopback"
	Private       Kind = "private"           // RFC 1918, RFC 4193
	LinkLocal     Kind = "link-local"        // RFC 3927, RFC 4291
	CGNAT         Kind = "cgnat"             // RFC 6598
	Documentation Kind = "documentation"     // RFC 5737, RFC 3849, RFC 9637
	Benchmark     Kind = "benchmark/fake-ip" // RFC 2544; local resolvers that hand out invented addresses use it
	Unspecified   Kind = "unspecified"
	Multicast     Kind = "multicast"
	Simulated     Kind = "simulated" // a loopback address that a lab's table gives a place
	Reserved      Kind = "reserved"  // RFC 1112 class E, broadcast, RFC 6890
	NoAddress     Kind = ""          // the capture gives none
)

// Address is what each table says of one address, side by side.
type Address struct {
	IP   netip.Addr // as looked up: unwrapped from ::ffff:0:0/96 and 64:ff9b::/96
	Seen netip.Addr // as captured
	Kind Kind

	ASN        uint32 // 0: not announced
	Holder     string // name of the network's holder
	HolderSeat string // country of the holder's seat if a row says so: reach, not place
	Anycast    bool   // the operator says that one address answers from many places
	AnycastBy  string // Source.ID of the census that says so, "" when the operator does

	Registered string     // country of the registry's allocation: never a place
	Estimates  []Estimate // of the machine's place, ordered by source
	Regions    []Region   // that operators of clouds publish for the prefix
}

// lookedUp reports whether the address is one that tables speak of.
func (a *Address) lookedUp() bool { return a.Kind == Public || a.Kind == Simulated }

// Estimate is what one table says of an address's place.
type Estimate struct {
	Source      string    `json:"source"` // Source.ID
	Lineage     Lineage   `json:"lineage"`
	Country     string    `json:"country"`      // ISO 3166-1 alpha-2, "" when the table names no country
	ContentDate time.Time `json:"content_date"` // of the table; zero is never fresh
}

// Address looks an address up. It accepts anything, also the zero Addr.
func (b *Book) Address(seen netip.Addr) Address {
	ip := unwrap(seen)
	a := Address{IP: ip, Seen: seen, Kind: kindOf(ip)}
	if a.Kind == Loopback {
		b.simulate(&a)
	}
	if a.Kind != Public {
		return a
	}
	if n, ok := b.asn().Find(ip); ok {
		h := &b.holders()[n]
		a.ASN, a.Holder, a.HolderSeat, a.Anycast = h.asn, h.name, h.seat, h.anycast
	}
	for _, p := range b.anycast {
		a.Anycast = a.Anycast || p.Contains(ip)
	}
	a.Registered = country(b.registry(), ip)
	a.Estimates = make([]Estimate, len(b.estimators))
	for i, t := range b.estimators {
		a.Estimates[i] = t.row
		a.Estimates[i].Country = country(t.table(), ip)
	}
	if len(b.user) > 0 {
		b.addUser(&a)
	}
	return a
}

// holder is what is known of whoever announces a network.
type holder struct {
	asn  uint32
	name string
	network
}

// readHolders takes the labels of the table of networks apart, once.
func (b *Book) readHolders() []holder {
	labels := b.asn().Labels()
	out := make([]holder, len(labels))
	for i, l := range labels {
		number, name, _ := strings.Cut(l, "\t")
		n, _ := strconv.ParseUint(number, 10, 32)
		out[i] = holder{uint32(n), name, b.networks[uint32(n)]}
	}
	return out
}

func country(t *iptable.Table, ip netip.Addr) string {
	c, _ := t.Lookup(ip)
	return realCountry(c)
}

// realCountry drops codes that tables use where they know no country.
func realCountry(code string) string {
	switch code {
	case "EU", "AP", "A1", "A2", "O1", "T1", "XD", "XX", "ZZ":
		return ""
	}
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return ""
	}
	return code
}

// unwrap undoes the forms that put an IPv4 address into an IPv6 one:
// IPv4-mapped (RFC 4291, 2.5.5.2) and the NAT64 well-known prefix (RFC 6052).
func unwrap(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		b := ip.As16()
		if [12]byte(b[:12]) == [12]byte{0, 0x64, 0xff, 0x9b} {
			return netip.AddrFrom4([4]byte(b[12:]))
		}
	}
	return ip
}

var special = []struct {
	prefix netip.Prefix
	kind   Kind
}{
	{netip.MustParsePrefix("100.64.0.0/10"), CGNAT},
	{netip.MustParsePrefix("192.0.2.0/24"), Documentation},
	{netip.MustParsePrefix("198.51.100.0/24"), Documentation},
	{netip.MustParsePrefix("203.0.113.0/24"), Documentation},
	{netip.MustParsePrefix("2001:db8::/32"), Documentation},
	{netip.MustParsePrefix("3fff::/20"), Documentation},
	{netip.MustParsePrefix("198.18.0.0/15"), Benchmark},
	{netip.MustParsePrefix("2001:2::/48"), Benchmark},
	{netip.MustParsePrefix("0.0.0.0/8"), Reserved},
	{netip.MustParsePrefix("192.0.0.0/24"), Reserved},
	{netip.MustParsePrefix("240.0.0.0/4"), Reserved},
	{netip.MustParsePrefix("64:ff9b:1::/48"), Private}, // RFC 8215, local NAT64
	{netip.MustParsePrefix("100::/64"), Reserved},
}

func kindOf(ip netip.Addr) Kind {
	switch {
	case !ip.IsValid():
		return NoAddress
	case ip.IsUnspecified():
		return Unspecified
	case ip.IsLoopback():
		return Loopback
	case ip.IsMulticast():
		return Multicast
	case ip.IsPrivate():
		return Private
	case ip.IsLinkLocalUnicast():
		return LinkLocal
	}
	for _, s := range special {
		if s.prefix.Contains(ip) {
			return s.kind
		}
	}
	return Public
}
