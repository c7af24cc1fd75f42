package detect

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
)

// Options tune an Engine.
type Options struct {
	Region string        // ISO 3166-1 alpha-2 for national phone numbers; "" takes the persona's
	Hints  bool          // also report grade C
	Limits peel.Limits   // zero: peel's defaults
	Keys   *keyring.Ring // keys, salts and envelopes that are known; nil: those the program brings
}

// Engine holds all that is looked for. It is immutable and safe for use by
// many Scanners at once.
type Engine struct {
	opt       Options
	values    []persona.Value
	names     []string // of the values' data types, in English
	patterns  []spelling
	matcher   *matcher
	numbers   numberSet // known values that are whole numbers
	digests   *digestSet
	cuts      [][]string // by value: see cutForms
	pieces    *pieceSet  // nil: no value can be split
	weak      map[datatype.ID][]weakForm
	common    []bool // by value: others write it too, see persona.Downgraded
	cribs     *cribs
	isomorphs isomorphs
	lexicon   *lexicon
	nonvalues *nonvalues
	spared    []datatype.ID // of which the persona has values in a range kept for fiction
	short     map[string]shortForm
}

// spelling is what a pattern of the matcher means.
type spelling struct {
	value  int
	form   string  // name of the form
	detail string  // for findings: the data type and the form
	scaled bool    // a half in whole 1e-6 or 1e-7 degrees
	axis   axis    // half of a position
	radius float64 // of a grid code, see persona.Form
	binary bool    // raw bytes rather than text
	hidden bool    // written so that nobody reads it: backwards, letters moved
}

// weakForm is a spelling that counts only in a field named for it.
type weakForm struct {
	value int
	form  string
	text  string

	radius float64 // see persona.Form
}

// New prepares the search for the values of p, which may be nil: then only
// what needs no known value is found.
func New(p *persona.Persona, o Options) (*Engine, error) {
	e := &Engine{
		opt: o, lexicon: loadLexicon(), nonvalues: loadNonvalues(),
		weak: make(map[datatype.ID][]weakForm), cribs: &cribs{}, numbers: numberSet{all: make(map[uint64]struct{})},
	}
	if e.opt.Keys == nil {
		e.opt.Keys = keyring.New()
	}
	if p == nil {
		return e, nil
	}
	if e.opt.Region == "" {
		e.opt.Region = p.Region
	}
	e.values = p.Values
	e.spare()
	var patterns []pattern
	var digestForms []digestForm
	judged := Judge(p)
	for i, v := range p.Values {
		t, _ := datatype.Get(v.Type)
		e.names = append(e.names, t.Name)
		e.cuts = append(e.cuts, cutForms(v, e.opt.Region))
		use := judged[i].Use
		e.common = append(e.common, use == persona.Downgraded)
		if use == persona.Nowhere {
			continue
		}
		seen := map[string]bool{}
		add := func(text []byte, sp spelling, limits edge) {
			folded := string(text)
			if !sp.binary {
				folded = foldASCII(folded)
			}
			if len(text) < minPattern || seen[folded] {
				return
			}
			seen[folded] = true
			if n, err := strconv.ParseUint(string(text), 10, 64); err == nil && !sp.binary {
				e.numbers.add(n)
			} else if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && !sp.binary {
				e.numbers.add(uint64(n)) // a coordinate in the west or south
			}
			sp.detail = t.Name + ", " + sp.form
			patterns = append(patterns, pattern{text: text, exact: sp.binary, limits: limits, ref: len(e.patterns)})
			e.patterns = append(e.patterns, sp)
		}
		for _, f := range v.Forms(e.opt.Region) {
			if f.Axis != "" {
				sp := spelling{value: i, form: f.Name, axis: latitude}
				if f.Axis == "lon" {
					sp.axis = longitude
				}
				limits := openTail
				if !strings.Contains(f.Text, ".") {
					limits, sp.scaled = noDigit, true
				}
				if v.Weak() == "" {
					add([]byte(f.Text), sp, limits)
				}
				continue
			}
			if f.Radius > 0 {
				e.grid(i, f, add)
				continue
			}
			weak := f.Weak != "" || len(f.Text) < minPattern
			if !weak {
				add([]byte(f.Text), spelling{value: i, form: f.Name}, edgeOf(f.Text))
				if plus := strings.ReplaceAll(f.Text, " ", "+"); plus != f.Text {
					// A form's value (URL Standard, 5.1) inside something that is no
					// form: only the percent signs can be undone there.
					add([]byte(plus), spelling{value: i, form: f.Name + ", plus for space"}, edgeOf(f.Text))
					for _, r := range peel.Rewritten([]byte(plus)) {
						add(r.Text, spelling{value: i, form: f.Name + ", plus for space, " + r.Step, hidden: true}, edgeOf(string(r.Text)))
					}
				}
				for _, r := range peel.Rewritten([]byte(f.Text)) {
					add(r.Text, spelling{value: i, form: f.Name + ", " + r.Step, hidden: true}, edgeOf(string(r.Text)))
				}
				e.cribs.add(f.Text)
				e.isomorphs.add(i, f.Name, f.Text)
			} else if !f.Piece { // halves of a name are put together: see Piece
				e.weak[v.Type] = append(e.weak[v.Type], weakForm{i, f.Name, f.Text, 0})
			}
			if _, none := e.nonvalues.clear([]byte(f.Text)); !weak || !none {
				digestForms = append(digestForms, digestForm{i, f.Name, f.Text, weak || e.common[i], f.By})
			}
		}
		for _, b := range binaryImages(v) {
			add(b.bytes, spelling{value: i, form: b.name, binary: true}, anywhere)
		}
	}
	if len(patterns) > 0 {
		e.matcher = newMatcher(patterns)
	}
	e.pieces = newPieceSet(e)
	e.digests, e.short = newDigestSet(digestForms, e.opt.Keys), shortDigests(digestForms)
	return e, nil
}

// foldASCII lower-cases what the matcher folds, and only that.
func foldASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}

// image is a value as raw bytes.
type image struct {
	name  string
	bytes []byte
}

// binaryImages are the raw bytes that a value has in binary formats: 6 bytes
// of a hardware address, 8 of an Android ID, 16 of a UUID, and 64-bit
// integers in both byte orders when they fill more than 4 bytes.
func binaryImages(v persona.Value) []image {
	text := strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(v.Value))
	if v.Weak() != "" {
		return nil
	}
	switch v.Type {
	case "device.mac", "device.bluetooth_mac", "network.bssid", "device.android_id", "device.ad_id", "device.vendor_id",
		"device.openudid", "device.install_id":
		if raw, err := hex.DecodeString(text); err == nil && len(raw) >= minPattern {
			return []image{{"raw bytes", raw}}
		}
	}
	text = strings.TrimPrefix(text, "+")
	if n, err := strconv.ParseUint(text, 10, 64); err == nil && n >= 1<<32 {
		return []image{
			{"64-bit integer, little endian", binary.LittleEndian.AppendUint64(nil, n)},
			{"64-bit integer, big endian", binary.BigEndian.AppendUint64(nil, n)},
		}
	}
	return nil
}
