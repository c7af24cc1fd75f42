package detect

import (
	"embed"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

//go:embed data/nonvalues/*.toml
var nonvalueFiles embed.FS

// nonvalue is a row of what looks like personal data and is none.
type nonvalue struct {
	Kind   string        `toml:"kind"` // see the kinds of Refuted
	Why    string        `toml:"why"`
	Source string        `toml:"source"`
	Date   string        `toml:"date"`
	Types  []datatype.ID `toml:"types"` // what it imitates; none: anything

	Exact     []string      `toml:"exact"`
	Mailboxes []string      `toml:"mailboxes"`
	Domains   []string      `toml:"domains"`
	Silent    bool          `toml:"silent"`  // in clear it looks like nothing
	Digests   bool          `toml:"digests"` // in clear it may be a value
	Means     []datatype.ID `toml:"means"`   // of these it is a real value

	Numbers  []string `toml:"numbers"`
	Networks []string `toml:"networks"`
	networks []netip.Prefix

	Shape string   `toml:"shape"`
	Keys  []string `toml:"keys"`
	Hosts []string `toml:"hosts"`
}

func (n *nonvalue) imitates(t datatype.ID) bool { return len(n.Types) == 0 || hasType(n.Types, t) }

func hasType(list []datatype.ID, t datatype.ID) bool {
	for _, x := range list {
		if x == t {
			return true
		}
	}
	return false
}

// sample is a text of a row, as the row has it.
type sample struct {
	row  *nonvalue
	text string
}

// nonvalues is all that is known of them. It is immutable.
type nonvalues struct {
	exact    map[string]sample // by lower-cased text
	tags     tags
	ranges   []*nonvalue
	contexts map[string][]*nonvalue // by name of the field, in normal form
	repeated *nonvalue
	digests  func() *nonvalueDigests // made when first asked for
}

var loadNonvalues = sync.OnceValue(readNonvalues)

// readNonvalues reads the embedded files.
func readNonvalues() *nonvalues {
	var all struct {
		Rows     []*nonvalue `toml:"nonvalue"`
		Ranges   []*nonvalue `toml:"range"`
		Contexts []*nonvalue `toml:"context"`
		Syntaxes []syntax    `toml:"syntax"`
		Names    []tagNames  `toml:"names"`
	}
	files, err := nonvalueFiles.ReadDir("data/nonvalues")
	if err != nil {
		panic("detect: " + err.Error())
	}
	rows := 0
	for _, f := range files {
		name := "data/nonvalues/" + f.Name()
		text, err := nonvalueFiles.ReadFile(name)
		if err != nil {
			panic("detect: " + err.Error())
		}
		one := all
		one.Rows, one.Ranges, one.Contexts, one.Syntaxes, one.Names = nil, nil, nil, nil, nil
		meta, err := toml.Decode(string(text), &one)
		if err != nil {
			panic("detect: " + name + ": " + err.Error())
		}
		if bad := meta.Undecoded(); len(bad) > 0 {
			panic(fmt.Sprintf("detect: %s: unknown key %v", name, bad[0]))
		}
		all.Rows, all.Ranges, all.Contexts = append(all.Rows, one.Rows...), append(all.Ranges, one.Ranges...), append(all.Contexts, one.Contexts...)
		all.Syntaxes, all.Names = append(all.Syntaxes, one.Syntaxes...), append(all.Names, one.Names...)
		for _, list := range [][]*nonvalue{one.Rows, one.Ranges, one.Contexts} {
			for _, r := range list {
				rows++
				if !refutedKinds[r.Kind] || r.Why == "" || r.Source == "" || r.Date == "" {
					panic(fmt.Sprintf("detect: %s: row %q: kind, why, source or date is missing", name, r.Why))
				}
				for _, t := range append(r.Types, r.Means...) {
					if !t.Valid() {
						panic(fmt.Sprintf("detect: %s: row %q: no data type %q", name, r.Why, t))
					}
				}
			}
		}
	}
	n := &nonvalues{
		exact: make(map[string]sample, 2048), ranges: all.Ranges, contexts: map[string][]*nonvalue{},
		tags: newTags(all.Syntaxes, all.Names),
		repeated: &nonvalue{
			Kind: "repeated", Why: "one character, repeated", Source: "plain reading: a mask or a filler", Date: "2026-06-20",
		},
	}
	for _, r := range all.Rows {
		for _, m := range r.Mailboxes {
			for _, d := range r.Domains {
				r.Exact = append(r.Exact, m+"@"+d)
			}
		}
		for _, text := range r.Exact {
			if _, taken := n.exact[strings.ToLower(text)]; !taken {
				n.exact[strings.ToLower(text)] = sample{r, text}
			}
		}
	}
	for _, r := range n.ranges {
		for _, p := range r.Networks {
			r.networks = append(r.networks, netip.MustParsePrefix(p))
		}
	}
	for _, r := range all.Contexts {
		if shapesInContext[r.Shape] == nil {
			panic("detect: data/nonvalues/context.toml: unknown shape " + r.Shape)
		}
		for _, k := range r.Keys {
			k = joinWords(words(k))
			n.contexts[k] = append(n.contexts[k], r)
		}
	}
	n.digests = sync.OnceValue(func() *nonvalueDigests { return newNonvalueDigests(n, all.Rows) })
	return n
}

// maxNonvalue is longer than any non-value in clear, in bytes.
const maxNonvalue = 96

// clear reports whether v, in clear, is a non-value. It does not allocate for
// what is none.
func (n *nonvalues) clear(v []byte) (sample, bool) {
	v = trim(v)
	if len(v) > maxNonvalue {
		return sample{}, false
	}
	var buf [maxNonvalue]byte
	for i, c := range v {
		buf[i] = lower(c)
	}
	if s, ok := n.exact[string(buf[:len(v)])]; ok && !s.row.Digests {
		return s, true
	}
	if row := n.tags.match(v); row != nil {
		return sample{row: row}, true
	}
	if sameByte(v) {
		return sample{row: n.repeated}, true
	}
	return sample{}, false
}

// sameByte reports whether v repeats one character: "000-000-000", "xxxxxx".
func sameByte(v []byte) bool {
	var first byte
	n := 0
	for _, c := range v {
		if classOf[c]&(isDigit|isAlpha) == 0 {
			if c < 0x80 {
				continue
			}
			return false
		}
		if n++; n == 1 {
			first = lower(c)
		} else if lower(c) != first {
			return false
		}
	}
	return n >= 3
}

// trim takes off spaces and one pair of quotes.
func trim(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t' || v[0] == '\r' || v[0] == '\n') {
		v = v[1:]
	}
	for len(v) > 0 && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t' || v[len(v)-1] == '\r' || v[len(v)-1] == '\n') {
		v = v[:len(v)-1]
	}
	if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
		v = v[1 : n-1]
	}
	return v
}
