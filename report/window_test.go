package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/audit"
)

// windowed is a document whose rows stand at those seconds after the first
// flow, which is at 12:00:00.4, with the acts of a timeline.
func windowed(t testing.TB, worst audit.Count, acts []map[string]any, at ...float64) *audit.Document {
	t.Helper()
	first := time.Date(2026, 1, 1, 12, 0, 0, 4e8, time.UTC)
	types := []string{"device.imei", "contact.phone", "location.precise", "content.draft", "account.user_id", "social.contact_name", "network.ssid", "app.package"}
	rows := []map[string]any{}
	for i, s := range at {
		rows = append(rows, map[string]any{
			"id": fmt.Sprint("t", i+1), "data_type": types[i%len(types)], "form": "clear", "grade": "A", "offset_s": s, "time": first.Add(time.Duration(math.Round(s * 1e9))),
			"act": "next", "since_act_s": .2, "since_act_bound_s": .5, "moment_unsure": i == 1, "recipient": map[string]any{"id": "r1"},
		})
	}
	b, err := json.Marshal(map[string]any{
		"schema": audit.SchemaID, "headline": map[string]any{"worst_15s": worst, "total": worst, "duration_s": 60}, "transfers": rows, "timeline": acts,
		"recipients": []map[string]any{{"id": "r1", "owner": "Acme <b>"}}, "subject": map[string]any{},
		"lanes":  []map[string]any{{"recipient": "r1", "marks": []map[string]any{{"start_s": 3, "length_s": .1, "data_type": "device.imei", "items": 2, "grade": "A"}}}},
		"groups": []map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := audit.Read(bytes.NewReader(b), int64(len(b)), "b.json")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Transfers.Close() })
	return d
}

// TestWindow: the window holds the rows that the headline counts, by whole
// seconds of the clock, and the table those of the picture.
func TestWindow(t *testing.T) {
	// Whole second 10 begins 9.6 s after the first flow, second 25 at 24.6.
	d := windowed(t, audit.Count{Start: 10, Items: 3}, nil, 9.59, 9.61, 9.62, 24.59, 24.6)
	w, err := worstWindow(newView(d, "en"))
	if err != nil {
		t.Fatal(err)
	}
	if w.items != 3 || len(w.marks) != 3 || math.Abs(w.start-9.6) > 1e-6 || math.Abs(w.end-24.6) > 1e-6 {
		t.Errorf("%+v", w)
	}
	page := render1(t, d, "en")
	for _, s := range []string{"Timeline of the busiest 15 seconds: 3", `class="hollow s1"`, `class="err faint"`, "Acme &lt;b&gt;", "which came first is not sure", "the order is not sure"} {
		if !strings.Contains(page, s) {
			t.Errorf("the page has no %q", s)
		}
	}
	if n := strings.Count(page, `<tr><th scope="row">&#43;`); n < 3 {
		t.Errorf("%d rows in the table", n)
	}
}

// TestWindowBounded: a flood of rows makes a picture that can be looked at.
func TestWindowBounded(t *testing.T) {
	var at []float64
	for i := range 40_000 {
		at = append(at, float64(i)*15/40_000)
	}
	d := windowed(t, audit.Count{Start: 0, Items: 39_000}, nil, at...)
	w, err := worstWindow(newView(d, "en"))
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	for _, m := range w.marks {
		items += m.Items
	}
	if len(w.marks) > maxMarks || items != w.items || w.items < 38_000 {
		t.Errorf("%d marks of %d items, %d", len(w.marks), items, w.items)
	}
	if page := render1(t, d, "en"); len(page) > 400_000 {
		t.Errorf("a page of %d bytes", len(page))
	}
}

func render1(t *testing.T, d *audit.Document, lang string) string {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, d, Options{Lang: lang}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestActsDoNotOverlap: however many acts there are, and however near, no two
// names stand on each other, and each act has its line.
func TestActsDoNotOverlap(t *testing.T) {
	names := []string{"app-opened", "sign-up", "post", "record", "consent-refuse", "save-draft", "a name of one's own that is long"}
	var acts []map[string]any
	for i := range 60 {
		acts = append(acts, map[string]any{"kind": "act", "what": names[i%len(names)], "offset_s": 15 * float64(i*i) / 3600, "bound_s": .1})
	}
	d := windowed(t, audit.Count{Items: 1}, acts, 1)
	for _, lang := range Languages() {
		v := newView(d, lang)
		const left, right = 190.0, 966.0
		m := layMoments(v, func(s float64) float64 { return left + s/15*(right-left) }, left, right)
		type span struct{ from, to float64 }
		named := map[int][]span{}
		for _, a := range m.acts {
			if a.level < 0 {
				continue
			}
			s := span{a.at + 3, a.at + 3 + float64(columns(a.name))*6}
			if a.end {
				s = span{a.at - 3 - float64(columns(a.name))*6, a.at - 3}
			}
			if s.to > right+6 || s.from < left {
				t.Errorf("%s: %s runs out of the picture", lang, a.name)
			}
			for _, o := range named[a.level] {
				if s.from < o.to && o.from < s.to {
					t.Errorf("%s: %s at %.0f overlaps on level %d", lang, a.name, a.at, a.level)
				}
			}
			named[a.level] = append(named[a.level], s)
		}
		if len(m.acts) != 60 || len(named) != maxLevels || m.line != boundLine {
			t.Errorf("%s: %d acts on %d levels", lang, len(m.acts), len(named))
		}
		svg := m.draw(v, 300)
		if strings.Count(svg, `class="act"`) != 60 || strings.Contains(svg, "NaN") {
			t.Errorf("%s: lines are missing", lang)
		}
		// Bands of bounds that touch are one, so that they do not darken.
		bands := regexp.MustCompile(`class="unsure" x="([0-9.]+)" y="4" width="([0-9.]+)"`).FindAllStringSubmatch(svg, -1)
		end := 0.0
		for _, b := range bands {
			var x, w float64
			fmt.Sscan(b[1], &x)
			fmt.Sscan(b[2], &w)
			if x < end-.11 {
				t.Errorf("%s: two bands over each other at %g", lang, x)
			}
			end = x + w
		}
		if len(bands) == 0 {
			t.Errorf("%s: no bands", lang)
		}
	}
}

// TestFamiliesDifferWithoutColour: each has a shape and a name of its own.
func TestFamiliesDifferWithoutColour(t *testing.T) {
	colour := regexp.MustCompile(`class="[^"]*"`)
	for _, lang := range Languages() {
		seen := map[string]bool{}
		for f := range families {
			shape := colour.ReplaceAllString(glyph(f, 10, 10, 5, false, ""), "")
			name, ok := language(lang).lookup(fmt.Sprintf("family.%d", f))
			if !ok || seen[shape] || seen[name] {
				t.Errorf("%s: family %d: %s %s", lang, f, name, shape)
			}
			seen[shape], seen[name] = true, true
		}
	}
}
