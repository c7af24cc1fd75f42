package report

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/constat/constat/differential"
)

// comparedSketch is a comparison with findings of every kind, in which some
// names are such as a hostile app would send.
func comparedSketch(t testing.TB) *differential.Document {
	t.Helper()
	b, err := os.ReadFile("testdata/differential.json")
	if err != nil {
		t.Fatal(err)
	}
	d := new(differential.Document)
	if err := json.Unmarshal(b, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDifferentialHasWords: every code that the schema allows is told in words,
// in both languages, and none shows through.
func TestDifferentialHasWords(t *testing.T) {
	var schema struct {
		Properties struct {
			Limits struct{ Items struct{ Enum []string } }
		}
		Defs map[string]struct {
			Properties map[string]struct{ Enum []any }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(differential.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, l := range schema.Properties.Limits.Items.Enum {
		keys["diff.limit."+l] = true
	}
	for prefix, of := range map[string][2]string{
		"diff.kind.": {"finding", "kind"}, "diff.shape.": {"shape", "kind"}, "diff.verdict.": {"field", "verdict"},
		"diff.part.": {"exchange", "part"}, "diff.order.": {"design", "order"}, "form.": {"known", "form"},
	} {
		for _, code := range schema.Defs[of[0]].Properties[of[1]].Enum {
			keys[prefix+code.(string)] = true
		}
	}
	if len(keys) < 35 {
		t.Fatalf("only %d codes in the schema", len(keys))
	}
	key := regexp.MustCompile(`diff\.[a-z.]+|%!|%[sd]`)
	for _, lang := range Languages() {
		for k := range keys {
			if _, ok := language(lang).lookup(k); !ok {
				t.Errorf("%s: no words for %s", lang, k)
			}
		}
		for _, runs := range [][2]int{{2, 2}, {1, 1}} {
			d := comparedSketch(t)
			d.Design.Runs = runs
			for _, text := range []string{
				render(t, func(w io.Writer) error { return Differential(w, d, Options{Lang: lang, Width: 90}) }),
				render(t, func(w io.Writer) error { return DifferentialHTML(w, d, Options{Lang: lang}) }),
			} {
				if bad := key.FindAllString(text, -1); bad != nil {
					t.Errorf("%s: %q", lang, bad)
				}
				if strings.Contains(text, "<script>a") && strings.Contains(text, "<html") || strings.ContainsRune(text, '\u202e') {
					t.Errorf("%s: what a hostile app sent stands as it is", lang)
				}
			}
		}
	}
}

func TestDifferentialPageNeedsNothingElse(t *testing.T) {
	for _, lang := range Languages() {
		page := render(t, func(w io.Writer) error { return DifferentialHTML(w, comparedSketch(t), Options{Lang: lang}) })
		doc, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		ids, policy := map[string]bool{}, false
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "script", "iframe", "object", "embed", "link", "base", "form", "img":
				t.Errorf("%s: the page has a <%s>", lang, n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on"), a.Key == "style", (a.Key == "src" || a.Key == "href") && !strings.HasPrefix(a.Val, "#"):
					t.Errorf("%s: <%s %s=%q>", lang, n.Data, a.Key, a.Val)
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("%s: id %q twice", lang, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "content":
					policy = policy || strings.HasPrefix(a.Val, "default-src 'none'; style-src 'sha256-")
				}
			}
		}
		if !policy {
			t.Errorf("%s: no policy", lang)
		}
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if a.Key == "aria-labelledby" && !ids[a.Val] {
					t.Errorf("%s: nothing is called %q", lang, a.Val)
				}
			}
		}
	}
}

// TestDifferentialJSON: what is written can be read back.
func TestDifferentialJSON(t *testing.T) {
	d := comparedSketch(t)
	var b bytes.Buffer
	if err := DifferentialJSON(&b, d); err != nil {
		t.Fatal(err)
	}
	again := new(differential.Document)
	if err := json.Unmarshal(b.Bytes(), again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d, again) {
		t.Error("another document came back")
	}
}
