package quic

import (
	"bytes"
	"context"
	ctls "crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// hasEarly tells whether a record has 0-RTT packets.
func hasEarly(record []seen) bool {
	return slices.ContainsFunc(record, func(s seen) bool {
		for b := s.data; len(b) > 0; {
			p, ok := readLong(b)
			if !ok || p.end > len(b) {
				return false
			}
			if p.kind == kindEarly {
				return true
			}
			b = b[p.end:]
		}
		return false
	})
}

// TestEarlyData reads 0-RTT, and says so if it has no secret for it. (Go's
// own TLS does not write the secret down, so this is aioquic's.)
func TestEarlyData(t *testing.T) {
	talk := stored(t, "early")
	if !hasEarly(talk.record) {
		t.Fatal("no early data in the record")
	}
	compare(t, exchanges(play(t, talk.record, talk.keys, testLimits)), talk.asked)

	keys := slices.DeleteFunc(strings.Split(string(talk.keys), "\n"), func(l string) bool { return strings.HasPrefix(l, keylog.ClientEarly) })
	flows := play(t, talk.record, []byte(strings.Join(keys, "\n")), testLimits)
	if got := exchanges(flows); len(got) != len(talk.asked)-3 {
		t.Errorf("read without the secret: %q", got)
	}
	// The table of QPACK was filled by early data too: later requests say so.
	unread := strings.Join(others(flows), "\n")
	for _, want := range []string{": no key []", "?i=1 [\"4 fields refer to entries of the QPACK table that were not captured\"]", "answer without a request"} {
		if !strings.Contains(unread, want) {
			t.Errorf("no %q in\n%s", want, unread)
		}
	}
	if strings.Contains(unread, "packets missing") {
		t.Errorf("what was captured is said to be missing:\n%s", unread)
	}
}

// TestEarlyDataRefused reads early data that the server did not take: it was
// sent all the same, and is sent again.
func TestEarlyDataRefused(t *testing.T) {
	talk := stored(t, "refused")
	if !hasEarly(talk.record) {
		t.Fatal("no early data in the record")
	}
	flows := play(t, talk.record, talk.keys, testLimits)
	compare(t, exchanges(flows), talk.asked)
	var early []string
	for _, f := range flows {
		if f.Request != nil && strings.HasSuffix(f.Request.URL, "?early") {
			early = append(early, digest(f.Request.Body.Data))
		}
	}
	if len(early) != 2 || early[0] != early[1] {
		t.Errorf("the early request was seen as %q: %q", early, others(flows))
	}
}

// TestMigration follows a client to another address.
func TestMigration(t *testing.T) {
	o := serve(t, &quicgo.Transport{}, &quicgo.Config{}, nil)
	w := newWire(t, o.addr, nil)
	var log secrets
	socket := func() *quicgo.Transport {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return &quicgo.Transport{Conn: c}
	}
	first, second := socket(), socket()
	var conn *quicgo.Conn
	rt := &http3.Transport{
		TLSClientConfig: &ctls.Config{InsecureSkipVerify: true, KeyLogWriter: &log, ServerName: "a.example"},
		Dial: func(ctx context.Context, addr string, tlsConf *ctls.Config, conf *quicgo.Config) (c *quicgo.Conn, err error) {
			conn, err = first.DialEarly(ctx, net.UDPAddrFromAddrPort(w.addr), tlsConf, conf)
			return conn, err
		},
	}
	url := "https://" + w.addr.String()
	ask(t, rt, "POST", url+"/n/5000?before", []byte("before"))
	path, err := conn.AddPath(second)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := path.Probe(ctx); err != nil {
		t.Fatal(err)
	}
	if err := path.Switch(); err != nil {
		t.Fatal(err)
	}
	ask(t, rt, "POST", url+"/n/50000?after", bytes.Repeat([]byte("after"), 5000))
	rt.Close()
	time.Sleep(20 * time.Millisecond)
	clients := map[netip.AddrPort]bool{}
	for _, s := range w.taken() {
		if s.dst == w.addr {
			clients[s.src] = true
		}
	}
	if len(clients) != 2 {
		t.Fatalf("%d client addresses in the record", len(clients))
	}
	flows := play(t, w.taken(), log.text(), testLimits)
	compare(t, exchanges(flows), o.asked())
	for _, l := range others(flows) {
		if !strings.Contains(l, "moved to another address") {
			t.Error(l)
		}
	}
	// Without a key nobody can tell that it is one connection, by design.
	flows = play(t, w.taken(), nil, testLimits)
	if len(flows) != 2 || flows[0].Unread.Reason != reasonNoKey || flows[1].Unread.Reason != reasonBegun || flows[1].Unread.Up < 25_000 {
		t.Errorf("without a key: %q", others(flows))
	}
}

// TestLateSecrets gives the secrets one by one, at any time, and wants the
// same flows as with all of them from the beginning.
func TestLateSecrets(t *testing.T) {
	s := session{run: several}
	talk := s.record(t)
	lines := bytes.SplitAfter(bytes.TrimSpace(talk.keys), []byte("\n"))
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 3))
		at := map[int][][]byte{}
		for _, l := range lines {
			n := rng.IntN(len(talk.record) + 1)
			if seed == 0 {
				n = len(talk.record) // all at the end
			}
			at[n] = append(at[n], l)
		}
		log := keylog.New()
		var flows []*flow.Flow
		tracker := New(log, testLimits, func(f *flow.Flow) { flows = append(flows, f) })
		for i := 0; i <= len(talk.record); i++ {
			for _, l := range at[i] {
				log.Add(l)
			}
			if i < len(talk.record) {
				s := talk.record[i]
				tracker.Datagram(s.src, s.dst, stream.Mark{Time: s.at}, s.data, nil)
			}
		}
		tracker.Retry()
		tracker.Close()
		clean(t, tracker)
		compare(t, exchanges(flows), talk.asked)
		for _, l := range others(flows) {
			t.Errorf("seed %d: %s", seed, l)
		}
	}
}

