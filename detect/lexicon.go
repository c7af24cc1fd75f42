package detect

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/persona"
)

//go:embed data/keys.toml
var keysTOML string

// keyRow is one [[key]] table of data/keys.toml.
type keyRow struct {
	Type   datatype.ID `toml:"type"`
	Check  string      `toml:"check"`
	Keys   []string    `toml:"keys"`
	Whole  bool        `toml:"whole"`
	Cookie bool        `toml:"cookie"`
	Lang   string      `toml:"lang"`
	Source []string    `toml:"source"`
}

// sense is one thing a field's name can mean.
type sense struct {
	typ    datatype.ID
	check  check
	half   axis // the field is half of a position
	phone  bool // the check wants to know the country
	vector bool // the value is an array of numbers
	digest bool // the name promises a digest: in clear it may stand for anything
}

// meaning is all that a field's name says.
type meaning struct {
	senses []sense
	hashed bool // the name says that the value is a digest ("email_sha256")

	contexts []*nonvalue // under which certain shapes mean nothing
}

func (m *meaning) silent() bool { return m == nil || m.senses == nil }

func (m *meaning) is(t datatype.ID) bool {
	for i := range m.senses {
		if m.senses[i].typ == t {
			return true
		}
	}
	return false
}

// lexicon maps names in normal form to their senses.
type lexicon struct {
	whole map[string][]sense // matches the whole name
	ends  map[string][]sense // matches the whole name or its last words

	cookie map[string][]sense // matches the whole name of a cookie, before the others
}

var loadLexicon = sync.OnceValue(func() *lexicon {
	var f struct {
		Source []struct{ ID, Name, Date string } `toml:"source"`
		Key    []keyRow                          `toml:"key"`
	}
	meta, err := toml.Decode(keysTOML, &f)
	if err != nil {
		panic("detect: data/keys.toml: " + err.Error())
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		panic(fmt.Sprintf("detect: data/keys.toml: unknown key %v", bad[0]))
	}
	sources := map[string]bool{}
	for _, s := range f.Source {
		sources[s.ID] = s.Date != ""
	}
	l := &lexicon{whole: map[string][]sense{}, ends: map[string][]sense{}, cookie: map[string][]sense{}}
	for _, row := range f.Key {
		c, ok := checks[row.Check]
		if !ok || !row.Type.Valid() || len(row.Source) == 0 {
			panic(fmt.Sprintf("detect: data/keys.toml: row %q: bad type, check or source", row.Keys))
		}
		for _, s := range row.Source {
			if !sources[s] {
				panic(fmt.Sprintf("detect: data/keys.toml: row %q: source %q is not listed or not dated", row.Keys, s))
			}
		}
		s := sense{typ: row.Type, check: c, half: halves[row.Check], phone: row.Check == "phone", vector: row.Check == "vector"}
		into := l.ends
		switch {
		case row.Cookie:
			into = l.cookie
		case row.Whole:
			into = l.whole
		}
		for _, k := range row.Keys {
			k = joinWords(words(k))
			into[k] = append(into[k], s)
		}
	}
	l.addPromises()
	return l
})

// addPromises adds the names under which advertising platforms take digests, as
// far as no row has them: what stands there in clear says nothing by itself.
func (l *lexicon) addPromises() {
	for _, n := range persona.Normalisations() {
		for _, field := range n.Fields {
			k := joinWords(words(field))
			if l.senses(words(k)) == nil && l.meaning(field, false).silent() {
				l.whole[k] = []sense{{typ: n.Type, check: func([]byte) verdict { return none }, digest: true}}
			}
		}
	}
}

// maxKey is the length of the longest name that is looked up, in bytes.
const maxKey = 64

