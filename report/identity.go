package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
)

// namesListed bounds the data types that a sentence names.
const namesListed = 8

// Pointed are the recipients of which something is to be said by PointsAt.
func (v *view) Pointed() (out []audit.Recipient) {
	for _, r := range v.Recipients {
		if r.Identifying != nil {
			out = append(out, r)
		}
	}
	return out
}

// PointsAt says how far what a recipient got points at one person: both ends,
// or through which identifier. "" if it got nothing.
func (v *view) PointsAt(r audit.Recipient) string {
	x := r.Identifying
	switch {
	case x == nil:
		return ""
	case x.Bits == nil || x.Others == nil:
		return v.join(v.T("points.unknown"), v.T("points.uncounted", v.types(x.Unknown)))
	case x.Through != "":
		until := ""
		if t, _ := datatype.Get(datatype.ID(x.Through)); t.Permanence == "resettable" {
			until = v.T("points.reset")
		}
		s := v.T("points.one", v.decimal(x.Bits[1], 0), v.Type(x.Through), until)
		if len(x.Linked) > 0 {
			s = v.join(s, v.T("points.linked", v.types(x.Linked)))
		}
		return s
	}
	s := v.T("points.some", v.people(1+x.Others[1], 1+x.Others[0]), v.decimal(x.Bits[0], 1), v.decimal(x.Bits[1], 1))
	if len(x.Unknown) > 0 {
		s = v.join(s, v.T("points.uncounted", v.types(x.Unknown)))
	}
	return s
}

// Undoing says what the form of a transfer leaves of the person, and what
// undoing it costs. "" for what is in clear.
func (v *view) Undoing(a audit.Anonymity) string {
	seconds, on := a.Card, v.T("on.card")
	if seconds == 0 {
		seconds, on = a.Core, v.T("on.core")
	}
	var s string
	switch a.Verdict {
	case "reversible":
		s = v.T("anon.reversible")
	case "brute_forceable":
		s = v.T("anon."+a.Basis, v.Lasts(seconds), on, v.domain(a))
	case "pseudonym":
		switch {
		case a.Means != "key_holder":
			s = v.T("anon.pseudonym", v.domain(a), v.Lasts(seconds), on)
		case a.SinglingOut == "session":
			s = v.T("anon.session")
		default:
			s = v.T("anon.keyed")
		}
	case "aggregate":
		s = v.T("anon.aggregate", v.metres(a.Radius), v.people(a.People[0], a.People[1]))
	case "unknown":
		switch {
		case a.Means == "unknown":
			s = v.T("anon.unknown")
		case a.Domain == 0:
			s = v.T("anon.costunknown", v.T("anon.nodomain"))
		case seconds == 0:
			s = v.T("anon.costunknown", v.T("anon.norate"))
		default:
			s = v.T("anon.costunknown", v.T("anon.onlycore", v.Lasts(seconds)))
		}
	}
	if a.Rivals > 0 {
		s = v.join(s, v.T("anon.rivals", v.About(a.Rivals)))
	}
	if a.Radius > 0 && a.Verdict != "aggregate" {
		s = v.join(s, v.T("anon.radius", v.metres(a.Radius), v.people(a.People[0], a.People[1])))
	}
	return s
}

// Brief is Undoing in a few words, "" where they would say nothing new.
func (v *view) Brief(a audit.Anonymity) string {
	switch a.Verdict {
	case "brute_forceable":
		if a.Basis == "list" {
			return v.T("brief.list", v.Lasts(cmp.Or(a.Card, a.Core)))
		}
		return v.T("brief.all", v.Lasts(cmp.Or(a.Card, a.Core)))
	case "pseudonym":
		return v.T("brief.pseudonym")
	case "aggregate":
		return v.T("brief.aggregate", v.metres(a.Radius))
	case "unknown":
		return v.T("brief.unknown")
	}
	return ""
}

// domain counts the values that were or would be tried.
func (v *view) domain(a audit.Anonymity) string {
	name := v.About(a.Domain)
	if s, ok := v.lookup("domain." + a.DomainName); ok {
		return fmt.Sprintf(s, name)
	}
	return v.T("domain", name)
}

// people is a span of numbers of people: "4 to 640 people".
func (v *view) people(from, to float64) string {
	a, b := v.About(from), v.About(to)
	same := a == b
	if to >= 1e6 && to < 1e12 { // millions are a noun in French
		b += v.T("of")
	}
	switch {
	case !same:
		return v.T("people.span", a, b)
	case a == "1":
		return v.T("people.one")
	}
	return v.T("people.some", b)
}

// types names data types, at most namesListed of them.
func (v *view) types(ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), namesListed)] {
		names = append(names, v.Type(id))
	}
	if n := len(ids) - namesListed; n > 0 {
		names = append(names, v.T("more", n))
	}
	return strings.Join(names, ", ")
}

func (v *view) join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

func (v *view) decimal(x float64, n int) string { return v.number(strconv.FormatFloat(x, 'f', n, 64)) }

// About formats a number that is an estimate, with two or three digits:
// "640", "118 billion", "2.81 × 10¹⁴".
func (v *view) About(x float64) string {
	if x < 100 {
		return v.decimal(math.Round(x), 0)
	}
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	short := func(unit string, x float64) string {
		form := ".other"
		if x < 2 {
			form = ".one"
		}
		return v.T(unit+form, v.number(strconv.FormatFloat(x, 'g', 3, 64)))
	}
	switch {
	case x < 1e4:
		return v.decimal(x, 0)
	case x < 1e6:
		return v.decimal(math.Trunc(x/1000), 0) + v.T("thousands") + fmt.Sprintf("%03.0f", math.Mod(x, 1000))
	case x < 1e9:
		return short("million", x/1e6)
	case x < 1e12:
		return short("billion", x/1e9)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', 2, 64), "e+")
	mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	power := "10" + superscript.Replace(strings.TrimLeft(exponent, "0"))
	if mantissa == "1" {
		return power
	}
	return v.number(mantissa) + "\u202f×\u202f" + power
}

var superscript = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// Lasts formats a duration that is an estimate.
func (v *view) Lasts(seconds float64) string {
	short := func(x float64) string {
		x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 2, 64), 64)
		return v.number(strconv.FormatFloat(x, 'f', -1, 64))
	}
	const day, year = 86400, 365.25 * 86400
	switch {
	case seconds < 1e-3:
		return v.T("lasts.instant")
	case seconds < 120:
		return short(seconds) + "\u202fs"
	case seconds < 7200:
		return short(seconds/60) + "\u202fmin"
	case seconds < 2*day:
		return short(seconds/3600) + "\u202fh"
	case seconds < 2*year:
		return v.T("lasts.days", short(seconds/day))
	case seconds < 1e6*year:
		return v.T("lasts.years", v.About(seconds/year))
	}
	return v.T("lasts.forever")
}

// metres formats a distance.
func (v *view) metres(m float64) string {
	if m < 1000 {
		return v.number(strconv.FormatFloat(m, 'g', 2, 64)) + "\u202fm"
	}
	return v.number(strconv.FormatFloat(m/1000, 'f', 1, 64)) + "\u202fkm"
}
