// Package subject makes up a person to test on, with everything a phone knows
// of her. Nobody: telephone numbers are of the ranges that regulators keep for
// fiction, domains are reserved (RFC 2606), hardware addresses are locally
// administered. The same seed makes the same person, and another seed one who
// shares no value with her, so that nothing can be tuned to either. (There are
// 10,000 numbers for fiction and not many more names: seeds that are 1,728 or
// more apart may share one.)
package subject

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Value is one thing that is known of the subject.
type Value struct {
	Type  string // data type id
	Label string // unique within a subject
	Value string
}

// Subject is the person and her phone.
type Subject struct {
	Seed   uint64
	Name   string
	Values []Value
}

// Get returns the value with a label, "" if there is none.
func (s *Subject) Get(label string) string {
	if i := s.Index(label); i >= 0 {
		return s.Values[i].Value
	}
	return ""
}

// Index is the position of the value with a label in the persona file, or -1.
func (s *Subject) Index(label string) int {
	for i := range s.Values {
		if s.Values[i].Label == label {
			return i
		}
	}
	return -1
}

// Persona is the subject as a persona file, for constat audit --persona.
func (s *Subject) Persona() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# An invented subject of the lab, made from seed %d. Nobody.\n\nname   = %q\nregion = \"FR\"\n", s.Seed, s.Name)
	for _, v := range s.Values {
		fmt.Fprintf(&b, "\n[[value]]\ntype  = %q\nvalue = %q\nlabel = %q\n", v.Type, v.Value, v.Label)
	}
	return []byte(b.String())
}

// New makes up a subject.
func New(seed uint64) *Subject {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	g, f := len(givenNames), len(familyNames)
	n := turn(seed, uint64(g*f*f), 1031)
	given, family := givenNames[n%g], familyNames[n/g%f]+"-"+familyNames[n/g/f]
	tag := letters(r, 2) + digits(r, 2) + letters(r, 2)
	handle := strings.ToLower(ascii(given)) + "_" + tag
	s := &Subject{Seed: seed, Name: given + " " + family}
	add := func(t, label, value string) { s.Values = append(s.Values, Value{t, label, value}) }

	add("contact.email", "e-mail", fmt.Sprintf("%s.%s.%s@courriel.example", strings.ToLower(ascii(given)), strings.ToLower(ascii(strings.Split(family, "-")[0])), tag))
	add("contact.phone", "phone", phone(seed, 0))
	add("contact.username", "user name", handle)
	add("contact.name", "name", s.Name)
	n = turn(seed, 38*12*28, 5003)
	add("contact.birthdate", "birth date", fmt.Sprintf("%d-%02d-%02d", 1961+n%38, 1+n/38%12, 1+n/38/12))
	add("credential.password", "password", pick(r, words)+"!"+pick(r, words)+"#"+digits(r, 3)+letters(r, 3))
	add("device.ad_id", "advertising id", uuid(r))
	add("device.android_id", "Android id", hexes(r, 8))
	mac := bytes(r, 6)
	mac[0] = mac[0]&^1 | 2 // locally administered, unicast
	add("device.mac", "Wi-Fi address", colons(mac))
	add("device.imei", "IMEI", luhn("35"+digits(r, 12)))
	add("device.imsi", "IMSI", "20801"+digits(r, 10))
	add("device.serial", "serial number", "QZ"+strings.ToUpper(letters(r, 2))+digits(r, 8))
	add("device.model", "model", fmt.Sprintf("Quinzaphone QZ-%04d %s", turn(seed, 10000, 4649), pick(r, []string{"Pro", "Air", "Mini"})))
	add("location.precise", "position", fmt.Sprintf("%.6f,%.6f", 48.8+r.Float64()*0.1, 2.25+r.Float64()*0.15))
	add("network.local_ip", "local address", fmt.Sprintf("10.%d.%d.%d", 20+r.IntN(200), r.IntN(256), 2+r.IntN(250)))
	add("network.ssid", "Wi-Fi name", fmt.Sprintf("Chez %s %04d", given, turn(seed, 10000, 3571)))
	bssid := bytes(r, 6)
	bssid[0] = bssid[0]&^1 | 2
	add("network.bssid", "router address", colons(bssid))
	add("content.clipboard", "clipboard", "code porte "+digits(r, 4)+"B, "+pick(r, words)+" "+pick(r, words)+" "+letters(r, 5))
	add("content.search", "search words", pick(r, words)+" "+letters(r, 7)+" "+pick(r, words))
	add("content.browsing", "site visited", "https://"+pick(r, words)+"-"+letters(r, 6)+".example/"+pick(r, words)+"/"+digits(r, 5))
	add("content.keystrokes", "typed elsewhere", pick(r, words)+" "+letters(r, 8)+" "+digits(r, 4))
	for i := range 3 {
		g := pick(r, givenNames)
		add("social.contact_name", fmt.Sprintf("contact %d, name", i+1), g+" "+pick(r, familyNames)+" "+letters(r, 4))
		add("social.contact_phone", fmt.Sprintf("contact %d, phone", i+1), phone(seed, i+1))
		add("social.contact_email", fmt.Sprintf("contact %d, e-mail", i+1), strings.ToLower(ascii(g))+"."+letters(r, 6)+"@poste.example")
	}
	for i := range 3 {
		add("system.installed_apps", fmt.Sprintf("app %d", i+1), "example."+pick(r, words)+"."+letters(r, 8))
	}
	add("system.calendar", "calendar entry", "rendez-vous "+pick(r, words)+" "+letters(r, 6)+" "+pick(r, words))
	add("content.activity", "done in another app", "panier "+pick(r, words)+" "+letters(r, 7))
	return s
}

