package quinze

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRequest sends anything to any address, signed in and as a guest: no
// request is answered by a panic or an inner error, what is said to be JSON is,
// and the signed-in user is still there.
func FuzzRequest(f *testing.F) {
	a := app(f, Config{})
	c := joins(f, a, "zelie")
	clip := c.posts("mine")
	for _, r := range requests(clip) {
		for _, body := range []string{
			`{}`, `{"object":"` + strings.TrimPrefix(clip.Video, "/media/") + `","caption":"x","duration":1e300}`, `{"text":"\ud800","choice":"refused"}`,
			`{"name":null,"bio":"` + "\xff" + `"}`, `{"username":"abc","email":"a@b.example","password":"0123456789"}`,
		} {
			f.Add(r[0], r[1], "limit=5", []byte(body))
		}
	}
	for _, path := range []string{"/", "/api/feed", "/api/search", "/api/users/zelie/clips", clipPath(clip) + "/comments", clip.Video, "/upload/" + "A", "/\xff.js", "/api.js/", "//"} {
		f.Add("GET", path, "q=%ff&before=18446744073709551615&limit=-1", []byte(nil))
	}
	f.Add("DELETE", clipPath(clip)+"/like", "", []byte(nil))
	f.Add("PUT", "/api/users/atelier.marges/follow", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query string, body []byte) {
		for _, signedIn := range []bool{false, true} {
			r, err := http.NewRequest(method, "https://quinze.example/", strings.NewReader(string(body)))
			if err != nil || strings.Contains(string(body), secret) {
				t.Skip()
			}
			r.URL = &url.URL{Path: path, RawQuery: query}
			if signedIn {
				r.AddCookie(c.cookies[cookieName])
			}
			w := httptest.NewRecorder()
			c.h.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
			}
			if b := w.Body.Bytes(); strings.Contains(w.Header().Get("Content-Type"), "json") && method != "HEAD" && (!json.Valid(b) || !utf8.Valid(b)) {
				t.Errorf("%s %q: %q", method, path, b)
			}
		}
		// Signing out is the one thing that may end her session.
		if method != "POST" {
			(&client{t: t, h: c.h, cookies: c.cookies}).must(http.StatusOK, "GET", "/api/me", nil)
		}
	})
}
