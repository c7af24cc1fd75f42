package statement

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// row is a row of the grammar; data/headers.toml explains the keys.
type row struct {
	ID         string   `toml:"id"`
	By         string   `toml:"by"`
	In         string   `toml:"in"`
	Names      []string `toml:"names"`
	Pick       string   `toml:"pick"`
	Beside     string   `toml:"beside"`
	Server     string   `toml:"server"`
	Code       string   `toml:"code"`
	Pattern    string   `toml:"pattern"`
	Class      Class    `toml:"class"`
	Layer      Layer    `toml:"layer"`
	Read       string   `toml:"read"`
	Table      string   `toml:"table"`
	Airports   bool     `toml:"airports"`
	Confidence string   `toml:"confidence"`
	Trap       string   `toml:"trap"`
	Source     string   `toml:"source"`
	Date       string   `toml:"date"`

	re, beside, server *regexp.Regexp
	start              string // what every match begins with
	read               reading
}

// grammar finds the rows by where something stands and what it is called, so
// that a header nobody knows costs one look-up.
type grammar struct {
	rows     []*row
	response names
	request  names
	cookie   names
	host     names
}

// names finds rows by name. Most headers are in no grammar, so names are first
// told apart by length and first letter, which costs less than a hash.
type names struct {
	rows     map[string][]*row
	initials [maxName + 1]uint32 // by length: bits of first letters
}

func (n *names) add(name string, r *row) {
	if n.rows == nil {
		n.rows = map[string][]*row{}
	}
	n.rows[name] = append(n.rows[name], r)
	n.initials[len(name)] |= initial(name)
}

// may reports whether a name, in any case, can be one of them.
func (n *names) may(name string) bool {
	return name != "" && len(name) <= maxName && n.initials[len(name)]&initial(name) != 0
}

// initial is a bit for a first letter; capitals and small letters share it.
func initial(name string) uint32 { return 1 << (name[0] & 31) }

var rules = sync.OnceValue(func() *grammar {
	g := &grammar{}
	for _, name := range []string{"headers.toml", "rooms.toml", "cached.toml"} {
		b, err := embedded.ReadFile("data/" + name)
		if err == nil {
			err = g.add(name, string(b))
		}
		if err != nil {
			panic(err)
		}
	}
	return g
})

// add reads the rows of a file.
func (g *grammar) add(file, text string) error {
	var rows struct {
		Row []*row `toml:"row"`
	}
	meta, err := toml.Decode(text, &rows)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if odd := meta.Undecoded(); len(odd) > 0 {
		return fmt.Errorf("%s: unknown key %s", file, odd[0])
	}
	for _, r := range rows.Row {
		if slices.ContainsFunc(g.rows, func(other *row) bool { return other.ID == r.ID }) {
			return fmt.Errorf("%s: row %q stands twice", file, r.ID)
		}
		g.rows = append(g.rows, r)
		if err := r.compile(); err != nil {
			return fmt.Errorf("%s: row %q: %w", file, r.ID, err)
		}
		for _, name := range r.Names {
			switch r.In {
			case "", "response":
				g.response.add(name, r)
			case "request":
				g.request.add(name, r)
			case "any":
				g.response.add(name, r)
				g.request.add(name, r)
			case "cookie":
				g.cookie.add(name, r)
			case "host":
				g.host.add(name, r)
			default:
				return fmt.Errorf("%s: row %q: in %q: expected response, request, any, cookie or host", file, r.ID, r.In)
			}
		}
	}
	return nil
}

func (r *row) compile() (err error) {
	for _, e := range []struct {
		re   **regexp.Regexp
		text string
	}{{&r.re, r.Pattern}, {&r.beside, r.Beside}, {&r.server, r.Server}} {
		if e.text == "" {
			continue
		}
		if *e.re, err = regexp.Compile(e.text); err != nil {
			return err
		}
	}
	if r.re == nil {
		return errors.New("no pattern")
	}
	r.start = start(r.Pattern)
	var known bool
	if r.read, known = readings[r.Read]; !known {
		return fmt.Errorf("read %q: no such reading", r.Read)
	}
	switch r.Pick {
	case "", "each", "first", "last", "before", "only":
	default:
		return fmt.Errorf("pick %q: expected each, first, last, before or only", r.Pick)
	}
	for _, name := range r.Names {
		if name == "" || name != strings.ToLower(name) || len(name) > maxName {
			return fmt.Errorf("name %q: expected lower case and 1 to %d letters", name, maxName)
		}
	}
	return nil
}

// start is the literal text that an anchored pattern begins with. Most values
// are told apart by it, at a hundredth of what the pattern costs.
func start(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) < 2 ||
		re.Sub[0].Op != syntax.OpBeginText || re.Sub[1].Op != syntax.OpLiteral || re.Sub[1].Flags&syntax.FoldCase != 0 {
		return ""
	}
	return string(re.Sub[1].Rune)
}

// picks gives the entries of a list that the row reads.
func (r *row) picks(entries []string) []string {
	n := len(entries)
	switch {
	case n == 0:
		return nil
	case r.Pick == "each":
		return entries
	case r.Pick == "first":
		return entries[:1]
	case r.Pick == "last":
		return entries[n-1:]
	case r.Pick == "before":
		return entries[:n-1]
	case n == 1: // only
		return entries
	}
	return nil
}

// match is what a row's pattern found.
type match struct {
	row    *row
	groups []string
}

// group is the text of a named group, "" if there is none.
func (m match) group(name string) string {
	if i := m.row.re.SubexpIndex(name); i >= 0 {
		return m.groups[i]
	}
	return ""
}
