package persona

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

// Bounds of a persona file. A persona is typed by hand: what exceeds these is
// not a persona but a mistake.
const (
	maxFile   = 4 << 20  // bytes
	maxValues = 10_000   // values
	maxValue  = 64 << 10 // bytes of one value
)

// file is the persona file as TOML sees it.
type file struct {
	Name   string  `toml:"name"`
	Region string  `toml:"region"`
	Values []entry `toml:"value"`
}

// entry is one [[value]] table.
type entry struct {
	Type  string `toml:"type"`
	Value string `toml:"value"`
	Label string `toml:"label"`
	Note  string `toml:"note"`
}

// known keys, for "did you mean".
var (
	topKeys   = []string{"name", "region", "value"}
	valueKeys = []string{"type", "value", "label", "note"}
)

// Parse reads a persona from r; name stands for the file in errors. Every
// error names the line and what to change, none of them a value.
func Parse(r io.Reader, name string) (*Persona, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d MB: is this a persona file?", name, maxFile>>20)
	}
	text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	var f file
	meta, err := toml.Decode(string(text), &f)
	if err != nil {
		return nil, tomlError(name, err)
	}
	lines := tableLines(string(text))
	if bad := meta.Undecoded(); len(bad) > 0 {
		return nil, unknownKey(name, string(text), bad[0])
	}
	p := &Persona{Path: name, Name: f.Name, Region: strings.ToUpper(strings.TrimSpace(f.Region))}
	if p.Region != "" && !ValidRegion(p.Region) {
		return nil, fmt.Errorf("%s:%d: region %q is not a country code: two letters of ISO 3166-1, such as \"FR\"",
			name, keyLine(string(text), "region", 0), f.Region)
	}
	if len(f.Values) > maxValues {
		return nil, fmt.Errorf("%s: %d values, at most %d are read", name, len(f.Values), maxValues)
	}
	for i, e := range f.Values {
		at := 0
		if i < len(lines) {
			at = lines[i]
		}
		v, err := e.check(i)
		if err != nil {
			line := at
			if k := keyLine(string(text), "type", at); at > 0 && errors.Is(err, errType) && k > 0 {
				line = k
			}
			if line == 0 {
				return nil, fmt.Errorf("%s: value %d: %w", name, i+1, err)
			}
			return nil, fmt.Errorf("%s:%d: value %d: %w", name, line, i+1, err)
		}
		p.Values = append(p.Values, v)
	}
	return p, nil
}

// errType marks an error that stands at the "type" key.
var errType = errors.New("unknown data type")

func (e entry) check(i int) (Value, error) {
	id := datatype.ID(strings.TrimSpace(e.Type))
	switch {
	case id == "":
		return Value{}, errors.New(`no "type": add one, such as type = "contact.email"`)
	case !id.Valid():
		if near, ok := datatype.Suggest(string(id)); ok {
			return Value{}, fmt.Errorf("%w %q: did you mean %q?", errType, id, near)
		}
		return Value{}, fmt.Errorf("%w %q: the data types are listed in DESIGN.md", errType, id)
	case strings.TrimSpace(e.Value) == "":
		return Value{}, errors.New(`no "value": a known value must be given as text`)
	case len(e.Value) > maxValue:
		return Value{}, fmt.Errorf("the value is longer than %d kB", maxValue>>10)
	case !utf8.ValidString(e.Value):
		return Value{}, errors.New("the value is not UTF-8")
	}
	v := Value{Index: i, Type: id, Value: e.Value, Label: e.Label, Note: e.Note}
	if isLocation(id) {
		if _, _, ok := v.Coordinates(); !ok {
			return Value{}, errors.New(`a location is written "latitude,longitude" in decimal degrees, such as "48.858370,2.294481"`)
		}
	}
	return v, nil
}

// tomlError puts file and line in front of the decoder's message, and leaves
// out the excerpt that it would show: it may hold a value.
func tomlError(name string, err error) error {
	var p toml.ParseError
	if errors.As(err, &p) {
		msg := p.Message
		if msg == "" {
			msg = "not TOML"
		}
		if i := strings.IndexAny(msg, "'\"`"); i > 0 && strings.Contains(msg, "value") {
			msg = strings.TrimSpace(msg[:i]) + " …"
		}
		return fmt.Errorf("%s:%d: %s (a value is quoted text: value = \"…\")", name, p.Position.Line, msg)
	}
	return fmt.Errorf("%s: a key holds something other than text (write value = \"12345\", with quotes)", name)
}

func unknownKey(name, text string, key toml.Key) error {
	leaf, known, where := key[len(key)-1], topKeys, "at the top of the file"
	if len(key) > 1 && key[0] == "value" {
		known, where = valueKeys, "in a [[value]] table"
	}
	line := keyLine(text, leaf, 0)
	hint := "known keys " + where + ": " + strings.Join(known, ", ")
	for _, k := range known {
		if near(leaf, k) {
			hint = fmt.Sprintf("did you mean %q?", k)
			break
		}
	}
	return fmt.Errorf("%s:%d: unknown key %q: %s", name, line, leaf, hint)
}

// near reports whether two keys differ by case, by a plural, or by one letter.
func near(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a == b || strings.TrimSuffix(a, "s") == b {
		return true
	}
	if len(a) == len(b) {
		diff := 0
		for i := range len(a) {
			if a[i] != b[i] {
				diff++
			}
		}
		return diff <= 2 && 2*diff < len(a)
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) != 1 {
		return false
	}
	for i := range len(b) {
		if b[:i]+b[i+1:] == a {
			return true
		}
	}
	return false
}

// tableLines returns the line, from 1, of each [[value]] header.
func tableLines(text string) []int {
	var at []int
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), "\"", "")
		if line == "[[value]]" {
			at = append(at, n)
		}
	}
	return at
}

// keyLine returns the first line at or after from that assigns key, or from.
func keyLine(text, key string, from int) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if n < from {
			continue
		}
		k, _, ok := strings.Cut(line, "=")
		k = strings.Trim(strings.TrimSpace(k), `"'`)
		if ok && k == key || strings.Trim(strings.TrimSpace(line), "[] \t") == key {
			return n
		}
	}
	return from
}
