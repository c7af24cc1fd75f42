package recipient

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/recipient/statement"
)

// Machine is one address of a capture, with what the capture tells of it.
type Machine struct {
	Address    Address
	Seen       Sighting
	Statements []statement.Statement
	Known      string // country of a control host that the user vouches for, "" as a rule
}

// Checks are what the control of a whole capture found. They hold for every
// address of it. The zero value is of a capture that was not examined.
type Checks struct {
	Vantage     string // why the declared vantage is not believed: no delay counts
	Terminator  []string
	Middlebox   string
	PathChecked bool // connect times go as far as the proofs of the key do

	Errors []string // rows for the report, in a fixed order
}

// The classes of samples that a terminator can void.
const (
	classTLS      = "TLS"
	classConnect  = "connect"
	classTCP      = "TCP"
	classAnswered = "first byte"
)

const (
	// terminator is the round trip below which handshakes were answered on the
	// spot, if most are: by a proxy or VPN service on the device.
	terminator = time.Millisecond

	// slack is what a proof of the key may take over two round trips: certificates,
	// signatures, a slow server.
	slack = 50 * time.Millisecond

	// A path is only taken to be free of middleboxes where enough machines were
	// seen, and near and far ones among them: where all are near, a box that
	// answers for everybody would not show.
	enough  = 4
	farTCP  = 60 * time.Millisecond
	farther = 3 // times the nearest
)

// Control examines the samples of a whole capture before any of them accuses.
// All sightings must be from one vantage.
//
//   - Terminator: nearly all minima of a class lie under a millisecond. They
//     were answered on the device, and the class is void.
//   - Middlebox: for some machine the connect time is short and the proof of the
//     key much longer. Somebody on the path answers, and connect times are void.
//   - Vantage: a unicast machine of known place answered sooner than light could
//     have brought it. Then the vantage is not where it was declared to be, and
//     every delay is void. Known are machines that the user vouches for, and
//     prefixes that a cloud publishes with their region; of machines that only
//     say themselves where they are it takes two, and more than fit, since one
//     field may be replayed. Estimates are no control: that a database is wrong
//     is what physics is there to show.
func (b *Book) Control(captured time.Time, all []Machine) Checks {
	var c Checks
	c.terminated(all)
	left := slices.Clone(all)
	for i := range left {
		left[i].Seen = c.Apply(left[i].Seen)
	}
	c.middlebox(left)
	b.vantage(&c, captured, left)
	return c
}

// sampled gives the sample of a class.
func (s *Sighting) sampled(class string) **Sample {
	switch class {
	case classTLS:
		return &s.TLS
	case classConnect:
		return &s.Connect
	case classTCP:
		return &s.TCP
	}
	return &s.Answered
}

func (c *Checks) terminated(machines []Machine) {
	for _, class := range []string{classTLS, classConnect, classTCP, classAnswered} {
		seen, short := 0, 0
		for i := range machines {
			if r := *machines[i].Seen.sampled(class); r.valid() {
				seen++
				if r.bound() < terminator {
					short++
				}
			}
		}
		if short > 0 && short*4 >= seen*3 {
			c.Terminator = append(c.Terminator, class)
			c.Errors = append(c.Errors, fmt.Sprintf("local terminator: %d of %d machines answered in under 1 ms (%s), which only the device itself can: these times are not used", short, seen, class))
		}
	}
}

// follows reports whether the connect time of a machine goes as far as its
// proof of the key.
func follows(s *Sighting) (ok, both bool) {
	if !s.TCP.valid() || !s.TLS.valid() {
		return false, false
	}
	return s.TLS.bound() <= 2*s.TCP.bound()+slack, true
}

func (c *Checks) middlebox(machines []Machine) {
	compared, apart := 0, 0
	var near, far time.Duration
	for i := range machines {
		ok, both := follows(&machines[i].Seen)
		if !both {
			continue
		}
		compared++
		tcp := machines[i].Seen.TCP.bound()
		if !ok {
			apart++
		}
		if near == 0 || tcp < near {
			near = tcp
		}
		far = max(far, tcp)
	}
	switch {
	case apart > 0:
		c.Middlebox = fmt.Sprintf("%d of %d machines were connected to much sooner than they proved their keys", apart, compared)
		c.Errors = append(c.Errors, "middlebox: "+c.Middlebox+": somebody on the path answers connections, and connect times are not used")
	case compared >= enough && far >= farTCP && far >= farther*near:
		c.PathChecked = true
	}
}

func (b *Book) vantage(c *Checks, captured time.Time, machines []Machine) {
	var strong, word []string
	fit := 0
	for i := range machines {
		m := &machines[i]
		e := Evidence{Address: m.Address, Captured: captured, Sightings: []Sighting{{From: m.Seen.From, TLS: m.Seen.TLS}}, Statements: m.Statements}
		if m.Seen.From == nil || !m.Seen.TLS.valid() || m.Address.Anycast || !m.Address.lookedUp() {
			continue
		}
		excluded := func(country string) bool {
			r, _ := b.physics(e.Sightings, statement.Edge, country, false)
			return r == ImpossibleStrict
		}
		took := fmt.Sprintf("in %.1f ms", ms(m.Seen.TLS.D))
		if k := realCountry(m.Known); k != "" && excluded(k) {
			strong = append(strong, fmt.Sprintf("%s, a control host in %s, answered %s", m.Address.IP, k, took))
		}
		if rs := e.tables(&m.Address).countries(evR); len(rs) == 1 && excluded(rs[0]) {
			strong = append(strong, fmt.Sprintf("%s, in a published region in %s, answered %s", m.Address.IP, rs[0], took))
		}
		said, against := 0, ""
		for j := range m.Statements {
			s := &m.Statements[j]
			country := realCountry(s.Country)
			if s.Layer != statement.Edge || s.Class != statement.Operator || s.Confidence == "low" || country == "" {
				continue
			}
			said++
			if b.contradicted(&e, s, country, false) {
				against = max(against, fmt.Sprintf("%s, by its own word in %s, answered %s", m.Address.IP, where(s), took))
			}
		}
		switch {
		case against != "":
			word = append(word, against)
		case said > 0 && m.Seen.TLS.reach(m.Seen.From.RadiusKm) < nearKm:
			fit++
		}
	}
	slices.Sort(strong)
	slices.Sort(word)
	switch {
	case len(strong) > 0:
		c.Vantage = strings.Join(strong[:min(len(strong), 3)], "; ")
	case len(word) >= 2 && len(word) > fit:
		c.Vantage = strings.Join(word[:min(len(word), 3)], "; ")
	default:
		return
	}
	c.Errors = append(c.Errors, "vantage contradicted by control: "+c.Vantage+": no round trip of this capture is used")
}

// nearKm is how small a circle must be before a statement inside it speaks for
// the vantage: in a large one anything fits.
const nearKm = 3000.0

// Apply gives the sighting without what the control voids. Judge does so by
// itself with the Checks of its evidence; doing it twice changes nothing. A connect time counts where the path
// was checked and the machine's own proof of the key bears it out.
func (c *Checks) Apply(s Sighting) Sighting {
	for _, class := range c.Terminator {
		*s.sampled(class) = nil
	}
	if c.Vantage != "" {
		s = Sighting{From: s.From}
	}
	if c.PathChecked {
		s.PathChecked, _ = follows(&s)
		s.Connect = nil // nothing bears that one out
	}
	if c.Middlebox != "" {
		s.TCP, s.Connect, s.PathChecked = nil, nil, false
	}
	return s
}
