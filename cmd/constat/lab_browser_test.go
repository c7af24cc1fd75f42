package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/lab/browser"
)

// portrait is where test.sh puts the picture of a face: a NASA portrait in the
// public domain, from Debian's python3-skimage.
const portrait = "constat-test/astronaut.png"

// faceVideo makes what the camera sees: a face that moves, as a sequence of
// JPEG pictures, which Chromium's fake camera plays.
func faceVideo(t *testing.T, path string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	f, err := os.Open(filepath.Join(cache, portrait))
	if err != nil {
		t.Skipf("no picture of a face: %v (test.sh fetches it)", err)
	}
	defer f.Close()
	face, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for i := range 30 {
		frame := image.NewRGBA(image.Rect(0, 0, 320, 320))
		draw.Draw(frame, frame.Rect, face, image.Pt(70+i%15, 0), draw.Src)
		if err := jpeg.Encode(&b, frame, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLabBrowser has Chromium, whose camera shows a face, record a clip, go on
// and throw it away. In the scenario that says so the clip has left by then;
// in the benign one it has not; and the audit tells which.
func TestLabBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	if _, err := findBrowser(); err != nil {
		t.Skip(err)
	}
	video := filepath.Join(t.TempDir(), "face.mjpeg")
	faceVideo(t, video)
	for name, want := range map[string]bool{"C02": true, "benign": false} {
		t.Run(name, func(t *testing.T) {
			doc, next, discard := playDiscard(t, name, video)
			left := false
			for x, err := range doc.Transferred() {
				if err != nil {
					t.Fatal(err)
				}
				if x.DataType != "content.media" {
					continue
				}
				t.Logf("%s to %s, %s after Next", x.Detail, x.Recipient.Host, x.Time.Sub(next))
				if x.Recipient.Host == "media.quinze.example" && x.Time.After(next) && x.Time.Before(discard) {
					left = true
				} else {
					t.Errorf("media at another moment: %+v", x)
				}
			}
			if left != want {
				t.Errorf("a clip left between Next and Discard: %v, want %v", left, want)
			}
		})
	}
}

// playDiscard plays the script and audits it.
func playDiscard(t *testing.T, name, video string) (doc *audit.Document, next, discard time.Time) {
	l, err := openLab(filepath.Join(t.TempDir(), "run"), name, 15)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := probe.Addr().(*net.TCPAddr).Port
	probe.Close()
	t.Setenv("TMPDIR", t.TempDir())
	r := l.recording()
	r.o.browser, r.o.url = true, "https://quinze.example/"
	r.browserArgs = []string{
		fmt.Sprint("--remote-debugging-port=", port), "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
		"--use-file-for-fake-video-capture=" + video, "--autoplay-policy=no-user-gesture-required", "--lang=en",
	}
	shots := os.Getenv("CONSTAT_SCREENSHOTS")
	r.play = func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
		defer cancel()
		p, err := browser.Open(ctx, port)
		if err != nil {
			return err
		}
		defer p.Close()
		if err := p.Size(ctx, 390, 844); err != nil {
			return err
		}
		shot := func(what string) {
			if b, err := p.Screenshot(ctx); err == nil && shots != "" && name == "C02" {
				os.WriteFile(filepath.Join(shots, "quinze-"+what+".jpg"), b, 0o644)
			}
		}
		for _, s := range []struct {
			tap, act, shot string
			wait           time.Duration
		}{
			{"consent-accept", "consent-accept", "feed", time.Second},
			{"nav-record", "", "", time.Second},
			{"record-start", "record", "record", 2500 * time.Millisecond},
			{"record-stop", "", "preview", time.Second},
			{"preview-next", "next", "compose", 1500 * time.Millisecond},
			{"compose-discard", "discard", "", 1500 * time.Millisecond},
		} {
			if err := p.Wait(ctx, s.tap); err != nil {
				return err
			}
			if s.act != "" {
				r.mark(evidence.Mark{Act: s.act, By: "lab"})
			}
			switch s.act {
			case "next":
				next = time.Now()
			case "discard":
				discard = time.Now()
			}
			if err := p.Tap(ctx, s.tap); err != nil {
				return err
			}
			time.Sleep(s.wait)
			if s.shot != "" {
				shot(s.shot)
			}
		}
		return nil
	}
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := l.auditFlags()
	if doc, err = a.conduct(t.Context(), []string{l.capture()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { doc.Transfers.Close() })
	return doc, next, discard
}
