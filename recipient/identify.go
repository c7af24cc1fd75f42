package recipient

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Clues are what a capture tells of who stands behind a host, beside its
// name. All but Host may be missing, and mostly are.
type Clues struct {
	Host        string
	Chain       []string     // names that Host is an alias of (CNAME), in order, by DNS answers of the capture
	Certificate *Certificate // that the server of a connection to Host presented
	Networks    []Address    // that answered
	Reverse     []string     // names of those addresses (PTR), by DNS answers of the capture
}

// Identity is who a host's data is for, with all that says so.
type Identity struct {
	Who
	Named    Who  // by the name alone
	Cloaked  bool // the name is of one company's domain and an alias into another's
	Evidence []OwnerEvidence
	// Conflicts are pieces of evidence that name different companies.
	Conflicts []string
}

// OwnerEvidence is one thing that says whose a host is.
type OwnerEvidence struct {
	Kind     EvidenceKind `json:"kind"`
	Says     string       `json:"says"` // a company, or a domain where nothing names one
	Detail   string       `json:"detail"`
	Source   string       `json:"source"`
	Date     string       `json:"date,omitempty"`
	Strength Strength     `json:"strength"`
}

// EvidenceKind is where a piece of evidence comes from.
type EvidenceKind string

// The kinds of evidence.
const (
	ByRow         EvidenceKind = "row"         // of this program's own
	ByList        EvidenceKind = "list"        // somebody's
	ByCNAME       EvidenceKind = "cname"       // a DNS answer in the capture
	ByCertificate EvidenceKind = "certificate" // of the handshake
	ByNetwork     EvidenceKind = "network"     // who announces the address
	ByReverse     EvidenceKind = "reverse"     // what the network's holder calls the address
	BySpelling    EvidenceKind = "spelled"     // a domain written out inside a CDN's name
)

// Bounds on clues, which strangers may have written.
const (
	maxChain    = 16
	maxNetworks = 16
)

// Where the sources of a capture's own evidence are told.
const (
	inAnswer    = "DNS answer in the capture"
	inHandshake = "certificate of the handshake in the capture"
)

// Identify weighs everything that is known of whose a host is.
//
// A DNS answer that leads into the domain of a company that has a row makes
// that company the recipient, whatever the name in front says. An answer that
// leads to a CDN or a cloud does not: that company runs the machine, for
// somebody. A certificate names a recipient only where no row does, and never
// when it names a company that runs machines for others.
func (b *Book) Identify(c Clues) Identity {
	named := b.Who(c.Host)
	id := Identity{Who: named, Named: named}
	if named.Table != "" || named.Customer != "" {
		id.Evidence = append(id.Evidence, b.byName(&named)...)
	}
	if public(named.Host) {
		b.followChain(&id, c.Chain)
		b.readCertificate(&id, c.Certificate)
		b.askNetworks(&id, c.Networks[:min(len(c.Networks), maxNetworks)])
		b.askReverse(&id, c.Reverse[:min(len(c.Reverse), maxNetworks)])
	}
	slices.SortStableFunc(id.Evidence, func(x, y OwnerEvidence) int { return cmp.Compare(x.Strength, y.Strength) })
	return id
}

// public reports whether host is a name: an address has no alias.
func public(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && strings.Contains(host, ".")
}

// byName is what the name itself brings: the row, and the spelling that it
// was found by.
func (b *Book) byName(w *Who) []OwnerEvidence {
	var out []OwnerEvidence
	if w.Table != "" {
		out = append(out, OwnerEvidence{b.rowKind(w), w.Owner, "the name " + w.Host, w.Source, w.SourceDate, w.Strength})
	}
	if strings.Contains(w.Customer, ".") {
		out = append(out, OwnerEvidence{BySpelling, w.Owner, w.Customer + " is spelled in a name of " + w.Operator, "the name " + w.Host, "", List})
	}
	return out
}

// rowKind tells this program's rows, and a lab's, from the lists of others.
func (b *Book) rowKind(w *Who) EvidenceKind {
	if w.Table == "own" || b.source(w.Table).Use == "simulated" {
		return ByRow
	}
	return ByList
}

// bystander reports whether a company in that role runs machines for others,
// so that a name that leads to it does not say who the data is for.
func bystander(role string) bool {
	switch role {
	case "cdn", "cloud", "dns", "platform", "unknown", "":
		return true
	}
	return false
}

// followChain goes along the aliases. The last company that is no bystander
// is who gets the data; the last that runs machines is who runs this one.
func (b *Book) followChain(id *Identity, chain []string) {
	named := &id.Named
	from := named.Host
	for _, target := range chain[:min(len(chain), maxChain)] {
		w := b.Who(target)
		if !public(w.Host) || w.Host == from {
			break
		}
		e := OwnerEvidence{ByCNAME, w.Owner, from + " is an alias of " + w.Host, inAnswer, w.SourceDate, cmp.Or(w.Strength, List)}
		if w.Source != "" {
			e.Source += "; " + w.Source
		}
		same := group(w.Owner, w.Parent) == group(named.Owner, named.Parent)
		if runs := b.runs(&w); runs != "" {
			if w.Customer == "" {
				e.Says = runs
			}
			if w.Operator != "" || !same {
				id.Operator = runs
			}
		}
		id.Evidence = append(id.Evidence, e)
		from = w.Host
		if w.Table == "" || bystander(w.Role) || w.Domain == named.Domain || same {
			continue // nobody known, nobody who gets data, or one company's two names
		}
		operator := id.Operator
		id.Who, id.Cloaked = w, true
		id.Host, id.Domain, id.Operator = named.Host, named.Domain, cmp.Or(w.Operator, operator)
		id.Customer = cmp.Or(named.Customer, named.Domain)
		id.Source = inAnswer + ": " + named.Host + " is an alias of " + w.Host + "; " + w.Source
		if named.Table != "" {
			id.conflict(fmt.Sprintf("the name is %s's by its row, and the DNS answer leads to %s", named.Owner, w.Owner))
		}
	}
}

