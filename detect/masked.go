package detect

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/persona"
)

// What is left of a value that was cut or masked says little by its form, so
// it counts only under a key that names the type, and is grade B. It is told
// apart as the persona's when it fits and 6 digits of it can be seen; a few
// digits that fit are many people's.
const (
	reasonCut     = "what is left of a value whose other characters are cut off or masked"
	reasonFits    = "it fits the persona's"
	fitsBits      = 19.9 // 6 digits
	maxCutPersona = 64   // values of one type that are compared
)

// cut files a value of which a part was left out: "+33612****78",
// "l***@example.org", a network for an address, a model for an IMEI, a year
// for a birth date.
func (s *Scanner) cut(p *peel.Part, m *meaning, v []byte, key string) bool {
	if len(v) < 2 || len(v) > 128 {
		return false
	}
	for i := range m.senses {
		typ := m.senses[i].typ
		c, ok := remains(typ, v, key)
		if !ok && strings.Contains(c.seen, "?") {
			continue
		}
		index, fits := s.fits(typ, v, &c)
		if !ok && !fits {
			continue
		}
		off, n := p.Outermost(0, len(p.Data))
		f := Finding{
			Type: c.typ, PersonaValue: -1, Method: KeyAndFormat, Form: Truncated, Grade: GradeB, Confidence: 0.6,
			Detail: c.detail, Reason: reasonCut + ", under the key '" + key + "'",
			Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: off, Len: n, Path: p.Name, Key: key, Value: bytes.Clone(v),
		}
		if fits {
			f.Reason += "; " + reasonFits
			if c.bits >= fitsBits {
				f.PersonaValue, f.Confidence = index, 0.75
			}
		}
		s.file(f)
		return true
	}
	return false
}

// remnant is what is left of a value.
type remnant struct {
	typ    datatype.ID
	seen   string  // letters and digits, lower-cased, and a ? for each that is masked
	open   bool    // a run of masks stands for any number of characters
	bits   float64 // that can be seen, less what all values of a country share
	detail string
}

// masks are what people write for a character that is left out.
func masked(r rune, letters bool) bool {
	return r == '*' || r == '•' || r == '…' || r == '●' || r == '█' || !letters && (r == 'x' || r == 'X' || r == '#')
}

// remains reads v as a value of type typ that was cut or masked; ok is false
// if it does not look like one. c.typ and c.seen are set in any case.
func remains(typ datatype.ID, v []byte, key string) (c remnant, ok bool) {
	c.typ = typ
	switch typ {
	case "contact.phone", "social.contact_phone":
		return c.characters(v, "digits", 2, 4)
	case "device.imei":
		if len(v) == 8 && reportingBody(v) && varied(v, 3) && (hasWord(key, "imei") || hasWord(key, "tac")) {
			if _, digits := count(v, isDigit); digits {
				c.seen, c.bits, c.detail = string(v), 26, "8 of 15 digits: the model (type allocation code)"
				return c, true
			}
		}
		return c.characters(v, "digits", 0, 4)
	case "device.imsi", "device.iccid", "finance.card", "device.meid", "device.mac", "device.bluetooth_mac", "network.bssid",
		"device.serial", "device.android_id", "device.ad_id", "device.vendor_id", "finance.iban":
		return c.characters(v, "characters", 0, 4)
	case "contact.email", "social.contact_email":
		return c.mailbox(v)
	case "network.public_ip", "network.local_ip":
		return c.network(v)
	case "contact.birthdate":
		year := v
		if len(v) == 7 && v[4] == '-' && checkDate(append(bytes.Clone(v), "-01"...)).confidence > 0 {
			year, c.detail = v[:4], "the year and month of a birth date"
		} else {
			c.detail = "the year of a birth date"
		}
		_, digits := count(year, isDigit)
		return c, digits && len(year) == 4 && string(year) >= "1900" && string(year) <= "2030"
	case "contact.postcode":
		c.seen = strings.ToLower(string(v))
		_, digits := count(v, isDigit)
		c.detail = fmt.Sprintf("the first %d characters of a postal code", len(v))
		return c, digits && len(v) == 3 && (strings.Contains(key, "3") || hasWord(key, "prefix"))
	}
	return c, false
}

