package report

import (
	"regexp"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// frenchDetails are the patterns of messages/details-fr.toml.
var frenchDetails = sync.OnceValue(func() (f struct {
	Part []struct {
		EN, FR  string
		pattern *regexp.Regexp
	}
	Word []struct{ EN, FR string }
}) {
	if _, err := toml.DecodeFS(messageFiles, "messages/details-fr.toml", &f); err != nil {
		panic("report: " + err.Error()) // embedded, checked by the tests
	}
	for i := range f.Part {
		f.Part[i].pattern = regexp.MustCompile("^" + f.Part[i].EN + "$")
	}
	return f
})

// Detail is what a finding says beside its reason, in the language of the
// report where it is a sentence. Names of digests and of spellings stay.
func (w words) Detail(s string) string {
	text, _ := w.detail(s)
	return text
}

// DetailLang is the language that Detail gives s in.
func (w words) DetailLang(s string) string {
	_, lang := w.detail(s)
	return lang
}

func (w words) detail(s string) (text, lang string) {
	if w.Lang != "fr" {
		return s, "en"
	}
	f := frenchDetails()
	parts := strings.Split(s, "; ")
next:
	for i, part := range parts {
		for _, p := range f.Part {
			if !p.pattern.MatchString(part) {
				continue
			}
			fr := p.pattern.ReplaceAllString(part, p.FR)
			for _, x := range f.Word {
				fr = strings.ReplaceAll(fr, x.EN, x.FR)
			}
			parts[i] = strings.NewReplacer("  :", "\u202f:", " :", "\u202f:", " %", "\u202f%").Replace(fr)
			continue next
		}
		return s, "en"
	}
	return strings.Join(parts, "\u202f; "), "fr"
}
