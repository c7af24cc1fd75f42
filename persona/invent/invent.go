// Package invent makes up a persona to test an app with: values that occur
// nowhere else, so that meeting one in traffic is evidence, and that belong to
// nobody, so that planting them harms nobody.
//
// Names, streets and texts are built of invented words, addresses stand in a
// domain that is reserved or the tester's own, telephone numbers are of the
// ranges that regulators keep for fiction. Each value draws at least 30 bits
// from the source of randomness, except birth dates, of which there are too
// few, and telephone numbers, of which regulators keep too few: both say so in
// the file. What a phone does not let its owner change (IMEI, hardware
// addresses, advertising id) is left for the tester to fill in, with where to
// read it.
//
// The package knows how values are made, not how they are judged: that is
// package persona's, and New makes nothing that persona refuses.
package invent

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/persona"
)

// Options say what to make.
type Options struct {
	Region     string        // ISO 3166-1 alpha-2 of the SIM; "": no telephone numbers are made
	Types      []datatype.ID // only these; nil: all
	MailDomain string        // where addresses are made; "": DefaultDomain
	Phone      string        // the tester's own number; "": one for fiction
	Near       string        // "lat,lon" around which a position is made; "": none is
	Lang       string        // of comments and texts: "en" or "fr"
}

// DefaultDomain is reserved by RFC 2606: mail to it goes nowhere.
const DefaultDomain = "example.org"

// Item is one value of a draft, or one that the tester is to fill in.
type Item struct {
	Type    datatype.ID
	Label   string
	Value   string // "" when it is to be filled in
	Where   string // what to do with it: where to plant, or to read it
	Remarks []string
	Read    bool // the tester reads it on the device
}

// Draft is a persona file that has not been written.
type Draft struct {
	Region string
	Lang   string
	Items  []Item
	Seeded string // the seed, if the values are not secret
}

// attempts is how often New begins again when chance made a value that is too
// like a word, or like another value. Once is rare.
const attempts = 100

// New makes a persona out of the bytes of random.
func New(random io.Reader, o Options) (*Draft, error) {
	if o.MailDomain == "" {
		o.MailDomain = DefaultDomain
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	for range attempts {
		m := &maker{Options: o, draw: draw{r: random}, words: load(o.Lang)}
		m.make()
		if m.draw.err != nil {
			return nil, fmt.Errorf("no randomness: %w", m.draw.err)
		}
		d := &Draft{Region: o.Region, Lang: o.Lang, Items: m.items}
		if o.sound(d.Persona()) {
			return d, nil
		}
	}
	return nil, errors.New("the source of randomness repeats itself: no unmistakable values can be made of it")
}

// Persona is what the file will be read as.
func (d *Draft) Persona() *persona.Persona {
	p := &persona.Persona{Region: d.Region}
	for _, it := range d.Items {
		if it.Value != "" {
			p.Values = append(p.Values, persona.Value{Index: len(p.Values), Type: it.Type, Value: it.Value, Label: it.Label})
		}
	}
	return p
}

// sound reports whether every value that was made is strong, but for birth
// dates, which cannot be.
func (o *Options) sound(p *persona.Persona) bool {
	for i, j := range p.Judge(nil) {
		v := p.Values[i]
		if j.Verdict != persona.Strong && v.Type != "contact.birthdate" && (o.Phone == "" || v.Value != o.Phone) {
			return false
		}
	}
	return true
}

func (o *Options) check() error {
	known := Types()
	for _, t := range o.Types {
		if !slices.Contains(known, t) {
			names := make([]string, len(known))
			for i, k := range known {
				names[i] = string(k)
			}
			if near, ok := datatype.Suggest(string(t)); ok && near != t && slices.Contains(known, near) {
				return fmt.Errorf("no persona is made of %q: did you mean %q?", t, near)
			}
			return fmt.Errorf("no persona is made of %q: there are %s", t, strings.Join(names, ", "))
		}
	}
	if o.Region != "" && !persona.ValidRegion(o.Region) {
		return fmt.Errorf("region %q is no country code: two letters of ISO 3166-1, such as FR", o.Region)
	}
	probe := persona.Value{Type: "contact.email", Value: "x@" + o.MailDomain}
	if strings.ContainsAny(o.MailDomain, "\"\\@/ ") || probe.Judge("").Verdict == persona.Refused {
		return fmt.Errorf("%q is no domain of an e-mail address: give the part after the @, such as %s", o.MailDomain, DefaultDomain)
	}
	if o.Phone != "" {
		v := persona.Value{Type: "contact.phone", Value: o.Phone}
		if j := v.Judge(o.Region); j.Verdict == persona.Refused {
			return fmt.Errorf("the telephone number: %s; %s", j.Why(), j.Faults[0].Remedy)
		}
	}
	if o.Near != "" {
		lat, _, ok := (persona.Value{Type: "location.precise", Value: o.Near}).Coordinates()
		if !ok || math.Abs(lat) > 89 {
			return fmt.Errorf("%q is no position: write latitude,longitude in decimal degrees, such as \"48.85,2.35\"", o.Near)
		}
	}
	return nil
}

// radius is how far from Near a position may be, in degrees of latitude: 3 km,
// so that the 6 decimals of both halves draw 31 bits.
const radius = 0.027

func (m *maker) position() string {
	lat, lon, _ := (persona.Value{Type: "location.precise", Value: m.Near}).Coordinates()
	micro := func(span float64) float64 {
		n := int(2 * span * 1e6)
		return float64(m.n(n)-n/2) / 1e6
	}
	lat += micro(radius)
	lon += micro(radius / math.Cos(lat*math.Pi/180))
	if lon = math.Mod(lon+540, 360) - 180; lon == -180 {
		lon = 180
	}
	return strconv.FormatFloat(lat, 'f', 6, 64) + "," + strconv.FormatFloat(lon, 'f', 6, 64)
}

// number is a telephone number: of the region's first range for
// fiction, written as people write it. "" where there is none with enough
// numbers.
func (m *maker) number() string {
	for _, r := range persona.FictionRanges() {
		if r.Region == m.Region && r.Free >= 4 && !strings.Contains(r.Prefix, "?") {
			return r.Prefix + m.digits(r.Free)
		}
	}
	return ""
}
