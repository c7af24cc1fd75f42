package audit

import (
	"strconv"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/identity"
)

// Anonymity is what the form of a transfer leaves of the person, and what
// undoing it costs (package identity).
type Anonymity = identity.Anonymity

// Identifying is how far all that a recipient got points at one person
// (package identity).
type Identifying = identity.Identifying

// keptOfTruncated is how many bits package detect has seen at least of a
// digest that it calls truncated.
const keptOfTruncated = 64

// sentOf is a finding as package identity asks for it. A digest was
// recognised, so whatever went into it besides the value is known.
func sentOf(x *detect.Finding) identity.Sent {
	s := identity.Sent{Type: x.Type, Form: x.Form, Value: x.Value, Digest: x.Digest, Decimals: x.Decimals, Radius: x.Radius}
	if x.Form == detect.Truncated && x.Digest != "" {
		s.Kept = keptOfTruncated
	}
	return s
}

// identify counts a row of the ledger towards what its recipient knows.
// Hints do not count.
func (ds *destinations) identify(d *destination, l lot, s identity.Sent, grade string) {
	if grade != detect.GradeC {
		ds.received[d.recipient].of(l).profile.Add(identity.FactOf(s))
	}
}

// appendAnonymity encodes a as encoding/json would.
func appendAnonymity(dst []byte, a *Anonymity) []byte {
	dst = append(dst, `{"verdict":`...)
	dst = appendString(dst, a.Verdict)
	dst = append(dst, `,"singling_out":`...)
	dst = appendString(dst, a.SinglingOut)
	dst = append(dst, `,"linkability":`...)
	dst = appendString(dst, a.Linkability)
	dst = append(dst, `,"inference":`...)
	dst = appendString(dst, a.Inference)
	dst = append(dst, `,"means":`...)
	dst = appendString(dst, a.Means)
	text := func(key, s string) {
		if s != "" {
			dst = appendString(append(dst, key...), s)
		}
	}
	number := func(key string, x float64) {
		if x != 0 {
			dst = strconv.AppendFloat(append(dst, key...), x, 'g', -1, 64)
		}
	}
	text(`,"digest":`, a.Digest)
	text(`,"domain_name":`, a.DomainName)
	number(`,"domain":`, a.Domain)
	text(`,"basis":`, a.Basis)
	number(`,"seconds_gpu":`, a.Card)
	number(`,"seconds_core":`, a.Core)
	number(`,"rivals":`, a.Rivals)
	number(`,"radius_m":`, a.Radius)
	if a.People != [2]float64{} {
		dst = strconv.AppendFloat(append(dst, `,"people":[`...), a.People[0], 'g', -1, 64)
		dst = strconv.AppendFloat(append(dst, ','), a.People[1], 'g', -1, 64)
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
