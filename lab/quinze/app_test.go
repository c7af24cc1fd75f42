package quinze

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/constat/constat/lab/scenario"
)

func TestOpenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := app(t, Config{Dir: dir})
	c := joins(t, a, "zelie")
	clip := c.posts("mine")
	a.Close()
	a = app(t, Config{Dir: dir})
	c.h = a.Handler()
	c.must(http.StatusOK, "GET", "/api/me", nil)
	if all := c.pages("/api/feed?limit=50", func() {}); len(all) != 5 || all[0].ID != clip.ID {
		t.Errorf("after a restart: %q", captions(all))
	}
	for _, x := range c.pages("/api/feed?limit=50", func() {}) {
		c.must(http.StatusOK, "GET", x.Video, nil)
	}
	if _, err := Open(Config{Dir: dir + "/quinze.db"}); err == nil {
		t.Error("it opens in a file")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	get := func(c Config) (got struct {
		Media, Log, Ads, Stats, Policy string
		Switches                       scenario.Switches
	}) {
		return into[struct {
			Media, Log, Ads, Stats, Policy string
			Switches                       scenario.Switches
		}](t, guest(t, app(t, c)).must(http.StatusOK, "GET", "/api/settings", nil))
	}
	c := Config{Media: "https://m.example", Log: "https://l.example", Ads: "https://a.example", Stats: "https://s.example"}
	if got := get(c); got.Policy != "clear" || got.Switches != (scenario.Switches{}) || got.Media != c.Media || got.Log != c.Log || got.Ads != c.Ads || got.Stats != c.Stats {
		t.Errorf("%+v", got)
	}
	c.Switches = scenario.Switches{KeepDiscarded: true, PreUpload: "frames"}
	if got := get(c); got.Policy != "ambiguous" || got.Switches != c.Switches {
		t.Errorf("%+v", got)
	}
}

// TestMethods: an address takes its own methods only.
func TestMethods(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	clip := c.posts("mine")
	for path, takes := range map[string][]string{
		"/api/settings": {"GET", "HEAD"}, "/api/signup": {"POST"}, "/api/signin": {"POST"}, "/api/signout": {"POST"}, "/api/consent": {"POST"},
		"/api/me": {"GET", "HEAD", "PATCH", "DELETE"}, "/api/me/export": {"GET", "HEAD"}, "/api/feed": {"GET", "HEAD"}, "/api/search": {"GET", "HEAD"},
		"/api/users/zelie": {"GET", "HEAD"}, "/api/users/zelie/clips": {"GET", "HEAD"}, "/api/users/zelie/follow": {"PUT", "DELETE"},
		"/api/clips": {"POST"}, clipPath(clip): {"DELETE"}, clipPath(clip) + "/like": {"PUT", "DELETE"}, clipPath(clip) + "/comments": {"GET", "HEAD", "POST"},
		"/api/drafts": {"POST"}, "/api/nothing": nil, "/api/": nil, "/": {"GET", "HEAD"}, "/upload": {"POST", "OPTIONS"},
		"/upload/AAAAAAAAAAAAAAAAAAAAAAAAAA": {"DELETE", "OPTIONS"}, clip.Video: {"GET", "HEAD"},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
			if slices.Contains(takes, method) {
				continue
			}
			x := c.ask(method, path, form{"password": secret, "choice": "accepted"})
			if x.status != http.StatusNotFound && x.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d %.80s", method, path, x.status, x.body)
			}
		}
	}
	if c.must(http.StatusOK, "GET", "/api/me", nil); c.sees(clip) == nil {
		t.Error("a refused method did something")
	}
	if x := into[trouble](t, c.must(http.StatusNotFound, "GET", "/api/nothing", nil)); x.Error != "not-found" || x.Message == "" {
		t.Errorf("%+v", x)
	}
}

// TestPages: the client's views are the one page; its files are themselves.
func TestPages(t *testing.T) {
	t.Parallel()
	c := guest(t, app(t, Config{}))
	home := c.must(http.StatusOK, "GET", "/", nil)
	for _, path := range []string{"/record", "/settings/privacy", "/privacy/", "/privacy"} {
		if x := c.must(http.StatusOK, "GET", path, nil); !bytes.Equal(x.body, home.body) {
			t.Errorf("%s is not the page", path)
		}
	}
	policy := home.head.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
	}
	if x := c.must(http.StatusOK, "GET", "/api.js", nil); bytes.Equal(x.body, home.body) || !strings.HasPrefix(x.head.Get("Content-Type"), "text/javascript") {
		t.Errorf("/api.js is %s", x.head.Get("Content-Type"))
	}
	for _, path := range []string{"/nothing.js", "/web/api.js", "/app.go", "/..%2fapp.go", "/%2e%2e/app.go", "/%ff.js", "/a%00.js", "/quinze.db", "/objects/x.webm"} {
		if x := c.ask("GET", path, nil); x.status != http.StatusNotFound && x.status/100 != 3 {
			t.Errorf("%s: %d %.60q", path, x.status, x.body)
		}
	}
	for _, path := range []string{"/", "/api/settings", "/api/nothing", "/api.js"} {
		if x := c.ask("GET", path, nil); x.head.Get("X-Content-Type-Options") != "nosniff" || x.head.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, x.head)
		}
	}
	if x := c.ask("GET", "/api/settings", nil); x.head.Get("Cache-Control") != "no-store" || x.head.Get("Content-Type") != "application/json" {
		t.Errorf("%v", x.head)
	}
}

