package report

import (
	"regexp"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// phrasing is a sentence of package recipient with holes, and its French.
type phrasing struct {
	pattern *regexp.Regexp
	text    string   // the longest part between holes: without it nothing matches
	holes   []string // by group of the pattern: "said1"; "" for the whole
	french  string
}

// hole is what stands for a part of a sentence in a template.
var hole = regexp.MustCompile(`\{([a-z]+)[0-9]*\}`)

// holes are the kinds, and what each may be.
var holes = map[string]string{
	"said":       `.+?`,                     // a sentence
	"text":       `.+?`,                     // stays
	"quoted":     `[^"]+ "(?:[^"\\]|\\.)*"`, // a field, and what stood in it
	"host":       `[^\s"]+`,
	"ip":         `[0-9a-f.:]+`,
	"land":       `[A-Z]{2}`,
	"lands":      `[A-Z]{2}(?:, [A-Z]{2})*`,
	"num":        `[0-9][0-9.e+]*`,
	"date":       `\d{4}-\d\d-\d\d`,
	"time":       `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC`,
	"others":     `[A-Z]{2} by .+`,
	"class":      `TLS|TCP|connect|first byte`,
	"access":     `wired|cellular`,
	"kind":       `[a-z/-]+`,
	"validation": `OV|EV`,
}

// sentences are the templates of messages/sentences-fr.toml, the words that may
// stand in their holes, and the warnings of messages/traps-fr.toml.
var sentences = sync.OnceValue(func() (s struct {
	templates []phrasing
	words     map[string]string
	traps     map[string]string
}) {
	var f struct{ Part, Word []struct{ EN, FR string } }
	for name, into := range map[string]any{"sentences-fr": &f, "traps-fr": &s.traps} {
		if _, err := toml.DecodeFS(messageFiles, "messages/"+name+".toml", into); err != nil {
			panic("report: " + err.Error()) // embedded, checked by the tests
		}
	}
	s.words = map[string]string{}
	for _, w := range f.Word {
		s.words[w.EN] = w.FR
	}
	for en, fr := range s.traps {
		s.traps[en] = spaced(fr)
	}
	for _, p := range f.Part {
		t := phrasing{holes: []string{""}, french: spaced(p.FR)}
		for _, text := range hole.Split(p.EN, -1) {
			if len(text) > len(t.text) {
				t.text = text
			}
		}
		var b strings.Builder
		at := 0
		for _, m := range hole.FindAllStringSubmatchIndex(p.EN, -1) {
			t.holes = append(t.holes, p.EN[m[0]+1:m[1]-1])
			b.WriteString(regexp.QuoteMeta(p.EN[at:m[0]]) + "(" + holes[p.EN[m[2]:m[3]]] + ")")
			at = m[1]
		}
		t.pattern = regexp.MustCompile("^" + b.String() + regexp.QuoteMeta(p.EN[at:]) + "$")
		s.templates = append(s.templates, t)
	}
	return s
})

// spaced puts the spaces that do not break into French.
func spaced(s string) string {
	return strings.NewReplacer(" :", "\u202f:", " ;", "\u202f;", " %", "\u202f%", "« ", "«\u202f", " »", "\u202f»").Replace(s)
}

// Sentence says in the language of the report what package recipient says in
// English, with names of countries for their codes. What has no template stays.
func (w words) Sentence(s string) string {
	text, _ := w.sentence(s)
	return text
}

// Bounds on a sentence, since what stands in it may be a stranger's: its length
// in bytes, and how many parts of it are looked at. Those of package recipient
// have fewer (TestEverySentenceOfRecipientIsInFrench).
const (
	maxSentence = 1200
	maxParts    = 40
)

func (w words) sentence(s string) (string, bool) {
	left := maxParts
	if len(s) > maxSentence {
		return s, false
	}
	return w.parts(s, &left)
}

// parts says a sentence of one part or of several. It is known if all are.
func (w words) parts(s string, left *int) (string, bool) {
	if text, ok := w.whole(s, left); ok {
		return text, true
	}
	for at := 0; ; { // several, which semicolons part
		n := strings.Index(s[at:], semicolon)
		if n < 0 {
			return s, false
		}
		first, ok := w.whole(s[:at+n], left)
		at += n + len(semicolon)
		if !ok { // it stood within quotes
			continue
		}
		rest, ok := w.parts(s[at:], left)
		if !ok {
			return s, false
		}
		return first + w.T("place.semi") + rest, true
	}
}

const semicolon = "; "

// whole says what a template says whole.
func (w words) whole(s string, left *int) (string, bool) {
	if *left--; *left < 0 {
		return s, false
	}
	all := sentences().templates
	for i := range all {
		if text, ok := w.fill(&all[i], s, left); ok {
			return text, true
		}
	}
	return s, false
}

// fill tries a template on a sentence.
func (w words) fill(t *phrasing, s string, left *int) (string, bool) {
	if !strings.Contains(s, t.text) {
		return "", false
	}
	m := t.pattern.FindStringSubmatchIndex(s)
	if m == nil {
		return "", false
	}
	said := map[string]string{}
	var english strings.Builder
	at := 0
	for i, name := range t.holes[1:] {
		from, to := m[2*i+2], m[2*i+3]
		text, ok := w.filling(strings.TrimRight(name, "0123456789"), s[from:to], left)
		if !ok {
			return "", false
		}
		said[name] = text
		english.WriteString(s[at:from] + text)
		at = to
	}
	if w.Lang != "fr" {
		return english.String() + s[at:], true
	}
	return hole.ReplaceAllStringFunc(t.french, func(h string) string { return said[h[1:len(h)-1]] }), true
}

// filling says what stands in a hole of a kind.
func (w words) filling(kind, s string, left *int) (string, bool) {
	switch kind {
	case "said":
		return w.parts(s, left)
	case "text":
		return s, !strings.Contains(s, semicolon)
	case "quoted":
		field, _, _ := strings.Cut(s, `"`)
		return s, !strings.Contains(field, ": ") // a machine before it
	case "land":
		return w.theCountry(s), true
	case "lands":
		names := strings.Split(s, ", ")
		for i, code := range names {
			names[i] = w.Country(code)
		}
		return strings.Join(names, ", "), true
	case "others":
		return w.others(s, left)
	case "num":
		return w.number(s), true
	case "class", "access", "kind":
		return w.wording(s), true
	}
	return s, true
}

// wording is a word that stands in sentences, or beside them.
func (w words) wording(s string) string {
	if fr, ok := sentences().words[s]; ok && w.Lang == "fr" {
		return fr
	}
	return s
}

// others says which other countries are named, and by what: "DE by registries
// and geofeeds and a published region, US by the name of a host".
func (w words) others(s string, left *int) (string, bool) {
	var out []string
	marks := otherwise.FindAllStringSubmatchIndex(s, -1)
	for i, m := range marks {
		end := len(s)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		var kinds []string
		for k := range strings.SplitSeq(lineage.Replace(s[m[1]:end]), " and ") {
			text, ok := w.whole(strings.Replace(k, "+", " and ", 1), left)
			if !ok {
				return s, false
			}
			kinds = append(kinds, text)
		}
		out = append(out, w.T("place.by", w.theCountry(s[m[2]:m[3]]), strings.Join(kinds, w.T("place.and"))))
	}
	return strings.Join(out, ", "), out != nil
}

var (
	otherwise = regexp.MustCompile(`(?:^|, )([A-Z]{2}) by `)
	lineage   = strings.NewReplacer("registries and geofeeds", "registries+geofeeds") // one kind, with an "and" in it
)

// articled are the countries whose names take an article in English.
var articled = regexp.MustCompile(`^(United |Netherlands$|Philippines$|Bahamas$|Maldives$|Gambia$|Isle of|Central African|Dominican|Comoros$|Seychelles$)|(Islands|Territories|Republic)\b`)

// theCountry names a country within a sentence.
func (w words) theCountry(code string) string {
	name := w.Country(code)
	if w.Lang != "fr" && articled.MatchString(name) {
		return "the " + name
	}
	return name
}
