package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/html"

	"github.com/constat/constat/audit"
)

// sketch is an invented document: several recipients and countries, and
// strings such as a hostile app would send.
func sketch(t testing.TB) *audit.Document {
	t.Helper()
	b, err := os.ReadFile("testdata/sketch.json")
	if err != nil {
		t.Fatal(err)
	}
	d := new(audit.Document)
	if err := json.Unmarshal(b, d); err != nil {
		t.Fatal(err)
	}
	return d
}

func render(t testing.TB, f func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page1(t testing.TB, lang string) string {
	return render(t, func(w io.Writer) error { return HTML(w, sketch(t), Options{Lang: lang}) })
}

func TestMessagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	all := map[string]map[string]string{}
	for _, lang := range Languages() {
		m := map[string]string{}
		for _, of := range []string{"", "accesses-", "apps-", "comparison-", "differential-", "law-", "places-", "sharing-"} {
			part := map[string]string{}
			if _, err := toml.DecodeFS(messageFiles, "messages/"+of+lang+".toml", &part); err != nil {
				t.Fatal(err)
			}
			for key, text := range part {
				if _, double := m[key]; double {
					t.Errorf("%s: %q stands in two files", lang, key)
				}
				m[key] = text
			}
		}
		all[lang] = m
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for key, en := range all["en"] {
		fr, ok := all["fr"][key]
		if !ok {
			t.Errorf("%q is not in French", key)
			continue
		}
		if a, b := verbs.FindAllString(en, -1), verbs.FindAllString(fr, -1); !slices.Equal(a, b) {
			t.Errorf("%q: placeholders %v in English, %v in French", key, a, b)
		}
	}
	for key := range all["fr"] {
		if _, ok := all["en"][key]; !ok && !strings.HasPrefix(key, "type.") {
			t.Errorf("%q is not in English", key)
		}
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	for _, lang := range Languages() {
		doc, err := html.Parse(strings.NewReader(page1(t, lang)))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		var policy, sheet string
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "script", "iframe", "object", "embed", "link", "base", "form", "img":
				t.Errorf("%s: the page has a <%s>", lang, n.Data)
			case "style":
				sheet = n.FirstChild.Data
			}
			scope := false
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || (a.Key == "src" || a.Key == "href") && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s: <%s %s=%q>", lang, n.Data, a.Key, a.Val)
				}
				if a.Key == "style" {
					t.Errorf("%s: inline style, which the policy forbids", lang)
				}
				if a.Key == "id" {
					if ids[a.Val] {
						t.Errorf("%s: id %q twice", lang, a.Val)
					}
					ids[a.Val] = true
				}
				if a.Key == "content" && strings.HasPrefix(a.Val, "default-src") {
					policy = a.Val
				}
				scope = scope || a.Key == "scope"
			}
			if n.Data == "th" && !scope {
				t.Errorf("%s: a <th> without scope", lang)
			}
		}
		sum := sha256.Sum256([]byte(sheet))
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) || !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s: the policy %q does not allow the style sheet %s", lang, policy, want)
		}
	}
}

func TestHostileStringsAreInert(t *testing.T) {
	for _, lang := range Languages() {
		out := page1(t, lang)
		for _, bad := range []string{"<script>alert", "<img src=x", "\x1b[", "\u202e"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s page holds %q", lang, bad)
			}
		}
		out = render(t, func(w io.Writer) error { return Terminal(w, sketch(t), Options{Lang: lang, Width: 100}) })
		if strings.ContainsAny(out, "\x1b\u202e\x07") {
			t.Errorf("%s terminal output holds control characters", lang)
		}
	}
}

