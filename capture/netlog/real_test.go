package netlog

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream/keylog"
)

// recorded opens a recording of this project (testdata/record/packets).
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		f, err = os.Open("../../testdata/packets/" + name)
	}
	if err != nil {
		t.Skip("the recording is not there: ", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".zst") {
		z, err := zstd.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type body struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// exchange is a line of what the origin noted itself.
type exchange struct {
	Kind     string `json:"kind"`
	Client   string `json:"client"`
	Server   string `json:"server"`
	Protocol string `json:"protocol"`
	TLS      struct{ Version, Suite, SNI, ALPN string }
	Method   string      `json:"method"`
	Path     string      `json:"path"`
	Host     string      `json:"authority"`
	Headers  [][2]string `json:"headers"`
	Body     body        `json:"body"`
	Status   int         `json:"status"`
	Response body        `json:"response"`
	Messages []struct {
		From string `json:"from"`
		Type string `json:"type"`
		body
	} `json:"messages"`
}

func origin(t testing.TB, name string) (list []exchange) {
	t.Helper()
	s := bufio.NewScanner(bytes.NewReader(recorded(t, name)))
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var x exchange
		if err := json.Unmarshal(s.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		if x.Kind == "exchange" {
			list = append(list, x)
		}
	}
	return list
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func headersOf(r *flow.Request) (list [][2]string) {
	for _, h := range r.Headers {
		if !strings.HasPrefix(h.Name, ":") {
			list = append(list, [2]string{h.Name, h.Value})
		}
	}
	return list
}

// The log of a browser tells what its server noted: every request, header
// field, body and message, both ways.
func TestAgainstOrigin(t *testing.T) {
	for _, tt := range []struct{ name, origin, keys string }{
		{"h2-chromium.netlog.json.zst", "h2-chromium.origin.jsonl", ""},
		{"h3-chromium.netlog.json.zst", "h3-chromium.origin.jsonl.zst", "h3-chromium.keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opt := Options{ResponseBodies: true}
			if tt.keys != "" {
				opt.Secrets = keylog.New()
				opt.Secrets.Add(recorded(t, tt.keys))
			}
			x := read(t, bytes.NewReader(recorded(t, tt.name)), opt)
			if len(x.damages) > 0 || len(x.wrote) != 1 || x.wrote[0] != "Chromium 156.0.8078.108 net-log" {
				t.Fatal(x.damages, x.wrote)
			}
			compare(t, x.flows, origin(t, tt.origin))
		})
	}
}

// compare lays flows beside what the server noted.
func compare(t *testing.T, flows []*flow.Flow, truth []exchange) {
	t.Helper()
	requests, other, messages := 0, 0, 0
	for _, f := range flows {
		if f.Request == nil {
			other++
			t.Logf("%s %s %+v", f.Protocol, f.Host(), *f.Unread)
			continue
		}
		requests++
		at := slices.IndexFunc(truth, func(e exchange) bool {
			return e.Method == f.Request.Method && strings.HasSuffix(f.Request.URL, e.Host+e.Path) && e.Body.SHA256 == digest(f.Request.Body.Data)
		})
		if at < 0 {
			t.Errorf("the server did not see %s %s", f.Request.Method, f.Request.URL)
			continue
		}
		e := truth[at]
		truth = slices.Delete(truth, at, at+1)
		if got := headersOf(f.Request); !slices.Equal(got, e.Headers) {
			t.Errorf("%s: %v\nwant %v", e.Path, got, e.Headers)
		}
		if f.Response == nil || f.Response.Status != e.Status {
			t.Errorf("%s: %+v, want %d", e.Path, f.Response, e.Status)
		} else if len(e.Messages) == 0 && digest(f.Response.Body.Data) != e.Response.SHA256 {
			t.Errorf("%s: %d bytes answered, want %d", e.Path, len(f.Response.Body.Data), e.Response.Size)
		}
		if f.Client.Addr.String() != e.Client || f.Server.Addr.String() != e.Server || f.Server.Name != e.TLS.SNI || f.App.ID != "Chromium" {
			t.Errorf("%s: %v to %v", e.Path, f.Client, f.Server)
		}
		if s := f.TLS; s == nil || s.Version != e.TLS.Version || s.Cipher != e.TLS.Suite || s.SNI != e.TLS.SNI || s.ALPN != e.TLS.ALPN || (s.JA4 == "") != (s.ALPN == "h3") || len(s.Certificates) != 2 {
			t.Errorf("%s: %s %s %s %s %s, %d certificates", e.Path, s.Version, s.Cipher, s.SNI, s.ALPN, s.JA4, len(s.Certificates))
		}
		if n := len(f.Messages) - 1; n > 0 && n == len(e.Messages) && f.Messages[n].FromClient {
			f.Messages = f.Messages[:n] // the frame that closes; the origin does not note it
		}
		if len(f.Messages) != len(e.Messages) {
			t.Errorf("%s: %d messages, want %d", e.Path, len(f.Messages), len(e.Messages))
			continue
		}
		for i, m := range f.Messages {
			messages++
			if w := e.Messages[i]; m.FromClient != (w.From == "client") || m.Text != (w.Type == "text") || digest(m.Body.Data) != w.SHA256 {
				t.Errorf("%s, message %d: %+v, want %+v", e.Path, i, m, w)
			}
		}
	}
	if len(truth) > 0 {
		t.Errorf("%d exchanges are not in the log, the first is %+v", len(truth), truth[0])
	}
	t.Logf("%d requests, %d messages, %d connections without", requests, messages, other)
}

// crumbs joins the cookies that HTTP/2 sends one by one (RFC 9113, 8.2.3), in
// the place of the first.
func crumbs(list [][2]string) (joined [][2]string) {
	at := -1
	for _, h := range list {
		switch {
		case h[0] != "cookie":
			joined = append(joined, h)
		case at < 0:
			at = len(joined)
			joined = append(joined, h)
		default:
			joined[at][1] += "; " + h[1]
		}
	}
	return joined
}

// stripped leaves out the values that the default mode does, in either way of
// writing it.
func stripped(list [][2]string) [][2]string {
	list = slices.Clone(list)
	for i := range list {
		if list[i][0] == "cookie" {
			list[i][1] = ""
		}
	}
	return list
}

// withoutBytes is what the log would hold if it had been made without bytes.
func withoutBytes(log []byte) []byte {
	log = regexp.MustCompile(`,"bytes":"[^"]*"`).ReplaceAll(log, nil)
	return bytes.Replace(log, []byte(`"logCaptureMode":"Everything"`), []byte(`"logCaptureMode":"IncludeSensitive"`), 1)
}

// Without bytes the requests are the same, and their bodies are said to be
// missing.
func TestWithoutBytes(t *testing.T) {
	t.Run("h2, bytes taken out", func(t *testing.T) {
		headersOnly(t, withoutBytes(recorded(t, "h2-chromium.netlog.json.zst")), origin(t, "h2-chromium.origin.jsonl"), "net-log in capture mode IncludeSensitive: header fields only, no contents")
	})
	t.Run("h2, default mode", func(t *testing.T) {
		headersOnly(t, recorded(t, "h2-default.netlog.json.zst"), origin(t, "h2-default.origin.jsonl.zst"), "cookies and authorisations are stripped from the log")
	})
	t.Run("h3, with keys of others", func(t *testing.T) {
		secrets := keylog.New()
		secrets.Add([]byte("CLIENT_RANDOM " + strings.Repeat("ab", 32) + " " + strings.Repeat("cd", 48) + "\n"))
		log := recorded(t, "h3-chromium.netlog.json.zst")
		with, without := read(t, bytes.NewReader(log), Options{Secrets: secrets}), read(t, bytes.NewReader(log), Options{})
		if len(with.flows) != len(without.flows) || len(without.flows) != 33 {
			t.Errorf("%d flows with foreign keys, %d with none", len(with.flows), len(without.flows))
		}
	})
	t.Run("h3, without keys", func(t *testing.T) {
		headersOnly(t, recorded(t, "h3-chromium.netlog.json.zst"), origin(t, "h3-chromium.origin.jsonl.zst"), "")
	})
}

func headersOnly(t *testing.T, log []byte, truth []exchange, note string) {
	x := read(t, bytes.NewReader(log), Options{})
	if len(x.damages) > 0 {
		t.Fatal(x.damages)
	}
	for _, f := range x.flows {
		if f.Request == nil {
			t.Logf("%s %s %+v", f.Protocol, f.Host(), *f.Unread)
			continue
		}
		at := slices.IndexFunc(truth, func(e exchange) bool {
			return e.Method == f.Request.Method && strings.HasSuffix(f.Request.URL, e.Host+e.Path) && (e.Body.Size == f.Request.Body.Size || f.Request.Body.Size < 0) &&
				slices.Equal(stripped(headersOf(f.Request)), stripped(crumbs(e.Headers)))
		})
		if at < 0 {
			t.Errorf("the server did not see %s %s of %d bytes\n%v", f.Request.Method, f.Request.URL, f.Request.Body.Size, headersOf(f.Request))
			continue
		}
		e := truth[at]
		truth = slices.Delete(truth, at, at+1)
		if f.Protocol == "HTTP/2" && note == "" || f.Kind == flow.WebSocket && note == "" {
			continue // the log holds these whole
		}
		if f.Request.Body.Kept != (e.Body.Size == 0) || len(f.Request.Body.Data) > 0 || f.Response == nil || f.Response.Status != e.Status || f.Response.Body.Kept {
			t.Errorf("%s: %+v, %+v", e.Path, f.Request.Body, f.Response)
		}
		if f.Client.Addr.String() != e.Client || f.Server.Addr.String() != e.Server || f.TLS == nil || f.TLS.ALPN != e.TLS.ALPN {
			t.Errorf("%s: %v to %v, %+v", e.Path, f.Client, f.Server, f.TLS)
		}
		if len(e.Messages) > 0 && (f.Kind != flow.WebSocket || len(f.Messages) < len(e.Messages)) {
			t.Errorf("%s: %s with %d messages, want %d", e.Path, f.Kind, len(f.Messages), len(e.Messages))
		}
		if !strings.Contains(strings.Join(f.Notes, "; "), note) {
			t.Error(f.Notes)
		}
	}
	if len(truth) > 0 {
		t.Errorf("%d exchanges are not in the log, the first is %+v", len(truth), truth[0])
	}
}

// Wherever a killed browser stopped writing, everything before it is read.
func TestKilled(t *testing.T) {
	log := recorded(t, "h2-chromium.netlog.json.zst")
	last := 0
	events := bytes.Index(log, []byte("],\n\"polledData"))
	for _, part := range []float64{0.3, 0.5, 0.7, 0.9, 1} {
		cut := log[:int(float64(events)*part)]
		x := read(t, bytes.NewReader(cut), Options{})
		if len(x.damages) == 0 || len(x.damages) > 2 || !x.damages[len(x.damages)-1].Missing {
			t.Errorf("at %g: %v", part, x.damages)
		}
		n := 0
		for _, f := range x.flows {
			if f.Request != nil {
				n++
			}
		}
		if n < last {
			t.Errorf("at %g: %d requests, %d before", part, n, last)
		}
		last = n
	}
	if last != 33 {
		t.Errorf("%d requests at the end", last)
	}
}

// BenchmarkRead reads the recorded log over and over. The limits it chases are
// base64, and what package stream can read.
func BenchmarkRead(b *testing.B) {
	log := recorded(b, "h2-chromium.netlog.json.zst")
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range Read(bytes.NewReader(log), Options{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(n), "flows")
	}
}
