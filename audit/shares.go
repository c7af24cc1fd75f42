package audit

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/linkage"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/persona"
)

// look is what a worker made of one flow.
type look struct {
	detect.Result
	tokens []linkage.Token // what may be identifiers that nobody planted
	cut    int             // more of them
}

// looker looks through flows one at a time: for personal data, and for tokens
// in the bytes that this uncovers. It belongs to one goroutine.
type looker struct {
	scanner *detect.Scanner
	gleaner *linkage.Gleaner
}

func newLooker(e *detect.Engine) *looker {
	l := &looker{e.NewScanner(), linkage.NewGleaner()}
	var at *peel.Part
	place := func(off, n int) (int, int) { return at.Outermost(off, n) }
	l.scanner.Watch = func(root *peel.Root, p *peel.Part, known func(off, n int) bool) {
		if !plainly(p) {
			return
		}
		at = p
		l.gleaner.Part(root.Name, root.Label, p.Data, p.Parent == nil, place, known)
	}
	return l
}

func (l *looker) look(f *flow.Flow) look {
	r := look{Result: scan(l.scanner, f)}
	r.tokens, r.cut = l.gleaner.Flow(f)
	return r
}

// plainly reports whether all layers down to p are such as names and tokens
// survive: syntax, compression, and what is commonly put around a message. A
// guess that nothing known bears out would make new tokens of old ones.
func plainly(p *peel.Part) bool {
	for ; p.Parent != nil; p = p.Parent {
		switch p.Step {
		case "base64", "base64url", "hex", "jwt":
			continue
		}
		if k := peel.KindOf(p.Step); k == peel.Coding || k == peel.Cipher && p.Step == "xor" {
			return false
		}
	}
	return true
}

// shares feeds the graph of who got which identifier.
type shares struct {
	graph   *linkage.Graph
	dests   *destinations
	parties []party
	of      map[*destination]int // index of parties
	byOwner map[string]int
	planted []linkage.ID // by value of the persona
	message linkage.Message
}

// party is a company as it is known when it first gets something: by its names
// and the DNS answers before.
type party struct {
	ultimate string // the company at the top
	host     *destination
}

func newShares(ds *destinations, p *persona.Persona) *shares {
	s := &shares{dests: ds, of: map[*destination]int{}, byOwner: map[string]int{}}
	s.graph = linkage.New(func(n int) string { return s.parties[n].ultimate })
	if p == nil {
		return s
	}
	for i, v := range p.Values {
		id := linkage.IDOf(fmt.Appendf(nil, "planted\x00%d", i))
		s.planted = append(s.planted, id)
		if roleOf(v.Type) == 0 {
			continue
		}
		for _, f := range v.Forms(p.Region) {
			if !f.Piece && f.Weak == "" {
				s.graph.Spelled(f.Text, id)
			}
		}
	}
	return s
}

// party numbers the company behind a destination.
func (s *shares) party(d *destination) int {
	if n, ok := s.of[d]; ok {
		return n
	}
	who := s.dests.whois(d)
	owner := cmp.Or(who.Owner, d.host)
	n, ok := s.byOwner[owner]
	if !ok {
		n = len(s.parties)
		s.byOwner[owner] = n
		s.parties = append(s.parties, party{cmp.Or(who.Parent, owner), d})
	}
	s.of[d] = n
	return n
}

// recipient is the Recipient.ID of a party, once recipients are settled.
func (s *shares) recipient(n int) string {
	return recipientID(s.dests.to[s.parties[n].host.recipient])
}

// roleOf says what a data type is when facts are joined, 0 if nothing.
func roleOf(t datatype.ID) linkage.Role {
	switch t {
	case "contact.phone", "contact.email", "contact.national_id":
		return linkage.Stable | linkage.Contact
	case "contact.name", "contact.address", "contact.username":
		return linkage.Contact
	case "location.precise":
		return linkage.Place
	}
	if row, _ := datatype.Get(t); row.Family == "stable-id" {
		return linkage.Stable
	}
	return 0
}

