package main

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/report"
)

// TestRecordedApps: what PCAPdroid and Apple's packet tap recorded of the test
// app's traffic is another's if another app is looked into, and its own by each of
// the names that it goes by.
func TestRecordedApps(t *testing.T) {
	for _, c := range []struct {
		file, app string
		names     []string
		whose     string // subject, open and other flows
	}{
		{"pcapdroid-pcapng.pcapng.zst", "test.quinze.app", nil, "3 0 0"},
		{"pcapdroid-pcapng.pcapng.zst", "com.example.other", nil, "0 0 3"},
		{"pcapdroid-pcapng.pcapng.zst", "Quinze", nil, "0 3 0"}, // a package, and a name on the screen
		{"pcapdroid.pcap.zst", "test.quinze.app", nil, "0 2 0"},
		{"pcapdroid.pcap.zst", "test.quinze.app", []string{"Quinze"}, "2 0 0"},
		{"pcapdroid.pcap.zst", "test.other.app", []string{"Autre"}, "0 0 2"},
		{"link-pktap.pcap.zst", "QuinzeKit", nil, "2 0 0"},
		{"link-pktap.pcap.zst", "Autre", nil, "0 2 0"}, // one process on behalf of another: nothing is sure
	} {
		doc := auditRecorded(t, filepath.Join("packets", c.file), audit.Options{App: c.app, AppNames: c.names})
		a := doc.Attribution
		if got := fmt.Sprint(a.Flows, a.Open, a.Others); got != c.whose {
			t.Errorf("%s as %s %v: %s, want %s: %+v", c.file, c.app, c.names, got, c.whose, a.Apps)
		}
	}
}

