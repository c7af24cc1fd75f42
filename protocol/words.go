package protocol

import (
	"embed"
	"fmt"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/report"
)

//go:embed words
var wordFiles embed.FS

// words are the phrases of one language: those here, and the report's.
type words struct {
	report.Phrases
	lang string
	text map[string]string
}

var dictionaries = sync.OnceValue(func() map[string]words {
	all := map[string]words{}
	for _, lang := range report.Languages() {
		w := words{Phrases: report.In(lang), lang: lang, text: map[string]string{}}
		if _, err := toml.DecodeFS(wordFiles, "words/"+lang+".toml", &w.text); err != nil {
			panic("protocol: " + err.Error()) // embedded, checked by the tests
		}
		all[lang] = w
	}
	return all
})

func in(lang string) words {
	if w, ok := dictionaries()[lang]; ok {
		return w
	}
	return dictionaries()["en"]
}

// say is the phrase of that name.
func (w words) say(name string, args ...any) string {
	s, ok := w.text[name]
	if !ok {
		return name
	}
	if w.lang == "fr" {
		s = unbroken.Replace(s)
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// long is a time as people say it: "60 s", "4 min", "1 min 30 s", "24 h".
func (w words) long(d time.Duration) string {
	d = d.Round(time.Second)
	if d <= 90*time.Second {
		return fmt.Sprintf("%d\u00a0s", int(d.Seconds()))
	}
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h == 0 && s == 0:
		return fmt.Sprintf("%d\u00a0min", m)
	case h == 0:
		return fmt.Sprintf("%d\u00a0min %d\u00a0s", m, s)
	case m == 0:
		return fmt.Sprintf("%d\u00a0h", h)
	}
	return fmt.Sprintf("%d\u00a0h %d\u00a0min", h, m)
}

// act names an act.
func (w words) act(id string) string { return w.T("act." + id) }
