package web

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/constat/constat/evidence"
)

func serve(t *testing.T) (*Server, *atomic.Int64, chan string) {
	t.Helper()
	var n atomic.Int64
	marked := make(chan string, 10)
	s, err := Serve("127.0.0.1:0", Live{
		Page:     func(b *bytes.Buffer) error { b.WriteString("<title>page</title>"); return nil },
		Fragment: func(b *bytes.Buffer) error { fmt.Fprintf(b, "<p>\n%d</p>", n.Load()); return nil },
		Mark: func(m evidence.Mark) error {
			if m.Act != "record" {
				return errors.New("no such act")
			}
			if err := m.Check(); err != nil {
				return err
			}
			marked <- fmt.Sprintf("%s %s %s %s %s", m.Act, m.Note, m.By, m.First, m.Within)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &n, marked
}

func TestRefusals(t *testing.T) {
	s, _, _ := serve(t)
	for name, c := range map[string]struct {
		path   func(string) string
		host   string
		origin string
		method string
		want   int
	}{
		"the page":      {want: 200},
		"localhost":     {host: "localhost:PORT", want: 200},
		"our origin":    {origin: "http://HOST", want: 200},
		"rebinding":     {host: "evil.test:PORT", want: 403},
		"another port":  {host: "127.0.0.1:1", want: 403},
		"cross-origin":  {origin: "https://evil.test", want: 403},
		"null origin":   {origin: "null", want: 403},
		"no token":      {path: func(string) string { return "/" }, want: 403},
		"wrong token":   {path: func(p string) string { return "/" + strings.Repeat("0", 32) + "/" }, want: 403},
		"half a token":  {path: func(p string) string { return p[:20] + "/" }, want: 403},
		"a form as GET": {path: func(p string) string { return p + "moment" }, want: 405},
		"the page POST": {method: "POST", want: 405},
		"another file":  {path: func(p string) string { return p + "live.go" }, want: 404},
	} {
		t.Run(name, func(t *testing.T) {
			u, _ := url.Parse(s.URL())
			if c.path != nil {
				u.Path = c.path(u.Path)
			}
			method := c.method
			if method == "" {
				method = "GET"
			}
			r, _ := http.NewRequest(method, u.String(), nil)
			r.Host = strings.ReplaceAll(c.host, "PORT", u.Port())
			if c.origin != "" {
				r.Header.Set("Origin", strings.ReplaceAll(c.origin, "HOST", u.Host))
			}
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != c.want || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(res.Header.Get("Content-Security-Policy"), "unsafe") {
				t.Errorf("%d, want %d; %v", res.StatusCode, c.want, res.Header)
			}
		})
	}
	if _, err := Serve("0.0.0.0:0", Live{}); err == nil {
		t.Error("served beyond loopback")
	}
}

func TestEvents(t *testing.T) {
	s, n, _ := serve(t)
	res, err := http.Get(s.URL() + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r := bufio.NewReader(res.Body)
	for want := range 3 {
		var got strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if line == "\n" {
				break
			}
			got.WriteString(line)
		}
		if got.String() != fmt.Sprintf("data: <p>\ndata: %d</p>\n", want) {
			t.Errorf("%q", got.String())
		}
		n.Add(1)
	}
	done := make(chan struct{})
	go func() { io.Copy(io.Discard, r); close(done) }()
	s.Close()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("an open page keeps the server")
	}
}

// TestMoment: what is marked says by whom, which decides how near to the act it is.
func TestMoment(t *testing.T) {
	s, _, marked := serve(t)
	for form, want := range map[string]string{
		"act=record&note=%3Cb%3E":              "record <b> page  0s",
		"act=record&first=key":                 "record  page key 0s",
		"act=record&first=tap&by=person":       "record  page tap 0s",
		"act=record&by=program&within=50ms":    "record  program  50ms",
		"act=":                                 "",
		"act=other":                            "",
		"act=record&first=thought":             "",
		"act=record&by=lab":                    "", // not from outside
		"act=record&within=50ms":               "", // of a person, the audit is told
		"act=record&by=program&first=key":      "",
		"act=record&by=program&within=-1s":     "",
		"act=record&by=program&within=2h":      "",
		"act=record&by=program&within=soon":    "",
		"note=" + strings.Repeat("x", maxForm): "",
	} {
		res, err := http.Post(s.URL()+"moment", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		got := ""
		select {
		case got = <-marked:
		default:
		}
		if got != want || (res.StatusCode == http.StatusNoContent) != (want != "") {
			t.Errorf("%.40s: %d, marked %q, want %q", form, res.StatusCode, got, want)
		}
	}
}
