package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/audit"
)

func liveView() (audit.View, Progress) {
	now := time.Now()
	doc := &audit.Document{Headline: audit.Headline{Flows: 12, Total: audit.Count{Items: 3, DataTypes: 2, Recipients: 1}, Worst15: audit.Count{Items: 4}}}
	v := audit.View{Document: doc, Meter: audit.Count{Items: 3, DataTypes: 2, Recipients: 1}}
	for range 20 {
		v.Recent = append(v.Recent, audit.Recent{Time: now, DataType: "contact.email", Form: "clear", Grade: "A", Owner: "<img src=x onerror=alert(1)>\x1b[31m", Host: "évil\u202e.test"})
	}
	return v, Progress{Elapsed: 75 * time.Second, Listen: "127.0.0.1:8080", Log: "<b>log", Passed: 1, Rejected: 1, Up: 300, OpaqueUp: 100, Acts: []Act{{ID: "record", Time: now, Note: "<script>\x1b"}}}
}

// TestLivePageIsInert: what came out of traffic is text, in both languages.
func TestLivePageIsInert(t *testing.T) {
	v, p := liveView()
	for _, lang := range Languages() {
		var page, part bytes.Buffer
		if err := LivePage(&page, v, p, []string{"record"}, "r", lang); err != nil {
			t.Fatal(err)
		}
		if err := LiveFragment(&part, v, p, lang); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{page.String(), part.String()} {
			for _, bad := range []string{"<img", "<script>", "<b>", "style=", "onerror=\"", "act.record", "live."} {
				if bad == "live." {
					s = strings.NewReplacer("live.css", "", "live.js", "").Replace(s)
				}
				if strings.Contains(s, bad) {
					t.Errorf("%s: %q in the page", lang, bad)
				}
			}
			if !strings.Contains(s, "25") { // per cent of the bytes out not read
				t.Errorf("%s: no share of unread bytes", lang)
			}
		}
		if !strings.Contains(page.String(), `lang="`+lang+`"`) {
			t.Errorf("%s: the page does not say its language", lang)
		}
	}
}

func TestLiveTerminalFits(t *testing.T) {
	v, p := liveView()
	for _, width := range []int{40, 79, 140} {
		for _, lang := range Languages() {
			lines := LiveTerminal(v, p, Options{Lang: lang, Width: width})
			if len(lines) > 40 {
				t.Errorf("%d lines", len(lines))
			}
			for _, l := range lines {
				plain := strings.ReplaceAll(l, "\x1b[0m", "")
				if columns(plain) > width || strings.ContainsAny(plain, "\x1b\u202e") {
					t.Errorf("%s at %d: %q", lang, width, l)
				}
			}
		}
	}
}