// TestNoFalseAttribution: tools and proxies that do not tell of apps, and clients
// that send no app's name: no flow is another app's.
func TestNoFalseAttribution(t *testing.T) {
	for _, name := range append([]string{"record/benign/benign.mitm.zst"}, recorded...) {
		doc := auditRecorded(t, name, audit.Options{App: "com.example.quinze", Fast: true})
		if a := doc.Attribution; a == nil || a.Others > 0 || a.Open > 0 || a.Flows == 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// TestBeats: a capture says again and again that it works, and its log tells; that
// is no trial and nobody's traffic.
func TestBeats(t *testing.T) {
	if testing.Short() {
		t.Skip("captures")
	}
	l, err := openLab(filepath.Join(t.TempDir(), "run"), "benign", 5)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.pulse = 20 * time.Millisecond
	if err := l.record(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	c, err := capture.Open(l.capture(), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	beats := 0
	for f, err := range c.Flows() {
		if err != nil {
			t.Fatal(err)
		}
		if f.Control != nil && f.Control.Kind == flow.Beat {
			beats++
			if f.Response == nil || f.Response.Status != http.StatusNoContent {
				t.Errorf("%+v", f.Response)
			}
		}
	}
	if beats == 0 {
		t.Error("no beat in the log")
	}
	flags := l.auditFlags()
	doc, err := flags.conduct(t.Context(), []string{l.capture()})
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Transfers.Close()
	if len(doc.Controls) != 2 {
		t.Errorf("controls: %+v", doc.Controls)
	}
	for _, h := range doc.Coverage {
		if strings.Contains(h.Host, "constat") {
			t.Errorf("%s counts as traffic", h.Host)
		}
	}
	idle := map[string]float64{}
	for _, x := range doc.Idle {
		idle[x.State] += x.Proven
	}
	if idle["swiped"] <= 0 || idle["screen-off"] <= 0 || idle["background"] <= 0 {
		t.Errorf("%+v", doc.Idle)
	}
	if doc.Attribution != nil && (doc.Attribution.Others > 0 || doc.Attribution.Open > 0 || doc.Attribution.Several) {
		t.Errorf("%+v", doc.Attribution)
	}
}

// TestStatedWhenRecorded: the app that was named when a capture was recorded is the
// one that is looked into, unless another is named now; two captures that differ
// need an answer.
func TestStatedWhenRecorded(t *testing.T) {
	record := func(app string) *capture.Capture {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "log")
		l, err := evidence.Create(dir, evidence.Config{Name: "test", Begin: struct{}{}})
		if err != nil {
			t.Fatal(err)
		}
		if app != "" {
			if err := evidence.NewWriter(l).StateApp(app); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.End(struct{}{}); err != nil {
			t.Fatal(err)
		}
		c, err := capture.Open(dir, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	video, other, unsaid := record("com.example.video,Video"), record("com.example.other"), record("")
	for _, c := range []struct {
		now      string
		captures []*capture.Capture
		want     string
		err      bool
	}{
		{"", []*capture.Capture{unsaid}, " []", false},
		{"", []*capture.Capture{unsaid, video}, "com.example.video [Video]", false},
		{"com.example.third", []*capture.Capture{video, other}, "com.example.third []", false},
		{"", []*capture.Capture{video, other}, "", true},
	} {
		opt := audit.Options{App: c.now}
		err := stated(&opt, c.captures)
		if got := fmt.Sprint(opt.App, opt.AppNames); (err != nil) != c.err || err == nil && got != strings.Replace(c.want, " [", "[", 1) {
			t.Errorf("%q, %d captures: %q %v", c.now, len(c.captures), got, err)
		}
		if said := opt.App == "com.example.video"; err == nil && said == opt.AppSaid.IsZero() {
			t.Errorf("%q: said %s", opt.App, opt.AppSaid)
		}
	}
}

// inMemory is a capture of a phone.
type inMemory []*flow.Flow

func (s inMemory) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		for _, f := range s {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (s inMemory) Describe() audit.Input {
	return audit.Input{Path: "phone.pcapng", Format: "pcap", SHA256: strings.Repeat("0", 64)}
}

// TestReportIsOfOneApp: what another app of the phone sent, and what may be its, is
// in no figure, list and picture of the one that is looked into, but apart.
func TestReportIsOfOneApp(t *testing.T) {
	dawn := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	var phone inMemory
	send := func(at float64, host, app, body string) {
		f := &flow.Flow{Kind: flow.HTTP, Protocol: "HTTP/2", Index: len(phone)}
		f.Timing.Start = dawn.Add(time.Duration(at * float64(time.Second)))
		f.Timing.Sent, f.Timing.End = f.Timing.Start.Add(10*time.Millisecond), f.Timing.Start.Add(90*time.Millisecond)
		f.Request = &flow.Request{Method: "POST", Host: host, URL: "https://" + host + "/collect", Headers: []flow.Field{{Name: "content-type", Value: "application/json"}}, Body: flow.Body{Kept: true, Data: []byte(body), Size: int64(len(body))}}
		f.App = &flow.App{ID: app, Source: "pcapdroid uid map, uid 10215"}
		phone = append(phone, f)
	}
	const mail, number, sample = `{"email":"camille.ferrand.7q2x@courriel.test"}`, `{"phone":"+33639981234"}`, `{"email":"user@example.com"}`
	send(0, "log.video-app.example", "com.example.video", mail)
	for i := range 40 {
		send(1+.1*float64(i), "ads.game-app.example", "com.example.game", number)
		send(1+.1*float64(i), "ads.game-app.example", "com.example.game", sample)
	}
	send(6, "api.shared-service.example", "com.google.android.gms", number)
	send(30, "log.video-app.example", "com.example.video", mail)
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	who, err := persona.Parse(strings.NewReader("[[value]]\ntype = \"contact.email\"\nvalue = \"camille.ferrand.7q2x@courriel.test\"\n[[value]]\ntype = \"contact.phone\"\nvalue = \"+33639981234\"\n"), "p.toml")
	if err != nil {
		t.Fatal(err)
	}
	conduct := func(app string) *audit.Document {
		t.Helper()
		doc, err := audit.Conduct(t.Context(), []audit.Capture{phone}, audit.Options{App: app, Book: book, Persona: who})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { doc.Transfers.Close() })
		return doc
	}
	doc := conduct("com.example.video")
	if h := doc.Headline; h.Total.Items != 2 || h.Worst15.Items != 1 || h.Open == nil || h.Open.Items != 1 || h.Others == nil || h.Others.Items != 40 {
		t.Errorf("%+v, open %+v, others %+v", h, h.Open, h.Others)
	}
	for lang, words := range map[string]struct{ open, others, refuted string }{
		"en": {"What may be the app’s, or another’s", "What other apps sent", "40 times in what surely is"},
		"fr": {"Ce qui vient peut-être de l’app, peut-être d’une autre", "Ce que d’autres apps ont envoyé", "40 fois dans ce qui en vient sûrement"},
	} {
		var page, text bytes.Buffer
		if err := report.HTML(&page, doc, report.Options{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		if err := report.Terminal(&text, doc, report.Options{Lang: lang, Width: 120}); err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("CONSTAT_SCREENSHOTS"); dir != "" {
			os.WriteFile(filepath.Join(dir, "apps-"+lang+".html"), page.Bytes(), 0o644)
		}
		for form, s := range map[string]string{"page": page.String(), "terminal": text.String()} {
			own, rest, ok := strings.Cut(s, words.open)
			maybe, rest, also := strings.Cut(rest, words.others)
			if !ok || !also {
				t.Errorf("%s %s has no part for what is not the app's", lang, form)
				continue
			}
			for _, other := range []string{"game-app", "shared-service", "com.example.game"} {
				if strings.Contains(own, other) {
					t.Errorf("%s %s: %s stands among what is the app's", lang, form, other)
				}
			}
			if !strings.Contains(maybe, "shared-service") || strings.Contains(maybe, "game-app") || !strings.Contains(rest, "game-app") {
				t.Errorf("%s %s: may be the app's: %s", lang, form, maybe)
			}
			if !strings.Contains(strings.Join(strings.Fields(s), " "), words.refuted) {
				t.Errorf("%s %s does not say how often something was refuted elsewhere", lang, form)
			}
		}
	}
	// Of an app that is not in the capture nothing is said, also not that it sends nothing.
	unmet := conduct("com.example.absent")
	var text bytes.Buffer
	if err := report.Terminal(&text, unmet, report.Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	if s := text.String(); unmet.Headline.Total.Items != 0 || strings.Contains(s, "at a coverage of") {
		t.Errorf("%s", s)
	}
	if err := (&auditFlags{minCoverage: 50}).verdict(conduct("com.example.absent")); err == nil {
		t.Error("of an app that is not there, enough was read")
	}
}
