package detect

import (
	"fmt"
	"strings"
)

// syntax is how a family of templates marks a name that is to be replaced.
type syntax struct {
	Of     string      `toml:"of"`
	Source string      `toml:"source"`
	Date   string      `toml:"date"`
	Hashed bool        `toml:"hashed"`
	Marks  [][2]string `toml:"marks"`
}

// tagNames are names between the marks.
type tagNames struct {
	Of     string   `toml:"of"`
	Source string   `toml:"source"`
	Date   string   `toml:"date"`
	Names  []string `toml:"names"` // words with spaces between them
	Words  []string `toml:"words"` // that only occur in names
}

// tags recognise what a template should have replaced.
type tags struct {
	marks []mark
	words map[string]bool
	names [][]string // words of the names whose digests are computed
}

type mark struct {
	open, close string
	row         *nonvalue
	hashed      bool
}

func newTags(syntaxes []syntax, names []tagNames) tags {
	t := tags{words: map[string]bool{}}
	for _, s := range syntaxes {
		if s.Of == "" || s.Source == "" || s.Date == "" {
			panic(fmt.Sprintf("detect: data/nonvalues/tags.toml: syntax %q: of, source or date is missing", s.Of))
		}
		row := &nonvalue{Kind: "unfilled_tag", Why: "a tag that was not filled in", Source: s.Of + "; " + s.Source, Date: s.Date}
		for _, m := range s.Marks {
			t.marks = append(t.marks, mark{m[0], m[1], row, s.Hashed})
		}
	}
	for _, n := range names {
		if n.Source == "" || n.Date == "" {
			panic("detect: data/nonvalues/tags.toml: names without source or date")
		}
		for _, name := range n.Names {
			w := strings.Fields(name)
			t.names = append(t.names, w)
			for _, x := range w {
				t.words[x] = true
			}
		}
		for _, x := range n.Words {
			t.words[x] = true
		}
	}
	return t
}

// maxTagName is the length of the longest name between marks, in bytes.
const maxTagName = 64

// match returns the row of the tag that v is, nil if it is none. What stands
// between the marks must be a name: "<jane@doe.example>" is somebody's address.
func (t *tags) match(v []byte) *nonvalue {
	for i := range t.marks {
		m := &t.marks[i]
		if len(v) <= len(m.open)+len(m.close) || string(v[:len(m.open)]) != m.open || string(v[len(v)-len(m.close):]) != m.close {
			continue
		}
		name := v[len(m.open) : len(v)-len(m.close)]
		if isTagName(name) && (len(m.open) > 1 || t.knows(name)) {
			return m.row
		}
	}
	return nil
}

// isTagName reports whether b is written as names of variables are: letters
// first of all, few digits, no sign that values have and names have not.
func isTagName(b []byte) bool {
	if len(b) > maxTagName {
		return false
	}
	letters, digits := 0, 0
	for _, c := range b {
		switch {
		case classOf[c]&isAlpha != 0:
			letters++
		case classOf[c]&isDigit != 0:
			digits++
		case c == '_' || c == '-' || c == '.' || c == ':' || c == ' ' || c == '$' || c == '|' || c == '/' || c == '(' || c == ')':
		default:
			return false
		}
	}
	return letters >= 2 && digits <= letters && digits <= 6
}

// knows reports whether one of the words of a name is a word of names.
func (t *tags) knows(name []byte) bool {
	for _, w := range words(string(name)) {
		if t.words[w] {
			return true
		}
	}
	return false
}

// each calls yield for every tag whose digest is computed.
func (t *tags) each(yield func(row *nonvalue, text string)) {
	for _, name := range t.names {
		for _, spelled := range spelledNames(name) {
			for _, m := range t.marks {
				if m.hashed {
					yield(m.row, m.open+spelled+m.close)
				}
			}
		}
	}
}

// spelledNames writes the words of a name as programs and people do.
func spelledNames(w []string) []string {
	title := make([]string, len(w))
	for i, x := range w {
		title[i] = strings.ToUpper(x[:1]) + x[1:]
	}
	camel := w[0] + strings.Join(title[1:], "")
	snake := strings.Join(w, "_")
	kebab := strings.Join(w, "-")
	all := []string{snake, strings.ToUpper(snake), camel, kebab, strings.ToUpper(kebab), strings.Join(w, " "), strings.Join(title, " ")}
	if len(w) == 1 {
		return []string{snake, all[1], all[6]}
	}
	return all
}
