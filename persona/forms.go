package persona

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/constat/constat/datatype"
)

// Form is one spelling that programs give a value.
type Form struct {
	Name string // what was done to the value, in field terms: "E.164", "lower-cased"
	Text string // private

	// Axis is "lat" or "lon" when Text is only one half of a location: it
	// means something only near its other half.
	Axis string

	// Radius is set when Text is the code of a cell of a grid: the position is
	// known to within so many metres of the cell's middle.
	Radius float64

	// Weak is why Text by itself proves nothing (see Value.Weak), "" if it
	// does.
	Weak string

	// By lists the platforms that document hashing a value in this form.
	By []Hashing

	// Piece is set where Text is only a part of the value.
	Piece bool
}

// Forms lists the normal forms of v without repetition, the value as written
// first. region (ISO 3166-1 alpha-2, may be empty) is where a phone number
// without country code belongs. Matching ignores ASCII case, so forms that
// differ only by it are listed for the sake of their digests: hashing does
// not ignore case.
func (v Value) Forms(region string) []Form {
	s := spellings{seen: make(map[string]bool)}
	s.add("as written", v.Value)
	s.add("trimmed", strings.TrimSpace(v.Value))
	text := strings.TrimSpace(v.Value)
	switch kind(v.Type) {
	case phoneNumber:
		s.phone(text, region)
	case mailAddress:
		s.mail(text)
	case hardwareAddress:
		s.mac(text)
	case uuidOrHex:
		s.hexID(text)
	case serialDigits:
		s.digits(v.Type, text)
	case coordinates:
		s.location(v)
	case personName:
		s.name(text)
	case calendarDate:
		s.date(text)
	case ipAddress:
		s.ip(text)
	case quotedText:
		s.ssid(text)
	case secret:
		// Its case is part of it, but some old systems fold it before they hash.
		s.cases("as written", v.Value)
	default:
		s.text(text)
	}
	s.normalise(v, region)
	for i := range s.forms {
		f := &s.forms[i]
		if f.Axis != "" {
			f.Weak = "one half of a position"
		} else if f.Weak == "" {
			f.Weak = weakText(v.Type, f.Text)
		}
	}
	return s.forms
}

// shape says how values of a data type are written.
type shape int

const (
	freeText shape = iota
	phoneNumber
	mailAddress
	hardwareAddress
	uuidOrHex
	serialDigits
	coordinates
	personName
	calendarDate
	ipAddress
	quotedText
	secret
)

func kind(id datatype.ID) shape {
	switch id {
	case "contact.phone", "social.contact_phone":
		return phoneNumber
	case "contact.email", "social.contact_email":
		return mailAddress
	case "device.mac", "device.bluetooth_mac", "network.bssid":
		return hardwareAddress
	case "device.ad_id", "device.vendor_id", "device.android_id", "device.openudid", "device.install_id", "device.meid":
		return uuidOrHex
	case "device.imei", "device.imsi", "device.iccid", "finance.card", "finance.iban":
		return serialDigits
	case "location.precise", "location.coarse":
		return coordinates
	case "contact.name", "social.contact_name":
		return personName
	case "contact.birthdate":
		return calendarDate
	case "network.public_ip", "network.local_ip":
		return ipAddress
	case "network.ssid":
		return quotedText
	case "credential.password", "credential.code", "account.session":
		return secret
	}
	return freeText
}

func isLocation(id datatype.ID) bool { return kind(id) == coordinates }

// spellings collects forms; the first name of a text stands.
type spellings struct {
	forms []Form
	seen  map[string]bool
}

func (s *spellings) add(name, text string) {
	if text == "" || s.seen[text] {
		return
	}
	s.seen[text] = true
	s.forms = append(s.forms, Form{Name: name, Text: text})
}

// cases adds text, and its lower and upper case.
func (s *spellings) cases(name, text string) {
	s.add(name, text)
	s.add(name+", lower-cased", strings.ToLower(text))
	s.add(name+", upper-cased", strings.ToUpper(text))
}

// text is free text: trimmed, case-folded, white space collapsed, and both
// Unicode normal forms (UAX #15).
func (s *spellings) text(text string) {
	s.cases("trimmed", text)
	one := strings.Join(strings.Fields(text), " ")
	s.cases("single spaces", one)
	for _, f := range []string{norm.NFC.String(one), norm.NFD.String(one)} {
		s.cases("Unicode normal form", f)
	}
}

// mail follows what advertisers document for customer matching: trimmed,
// lower-cased; at Gmail also without dots and without what follows a plus.
func (s *spellings) mail(text string) {
	s.add("trimmed", text)
	lower := strings.ToLower(text)
	s.add("lower-cased", lower)
	s.add("upper-cased", strings.ToUpper(text))
	at := strings.LastIndexByte(lower, '@')
	if at <= 0 {
		return
	}
	local, domain := lower[:at], lower[at+1:]
	bare, tag, tagged := strings.Cut(local, "+")
	if tagged {
		s.add("without plus tag", bare+"@"+domain)
		// Form decoding turns the plus into a space.
		s.add("plus read as space", bare+" "+tag+"@"+domain)
	}
	if domain == "gmail.com" || domain == "googlemail.com" {
		s.add("normalised mailbox", strings.ReplaceAll(bare, ".", "")+"@gmail.com")
	} else {
		s.add("normalised mailbox", strings.ReplaceAll(bare, ".", "")+"@"+domain)
	}
	s.add("local part", local)
	s.forms[len(s.forms)-1].weaken(local, "the part before the @ is not unique to its owner")
}

// weaken marks f weak if it is the form with that text.
func (f *Form) weaken(text, why string) {
	if f.Text == text {
		f.Weak = why
	}
}

// name covers case, order and both Unicode normal forms of a person's name.
func (s *spellings) name(text string) {
	words := strings.Fields(text)
	one := strings.Join(words, " ")
	orders := []string{one}
	if n := len(words); n > 1 {
		first, last := strings.Join(words[:n-1], " "), words[n-1]
		orders = append(orders, last+" "+first, last+", "+first, strings.Join(words, ""),
			strings.Join(words, "."), strings.Join(words, "_"), strings.Join(words, "-"))
	}
	for i, o := range orders {
		name := "single spaces"
		if i > 0 {
			name = "other order or joint"
		}
		for _, f := range []string{o, norm.NFC.String(o), norm.NFD.String(o), unaccented(o)} {
			s.cases(name, f)
		}
	}
}

// unaccented removes combining marks: "Zoé" → "Zoe".
func unaccented(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if r < 0x300 || r > 0x36f {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ssid is text that Android's WifiInfo.getSSID returns between quotes.
func (s *spellings) ssid(text string) {
	s.cases("trimmed", text)
	s.add("in quotes", `"`+text+`"`)
}