// TestMissing takes packets out of the record that the server has received:
// nothing must be made up, and what is missing must be said.
func TestMissing(t *testing.T) {
	s := session{run: several}
	talk := s.record(t)
	want := map[string]bool{}
	for _, l := range talk.asked {
		want[l] = true
	}
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var record []seen
		taken := 0
		for i, s := range talk.record {
			if i > 8 && rng.IntN(15) == 0 {
				taken++
				continue
			}
			record = append(record, s)
		}
		flows := play(t, record, talk.keys, testLimits)
		got := exchanges(flows)
		for _, l := range got {
			if !want[l] && !hasHole(flows, l) {
				t.Errorf("seed %d: made up: %s", seed, l)
			}
		}
		var opaque bool
		for _, f := range flows {
			opaque = opaque || f.Kind == flow.Opaque
		}
		if len(got) < len(talk.asked) && !opaque {
			t.Errorf("seed %d: %d of %d exchanges, and nothing says that packets are missing", seed, len(got), len(talk.asked))
		}
	}
}

// hasHole tells whether a flow that a line describes says that it has one.
func hasHole(flows []*flow.Flow, line string) bool {
	for _, f := range flows {
		if l := exchanges([]*flow.Flow{f}); len(l) == 1 && l[0] == line {
			return slices.Contains(f.Notes, "a body with bytes missing in the capture")
		}
	}
	return false
}

// TestOffload joins datagrams as a sender hands them to its network card.
func TestOffload(t *testing.T) {
	s := session{run: several}
	talk := s.record(t)
	var record []seen
	joined := 0
	for _, d := range talk.record {
		if k := len(record) - 1; k >= 0 {
			last := &record[k]
			// All of one size, but the last may be shorter (Linux: UDP_SEGMENT).
			if last.src == d.src && last.dst == d.dst && len(last.data)+len(d.data) <= 65000 && segment(last) >= len(d.data) && len(last.data)%segment(last) == 0 && segment(last) >= 1200 {
				last.data = append(bytes.Clone(last.data), d.data...)
				joined++
				continue
			}
		}
		record = append(record, d)
	}
	if joined < 50 {
		t.Fatalf("only %d datagrams joined", joined)
	}
	flows := play(t, record, talk.keys, testLimits)
	compare(t, exchanges(flows), talk.asked)
	for _, l := range others(flows) {
		t.Error(l)
	}
	t.Logf("%d datagrams made %d", len(talk.record), len(record))
}

