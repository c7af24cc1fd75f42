package quic

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// conversation is what testdata/conversations.py writes.
type conversation struct {
	Datagrams []struct {
		Up   bool
		Port uint16
		At   float64
		Data []byte
	}
	Keys  string
	Asked []string
}

func (c *conversation) talk() talk {
	t := talk{keys: []byte(c.Keys), asked: c.Asked}
	server := netip.MustParseAddrPort("198.51.100.2:443")
	for _, d := range c.Datagrams {
		client := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), d.Port)
		s := seen{src: client, dst: server, at: time.Unix(1763900000, 0).Add(time.Duration(d.At * float64(time.Second))), data: d.Data}
		if !d.Up {
			s.src, s.dst = server, client
		}
		t.record = append(t.record, s)
	}
	return t
}

// stored reads a conversation from testdata.
func stored(t testing.TB, name string) talk {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, z)
}

func parse(t testing.TB, r io.Reader) talk {
	t.Helper()
	var c conversation
	if err := json.NewDecoder(r).Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c.talk()
}

var scenarios = []string{"aes128", "aes256", "chacha20", "version2", "loss", "updates", "early", "oddities"}

// TestAioquic reads what another implementation said, which uses all of
// QPACK, and wants what its server was asked.
func TestAioquic(t *testing.T) {
	for _, name := range scenarios {
		t.Run(name, func(t *testing.T) {
			checkAioquic(t, name, stored(t, name))
		})
	}
}

// TestAioquicLive does the same with conversations of today.
func TestAioquicLive(t *testing.T) {
	python := aioquic(t)
	for _, name := range scenarios {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(python, "testdata/conversations.py", name)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			checkAioquic(t, name, parse(t, strings.NewReader(string(out))))
		})
	}
}

// aioquic finds a Python that has it.
func aioquic(t *testing.T) string {
	python := os.Getenv("AIOQUIC_PYTHON")
	if python == "" {
		python = "python3"
	}
	if exec.Command(python, "-c", "import aioquic").Run() != nil {
		t.Skip("no Python with aioquic; set AIOQUIC_PYTHON to one")
	}
	return python
}

// odd are the flows of the scenario "oddities" that are no plain exchanges.
var odd = []string{
	`websocket https://a.example/chat ["hello" "world"] []`,
	`CONNECT https://a.example/wt ["opens webtransport: what passes on other streams and in datagrams is not read" "request cut short" "response cut short"]`,
	`POST https://a.example/given-up ["reset by the client, HTTP/3 error 0x10c" "request cut short" "no response"]`,
}

func checkAioquic(t *testing.T, name string, talk talk) {
	flows := play(t, talk.record, talk.keys, testLimits)
	got := exchanges(flows)
	got = slices.DeleteFunc(got, func(l string) bool { return strings.HasPrefix(l, "CONNECT") })
	compare(t, got, talk.asked)
	if name == "oddities" {
		checkOdd(t, flows)
	} else {
		for _, l := range others(flows) {
			switch {
			case name == "updates" && strings.Contains(l, "moved to another address"):
			case name == "version2" && l == "opaque QUIC up 50 down 0: does not open with the key []":
				// After the server has chosen version 2, aioquic's client writes one
				// acknowledgement in it with the keys of version 1. No server reads it.
			default:
				t.Error(l)
			}
		}
	}
	cipher := map[string]string{"aes128": "TLS_AES_128_GCM_SHA256", "chacha20": "TLS_CHACHA20_POLY1305_SHA256"}[name]
	if cipher == "" {
		cipher = "TLS_AES_256_GCM_SHA384"
	}
	for _, f := range flows {
		if f.TLS.Cipher != cipher || f.TLS.SNI != "a.example" || f.TLS.ALPN != "h3" || len(f.TLS.Certificates) > 1 {
			t.Errorf("%+v", f.TLS)
		}
		if f.Request != nil && (f.Timing.Start.IsZero() || f.Timing.Sent.Before(f.Timing.Start) && !f.Timing.Sent.IsZero() || f.Response != nil && f.Timing.Answered.Before(f.Timing.Start)) {
			t.Errorf("%s: %+v", f.Request.URL, f.Timing)
		}
	}
}

func checkOdd(t *testing.T, flows []*flow.Flow) {
	t.Helper()
	var lines []string
	opaque := map[string]int64{}
	for _, f := range flows {
		switch {
		case f.Kind == flow.WebSocket:
			var said []string
			for _, m := range f.Messages {
				said = append(said, string(m.Body.Data))
			}
			lines = append(lines, "websocket "+f.Request.URL+" "+quoted(said)+" "+quoted(f.Notes))
		case f.Kind == flow.Opaque:
			opaque[f.Unread.Reason] += f.Unread.Up
		case len(f.Notes) > 0:
			lines = append(lines, f.Request.Method+" "+f.Request.URL+" "+quoted(f.Notes))
		case len(f.Response.Trailer) != 1 || f.Response.Trailer[0] != flow.Field{Name: "x-trailer", Value: "the end"}:
			t.Errorf("%s: trailer %v", f.Request.URL, f.Response.Trailer)
		}
	}
	slices.Sort(lines)
	want := slices.Sorted(slices.Values(odd))
	if !slices.Equal(lines, want) {
		t.Errorf("%s\nwant %s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	// The session's id and the type of the stream are counted with the rest.
	if opaque["WebTransport is not read"] < 170+80 || opaque["HTTP datagrams are not read"] < 140 {
		t.Errorf("unread: %v", opaque)
	}
}

func quoted(ss []string) string {
	b, _ := json.Marshal(ss)
	if ss == nil {
		return "[]"
	}
	return strings.ReplaceAll(string(b), `","`, `" "`)
}
