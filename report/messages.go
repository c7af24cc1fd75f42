package report

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	xlang "golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/constat/constat/datatype"
)

//go:embed messages
var messageFiles embed.FS

// Languages lists what reports can be written in.
func Languages() []string { return []string{"en", "fr"} }

// words are the messages of one language.
type words struct {
	Lang     string
	messages map[string]string
	regions  display.Namer
}

var catalogues = sync.OnceValue(func() map[string]words {
	all := map[string]words{}
	for _, lang := range Languages() {
		w := words{Lang: lang, messages: map[string]string{}, regions: display.Regions(xlang.Make(lang))}
		for _, of := range []string{"", "accesses-", "apps-", "comparison-", "differential-", "law-", "places-", "sharing-", "verdicts-"} {
			if _, err := toml.DecodeFS(messageFiles, "messages/"+of+lang+".toml", &w.messages); err != nil {
				panic("report: " + err.Error()) // embedded, checked by the tests
			}
		}
		all[lang] = w
	}
	return all
})

func language(lang string) words {
	if w, ok := catalogues()[lang]; ok {
		return w
	}
	return catalogues()["en"]
}

func (w words) lookup(key string) (string, bool) {
	s, ok := w.messages[key]
	return s, ok
}

// T is the message with that key, with its arguments in place.
func (w words) T(key string, args ...any) string {
	s, ok := w.messages[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// N is a count with its noun: "1 recipient", "3 recipients". French counts
// none and one as singular, English only one.
func (w words) N(key string, n int) string {
	form := key + ".other"
	if n == 1 || n == 0 && w.Lang == "fr" {
		form = key + ".one"
	}
	return fmt.Sprintf("%d\u00a0%s", n, w.T(form))
}

// Noun is the noun alone that goes with a count.
func (w words) Noun(key string, n int) string {
	_, noun, _ := strings.Cut(w.N(key, n), "\u00a0")
	return noun
}

// Type names a data type.
func (w words) Type(id string) string {
	if s, ok := w.lookup("type." + id); ok {
		return s
	}
	if t, ok := datatype.Get(datatype.ID(id)); ok {
		return t.Name
	}
	return id
}

// Country names a country by its ISO 3166-1 code.
func (w words) Country(code string) string {
	r, err := xlang.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := w.regions.Name(r); name != "" {
		return name
	}
	return code
}

// number puts the decimal sign of the language into a formatted number.
func (w words) number(s string) string {
	if w.Lang == "fr" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}
