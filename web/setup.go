package web

import (
	"embed"
	"html/template"
	"net"
	"net/http"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/evidence"
)

// Setup serves the page that a device opens through the proxy to be set up:
// the authority's certificate, and the steps for each system, in the language
// that the device asks for.
type Setup struct {
	PEM         []byte // of the authority
	Fingerprint string

	// Mark records an act that a program on this machine posts to /moment of
	// Listen, the proxy's address. A web page there could not: browsers say
	// where a request comes from, and such requests are refused.
	Mark   func(evidence.Mark) error
	Listen string
}

//go:embed setup.html setup-en.toml setup-fr.toml
var setupFiles embed.FS

var setupPage = template.Must(template.ParseFS(setupFiles, "setup.html"))

func (s Setup) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	switch r.URL.Path {
	case "/moment":
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() || r.Host != s.Listen || r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
			http.Error(w, "moments are marked by programs on the capturing machine, or on the live page", http.StatusForbidden)
			return
		}
		moment(w, r, "http", s.Mark)
	case "/constat-ca.crt", "/constat-ca.pem":
		h.Set("Content-Type", "application/x-x509-ca-cert")
		h.Set("Content-Disposition", `attachment; filename="`+r.URL.Path[1:]+`"`)
		w.Write(s.PEM)
	case "/":
		lang := "en"
		if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "fr") {
			lang = "fr"
		}
		var text map[string]any
		if _, err := toml.DecodeFS(setupFiles, "setup-"+lang+".toml", &text); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		setupPage.Execute(w, map[string]any{"Lang": lang, "T": text, "Fingerprint": s.Fingerprint})
	default:
		http.NotFound(w, r)
	}
}