// add takes in a flow whose first finding is to be row rows+1 of the ledger.
func (s *shares) add(d *destination, input int, f *flow.Flow, res *detect.Result, seen *look, rows int, names aliases) {
	m := &s.message
	*m = linkage.Message{
		Recipient: s.party(d), Host: d.host, Flow: linkage.Flow{Input: input, Index: f.Index}, Time: noTime,
		Known: m.Known[:0], Tokens: m.Tokens[:0], Cut: seen.cut,
	}
	if !f.Timing.Start.IsZero() {
		m.Time = f.Timing.Start.UnixNano()
	}
	numbers := 0 // messages of a flow that has many
	for i := range res.Findings {
		if res.Findings[i].Part == "message" {
			numbers = max(numbers, messageNumber(&res.Findings[i]))
		}
	}
	for i := range seen.tokens {
		numbers = max(numbers, seen.tokens[i].Message)
	}
	for n := 0; n <= numbers; n++ {
		m.Known, m.Tokens = m.Known[:0], m.Tokens[:0]
		for i := range res.Findings {
			if x := &res.Findings[i]; messageNumber(x) == n {
				if k, ok := s.known(x, rows+i+1, m, names); ok {
					m.Known = append(m.Known, k)
				}
			}
		}
		for i := range seen.tokens {
			if t := &seen.tokens[i]; t.Message == n && !accounted(t, m.Known, res.Findings) {
				m.Tokens = append(m.Tokens, *t)
			}
		}
		if len(m.Known) > 0 || len(m.Tokens) > 0 || m.Cut > 0 {
			s.graph.Add(m)
		}
		m.Cut = 0
	}
}

// messageNumber is the message that a finding is in, from 1; 0 is the request.
func messageNumber(x *detect.Finding) (n int) {
	if x.Part != "message" {
		return 0
	}
	for _, c := range []byte(x.Label) {
		if c < '0' || c > '9' || n > 1<<24 {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n + 1
}

// accounted reports whether a token is what a finding is of.
func accounted(t *linkage.Token, known []linkage.Known, found []detect.Finding) bool {
	if t.Carrier >= linkage.SetCookie {
		return false
	}
	for i := range known {
		if known[i].ID == t.ID {
			return true
		}
	}
	if !t.Whole {
		return false
	}
	for i := range found {
		x := &found[i]
		if x.PersonaValue >= 0 && x.Part == t.Part && x.Label == t.Label && t.Off < x.Off+x.Len && x.Off < t.Off+t.Len {
			return true
		}
	}
	return false
}

// known is a finding as an identifier or a fact of the person.
func (s *shares) known(x *detect.Finding, row int, m *linkage.Message, names aliases) (linkage.Known, bool) {
	role := roleOf(x.Type)
	if role == 0 || x.Grade == detect.GradeC || len(x.Value) == 0 {
		return linkage.Known{}, false
	}
	k := linkage.Known{
		Type: x.Type, Role: role, Alias: names.of(x.Type, x.Value), Form: x.Form,
		Clear:   x.Form != detect.Hashed && x.Form != detect.Truncated,
		Carrier: carrierOf(x),
		Proof: linkage.Proof{
			Flow: m.Flow, Transfer: fmt.Sprintf("t%d", row), Part: x.Part, Label: x.Label, Field: x.Key, Off: x.Off, Len: x.Len, Time: m.Time,
		},
	}
	if x.PersonaValue >= 0 {
		k.ID, k.Planted = s.planted[x.PersonaValue], true
	} else {
		k.ID = linkage.IDOf(x.Value)
		_, k.Bits = linkage.Judge(x.Value)
	}
	return k, k.Alias != ""
}

func carrierOf(x *detect.Finding) linkage.Carrier {
	switch x.Part {
	case "request.url":
		return linkage.Query
	case "request.header":
		switch {
		case strings.EqualFold(x.Label, "cookie"):
			return linkage.Cookie
		case strings.EqualFold(x.Label, "referer"):
			return linkage.Referer
		}
		return linkage.Header
	}
	return linkage.Body
}