// TestOtherOrigins: the app's own pages may use its media host and what takes
// events; no other page may read an answer of any host.
func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	media, sink := guest(t, a), guest(t, a)
	media.h, sink.h = a.Media(), Sink()
	object := media.uploads("a file")
	for _, r := range []struct {
		c            *client
		method, path string
		status       int
	}{
		{media, "OPTIONS", "/upload", 204}, {media, "OPTIONS", "/upload/" + object, 204}, {media, "POST", "/upload", 201}, {media, "GET", "/media/" + object, 200},
		{media, "GET", "/media/nothing", 404}, {media, "DELETE", "/upload/nothing", 404},
		{sink, "OPTIONS", "/v1/events", 204}, {sink, "POST", "/v1/events", 204}, {sink, "GET", "/v1/config", 204},
	} {
		x := r.c.must(r.status, r.method, r.path, "{}", "Origin", "https://quinze.example")
		if h := x.head; h.Get("Access-Control-Allow-Origin") != "https://quinze.example" || h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Vary") != "Origin" {
			t.Errorf("%s %s: %v", r.method, r.path, h)
		}
		for _, origin := range []string{"", "null", "https://evil.example", "http://quinze.example", "https://quinze.example.evil.test", "https://quinze.example:444", "*"} {
			x := r.c.must(r.status, r.method, r.path, "{}", "Origin", origin)
			for name := range x.head {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("%s %s from %q: %v", r.method, r.path, origin, x.head)
				}
			}
		}
	}
	// Nobody else's page reads the API, though its own page sends the cookie.
	c := joins(t, a, "zelie")
	for _, path := range []string{"/api/me", "/api/me/export", "/api/feed"} {
		for _, origin := range []string{"https://evil.example", "https://quinze.example"} {
			if x := c.must(http.StatusOK, "GET", path, nil, "Origin", origin); x.head.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s from %s: %v", path, origin, x.head)
			}
		}
	}
	// The media host has nothing but media.
	for _, path := range []string{"/", "/api/settings", "/api/me", "/app.js"} {
		media.must(http.StatusNotFound, "GET", path, nil)
	}
}

// requests are all that have a body that is read as JSON.
func requests(clip clipRow) map[string][2]string {
	return map[string][2]string{
		"sign-up": {"POST", "/api/signup"}, "sign-in": {"POST", "/api/signin"}, "consent": {"POST", "/api/consent"}, "edit": {"PATCH", "/api/me"},
		"remove": {"DELETE", "/api/me"}, "post": {"POST", "/api/clips"}, "comment": {"POST", clipPath(clip) + "/comments"}, "draft": {"POST", "/api/drafts"},
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	for name, r := range requests(c.posts("mine")) {
		for what, body := range map[string]string{
			"nothing": "", "no JSON": "username=zelie", "cut": `{"username":"zel`, "an array": "[]", "a string": `"x"`, "deep": strings.Repeat(`{"a":`, 100000),
			"other types": `{"username":1,"login":1,"choice":1,"name":1,"password":1,"object":1,"text":1}`,
		} {
			if x := into[trouble](t, c.must(http.StatusBadRequest, r[0], r[1], body)); x.Error != "malformed" {
				t.Errorf("%s, %s: %+v", name, what, x)
			}
		}
		large := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
		if x := into[trouble](t, c.must(http.StatusRequestEntityTooLarge, r[0], r[1], large)); x.Error != "too-large" {
			t.Errorf("%s, 1 MB: %+v", name, x)
		}
	}
	c.must(http.StatusOK, "GET", "/api/me", nil)
}

// TestInvalidText: what is no UTF-8 is stored and shown as UTF-8.
func TestInvalidText(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	clip := into[struct{ Clip clipRow }](t, c.must(http.StatusCreated, "POST", "/api/clips", "{\"object\":\""+c.uploads("x")+"\",\"caption\":\"a\xff\xc3(\x80b\\ud800\\u0000\"}")).Clip
	if want := "a\ufffd\ufffd(\ufffdb\ufffd\x00"; clip.Caption != want {
		t.Errorf("caption %q", clip.Caption)
	}
	c.must(http.StatusCreated, "POST", clipPath(clip)+"/comments", "{\"text\":\"\xf0\x9f<script>\"}")
	c.must(http.StatusOK, "PATCH", "/api/me", "{\"name\":\"\xff\",\"bio\":\"\xed\xa0\x80\"}")
	for _, path := range []string{"/api/feed", clipPath(clip) + "/comments", "/api/me", "/api/me/export", "/api/users/%ff", "/api/users/zelie/clips?before=%ff", "/api/search?q=%ff%00"} {
		x := c.ask("GET", path, nil)
		if !utf8.Valid(x.body) || !json.Valid(x.body) || x.status >= 500 {
			t.Errorf("%s: %d %q", path, x.status, x.body)
		}
		if bytes.Contains(x.body, []byte("<script")) {
			t.Errorf("%s: a tag stands in JSON: %s", path, x.body)
		}
	}
}
