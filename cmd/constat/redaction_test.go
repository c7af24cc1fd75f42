package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/report"
)

// recorded are the captures in the repository, made by real tools.
var recorded = []string{"quinze-chromium.har", "quinze-mitmdump.mitm"}

func auditRecorded(t testing.TB, name string, opt audit.Options) *audit.Document {
	t.Helper()
	c, err := capture.Open(filepath.Join("../../testdata", name), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if opt.Book, err = recipient.Open(); err != nil {
		t.Fatal(err)
	}
	doc, err := audit.Conduct(t.Context(), []audit.Capture{file{c}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { doc.Transfers.Close() })
	return doc
}

func recordedPersona(t testing.TB) *persona.Persona {
	t.Helper()
	f, err := os.Open("../../testdata/persona.toml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := persona.Parse(f, "persona.toml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// renderings are all the outputs a reader can be given.
func renderings(t testing.TB, doc *audit.Document) map[string]string {
	t.Helper()
	out := map[string]string{}
	put := func(name string, render func(io.Writer) error) {
		var b bytes.Buffer
		if err := render(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	put("json", func(w io.Writer) error { return report.JSON(w, doc) })
	for _, lang := range report.Languages() {
		put("html "+lang, func(w io.Writer) error { return report.HTML(w, doc, report.Options{Lang: lang}) })
		for _, width := range []int{60, 100, 200} {
			put(fmt.Sprintf("terminal %s %d", lang, width), func(w io.Writer) error {
				return report.Terminal(w, doc, report.Options{Lang: lang, Width: width, Color: width == 100})
			})
		}
	}
	return out
}

var markup = regexp.MustCompile(`<[^>]*>|\x1b\[[0-9;]*m`)

// pieces are the strings whose presence shows six bytes of the value in
// some encoding.
func pieces(value string) map[string]string {
	const n = 6
	found := map[string]string{}
	for i := 0; i+n <= len(value); i++ {
		w := value[i : i+n]
		found[strings.ToLower(w)] = "plain"
		found[hex.EncodeToString([]byte(w))] = "hex"
		found[strings.ToLower(percent(w))] = "percent"
		u := utf16.Encode([]rune(w))
		var le, be strings.Builder
		for _, c := range u {
			le.WriteString(string([]byte{byte(c), byte(c >> 8)}))
			be.WriteString(string([]byte{byte(c >> 8), byte(c)}))
		}
		found[strings.ToLower(le.String())] = "UTF-16LE"
		found[strings.ToLower(be.String())] = "UTF-16BE"
		for lead := range 3 {
			enc := base64.StdEncoding.EncodeToString(append(make([]byte, lead), w...))
			from := []int{0, 2, 3}[lead] // characters that depend on the lead bytes
			to := (lead + n) * 8 / 6     // characters made of the window alone
			if to-from >= 6 {
				found[strings.ToLower(enc[from:to])] = fmt.Sprintf("base64 at %d", lead)
			}
		}
	}
	return found
}

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// ownWords is what the renderers say by themselves: their messages and the
// names of data types. A piece of a value that is also a word of theirs
// ("brouillon") shows nothing.
func ownWords(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob("../../report/messages/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no messages", err)
	}
	var b strings.Builder
	for _, f := range append(files, "../../datatype/data/types.toml", "../../report/page.html", "../../report/style.css", "../../audit/schema.json") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return strings.ToLower(b.String())
}

// TestNoOutputShowsSixBytesOfAValue is the promise that reports are safe to
// hand on: no format, language or width shows a window of a persona value.
func TestNoOutputShowsSixBytesOfAValue(t *testing.T) {
	p, own := recordedPersona(t), ownWords(t)
	for _, name := range recorded {
		t.Run(name, func(t *testing.T) {
			doc := auditRecorded(t, name, audit.Options{Persona: p})
			if doc.Headline.Grades.A == 0 {
				t.Fatal("nothing was found, so nothing is tested")
			}
			for format, text := range renderings(t, doc) {
				lower := strings.ToLower(text)
				stripped := strings.ToLower(html.UnescapeString(markup.ReplaceAllString(text, "")))
				for _, v := range p.Values {
					for piece, how := range pieces(v.Value) {
						if strings.Contains(own, strings.TrimSpace(piece)) {
							continue
						}
						if strings.Contains(lower, piece) || strings.Contains(stripped, piece) {
							t.Errorf("%s shows %q, a piece of persona value %d (%s) in %s", format, piece, v.Index, v.Type, how)
							break
						}
					}
				}
			}
		})
	}
}

// TestRevealShowsOnlyThePersona checks the other side: asked for, the
// persona's values are readable, which also proves that the test above
// looks where values would stand.
func TestRevealShowsOnlyThePersona(t *testing.T) {
	p := recordedPersona(t)
	doc := auditRecorded(t, recorded[0], audit.Options{Persona: p, Reveal: true})
	shown := 0
	for format, text := range renderings(t, doc) {
		if !strings.HasPrefix(format, "json") {
			continue
		}
		for _, v := range p.Values {
			if doc.Subject.Values[v.Index].Found > 0 && strings.Contains(text, v.Value) {
				shown++
			}
		}
	}
	if shown == 0 {
		t.Error("--reveal shows no value of the persona")
	}
}

// TestSameInputsSameDocument audits twice, with one worker and with many.
func TestSameInputsSameDocument(t *testing.T) {
	p := recordedPersona(t)
	for _, name := range recorded {
		var first string
		for _, workers := range []int{1, 7, 2} {
			doc := auditRecorded(t, name, audit.Options{Persona: p, Workers: workers})
			var b bytes.Buffer
			if err := report.JSON(&b, doc); err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = b.String()
			}
			if b.String() != first {
				t.Errorf("%s: the document differs with %d workers", name, workers)
			}
		}
	}
}
