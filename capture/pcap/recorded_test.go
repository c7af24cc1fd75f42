package pcap_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/capture/pcap"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/internal/oracle"
	"github.com/constat/constat/stream/keylog"
)

const recordings = "../../testdata/packets"

// readRecorded reads a stored capture with the keys that stand beside it.
func readRecorded(t *testing.T, c *oracle.Capture) (flows []*flow.Flow, damage []error) {
	t.Helper()
	data, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	secrets := keylog.New()
	if c.KeyLog != "" {
		b, err := os.ReadFile(c.Path(c.KeyLog))
		if err != nil {
			t.Fatal(err)
		}
		secrets.Add(b)
	}
	if c.RSAKey != "" {
		b, err := os.ReadFile(c.Path(c.RSAKey))
		if err != nil {
			t.Fatal(err)
		}
		if err := secrets.AddRSA(b); err != nil {
			t.Fatal(err)
		}
	}
	for f, err := range pcap.Read(bytes.NewReader(data), pcap.Options{ResponseBodies: true, Secrets: secrets}) {
		if err != nil {
			damage = append(damage, err)
			continue
		}
		flows = append(flows, f)
	}
	return flows, damage
}

// exchanges are flows in the oracle's words.
func exchanges(flows []*flow.Flow) (list []*oracle.Exchange) {
	flows = slices.Clone(flows)
	slices.SortStableFunc(flows, func(a, b *flow.Flow) int { return cmp.Compare(a.Source.Frame, b.Source.Frame) })
	for _, f := range flows {
		x := &oracle.Exchange{Kind: "exchange", Protocol: f.Protocol, Client: f.Client.Addr.String(), Server: f.Server.Addr.String()}
		if f.Stream != nil {
			id := int64(*f.Stream)
			x.Stream = &id
		}
		if f.TLS != nil {
			x.TLS = &oracle.TLS{Version: f.TLS.Version, Suite: f.TLS.Cipher, SNI: f.TLS.SNI, ALPN: f.TLS.ALPN}
		}
		switch {
		case f.Request != nil:
			r := f.Request
			x.Method, x.Headers, x.Trailers = r.Method, pairs(r.Headers), pairs(r.Trailer)
			x.Authority = firstOf(flow.Header(r.Headers, ":authority"), flow.Header(r.Headers, "host"))
			x.Scheme = strings.SplitN(r.URL, ":", 2)[0]
			x.Path = r.URL
			if i := strings.Index(r.URL, "://"); i >= 0 {
				x.Path = r.URL[i+3:]
				if i = strings.IndexByte(x.Path, '/'); i >= 0 {
					x.Path = x.Path[i:]
				}
			}
			x.Body = digest(&r.Body)
			if a := f.Response; a != nil {
				x.Status, x.ResponseHeaders, x.ResponseTrailers, x.Response = a.Status, pairs(a.Headers), pairs(a.Trailer), digest(&a.Body)
			}
		case f.Lookup != nil:
			x.Authority, x.Path = f.Lookup.Questions[0].Name, f.Lookup.Questions[0].Type
			x.Method = "QUERY"
			for _, a := range f.Lookup.Answers {
				if a.Type == "A" || a.Type == "AAAA" || a.Type == "CNAME" { // the truth has no others
					x.Answers = append(x.Answers, a.Type+" "+a.Data)
				}
			}
		case f.Unread != nil:
			continue
		}
		if f.Kind == flow.WebSocket {
			x.Protocol = "HTTP/1.1"
			if f.Stream != nil {
				x.Protocol = "HTTP/2"
			}
		}
		for i := range f.Messages {
			m := &f.Messages[i]
			from, kind := "server", "binary"
			if m.FromClient {
				from = "client"
			}
			if m.Text {
				kind = "text"
			}
			x.Messages = append(x.Messages, oracle.Message{From: from, Type: kind, Body: digest(&m.Body)})
		}
		list = append(list, x)
	}
	return list
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func digest(b *flow.Body) oracle.Body {
	if !b.Kept || b.Cut > 0 {
		return oracle.Body{Size: b.Size}
	}
	return oracle.Digest(b.Data)
}

func pairs(fs []flow.Field) (list [][2]string) {
	for _, f := range fs {
		if !strings.HasPrefix(f.Name, ":") {
			list = append(list, [2]string{f.Name, f.Value})
		}
	}
	return list
}

var early = []string{"method", "authority", "path", "scheme", "headers", "body", "status", "response headers", "response"}

// controls are what clients send in control frames of WebSockets.
var controls = map[string][]string{
	"h1-chromium": {"done"}, "h1-plain-chromium": {"done"}, "h2-chromium": {"done"}, "h3-chromium": {"done"}, "h3-chromium-dynamic": {"done"},
	"h2-firefox": {"done"}, "ws-go": {"1", "done"}, "ws-plain-go": {"1", "done"},
}

// known are the differences that are there for a reason.
var known = map[string][]string{
	// The name that was asked for is encrypted; the outer one is what is seen.
	"h2-go-ech": {"sni"},
	// Go writes no secret of early data.
	"h3-go-early": early, "h3-go-retry": early,
	// The client's address is that of its first packet.
	"h3-go-migrate": {"missing", "not served"},
	// Only the client's secrets are there, or none, or not the handshake's.
	"keys-client":  {"missing", "status", "response headers", "response", "alpn"},
	"keys-foreign": {"missing"}, "net-midstream": {"missing"},
	"keys-application": {"alpn"},
	// What is missing in the capture is missing.
	"net-dropped":       {"status", "response headers", "response"},
	"net-plain-one-way": {"status", "response headers", "response", "response trailers"},
	"pcap-cut":          {"missing"},
	// Neither Camellia nor ARIA is read; the flows say so.
	"tls12-openssl-other": {"missing"},
	// The upgraded request and its answer in HTTP/2 are one flow.
	"h2c-upgrade-curl": {"missing", "status", "response headers", "response"},
}

// TestRecorded reads every stored capture and compares with what the origin
// itself served.
func TestRecorded(t *testing.T) {
	m, err := oracle.ReadManifest(recordings)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Captures {
		t.Run(c.Name, func(t *testing.T) {
			truth, err := c.Truth()
			if err != nil {
				t.Fatal(err)
			}
			flows, damage := readRecorded(t, c)
			switch c.Name {
			case "net-plain-dropped":
				testDropped(t, truth, exchanges(flows))
				return
			case "mqtt":
				testMQTT(t, truth, flows)
				return
			case "push-go":
				testPush(t, truth, flows)
				return
			}
			for _, err := range damage {
				t.Logf("damage: %v", err)
			}
			for _, x := range truth {
				if n := len(x.Messages); n > 0 && controls[c.Name] != nil && (x.Messages[0].Type == "text" || x.Messages[0].Type == "binary") {
					// The origin does not log the payload of a ping, nor why a WebSocket is closed.
					for _, text := range controls[c.Name] {
						kind := "text"
						if len(text) == 1 {
							kind = "binary"
						}
						x.Messages = append(x.Messages, oracle.Message{From: "client", Type: kind, Body: oracle.Digest([]byte(text))})
					}
				}
				if x.Protocol == "HTTP/2" && len(x.Messages) > 0 && x.Messages[0].Type[:4] == "grpc" {
					x.Messages = nil // they are in the body, which is compared
				}
			}
			differences := slices.DeleteFunc(oracle.Compare(truth, exchanges(flows)), func(d oracle.Difference) bool {
				return slices.Contains(known[c.Name], d.What) || d.What == "sni" && d.Want == "" // not told by the origin's library
			})
			for i, d := range differences {
				if i == 12 {
					t.Errorf("and %d more", len(differences)-i)
					break
				}
				t.Errorf("%.1500s", d.String())
			}
			for _, f := range flows {
				if f.Unread != nil && (len(differences) > 0 || f.Unread.Up > 0) {
					t.Log(f.Client.Addr, f.Server.Addr, f.Protocol, f.Unread.Up, f.Unread.Down, f.Unread.Reason, strconv.Itoa(int(f.Source.Frame)))
				}
			}
		})
	}
}

// testDropped: of a capture with holes nothing is told that was not, and no
// answer is given to another request than its own.
func testDropped(t *testing.T, truth, seen []*oracle.Exchange) {
	requests := 0
	for _, x := range seen {
		if x.Method == "" {
			continue // an answer to a request that is missing
		}
		served := slices.ContainsFunc(truth, func(w *oracle.Exchange) bool {
			return w.Method == x.Method && w.Path == x.Path && w.Status == cmp.Or(x.Status, w.Status) &&
				(x.Body.SHA256 == "" || x.Body == w.Body) && (x.Response.SHA256 == "" || x.Response == w.Response)
		})
		if !served {
			t.Errorf("%s %s, %d: was not served so", x.Method, x.Path, x.Status)
		}
		requests++
	}
	if requests < 15 {
		t.Errorf("%d of %d requests are found", requests, len(truth))
	}
}

// testMQTT: what a subscriber received was published, by topic and payload.
func testMQTT(t *testing.T, truth []*oracle.Exchange, flows []*flow.Flow) {
	published := map[string]int{}
	for _, f := range flows {
		topic := ""
		for _, m := range f.Messages {
			switch {
			case !m.FromClient:
			case m.Name == "mqtt topic":
				topic = string(m.Body.Data)
			case m.Name == "mqtt payload":
				published[fmt.Sprint(topic, digest(&m.Body))]++
			}
		}
	}
	for _, x := range truth {
		k := fmt.Sprint(x.Path, x.Body)
		if published[k]--; published[k] < 0 {
			t.Errorf("%s, %d bytes: %s", x.Path, x.Body.Size, x.Note)
		}
		if published[k] == 0 {
			delete(published, k)
		}
	}
	for k, n := range published {
		t.Errorf("%d times more than received: %s", n, k)
	}
}

// testPush: the frames of a protocol that nobody knows are messages, with the
// length that stands in front of each.
func testPush(t *testing.T, truth []*oracle.Exchange, flows []*flow.Flow) {
	for _, x := range truth {
		i := slices.IndexFunc(flows, func(f *flow.Flow) bool { return f.Client.Addr.String() == x.Client && len(f.Messages) > 0 })
		if i < 0 {
			t.Errorf("%s: missing", x.Client)
			continue
		}
		got := flows[i].Messages
		if x.Path == "tlv" && len(got[0].Body.Data) == 1 {
			got = got[1:] // a byte says which framing follows
		}
		if len(got) != len(x.Messages) {
			t.Errorf("%s %s: %d messages, want %d", x.Client, x.Path, len(got), len(x.Messages))
			continue
		}
		for k, m := range got {
			want := x.Messages[k]
			head := len(m.Body.Data) - int(want.Size)
			if head < 1 || head > 8 || oracle.Digest(m.Body.Data[head:]) != want.Body || m.FromClient != (want.From == "client") {
				t.Errorf("%s %s: message %d of %d bytes, want %d of the %s", x.Client, x.Path, k, len(m.Body.Data), want.Size, want.From)
			}
		}
	}
}
