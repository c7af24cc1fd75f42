package detect

import (
	"net/netip"
	"strings"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/peel"
)

// shapesInContext are the shapes of data/nonvalues/context.toml: what a value
// passes for, "" if for nothing.
var shapesInContext = map[string]func(v []byte) datatype.ID{
	"luhn": func(v []byte) datatype.ID {
		if len(v) != 15 && len(v) != 16 {
			return ""
		}
		switch {
		case checkCard(v).confidence > 0:
			return "finance.card"
		case len(v) == 15 && checkIMEI(v).confidence > 0:
			return "device.imei"
		}
		return ""
	},
	"sha256": func(v []byte) datatype.ID {
		if len(v) == 51 && string(v[:7]) == "sha256-" && v[50] == '=' {
			v = v[7:]
		} else if len(v) != 64 {
			return ""
		}
		var buf [64]byte
		if digestBytes(buf[:0], v) == nil || !varied(v, 6) {
			return ""
		}
		return "contact.email"
	},
}

// contextual refutes a value that only looks like personal data until one
// knows whose field it stands in.
func (s *Scanner) contextual(p *peel.Part, rows []*nonvalue, v []byte) bool {
	for _, row := range rows {
		if looksLike := shapesInContext[row.Shape](v); looksLike != "" && s.at(row.Hosts) {
			s.refute(p, looksLike, sample{row: row}, "")
			return true
		}
	}
	return false
}

// at reports whether the flow goes to one of the hosts, or below one. No hosts
// are all hosts.
func (s *Scanner) at(hosts []string) bool {
	for _, h := range hosts {
		if strings.HasSuffix(s.host, h) && (len(s.host) == len(h) || s.host[len(s.host)-len(h)-1] == '.') {
			return true
		}
	}
	return len(hosts) == 0
}

// reserved returns the row of the range that v, valid as typ, lies in.
func (e *Engine) reserved(typ datatype.ID, v []byte) *nonvalue {
	for _, row := range e.nonvalues.ranges {
		if hasType(row.Types, typ) && !hasType(e.spared, typ) && inRange(row, v, e.opt.Region) {
			return row
		}
	}
	return nil
}

func inRange(row *nonvalue, v []byte, region string) bool {
	if len(row.networks) > 0 {
		a, err := netip.ParseAddr(string(v))
		if err != nil {
			return false
		}
		for _, n := range row.networks {
			if n.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}
	n, _ := phoneNumber(v, region)
	if n == nil {
		return false
	}
	digits := e164Digits(n)
	for _, pattern := range row.Numbers {
		if matchesDigits(pattern, digits) {
			return true
		}
	}
	return false
}

// matchesDigits compares digits with a pattern in which "?" is any.
func matchesDigits(pattern, digits string) bool {
	if len(pattern) != len(digits) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] != '?' && pattern[i] != digits[i] {
			return false
		}
	}
	return true
}

// spare keeps ranges from data types of which the persona has values in one.
func (e *Engine) spare() {
	for i := range e.values {
		v := &e.values[i]
		for _, row := range e.nonvalues.ranges {
			if hasType(row.Types, v.Type) && inRange(row, []byte(strings.TrimSpace(v.Value)), e.opt.Region) {
				e.spared = append(e.spared, row.Types...)
			}
		}
	}
}
