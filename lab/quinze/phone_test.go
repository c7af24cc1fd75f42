package quinze_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/constat/constat/lab/internet"
	"github.com/constat/constat/lab/phone"
	"github.com/constat/constat/lab/quinze"
	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

// tunnel is a proxy that reads nothing: it connects to the lab's hosts.
func tunnel(t *testing.T, n *internet.Net) *url.URL {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		at, err := n.Resolve(r.Context(), host)
		if r.Method != http.MethodConnect || err != nil {
			http.Error(w, "not in the lab", http.StatusBadGateway)
			return
		}
		far, err := net.Dial("tcp", n.Route(netip.AddrPortFrom(at[0], 443)).String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		near, rest, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(near, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() { io.Copy(far, rest); far.Close() }()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestPhone plays the phone's script against the service: a clip that is thrown
// away, a draft, an account, a clip that is posted. What stays on the server is
// what the scenario is about.
func TestPhone(t *testing.T) {
	t.Parallel()
	for name, stay := range map[string]int{
		"benign": 1, // what was posted
		"C02":    1, // what left on Next was removed on Discard
		"C03":    2, // and here it was not
		"C01":    2, // the draft
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := scenario.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			app, err := quinze.Open(quinze.Config{Dir: dir, Switches: s.Switch, Domain: phone.Home, Media: "https://" + phone.Uploads})
			if err != nil {
				t.Fatal(err)
			}
			defer app.Close()
			n, err := internet.Open(map[string]http.Handler{phone.Home: app.Handler(), phone.Uploads: app.Media(), phone.Log: quinze.Sink()})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			before := len(files(t, dir))

			var sent bytes.Buffer
			p := phone.New(phone.Config{
				Subject: subject.New(19), Scenario: s, Truth: truth.NewWriter(&sent), Proxy: tunnel(t, n), Roots: n.Roots(),
				Clip: quinze.SampleClip(), Pace: time.Millisecond,
			})
			if err := p.Play(t.Context()); err != nil {
				t.Fatal(err)
			}
			kept := files(t, dir)
			if len(kept)-before != stay {
				t.Errorf("%d files stay, want %d", len(kept)-before, stay)
			}
			same := 0
			for _, f := range kept {
				if b, err := os.ReadFile(f); err == nil && bytes.Equal(b, quinze.SampleClip()) {
					same++
				}
			}
			if same != stay+1 { // it is one of the first clips, too
				t.Errorf("%d of them are the phone's clip", same-1)
			}
			if sent.Len() == 0 {
				t.Error("the phone says that it sent nothing")
			}
		})
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "objects", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
