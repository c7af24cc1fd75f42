package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/constat/constat/evidence"
)

func TestSetup(t *testing.T) {
	marked := ""
	s := Setup{PEM: []byte("the certificate"), Fingerprint: "AA BB", Listen: "127.0.0.1:8080", Mark: func(m evidence.Mark) error { marked = m.Act + "/" + m.Note; return nil }}
	get := func(path, lang string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	for lang, want := range map[string]string{"en-GB,en;q=0.9": "Set up this device", "fr-FR": "Préparer cet appareil", "": "Set up this device"} {
		if w := get("/", lang); w.Code != 200 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), "AA BB") || strings.Contains(w.Body.String(), "<no value>") {
			t.Errorf("%s: %d %.300s", lang, w.Code, w.Body)
		}
	}
	if w := get("/constat-ca.crt", ""); w.Body.String() != "the certificate" || w.Header().Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	if w := get("/other", ""); w.Code != 404 {
		t.Errorf("another path: %d", w.Code)
	}
	post := func(change func(*http.Request)) int {
		r := httptest.NewRequest("POST", "/moment", strings.NewReader(`{"act":"post","note":"n"}`))
		r.Host, r.RemoteAddr = s.Listen, "127.0.0.1:5555"
		r.Header.Set("Content-Type", "application/json")
		change(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	for name, change := range map[string]func(*http.Request){
		"another machine": func(r *http.Request) { r.RemoteAddr = "192.0.2.7:5555" },
		"a page":          func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") },
		"a page's fetch":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"another name":    func(r *http.Request) { r.Host = "constat.local" },
	} {
		if code := post(change); code != 403 || marked != "" {
			t.Errorf("%s: %d %s", name, code, marked)
		}
	}
	if code := post(func(*http.Request) {}); code != 204 || marked != "post/n" {
		t.Errorf("%d %s", code, marked)
	}
}