// characters reads letters and digits with masks among them. free are those
// that all values of a country share, least how many must be seen besides.
func (c *remnant) characters(v []byte, noun string, free, least int) (remnant, bool) {
	letters := noun != "digits"
	var b strings.Builder
	seen, hidden, run := 0, 0, 0
	for i := 0; i < len(v); {
		r, n := utf8.DecodeRune(v[i:])
		i += n
		switch {
		case masked(r, letters):
			hidden++
			run = max(run, 1)
			b.WriteByte('?')
			c.open = c.open || r == '…'
		case r < 0x80 && classOf[byte(r)]&(isDigit|isAlpha) != 0:
			if !letters && classOf[byte(r)]&isDigit == 0 {
				return *c, false
			}
			seen++
			b.WriteByte(lower(byte(r)))
		case strings.ContainsRune("+-.: ()/", r):
		default:
			return *c, false
		}
	}
	c.seen = b.String()
	c.bits = float64(max(seen-free, 0)) * math.Log2(10)
	c.detail = fmt.Sprintf("%d of %d %s are masked", hidden, seen+hidden, noun)
	if c.open {
		c.detail = fmt.Sprintf("%d %s remain", seen, noun)
	}
	return *c, hidden >= 2 && seen >= least && (seen+hidden >= 7 || c.open)
}

// mailbox reads an e-mail address with masks in it.
func (c *remnant) mailbox(v []byte) (remnant, bool) {
	at := bytes.LastIndexByte(v, '@')
	if at < 1 {
		return *c, false
	}
	hidden, seen := 0, 0
	var b strings.Builder
	for _, r := range string(v) {
		switch {
		case masked(r, true):
			hidden++
			if s := b.String(); s == "" || s[len(s)-1] != '?' {
				b.WriteByte('?')
			}
		case r <= ' ' || r == '"' || r == '<' || r == '{' || r == '[':
			return *c, false
		default:
			b.WriteRune(r)
		}
	}
	c.seen, c.open = strings.ToLower(b.String()), true
	seen = len(strings.ReplaceAll(c.seen[:strings.LastIndexByte(c.seen, '@')], "?", ""))
	c.bits = 4 * float64(seen)
	domain := string(v[at+1:])
	c.detail = fmt.Sprintf("%d characters of the mailbox and the domain remain", seen)
	if strings.ContainsAny(domain, "*•●█…") {
		c.detail = fmt.Sprintf("%d characters of the mailbox remain, and some of the domain", seen)
	}
	return *c, hidden >= 2 && seen > 0 && strings.Contains(domain, ".")
}

// network reads an address of which the last bytes are zero or left out.
func (c *remnant) network(v []byte) (remnant, bool) {
	text, _, _ := strings.Cut(string(v), "/")
	if strings.HasSuffix(text, "::") && len(text) > 4 && !strings.HasPrefix(text, "::") {
		groups := strings.Count(text, ":") - 1
		c.seen, c.open, c.bits = strings.ToLower(text[:len(text)-1])+"?", true, 16*float64(groups)
		c.detail = fmt.Sprintf("the first %d of 128 bits of an address", 16*groups)
		return *c, groups >= 2 && checkIP([]byte(text+"1")).confidence > 0
	}
	octets := strings.Split(text, ".")
	n := len(octets)
	for n > 2 && strings.Trim(octets[n-1], "*xX") == "" || n > 2 && octets[n-1] == "0" {
		n--
	}
	if len(octets) != 4 || n == 4 || octets[0] == "0" || octets[0] == "255" {
		return *c, false
	}
	whole := checkIP([]byte(strings.Join(append(octets[:n:n], "1", "1")[:4], ".")))
	if whole.typ != "" {
		c.typ = whole.typ
	}
	c.seen, c.open, c.bits = strings.Join(octets[:n], ".")+".?", true, 8*float64(n)
	c.detail = fmt.Sprintf("the first %d of 32 bits of an address", 8*n)
	return *c, whole.confidence > 0
}