func TestTerminalFitsItsWidth(t *testing.T) {
	for _, width := range []int{40, 72, 100, 200} {
		out := render(t, func(w io.Writer) error { return Terminal(w, sketch(t), Options{Width: width}) })
		for _, line := range strings.Split(out, "\n") {
			if n := columns(line); n > width && len(strings.Fields(line)) > 1 && !strings.Contains(line, "sha256") {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
	}
}

func TestColourOnlyWhenAsked(t *testing.T) {
	plain := render(t, func(w io.Writer) error { return Terminal(w, sketch(t), Options{Width: 100}) })
	colour := render(t, func(w io.Writer) error { return Terminal(w, sketch(t), Options{Width: 100, Color: true}) })
	if strings.Contains(plain, "\x1b") || !strings.Contains(colour, "\x1b[") {
		t.Error("colour does not follow the option")
	}
	if stripped := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colour, ""); stripped != plain {
		t.Error("colour changes the text")
	}
}

func TestJSONRoundTrip(t *testing.T) {
	first := render(t, func(w io.Writer) error { return JSON(w, sketch(t)) })
	d := new(audit.Document)
	if err := json.Unmarshal([]byte(first), d); err != nil {
		t.Fatal(err)
	}
	if again := render(t, func(w io.Writer) error { return JSON(w, d) }); again != first {
		t.Error("a document that was read back is written differently")
	}
}

func TestPageStaysSmallWithManyGroups(t *testing.T) {
	d := sketch(t)
	g := d.Groups[0]
	d.Groups = nil
	for i := range 500 {
		g.ID = fmt.Sprintf("g%d", i+1)
		d.Groups = append(d.Groups, g)
	}
	out := render(t, func(w io.Writer) error { return HTML(w, d, Options{}) })
	if len(out) > 400_000 {
		t.Errorf("the page with 500 groups has %d bytes", len(out))
	}
}

// TestContrast computes WCAG 2.2 contrast ratios of the style sheet's colour
// pairs in both themes: 4.5 for text.
func TestContrast(t *testing.T) {
	themes := regexp.MustCompile(`:root\{([^}]*)\}`).FindAllStringSubmatch(style, -1)
	if len(themes) != 2 {
		t.Fatalf("%d themes, want light and dark", len(themes))
	}
	vars := map[string]string{}
	for i, theme := range themes {
		for _, kv := range strings.Split(theme[1], ";") {
			k, v, _ := strings.Cut(kv, ":")
			vars[k] = v // dark changes only some
		}
		for _, pair := range [][2]string{{"--fg", "--bg"}, {"--quiet", "--bg"}, {"--red", "--bg"}, {"--fg", "--card"}, {"--quiet", "--card"}, {"--markfg", "--mark"}} {
			if r := contrast(t, vars[pair[0]], vars[pair[1]]); r < 4.5 {
				t.Errorf("theme %d: %s on %s has contrast %.2f", i, pair[0], pair[1], r)
			}
		}
	}
}

// TestEveryReasonIsInFrench reads the sentences where package detect has
// them.
func TestEveryReasonIsInFrench(t *testing.T) {
	files, err := filepath.Glob("../detect/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources of detect", err)
	}
	sentence := regexp.MustCompile(`verdict\{[0-9.]+, "([^"]+)"|reason[A-Z]\w*\s*= "([^"]+)"`)
	n := 0
	fr := language("fr")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range sentence.FindAllStringSubmatch(string(src), -1) {
			n++
			en := m[1] + m[2]
			for _, whole := range []string{en, en + ", under the key 'mac'", en + ", under the keys 'lat' and 'lon'", en + ", in a field whose name does not say so"} {
				if got := fr.Reason(whole); got == whole || strings.Contains(got, " the ") {
					t.Errorf("%q is not in French: %q", whole, got)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d sentences found: the test looks in the wrong place", n)
	}
	weak := "the exact value that the persona lists, under the key 'os'; it is too common to count without the key"
	if got := fr.Reason(weak); got != "la valeur exacte du persona, sous la clé «\u202fos\u202f»\u202f; elle est trop courante pour compter sans la clé" {
		t.Errorf("%q", got)
	}
}

// TestPercent: a little is not nothing, and almost all is not all.
func TestPercent(t *testing.T) {
	v := &view{words: language("en")}
	for p, want := range map[float64]string{0: "0.0\u202f%", 0.01: "<\u202f0.1\u202f%", 0.05: "0.1\u202f%", 99.94: "99.9\u202f%", 99.99: ">\u202f99.9\u202f%", 100: "100.0\u202f%"} {
		if got := v.Percent(p); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
}
