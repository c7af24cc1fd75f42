package report

import (
	"regexp"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// frenchReasons are the sentences of package detect in French.
var frenchReasons = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, name := range []string{"reasons-fr", "endpoint-reasons-fr"} {
		if _, err := toml.DecodeFS(messageFiles, "messages/"+name+".toml", &m); err != nil {
			panic("report: " + err.Error()) // embedded, checked by the tests
		}
	}
	return m
})

// underKeys is the clause that names the field, and what may follow it.
var underKeys = regexp.MustCompile(`^(.*), under the keys? '([^']*)'(?: and '([^']*)')?(?:; (.*))?$`)

// Reason says in the language of the report why something counts as found.
// The document has it in English. A sentence without a translation stays.
func (w words) Reason(s string) string {
	if w.Lang != "fr" {
		return s
	}
	fr := frenchReasons()
	if t, ok := fr[s]; ok {
		return t
	}
	if m := underKeys.FindStringSubmatch(s); m != nil {
		head, ok := fr[m[1]]
		if !ok {
			return s
		}
		out := head + ", sous la clé «\u202f" + m[2] + "\u202f»"
		if m[3] != "" {
			out = head + ", sous les clés «\u202f" + m[2] + "\u202f» et «\u202f" + m[3] + "\u202f»"
		}
		if m[4] != "" {
			out += "\u202f; " + w.Reason(m[4])
		}
		return out
	}
	if vendor, why, ok := strings.Cut(s, ": "); ok && fr[why] != "" {
		return vendor + "\u202f: " + fr[why]
	}
	if i := strings.LastIndex(s, ", "); i > 0 {
		if head, tail := w.Reason(s[:i]), fr[s[i+2:]]; tail != "" && head != s[:i] {
			return head + ", " + tail
		}
	}
	return s
}