// fits looks for a value of the persona of which c may be what is left. Where
// nothing in v says that something was left out, only a value that begins or
// ends like it does; c then says so.
func (s *Scanner) fits(typ datatype.ID, v []byte, c *remnant) (value int, ok bool) {
	if c.seen == "" || len(s.e.values) == 0 {
		return 0, false
	}
	tried := 0
	for i := range s.e.values {
		x := &s.e.values[i]
		if x.Type != typ && x.Type != c.typ {
			continue
		}
		if tried++; tried > maxCutPersona {
			break
		}
		for _, f := range s.e.cuts[i] {
			if strings.Contains(c.seen, "?") {
				if alike(c.seen, f, c.open) {
					return i, true
				}
				continue
			}
			if detail, bits := piece(typ, c.seen, f); detail != "" {
				c.detail, c.bits = detail, bits
				return i, true
			}
		}
	}
	return 0, false
}

// alike compares what is left with a whole value. A ? stands for one
// character, or, in an open pattern, for any number of them.
func alike(seen, whole string, open bool) bool {
	if !open {
		if len(seen) != len(whole) {
			return false
		}
		for i := range len(seen) {
			if seen[i] != '?' && seen[i] != whole[i] {
				return false
			}
		}
		return true
	}
	parts := strings.Split(seen, "?")
	if !strings.HasPrefix(whole, parts[0]) || !strings.HasSuffix(whole, parts[len(parts)-1]) {
		return false
	}
	whole = whole[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(whole, part)
		if i < 0 {
			return false
		}
		whole = whole[i+len(part):]
	}
	return len(whole) >= len(parts[len(parts)-1])
}

// piece says how seen was cut out of a whole telephone number, IMEI or postal
// code, "" if it was not.
func piece(typ datatype.ID, seen, whole string) (detail string, bits float64) {
	n, of := len(seen), len(whole)
	if n >= of || of-n < 2 && typ != "contact.postcode" {
		return "", 0
	}
	switch typ {
	case "contact.phone", "social.contact_phone":
		switch {
		case n >= 6 && strings.HasPrefix(whole, seen):
			return fmt.Sprintf("the first %d of %d digits", n, of), float64(n-2) * math.Log2(10)
		case n >= 4 && strings.HasSuffix(whole, seen):
			return fmt.Sprintf("the last %d of %d digits", n, of), float64(n) * math.Log2(10)
		}
	case "device.imei":
		if n == 8 && strings.HasPrefix(whole, seen) {
			return "8 of 15 digits: the model (type allocation code)", float64(n) * math.Log2(10)
		}
	case "contact.postcode":
		if n >= 2 && strings.HasPrefix(whole, seen) {
			return fmt.Sprintf("the first %d of %d characters of a postal code", n, of), 0
		}
	}
	return "", 0
}

// cutForms are the spellings of a value that a remnant is compared with:
// without separators, but for addresses.
func cutForms(v persona.Value, region string) (out []string) {
	for _, f := range v.Forms(region) {
		if f.Axis != "" || f.Radius > 0 {
			continue
		}
		text := foldASCII(f.Text)
		if v.Type.Class() != "network" && !strings.Contains(text, "@") {
			text = bare(text)
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// bare is text without separators: ASCII that is neither letter nor digit.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && classOf[byte(r)]&(isDigit|isAlpha) == 0 {
			return -1
		}
		return r
	}, text)
}

// hasWord reports whether a name has a word in it.
func hasWord(key, word string) bool {
	for _, w := range words(key) {
		if w == word {
			return true
		}
	}
	return false
}

// moved says how far a position in a field named for one is from the
// persona's, when it is near: noise may have been added.
func (s *Scanner) moved(f *Finding) {
	lat, lon := latLon(f.Value)
	if !lat.ok || !lon.ok || min(lat.decimals, lon.decimals) < 3 {
		return
	}
	for i := range s.e.values {
		a, b, ok := s.e.values[i].Coordinates()
		if !ok {
			continue
		}
		if d := distance(a, b, lat.value, lon.value); d <= maxMoved {
			f.Radius = d
			f.Detail = "about " + persona.Metres(d) + " from the persona's position"
			return
		}
	}
}

// maxMoved is how far, in metres, a position may be from the persona's for the
// distance to be told.
const maxMoved = 2000

// distance is that of two near positions, in metres.
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	const metresPerDegree = 111_320
	return math.Hypot(lat1-lat2, (lon1-lon2)*math.Cos(lat1*math.Pi/180)) * metresPerDegree
}
