package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
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