// meaning looks up the name of a field, or of a cookie. nil: it says nothing.
func (l *lexicon) meaning(key string, cookie bool) *meaning {
	if key == "" || len(key) > maxKey {
		return nil
	}
	w := words(key)
	m := meaning{contexts: loadNonvalues().contexts[joinWords(w)]}
	if cookie {
		if m.senses = l.cookie[joinWords(w)]; m.senses != nil {
			return &m
		}
	}
	m.senses = l.senses(w)
	if m.senses == nil && len(w) > 1 && w[0] == "x" { // "X-Geo" is "Geo" in a header field
		w = w[1:]
		m.senses = l.senses(w)
	}
	if m.senses == nil {
		for len(w) > 1 && (hashWords[w[len(w)-1]] || allDigits(w[len(w)-1])) {
			m.hashed = m.hashed || hashWords[w[len(w)-1]]
			w = w[:len(w)-1]
		}
		for len(w) > 1 && hashWords[w[0]] { // "hashed_email"
			m.hashed, w = true, w[1:]
		}
		m.senses = l.senses(w)
	} else {
		for _, x := range w {
			m.hashed = m.hashed || hashWords[x]
		}
	}
	if m.senses == nil && m.contexts == nil {
		return nil
	}
	return &m
}

// senses tries the whole name, then its ends, longest first.
func (l *lexicon) senses(w []string) []sense {
	if s := l.whole[joinWords(w)]; s != nil {
		return s
	}
	for i := range w {
		// Beyond the whole name a single short word at the end says too little.
		if end := joinWords(w[i:]); i == 0 || len(end) >= 4 || end == "ip" || end == "mac" {
			if s := l.ends[end]; s != nil && (i == 0 || !vague[end]) {
				return s
			}
		}
	}
	return nil
}

// hashWords say that a field holds a digest.
var hashWords = map[string]bool{
	"md5": true, "sha1": true, "sha256": true, "sha512": true, "sha": true, "hash": true, "hashed": true,
	"digest": true, "crc": true, "crc32": true, "checksum": true, "hex": true,
}

// vague words mean something as a whole name, nothing as the end of another
// ("error_location", "button_position", "event_account").
var vague = map[string]bool{
	"user": true, "account": true, "login": true, "location": true, "position": true, "handle": true,
	"geo": true, "coordinates": true, "coords": true, "session": true, "birth": true, "draft": true,
	"street": true, "language": true, "lang": true, "rom": true, "long": true, "fingerprint": true,
	"uuid": true, "udid": true, "carrier": true, "portable": true, "resolution": true, "manufacturer": true,
}

// words splits a name at punctuation and where lower case turns to upper,
// lower-cased: "deviceMacAddress2" → device mac address2.
func words(key string) []string {
	var out []string
	start := -1
	flush := func(i int) {
		if start >= 0 {
			out = append(out, strings.ToLower(key[start:i]))
			start = -1
		}
	}
	for i := range len(key) {
		c := key[i]
		switch {
		case c < 0x80 && classOf[c]&(isDigit|isAlpha) == 0:
			flush(i)
			continue
		case start >= 0 && c-'A' < 26 && key[i-1]-'a' < 26:
			flush(i)
		case start >= 0 && c-'A' < 26 && key[i-1]-'A' < 26 && i+1 < len(key) && key[i+1]-'a' < 26:
			flush(i) // "IPAddress" → ip address
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(key))
	if n := len(out); n > 0 { // "imei2" → imei 2
		last := out[n-1]
		if base := strings.TrimRight(last, "0123456789"); base != "" && base != last && !hashWords[last] && !strings.HasSuffix(last, "ipv4") && !strings.HasSuffix(last, "ipv6") &&
			!strings.HasSuffix(last, "sha1") && !strings.HasSuffix(last, "md5") {
			out[n-1] = base
		}
	}
	return out
}

func joinWords(w []string) string { return strings.Join(w, "") }

func allDigits(s string) bool {
	for i := range len(s) {
		if classOf[s[i]]&isDigit == 0 {
			return false
		}
	}
	return s != ""
}
