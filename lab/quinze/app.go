package quinze

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"github.com/constat/constat/lab/scenario"
)

//go:embed all:web
var web embed.FS

// Config says where the app's parts are and how it behaves.
type Config struct {
	Dir      string // for the database and the clips
	Switches scenario.Switches
	// Base addresses of the hosts that clients send to, "https://host" without
	// a final slash; "" is the app's own.
	Media, Log, Ads, Stats string
	// Domain of the session cookie, so that the media host gets it; "" is the
	// app's own host only.
	Domain string
}

// App is the service.
type App struct {
	cfg Config
	db  *bbolt.DB
	web http.Handler
}

// Open opens the service's database in Config.Dir, and makes it, with the clips
// that a new service shows, if there is none.
func Open(c Config) (*App, error) {
	db, err := openStore(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("quinze: %w", err)
	}
	files, err := fs.Sub(web, "web")
	if err != nil {
		return nil, err
	}
	a := &App{cfg: c, db: db, web: http.FileServerFS(files)}
	if err := a.seed(); err != nil {
		db.Close()
		return nil, fmt.Errorf("quinze: the first clips: %w", err)
	}
	return a, nil
}

// Close closes the database.
func (a *App) Close() error { return a.db.Close() }

// Handler serves the app: its pages, its API, its media, and, for clients that
// were given no other hosts, what takes events.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/settings", a.settings)
	a.accounts(mux)
	a.social(mux)
	a.media(mux)
	mux.Handle("POST /v1/events", Sink())
	mux.Handle("POST /bid", Sink())
	mux.Handle("POST /collect", Sink())
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { fail(w, errNone) })
	mux.HandleFunc("/", a.page)
	return guard(mux)
}

// Media serves the media host.
func (a *App) Media() http.Handler {
	mux := http.NewServeMux()
	a.media(mux)
	return guard(mux)
}

// guard sets what every answer has, and bounds requests.
func guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		if !strings.HasPrefix(r.URL.Path, "/upload") {
			r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		}
		h.ServeHTTP(w, r)
	})
}

// Sink takes what it is sent and forgets it: the lab's third parties.
func Sink() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cors(w, r) {
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// cors admits the app's own pages to another of its hosts. It reports whether
// the request was only the browser's question.
func cors(w http.ResponseWriter, r *http.Request) bool {
	if o := r.Header.Get("Origin"); o == "https://quinze.example" {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", o)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Allow-Headers", "content-type")
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Vary", "Origin")
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	return false
}

func (a *App) settings(w http.ResponseWriter, _ *http.Request) {
	policy := "clear"
	if a.cfg.Switches != (scenario.Switches{}) {
		policy = "ambiguous"
	}
	reply(w, http.StatusOK, map[string]any{
		"media": a.cfg.Media, "log": a.cfg.Log, "ads": a.cfg.Ads, "stats": a.cfg.Stats,
		"policy": policy, "switches": a.cfg.Switches,
	})
}

// page serves the web client. Its views have addresses of their own, which all
// are the one page.
func (a *App) page(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		fail(w, &fault{http.StatusMethodNotAllowed, "method", "", "There is nothing here but to read."})
		return
	case !utf8.ValidString(r.URL.Path):
		fail(w, errNone)
		return
	}
	if filepath.Ext(r.URL.Path) == "" {
		r = r.Clone(r.Context())
		r.URL.Path = "/"
	}
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' blob: data: https:; media-src 'self' blob: https:; connect-src 'self' https://*.example; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-cache")
	a.web.ServeHTTP(w, r)
}

// fault is an error for the user.
type fault struct {
	status  int
	Code    string `json:"error"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func (f *fault) Error() string { return f.Message }

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, err error) {
	var f *fault
	switch {
	case errors.As(err, &f):
	case errors.Is(err, errNone):
		f = &fault{http.StatusNotFound, "not-found", "", "There is nothing here."}
	default:
		f = &fault{http.StatusInternalServerError, "internal", "", "Something went wrong here."}
	}
	reply(w, f.status, f)
}

// done answers a request that has no result.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// read decodes a request's JSON.
func read[T any](r *http.Request) (v T, err error) {
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return v, &fault{http.StatusRequestEntityTooLarge, "too-large", "", "At most 1 MB."}
		}
		return v, &fault{http.StatusBadRequest, "malformed", "", "The request is no JSON of the expected form."}
	}
	return v, nil
}

// now is the time as it is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