// runs is who runs the machines of a name that does not say who the data is
// for, "" if it says.
func (b *Book) runs(w *Who) string {
	switch {
	case w.Operator != "":
		return w.Operator
	case w.Table != "" && bystander(w.Role):
		return w.Owner
	}
	return ""
}

// readCertificate weighs the certificate of the handshake.
func (b *Book) readCertificate(id *Identity, c *Certificate) {
	if c == nil {
		return
	}
	if !c.Covers(id.Host) {
		id.conflict("the certificate presented is not for the name " + id.Host)
		return
	}
	if c.Organization == "" {
		b.readNames(id, c)
		return
	}
	e := OwnerEvidence{ByCertificate, c.Organization, "subject O=" + c.Organization, inHandshake, c.NotBefore, Official}
	if c.Country != "" {
		e.Detail += ", C=" + c.Country
	}
	known, ok := b.company(c.Organization)
	if ok {
		e.Says = known.owner
	}
	if !c.checked() {
		e.Strength, e.Detail = List, e.Detail+"; no authority says that it checked this"
		id.Evidence = append(id.Evidence, e)
		return
	}
	e.Detail += " (" + string(c.Validation) + ")"
	holder := bare(c.Organization)
	if ok {
		holder = known.group()
	}
	switch {
	case id.Table != "" && holder == group(id.Owner, id.Parent):
	case id.Cloaked && id.Named.Table != "" && holder == group(id.Named.Owner, id.Named.Parent):
		e.Detail += "; the customer's own certificate"
	case b.operates[holder]:
		e.Detail += "; a company that runs machines for others: it does not say who the data is for"
		id.Operator = cmp.Or(id.Operator, e.Says)
	case id.Table == "" && !ok && len(c.domains()) > 1:
		e.Detail += "; with names of several domains, any of which may be a customer's"
	case id.Table == "": // no row: this is the best there is
		domain := id.Who
		id.Who = Who{Host: domain.Host, Domain: domain.Domain, Owner: c.Organization, Role: domain.Role, Operator: domain.Operator, Customer: domain.Customer}
		if ok {
			id.Owner, id.Parent, id.Seat, id.ParentSeat = known.owner, known.parent, known.seat, known.parentSeat
			id.Role = cmp.Or(known.role, "unknown")
		}
		id.Source, id.SourceDate, id.Strength = inHandshake+": "+e.Detail, c.NotBefore, Official
	default:
		id.conflict(fmt.Sprintf("the certificate names %s, the row names %s", e.Says, id.Owner))
	}
	id.Evidence = append(id.Evidence, e)
}

// readNames weighs the names of a certificate that names no company: whoever
// got it controls all of them, which is weak, and nothing when it is a
// certificate that several companies share.
func (b *Book) readNames(id *Identity, c *Certificate) {
	var found *Who
	for _, d := range c.domains() {
		if d == id.Domain {
			continue
		}
		w := b.Who(d)
		if w.Table == "" || bystander(w.Role) {
			continue
		}
		if found != nil && group(found.Owner, found.Parent) != group(w.Owner, w.Parent) {
			return
		}
		if found == nil {
			found = &w
		}
	}
	if found == nil {
		return
	}
	id.Evidence = append(id.Evidence, OwnerEvidence{
		ByCertificate, found.Owner, "one certificate for this name and for " + found.Host + ": who got it controls both",
		inHandshake, c.NotBefore, List,
	})
	if id.Table != "" && group(found.Owner, found.Parent) != group(id.Owner, id.Parent) && !id.Cloaked {
		id.conflict(fmt.Sprintf("the certificate is also for %s of %s, the row names %s", found.Host, found.Owner, id.Owner))
	}
}

// askNetworks says who announces the addresses. It is who runs the machine
// or rents it out, and speaks for the owner only where both are one company.
func (b *Book) askNetworks(id *Identity, nets []Address) {
	for _, a := range nets {
		if a.ASN == 0 {
			continue
		}
		e := OwnerEvidence{
			ByNetwork, a.Holder, fmt.Sprintf("AS%d announces %s; who runs the machine or rents it out", a.ASN, a.IP),
			b.source("asn").Name, b.source("asn").ContentDate, Announced,
		}
		if a.Kind == Simulated {
			e.Source, e.Date = "simulated", ""
		}
		if known, ok := b.company(a.Holder); ok {
			e.Says = known.owner
		} else if f := b.networks[a.ASN].family; f != "" {
			e.Says = f
		}
		if !slices.ContainsFunc(id.Evidence, func(x OwnerEvidence) bool { return x.Kind == ByNetwork && x.Says == e.Says }) {
			id.Evidence = append(id.Evidence, e)
		}
	}
}

// askReverse says what the holder of the network calls the address.
func (b *Book) askReverse(id *Identity, names []string) {
	for _, n := range names {
		w := b.Who(n)
		if !public(w.Host) {
			continue
		}
		e := OwnerEvidence{ByReverse, cmp.Or(w.Operator, w.Owner), "the address is called " + w.Host, cmp.Or(w.Source, "the name"), w.SourceDate, Announced}
		e.Source = inAnswer + "; " + e.Source
		if !slices.Contains(id.Evidence, e) {
			id.Evidence = append(id.Evidence, e)
		}
	}
}

func (id *Identity) conflict(s string) {
	if !slices.Contains(id.Conflicts, s) {
		id.Conflicts = append(id.Conflicts, s)
	}
}

func errNoOwner(name string) error {
	return errors.New("expected an owner that has a row in owners.csv, found " + name)
}
