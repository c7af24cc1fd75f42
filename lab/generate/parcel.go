package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

// parcel is a value on its way into a message: wrapped, under a name.
type parcel struct {
	name    string
	data    []byte
	text    bool // data can stand in a text format
	noise   bool
	item    truth.Item // of what is no noise
	carrier carrier
}

const (
	maxMessage = 64 << 10 // bytes of a wrapped value
	maxInline  = 3 << 10  // in a URL or a header field, which servers cut at 8 KB
)

// parcels draws what goes into one flow.
func (m *maker) parcels(r *rand.Rand, c carrier) []parcel {
	n := r.IntN(4)
	if c.single {
		n = min(n, 1)
	}
	var out []parcel
	for _, i := range r.Perm(len(m.subject.Values))[:n] { // no value twice, or nobody could tell which was found
		p := m.positive(r, i, -1, c)
		out = append(out, p)
		if r.IntN(2) == 0 {
			twin, ok := m.twin(r, &p, c)
			switch {
			case ok && !c.single:
				out = append(out, twin)
			case ok:
				m.owed = &twin
			}
		}
	}
	if c.single {
		if n == 0 {
			out = append(out, noise(r))
		}
		return out
	}
	for r.IntN(3) == 0 {
		out = append(out, m.lookAlike(r, c))
	}
	for range 1 + r.IntN(5) {
		out = append(out, noise(r))
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// positive wraps the subject's value with an index, in so many steps, or in as
// many as the stratum likes if depth is negative.
func (m *maker) positive(r *rand.Rand, i, depth int, c carrier) parcel {
	v := m.subject.Values[i]
	value := spell(r, v)
	p := parcel{name: nameFor(r, v), carrier: c}
	p.item = truth.Item{DataType: v.Type, Value: value, Subject: i, Carrier: c.name}
	s := m.stratum.one(r)
	if common(v) { // it proves nothing but under its own name
		s = Layers
	}
	p.item.Stratum = string(s)
	if s == Layers && depth < 0 && r.IntN(33) == 0 {
		m.beyond(r, &p, value)
		return p
	}
	for try := 0; ; try++ {
		w := s.wrap(r, depth, v, value)
		p.data, p.item.Chain, p.item.Family, p.item.Beyond = w.data, w.chain, w.family, w.beyond
		c.suit(r, &p)
		if len(p.data) <= c.room() {
			break
		}
		if try == 8 { // what grows that much does not fit
			p.data, p.item.Chain, p.item.Beyond = []byte(value), nil, ""
			c.suit(r, &p)
			break
		}
	}
	p.item.Transformations = encode.Depth(p.item.Chain)
	p.item.Form = form(p.item.Chain)
	if p.item.Form != "hashed" && p.item.Form != "truncated" && common(v) && !named(&p) {
		p.item.Beyond = "too common to prove anything without a name"
	}
	return p
}

// beyond sends a digest that nobody can recognise.
func (m *maker) beyond(r *rand.Rand, p *parcel, value string) {
	if r.IntN(2) == 0 {
		sum := sha256.Sum256([]byte(strconv.FormatUint(r.Uint64(), 36) + value))
		p.data = []byte(hex.EncodeToString(sum[:]))
		p.item.Chain, p.item.Form, p.item.Beyond = []string{"sha256 with a salt"}, "hashed", "unknown salt"
	} else {
		sum := sha256.Sum256([]byte(value))
		p.data = []byte(hex.EncodeToString(sum[:]))[:5+r.IntN(3)]
		p.item.Chain, p.item.Form, p.item.Beyond = []string{"sha256, cut"}, "truncated", "too short to recognise"
	}
	p.carrier.suit(r, p)
	p.item.Transformations = encode.Depth(p.item.Chain)
}

// twin is a parcel like p with the value of somebody else in it.
func (m *maker) twin(r *rand.Rand, p *parcel, c carrier) (parcel, bool) {
	label := m.subject.Values[p.item.Subject].Label
	v := m.others[r.IntN(len(m.others))]
	value := spell(r, v.Values[v.Index(label)])
	if m.hers[sorted(value)] {
		return parcel{}, false // by chance hers too
	}
	t := parcel{name: p.name, data: []byte(value), text: true, carrier: c}
	t.item = truth.Item{DataType: p.item.DataType, Value: value, Subject: -1, Carrier: c.name, Form: p.item.Form, Chain: p.item.Chain, Decoy: true,
		Stratum: p.item.Stratum, Family: p.item.Family, Transformations: p.item.Transformations}
	for _, name := range p.item.Chain {
		s, ok := encode.ByName(name)
		if !ok { // a digest that nobody can recognise
			sum := sha256.Sum256([]byte(value))
			t.data = []byte(hex.EncodeToString(sum[:]))[:len(p.data)&^1]
			continue
		}
		t.data, t.text = s.Apply(r, t.data), s.Text
	}
	if !c.holds(&t) { // the other value has a character more
		return parcel{}, false
	}
	return t, len(t.data) <= c.room()
}

// lookAlike is a value that has the shape of personal data and is none, or
// is none of hers.
func (m *maker) lookAlike(r *rand.Rand, c carrier) parcel {
	kind, value := lookAlikes[0], ""
	for value == "" || m.hers[sorted(value)] { // a number of the others may by chance be hers
		kind = lookAlikes[r.IntN(len(lookAlikes))]
		value = kind.draw(r, m.others[r.IntN(len(m.others))])
	}
	p := parcel{name: pick(r, kind.names), data: []byte(value), carrier: c}
	p.item = truth.Item{DataType: kind.typ, Value: value, Subject: -1, Carrier: c.name, Decoy: true, Why: kind.why}
	if r.IntN(3) == 0 {
		p.data, p.item.Chain = encode.Chain(r, 1, p.data)
	}
	c.suit(r, &p)
	p.item.Form = form(p.item.Chain)
	return p
}

// lookAlikes: those with a data type are that of somebody, the others are no
// personal data at all.
var lookAlikes = []struct {
	why, typ string
	names    []string
	draw     func(r *rand.Rand, other *subject.Subject) string
}{
	{"look-alike: order number", "", []string{"order_no", "ticket", "basket"}, func(r *rand.Rand, _ *subject.Subject) string { return luhn("35" + digits(r, 12)) }},
	{"look-alike: trace", "", []string{"trace", "correlation", "x-request-trace"}, func(r *rand.Rand, _ *subject.Subject) string { return uuid(r) }},
	{"look-alike: cache key", "", []string{"cache_key", "span", "etag"}, func(r *rand.Rand, _ *subject.Subject) string { return fmt.Sprintf("%016x", r.Uint64()) }},
	{"look-alike: place on a map", "", []string{"tile", "viewport", "shop"}, func(r *rand.Rand, _ *subject.Subject) string {
		return fmt.Sprintf("%.6f,%.6f", 41+r.Float64(), 11+r.Float64())
	}},
	{"look-alike: version", "", []string{"app_version", "player", "codec"}, func(r *rand.Rand, _ *subject.Subject) string {
		return fmt.Sprintf("10.%d.%d.%d", r.IntN(9), r.IntN(9), r.IntN(9))
	}},
	{"look-alike: content hash", "", []string{"sum", "blob", "asset"}, func(r *rand.Rand, _ *subject.Subject) string { return hexes(r, 32) }},
	{"somebody else's", "contact.phone", []string{"support_tel", "hotline", "shop_phone"}, func(_ *rand.Rand, o *subject.Subject) string { return o.Get("phone") }},
	{"somebody else's", "contact.email", []string{"reply_to", "support_email", "author"}, func(_ *rand.Rand, o *subject.Subject) string { return o.Get("e-mail") }},
}

// noise is a field that means nothing.
func noise(r *rand.Rand) parcel {
	p := parcel{name: pick(r, noiseNames), noise: true, text: true}
	switch r.IntN(7) {
	case 0:
		p.data = []byte(hexes(r, 8+r.IntN(24)))
	case 1:
		p.data = []byte(base64Of(r, 12+r.IntN(60)))
	case 2:
		p.data = fmt.Appendf(nil, "%d", 1700000000000+r.Int64N(1e11))
	case 3:
		p.data = fmt.Appendf(nil, "%.15f", r.Float64()*1000)
	case 4:
		p.data = []byte(subject.Token(r, 10+r.IntN(10)))
	case 5:
		p.data = fmt.Appendf(nil, "%d", r.IntN(5000))
	default:
		p.data = []byte(pick(r, []string{"feed", "clip_view", "scroll", "0", "true", "portrait", "wifi", "fr_FR", "h264/aac", "résumé"}))
	}
	return p
}

var noiseNames = []string{"ev", "ts", "seq", "nonce", "sig", "rev", "ratio", "dur", "fps", "bitrate", "scene", "ab", "flags", "slot", "pos", "rank", "cursor", "mix"}

// spell writes a value as one program or another does.
func spell(r *rand.Rand, v subject.Value) string {
	switch v.Type {
	case "contact.phone", "social.contact_phone":
		if r.IntN(2) == 0 {
			return strings.ReplaceAll(v.Value, " ", "") // E.164
		}
	case "device.mac", "network.bssid", "device.ad_id":
		if r.IntN(4) == 0 {
			return strings.ToUpper(v.Value)
		}
	}
	return v.Value
}

// common reports whether v is something that many people share, or so short
// that chance makes it: under 30 bits.
func common(v subject.Value) bool {
	if v.Type == "contact.birthdate" {
		return true
	}
	n := 0
	for _, c := range v.Value {
		if c < '0' || c > '9' {
			if c != '.' {
				return false
			}
			continue
		}
		n++
	}
	return n < 9
}

// named reports whether the name of p is still the nearest name around the
// value, and the value all that stands under it.
func named(p *parcel) bool {
	for _, name := range p.item.Chain {
		if s, ok := encode.ByName(name); !ok || s.Structure && name != "json string" || slices.Contains(besides, name) {
			return false
		}
	}
	return !p.carrier.nameless
}

// besides are the transformations that put something beside the value.
var besides = []string{
	"jwt", "json, escaped", "json slashes", "URL in URL", "gb18030", "gb18030, json", "byte array, node buffer", "byte array, as an object",
	"protobuf, packed", "zip", "zip, stored", "tar", "gzip, named", "z85",
}

// readable are the transformations after which the value can still be read.
var readable = []string{
	"percent", "percent, lower case", "character references", "character references, named", "json, escaped", "json slashes", "URL in URL",
	"utf-16le", "utf-16be", "utf-16le with mark", "utf-16be with mark", "gb18030", "gb18030, json",
}

// form says what a chain makes of a value.
func form(chain []string) string {
	f := "clear"
	for _, name := range chain {
		s, _ := encode.ByName(name)
		switch {
		case s.Digest && strings.Contains(name, " digits") && !strings.Contains(name, " of "):
			return "truncated"
		case s.Digest:
			return "hashed"
		case s.Cipher:
			f = "encrypted"
		case f == "clear" && !s.Structure && !slices.Contains(readable, name):
			f = "encoded"
		}
	}
	return f
}

// text reports whether b can stand in a text format.
func text(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range string(b) {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f || c == 0xfffe || c == 0xffff {
			return false
		}
	}
	return true
}
