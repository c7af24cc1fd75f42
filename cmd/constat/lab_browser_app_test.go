package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/constat/constat/lab/browser"
	"github.com/constat/constat/lab/quinze"
	"github.com/constat/constat/lab/scenario"
)

// hand is a person before the app: it waits until what it looks for is there,
// is still, and is covered by nothing, and then presses the mouse on it.
type hand struct {
	*browser.Page
	t     *testing.T
	ctx   context.Context // the browser's life, somewhat longer than patience
	tired <-chan struct{} // closed when patience is at its end
}

// sees waits until a JavaScript expression is true.
func (h hand) sees(what, js string) {
	h.t.Helper()
	for {
		var yes bool
		if err := h.Eval(h.ctx, "!!("+js+")", &yes); err != nil {
			h.t.Fatalf("%s: %v", what, err)
		}
		if yes {
			return
		}
		select {
		case <-h.tired:
			h.shot("failed")
			h.t.Fatalf("never saw %s: %s\nthe page has %s", what, js, h.state())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// state is where the page is and what its videos do, for a failure to tell.
func (h hand) state() (state string) {
	js := `JSON.stringify([location.hash, document.elementFromPoint(195, 300)?.outerHTML.slice(0, 200), ...[...document.querySelectorAll('video')].map((v) =>
		({src: v.src, at: v.currentTime, paused: v.paused, ready: v.readyState, network: v.networkState, error: v.error?.message, top: v.getBoundingClientRect().top}))])`
	if err := h.Eval(h.ctx, js, &state); err != nil {
		return err.Error()
	}
	return state
}

// does presses what has these data-testids, one after the other.
func (h hand) does(testids ...string) {
	h.t.Helper()
	for _, id := range testids {
		js := fmt.Sprintf(`(async () => {
			const e = document.querySelector('[data-testid=%q]');
			if (!e || e.disabled || document.getAnimations().some((a) => a.effect.target.contains(e))) return null; // a sheet that is about to slide in is still for a moment
			e.scrollIntoView({block: 'nearest', behavior: 'instant'});
			const a = e.getBoundingClientRect();
			await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
			const b = e.getBoundingClientRect(), x = b.x + b.width / 2, y = b.y + b.height / 2;
			return a.x === b.x && a.y === b.y && e.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
		})()`, id)
		var at []float64
		for len(at) == 0 {
			if err := h.Eval(h.ctx, js, &at); err != nil {
				h.t.Fatalf("%s: %v", id, err)
			}
			select {
			case <-h.tired:
				h.shot("failed")
				h.t.Fatalf("could not press %s", id)
			case <-time.After(20 * time.Millisecond):
			}
		}
		for _, what := range []string{"mousePressed", "mouseReleased"} {
			if err := h.Call(h.ctx, "Input.dispatchMouseEvent", map[string]any{"type": what, "x": at[0], "y": at[1], "button": "left", "clickCount": 1}, nil); err != nil {
				h.t.Fatalf("%s: %v", id, err)
			}
		}
	}
}

// types presses a field and types into it.
func (h hand) types(testid, text string) {
	h.t.Helper()
	h.does(testid)
	if err := h.Type(h.ctx, testid, text); err != nil {
		h.t.Fatal(err)
	}
}

// shot saves what there is to see as quinze-WHAT.jpg, if CONSTAT_SCREENSHOTS
// says where.
func (h hand) shot(what string) {
	dir := os.Getenv("CONSTAT_SCREENSHOTS")
	if dir == "" {
		return
	}
	if b, err := h.Screenshot(h.ctx); err == nil {
		os.WriteFile(filepath.Join(dir, "quinze-"+what+".jpg"), b, 0o644)
	}
}

// openApp serves the benign app and opens it in Chromium, on a phone's screen.
func openApp(t *testing.T) (h hand, base, downloads string) {
	t.Helper()
	path, err := findBrowser()
	if err != nil {
		t.Skip(err)
	}
	s, err := scenario.Load("benign")
	if err != nil {
		t.Fatal(err)
	}
	app, err := quinze.Open(quinze.Config{Dir: t.TempDir(), Switches: s.Switch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	srv := httptest.NewServer(app.Handler())
	t.Cleanup(srv.Close)

	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := probe.Addr().(*net.TCPAddr).Port
	probe.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second)
	t.Cleanup(cancel)
	patience, stop := context.WithTimeout(ctx, 60*time.Second)
	t.Cleanup(stop)
	profile, err := os.MkdirTemp("", "constat-app-*") // Chromium may still write when it ends: t.TempDir would complain
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) })
	cmd := exec.CommandContext(ctx, path, "--headless=new", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage", "--mute-audio",
		"--user-data-dir="+profile, fmt.Sprint("--remote-debugging-port=", port), "--lang=en", "--accept-lang=en",
		"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "about:blank")
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	page, err := browser.Open(ctx, port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(page.Close)
	downloads = t.TempDir()
	for method, params := range map[string]any{
		"Browser.setDownloadBehavior": map[string]any{"behavior": "allow", "downloadPath": downloads},
		"Page.navigate":               map[string]any{"url": srv.URL},
	} {
		if err := page.Call(ctx, method, params, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := page.Size(ctx, 390, 844); err != nil {
		t.Fatal(err)
	}
	return hand{page, t, ctx, patience.Done()}, srv.URL, downloads
}

// ask is a stranger's GET of the app's API.
func ask[T any](t *testing.T, url string) (v T, status int) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
			t.Fatal(err)
		}
	}
	return v, res.StatusCode
}

type feedPage struct {
	Clips []struct {
		ID, Caption, Video string
		Likes, Comments    int
	}
}

// TestLabApp lives a short life in the app by hand: consent, an account, a clip
// that others see, a like and a comment, one's data, and the account's end,
// after which nothing of it is there.
func TestLabApp(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	h, base, downloads := openApp(t)
	const (
		name     = "lune.test"
		password = "short, then longer"
		caption  = "The moon over the harbour"
	)

	// The first clip of the feed is the one in view, and it plays.
	before, _ := ask[feedPage](t, base+"/api/feed")
	if len(before.Clips) < 2 {
		t.Fatalf("a new service shows %d clips", len(before.Clips))
	}
	inView := func(id string) string {
		return fmt.Sprintf(`(c => c && c.dataset.clip === %q && c === document.querySelector('.clip') && c.querySelector('video').currentTime > 0)(document.elementFromPoint(195, 300)?.closest('.clip'))`, id)
	}
	h.does("consent-refuse")
	h.sees("the first clip of the feed", inView(before.Clips[0].ID))

	// An account: what the form says is wrong, is said where it is.
	h.does("like")
	h.sees("that one must sign in", `location.hash === '#/signin'`)
	h.does("go-signup")
	h.types("signup-username", name)
	h.types("signup-email", "lune@mail.example")
	h.types("signup-password", "short")
	h.does("signup-submit")
	h.sees("that the password is too short", `document.activeElement.id === 'signup-password' && /10/.test(document.getElementById('signup-password-note').textContent)`)
	h.shot("signup")
	h.types("signup-password", password[len("short"):])
	h.does("signup-submit")
	h.sees("the clip that was to be liked", inView(before.Clips[0].ID))

	// A clip.
	h.does("nav-record", "record-start")
	h.sees("two seconds go by", `Number(document.querySelector('.record-clock').textContent) <= 13`)
	h.does("record-stop", "preview-next")
	h.types("compose-caption", caption)
	h.does("compose-post")
	h.sees("the new clip first", fmt.Sprintf(`document.querySelector('.clip p')?.textContent === %q`, caption))
	feed, _ := ask[feedPage](t, base+"/api/feed")
	if len(feed.Clips) == 0 || feed.Clips[0].Caption != caption {
		t.Fatalf("others see first: %+v", feed.Clips)
	}
	mine := feed.Clips[0]
	h.sees("it plays", inView(mine.ID))

	// What people think of it.
	h.does("like")
	h.sees("a like", `document.querySelector('[data-testid=like] .n').textContent === '1'`)
	h.does("comment-open")
	h.types("comment-text", "Fifteen seconds well spent.")
	h.does("comment-send")
	h.sees("the comment", `document.querySelector('[data-testid=comment] p')?.textContent === 'Fifteen seconds well spent.'`)
	h.shot("comments")
	h.does("comment-close")
	h.sees("a comment counted", `document.querySelector('[data-testid=comment-open] .n').textContent === '1'`)
	if feed, _ = ask[feedPage](t, base+"/api/feed"); feed.Clips[0].Likes != 1 || feed.Clips[0].Comments != 1 {
		t.Errorf("others see %+v, want a like and a comment", feed.Clips[0])
	}

	// One's data.
	h.does("nav-me")
	h.sees("the clip among one's own", `document.querySelector('[data-testid=tile] video')?.readyState >= 2`)
	h.shot("profile")
	h.does("go-settings", "export")
	var export struct {
		Account         struct{ Username, Email, Password string }
		Clips           []struct{ Caption string }
		Likes, Comments []any
	}
	for file := filepath.Join(downloads, "quinze.json"); ; {
		if b, err := os.ReadFile(file); err == nil && json.Unmarshal(b, &export) == nil {
			break
		}
		select {
		case <-h.tired:
			t.Fatal("the export was not downloaded")
		case <-time.After(50 * time.Millisecond):
		}
	}
	if export.Account.Username != name || export.Account.Email != "lune@mail.example" || export.Account.Password == password ||
		len(export.Clips) != 1 || export.Clips[0].Caption != caption || len(export.Likes) != 1 || len(export.Comments) != 1 {
		t.Errorf("the export is not whole: %+v", export)
	}
	h.shot("settings")

	// The end of it.
	h.does("delete-account")
	h.types("delete-password", password)
	h.does("delete-confirm")
	h.sees("the feed as it was", inView(before.Clips[0].ID))
	if feed, _ = ask[feedPage](t, base+"/api/feed"); len(feed.Clips) != len(before.Clips) {
		t.Errorf("%d clips after the account's end, want %d", len(feed.Clips), len(before.Clips))
	}
	for _, path := range []string{"/api/users/" + name, mine.Video} {
		if _, status := ask[struct{}](t, base+path); status != http.StatusNotFound {
			t.Errorf("%s: %d after the account's end", path, status)
		}
	}
	h.does("nav-me", "go-signin")
	h.types("signin-login", name)
	h.types("signin-password", password)
	h.does("signin-submit")
	h.sees("that there is no such account", `document.querySelector('[data-testid=signin-error]').textContent !== ''`)
}
