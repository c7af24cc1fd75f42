// Package web serves the live page of a capture on this machine.
//
// What it shows is somebody's traffic, so: it listens on loopback, every URL
// begins with a token of 128 random bits, a request that names another host in
// its Host or Origin field is refused (a page elsewhere cannot reach it by DNS
// rebinding), and the page may run no script but its own and ask nobody else
// (Content-Security-Policy). It renders what package report makes; values are
// masked before they come here.
package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/report"
)

// Live is what a live page shows and does.
type Live struct {
	// Page writes the whole page, Fragment the part that changes.
	Page, Fragment func(*bytes.Buffer) error
	// Mark records an act of the subject. Its error is the client's fault.
	Mark func(evidence.Mark) error
}

// Server serves a live page.
type Server struct {
	live    Live
	token   string
	hosts   []string // that a request may name
	server  *http.Server
	l       net.Listener
	viewers atomic.Int32
	stop    context.CancelFunc
}

const (
	refresh    = 500 * time.Millisecond
	maxViewers = 16
	maxForm    = 8 << 10
)

// Serve begins to serve on addr, which must be of loopback.
func Serve(addr string, live Live) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	a := l.Addr().(*net.TCPAddr)
	if !a.IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("the live page shows what is captured: it is served on loopback only, not on %s", a.IP)
	}
	var token [16]byte
	rand.Read(token[:])
	s := &Server{live: live, token: hex.EncodeToString(token[:]), l: l}
	for _, h := range []string{"127.0.0.1", "localhost", "[::1]"} {
		s.hosts = append(s.hosts, fmt.Sprintf("%s:%d", h, a.Port))
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.server = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	go s.server.Serve(l)
	return s, nil
}

// URL is where the page is.
func (s *Server) URL() string { return fmt.Sprintf("http://%s/%s/", s.l.Addr(), s.token) }

// Close stops serving.
func (s *Server) Close() error {
	s.stop()
	return s.server.Close()
}

func (s *Server) ours(host string) bool {
	for _, h := range s.hosts {
		if strings.EqualFold(host, h) {
			return true
		}
	}
	return false
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP answers requests for the page and what it needs.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if o := r.Header.Get("Origin"); !s.ours(r.Host) || o != "" && !s.ours(strings.TrimPrefix(o, "http://")) {
		http.Error(w, "this page is for this machine", http.StatusForbidden)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/"+s.token+"/")
	if !ok {
		http.Error(w, "the address of this page has a token, which the capture printed", http.StatusForbidden)
		return
	}
	if name != "moment" && r.Method != http.MethodGet {
		h.Set("Allow", http.MethodGet)
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	switch name {
	case "":
		h.Set("Content-Type", "text/html; charset=utf-8")
		var b bytes.Buffer
		if err := s.live.Page(&b); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		b.WriteTo(w)
	case "live.css":
		h.Set("Content-Type", "text/css; charset=utf-8")
		w.Write(report.LiveStyle())
	case "live.js":
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		w.Write(report.LiveScript())
	case "events":
		s.events(w, r)
	case "moment":
		moment(w, r, "page", s.live.Mark)
	default:
		http.NotFound(w, r)
	}
}

// events sends the fragment whenever it changed.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if s.viewers.Add(1) > maxViewers {
		s.viewers.Add(-1)
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	defer s.viewers.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	var last []byte
	for {
		var b bytes.Buffer
		if err := s.live.Fragment(&b); err != nil {
			return
		}
		if !bytes.Equal(b.Bytes(), last) {
			last = bytes.Clone(b.Bytes())
			var e bytes.Buffer
			for line := range bytes.Lines(last) {
				fmt.Fprintf(&e, "data: %s\n", bytes.TrimRight(line, "\r\n"))
			}
			e.WriteString("\n")
			out.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if _, err := w.Write(e.Bytes()); err != nil {
				return
			}
			if out.Flush() != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// moment takes an act: a form with act and note, or the same in JSON. Who marks
// it is by, unless what does the act says that it does (by=program); how near the
// mark is to it say first and within, see evidence.Mark.
func moment(w http.ResponseWriter, r *http.Request, by string, mark func(evidence.Mark) error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	var said struct{ Act, Note, By, First, Within string }
	var err error
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		err = json.NewDecoder(r.Body).Decode(&said)
	} else if err = r.ParseForm(); err == nil {
		said.Act, said.Note = r.Form.Get("act"), r.Form.Get("note")
		said.By, said.First, said.Within = r.Form.Get("by"), r.Form.Get("first"), r.Form.Get("within")
	}
	m := evidence.Mark{Act: said.Act, Note: said.Note, By: by, First: said.First}
	switch {
	case err != nil:
	case said.Act == "":
		err = errors.New("a moment needs act=…")
	case said.By == flow.Program:
		m.By = said.By
	case said.By != "" && said.By != flow.Person:
		err = fmt.Errorf("by is %.40q: expected %s, if it is what does the act, or %s", said.By, flow.Program, flow.Person)
	}
	if err == nil && said.Within != "" {
		if m.Within, err = time.ParseDuration(said.Within); err != nil {
			err = fmt.Errorf("within is %.40q: expected a time such as 50ms", said.Within)
		}
	}
	if err == nil {
		err = mark(m)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
