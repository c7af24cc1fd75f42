package identity

import (
	"cmp"
	"math"
	"strconv"

	"github.com/constat/constat/datatype"
)

// Sent says in what form a value left.
type Sent struct {
	Type   datatype.ID
	Form   string // clear|encoded|hashed|truncated|encrypted|media
	Value  []byte // decoded; only its shape is looked at
	Digest string // one-way functions, outermost first: "sha256 of md5"; "" if none
	Kept   int    // bits of the digest that left, 0 if all
	Secret Secret // what else went into the digest

	// Decimals of a position's degrees, 0 if not known or not a position.
	Decimals int

	// Radius is to how many metres a position is known when no decimals say
	// it: a grid code, noise that was added. 0 if not known.
	Radius float64
}

// Secret is what besides the value goes into a digest.
type Secret string

// The secrets. A digest that was recognised has none, or one that is known.
const (
	NoSecret      Secret = ""        // nothing, or a salt or key known to the public: in the app, in the message
	AppSecret     Secret = "app"     // a salt or key that one party keeps, the same each time
	SessionSecret Secret = "session" // one that changes with the session
	UnknownSecret Secret = "unknown"
)

// Anonymity is what a form leaves of the person. Costs are in seconds; 0 is
// not known, or does not apply.
type Anonymity struct {
	Verdict     string `json:"verdict"`
	SinglingOut string `json:"singling_out"` // yes|possible|session|no|unknown
	Linkability string `json:"linkability"`  // yes|possible|app|no|unknown
	Inference   string `json:"inference"`    // yes|possible|low|unknown
	Means       string `json:"means"`        // who can undo it: anyone|list_holder|key_holder|nobody|unknown

	Digest     string  `json:"digest,omitempty"`
	DomainName string  `json:"domain_name,omitempty"` // see data/domains.toml, or the shape of the value
	Domain     float64 `json:"domain,omitempty"`      // values to try at most
	Basis      string  `json:"basis,omitempty"`       // all|list, see Domain
	Card       float64 `json:"seconds_gpu,omitempty"` // for all of them, on one graphics card
	Core       float64 `json:"seconds_core,omitempty"`
	Rivals     float64 `json:"rivals,omitempty"` // other values expected to have the same digest, if 0.1 or more

	Radius float64    `json:"radius_m,omitempty"` // a position is known to within
	People [2]float64 `json:"people,omitzero"`    // who are there, where few live and where many do
}

// The verdicts.
const (
	Clear          = "clear"
	Reversible     = "reversible"      // undone without trying: an encoding, a key that is known
	BruteForceable = "brute_forceable" // undone by trying all values, within Patience
	Pseudonym      = "pseudonym"
	Aggregate      = "aggregate" // shared with those around: see People
	Unknown        = "unknown"
)

// Patience is up to how many seconds on one graphics card, or on one core
// where no figure of a card is published, a search counts as within reach of
// anybody: a year. It is a convention; the cost stands beside the verdict.
const Patience = 365.25 * 86400

// Judge tests one finding.
func Judge(s Sent) Anonymity {
	if s.Digest != "" {
		return digested(s)
	}
	var a Anonymity
	cell, isCell := CellOf(s)
	switch s.Form {
	case "clear", "media":
		a = open(Clear)
	case "encoded", "encrypted":
		a = open(Reversible)
	case "truncated":
		a = Anonymity{Verdict: Unknown, SinglingOut: Unknown, Linkability: Unknown, Inference: Unknown, Means: Unknown}
	default: // hashed, and nobody knows how
		return Anonymity{Verdict: Unknown, SinglingOut: Unknown, Linkability: Unknown, Inference: Unknown, Means: Unknown}
	}
	if !isCell {
		return a
	}
	if s.Form == "truncated" || cell.coarse() {
		a = Anonymity{Verdict: Aggregate, SinglingOut: cell.singles(), Linkability: "possible", Inference: "possible", Means: "nobody"}
	}
	a.Radius, a.People = digits(cell.Radius, 2), [2]float64{digits(cell.Sparse, 2), digits(cell.Dense, 2)}
	return a
}

func open(verdict string) Anonymity {
	return Anonymity{Verdict: verdict, SinglingOut: "yes", Linkability: "yes", Inference: "yes", Means: "anyone"}
}

// digested is the test of digests: what was mixed in decides first, then how
// many values there are to try.
func digested(s Sent) Anonymity {
	a := Anonymity{Digest: s.Digest}
	switch s.Secret {
	case NoSecret:
	case AppSecret:
		a.Verdict, a.SinglingOut, a.Linkability, a.Inference, a.Means = Pseudonym, "yes", "app", "possible", "key_holder"
		return a
	case SessionSecret:
		a.Verdict, a.SinglingOut, a.Linkability, a.Inference, a.Means = Pseudonym, "session", "no", "low", "key_holder"
		return a
	default:
		a.Verdict, a.SinglingOut, a.Linkability, a.Inference, a.Means = Unknown, Unknown, Unknown, Unknown, Unknown
		return a
	}
	// The same value has the same digest, everywhere: whatever it costs to
	// undo, it singles out and links, and whoever holds a list compares.
	a.SinglingOut, a.Linkability, a.Inference, a.Means = "yes", "yes", "possible", "list_holder"
	d, ok := DomainOf(s.Type, s.Value)
	if !ok {
		a.Verdict = Unknown
		return a
	}
	c := CostOf(d.Size, s.Digest)
	a.DomainName, a.Domain, a.Basis = d.Name, d.Size, d.Basis
	a.Card, a.Core = digits(c.Card, 3), digits(c.Core, 3)
	if c.Bits > 0 {
		if s.Kept > 0 {
			c.Bits = min(c.Bits, s.Kept)
		}
		if rivals := (d.Size - 1) * math.Exp2(-float64(c.Bits)); rivals >= 0.1 {
			a.Rivals, a.SinglingOut = digits(rivals, 2), "possible"
		}
	}
	switch cost := cmp.Or(c.Card, c.Core); {
	case cost == 0:
		a.Verdict = Unknown
	case cost <= Patience:
		a.Verdict, a.Inference = BruteForceable, "yes"
		if d.Basis == All {
			a.Means = "anyone"
		}
	case c.Card > 0 || d.Size/rates().most > Patience:
		a.Verdict = Pseudonym
	default: // too slow on a core, and nobody says how fast a card is
		a.Verdict = Unknown
	}
	return a
}

// digits rounds x to n significant digits: these are expectations.
func digits(x float64, n int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', n, 64), 64)
	if err != nil || math.IsInf(r, 0) || math.IsNaN(r) {
		return 0
	}
	return r
}