// segments remembers the size of the first datagram of those joined.
var segments = map[string]int{}

func segment(s *seen) int {
	key := fmt.Sprint(s.src, s.dst, s.at.UnixNano())
	if segments[key] == 0 {
		segments[key] = len(s.data)
	}
	return segments[key]
}

// TestSomeSecrets reads what the secrets there are open, and says what they do
// not.
func TestSomeSecrets(t *testing.T) {
	talk := stored(t, "aes128")
	only := func(labels ...string) []byte {
		var kept []string
		for line := range strings.Lines(string(talk.keys)) {
			if slices.Contains(labels, strings.Fields(line)[0]) {
				kept = append(kept, line)
			}
		}
		return []byte(strings.Join(kept, ""))
	}
	// As what is hooked in a library after the handshake.
	flows := play(t, talk.record, only(keylog.ClientTraffic, keylog.ServerTraffic), testLimits)
	compare(t, exchanges(flows), talk.asked)
	for _, l := range others(flows) {
		if !strings.HasPrefix(l, "opaque QUIC up 0 ") { // certificates and the like
			t.Error(l)
		}
	}
	// One direction: requests without answers.
	flows = play(t, talk.record, only(keylog.ClientTraffic), testLimits)
	var got, want []string
	for _, f := range flows {
		if f.Request != nil {
			got = append(got, digest(f.Request.Body.Data))
			if f.Response != nil {
				t.Error("an answer that nobody could read")
			}
		}
	}
	for _, l := range talk.asked {
		want = append(want, strings.Fields(l)[3])
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestHelloMissing: the client's first packet was not captured, but another of
// the same flight; the secrets are found by trial.
func TestHelloMissing(t *testing.T) {
	s := session{run: several}
	talk := s.record(t) // Go's hello takes two packets
	i := slices.IndexFunc(talk.record, func(s seen) bool { p, ok := readLong(s.data); return ok && p.kind == kindInitial })
	record := slices.Delete(slices.Clone(talk.record), i, i+1)
	server := talk.record[i].dst
	// Its port is what tells the sides apart.
	https := netip.MustParseAddrPort("198.51.100.2:443")
	for i := range record {
		if record[i].dst == server {
			record[i].dst = https
		} else {
			record[i].src = https
		}
	}
	flows := play(t, record, talk.keys, testLimits)
	compare(t, exchanges(flows), talk.asked)
}

// TestMiddle begins to listen when the connection is under way: what is asked
// from then on is read, but for what QPACK took from its table.
func TestMiddle(t *testing.T) {
	for _, name := range []string{"aes128", "chacha20", "updates"} {
		talk := stored(t, name)
		cut := 12
		flows := play(t, talk.record[cut:], talk.keys, testLimits)
		got := map[string]bool{}
		for _, f := range flows {
			if f.Request != nil && f.Response != nil {
				got[fmt.Sprintf("%s -> %d %s", digest(f.Request.Body.Data), f.Response.Status, digest(f.Response.Body.Data))] = true
				if !strings.Contains(strings.Join(f.Notes, " "), "that were not captured") {
					t.Errorf("%s: nothing says that fields are missing: %v", name, f.Request.Headers)
				}
			}
		}
		// What was asked before is not there.
		before := map[string]bool{}
		for _, l := range exchanges(play(t, talk.record[:cut], talk.keys, testLimits)) {
			before[l] = true
		}
		missed := 0
		for _, l := range talk.asked {
			f := strings.Fields(l)
			if before[l] {
				continue
			}
			if !got[f[3]+" -> 200 "+f[6]] {
				missed++
			}
		}
		if missed > 3 || len(got) < 3 { // of those under way at the cut
			t.Errorf("%s: %d of %d missed, %d read: %q", name, missed, len(talk.asked), len(got), others(flows))
		}
		t.Logf("%s: %d of %d before, %d missed", name, len(before), len(talk.asked), missed)
		// A log without its secrets changes nothing.
		flows = play(t, talk.record[cut:], nil, testLimits)
		if len(flows) == 0 || flows[0].Unread.Reason != reasonBegun {
			t.Errorf("%s: without a key: %q", name, others(flows))
		}
	}
}
