package linkage

import "github.com/constat/constat/datatype"

// Role is what an identifier is for a join.
type Role uint8

const (
	Stable  Role = 1 << iota // one value, one holder, for a time: it links messages
	Contact                  // says who the person is, or how to reach them
	Place                    // says where the person is
)

// Flow names an exchange.
type Flow struct{ Input, Index int }

// Proof is where in the captures something is to be seen.
type Proof struct {
	Flow     Flow
	Transfer string // row of the caller's ledger, "" if it has none
	Part     string
	Label    string // of a header field: its name
	Field    string // name of the field, raw
	Off, Len int
	Time     int64 // Unix nanoseconds
}

// Known is an identifier that the caller recognised.
type Known struct {
	ID      ID
	Type    datatype.ID
	Role    Role
	Alias   string
	Planted bool   // a value of the persona
	Form    string // clear, hashed …
	Clear   bool   // the recipient can read it without undoing a digest
	Bits    int    // that its text can tell apart, at most (Judge)
	Carrier Carrier
	Proof   Proof
}

// Message is what one recipient got at once.
type Message struct {
	Recipient int
	Host      string
	Flow      Flow
	Time      int64
	Known     []Known
	Tokens    []Token
	Cut       int // tokens of it that are not in Tokens, for want of room
}

// Edge is an identifier at a recipient.
type Edge struct {
	Recipient int
	Count     int
	Forms     []string
	Names     []string // of fields, raw, in order of appearance
	Clear     bool
	First     *Proof

	// The first of their kind, nil if there was none.
	sent       *Proof // other than in a cookie of the recipient's own
	cookie     *Proof // in one
	after      *Proof // as sent, after somebody else had set it
	redirected *Proof // as after, at a host that a redirect of the setter led to
	answered   *Proof // as after, at a host that an answer of the setter named with it
}

// Node is an identifier.
type Node struct {
	Alias   string      // "" for a token: whoever lists it gives it one
	Type    datatype.ID // "" for a token
	Role    Role
	Planted bool
	Bits    int // of a token, at most
	Edges   []*Edge
	More    int // recipients that are not listed
	Runs    int // captures in which it was met

	id      ID
	order   int
	named   bool // a field named for an identifier held it, or a cookie did
	refuted bool // a name said that it is none
	inputs  uint64
	set     *origin   // by whom, as a cookie that lasts
	session *origin   // the same, as one that does not
	led     []*origin // by redirects and answers, to a host
	pairs   []*pair   // what travelled with it, in order of appearance
}

// origin is how a recipient gave an identifier to the device.
type origin struct {
	recipient int
	carrier   Carrier
	host      string // to which it led
	proof     Proof
}

// strongBits is the least that a token of unknown origin must be able to tell
// apart to be the same at two recipients and no coincidence.
const strongBits = 64

// Grade is A for a planted value and for a token that was seen being given to
// the device as a lasting cookie; B for one that only its name, its place and
// its looks give away; "" for what is no identifier as far as one can see.
func (n *Node) Grade() string {
	switch {
	case n.Planted:
		return "A"
	case n.Type != "":
		return "B"
	case n.refuted || !n.named:
		return ""
	case n.set != nil:
		return "A"
	case n.Bits >= strongBits:
		return "B"
	}
	return ""
}

// SetBy is the recipient that was seen giving n to the device as a cookie, -1 if
// none was.
func (n *Node) SetBy() int {
	switch {
	case n.set != nil:
		return n.set.recipient
	case n.session != nil:
		return n.session.recipient
	}
	return -1
}

// identifies reports whether n is an identifier, and no fact alone.
func (n *Node) identifies() bool {
	if n.Type == "" {
		return n.Grade() != ""
	}
	return n.Role&Stable != 0
}

// links reports whether n can link messages to one another: a token must have
// been met twice, as one of a single message may be of that message.
func (n *Node) links() bool {
	if !n.identifies() || n.Type != "" {
		return n.identifies()
	}
	met := 0
	for _, e := range n.Edges {
		met += e.Count
	}
	return met > 1
}