// turn is a number below n that no seed less than n away has. The step shares
// no divisor with n.
func turn(seed, n, step uint64) int { return int(seed % n * step % n) }

// phone is the i-th of a subject's four numbers. ARCEP 2018-0881: 06 39 98 is
// for fiction.
func phone(seed uint64, i int) string {
	n := turn(seed%2500*4+uint64(i), 10000, 7919)
	return fmt.Sprintf("+33 6 39 98 %02d %02d", n/100, n%100)
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(r.IntN(10))
	}
	return string(b)
}

func letters(r *rand.Rand, n int) string {
	const from = "abcdefghjkmnpqrstuvwxyz" // without those that look alike
	b := make([]byte, n)
	for i := range b {
		b[i] = from[r.IntN(len(from))]
	}
	return string(b)
}

func bytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func hexes(r *rand.Rand, n int) string { return hex.EncodeToString(bytes(r, n)) }

func uuid(r *rand.Rand) string {
	b := bytes(r, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func colons(b []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% x", b), " ", ":")
}

// luhn appends the check digit of ISO/IEC 7812-1.
func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + strconv.Itoa((10-sum%10)%10)
}

// ascii is a name as it stands in an address.
func ascii(s string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ï", "i", "ë", "e", "ç", "c", "ô", "o", "É", "E", " ", "").Replace(s)
}

// Token is a random identifier in base32, for things that are nobody's.
func Token(r *rand.Rand, n int) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bytes(r, n)))
}

var givenNames = []string{"Camille", "Noé", "Anaïs", "Léonie", "Gaspard", "Zélie", "Maëlle", "Tanguy", "Ysaline", "Corentin", "Apolline", "Loïc"}
var familyNames = []string{"Ferrand", "Quillivic", "Le Goff", "Marchetti", "Vasseur", "Dambreville", "Ostermann", "Chazal", "Lambrecht", "Roumégous", "Tisserand", "Bellanger"}
var words = []string{"ormeau", "brandade", "lucarne", "quiproquo", "girouette", "tournesol", "bastingage", "capucine", "sextant", "mirabelle", "cabestan", "farandole", "escarbille", "libellule", "passerelle", "rutabaga"}
