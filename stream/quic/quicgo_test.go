package quic

import (
	"bytes"
	"context"
	ctls "crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/constat/constat/flow"
)

// talk is a recorded conversation of quic-go with itself.
type talk struct {
	record []seen
	keys   []byte
	asked  []string // by the origin
}

// session is how a conversation is had.
type session struct {
	server  *quicgo.Transport // nil: as it is
	config  quicgo.Config     // of both
	curves  []ctls.CurveID    // that the server takes
	tickets ctls.ClientSessionCache
	harm    func(n int, up bool, b []byte) [][]byte
	run     func(t testing.TB, rt *http3.Transport, url string)
}

func (s *session) record(t testing.TB) talk {
	t.Helper()
	config := s.config
	config.Allow0RTT = true
	if s.server == nil {
		s.server = &quicgo.Transport{}
	}
	o := serve(t, s.server, &config, &ctls.Config{CurvePreferences: s.curves})
	w := newWire(t, o.addr, s.harm)
	var log secrets
	rt := &http3.Transport{QUICConfig: &config, TLSClientConfig: &ctls.Config{
		InsecureSkipVerify: true, KeyLogWriter: &log, ServerName: "a.example", ClientSessionCache: s.tickets,
	}}
	s.run(t, rt, "https://"+w.addr.String())
	rt.Close()
	time.Sleep(20 * time.Millisecond)
	return talk{w.taken(), log.text(), o.asked()}
}

// several asks a few things at once.
func several(t testing.TB, rt *http3.Transport, url string) {
	ask(t, rt, "GET", url+"/n/1000?first=1", nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ask(t, rt, "POST", fmt.Sprintf("%s/n/%d?i=%d", url, i*20_000, i), bytes.Repeat([]byte{byte(i)}, i*i*3000))
		})
	}
	wg.Wait()
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%d exchanges:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
}

// TestQUICGo wants the exchanges that the origin wrote down, and nothing left
// unread.
func TestQUICGo(t *testing.T) {
	lossy := func(n int, up bool, b []byte) [][]byte {
		switch {
		case n%11 == 7:
			return nil
		case n%13 == 5:
			return [][]byte{b, b}
		}
		return [][]byte{b}
	}
	var kept []byte
	swapped := func(n int, up bool, b []byte) [][]byte {
		if !up {
			return [][]byte{b}
		}
		if n%5 == 3 {
			kept = bytes.Clone(b)
			return nil
		}
		if kept != nil {
			k := kept
			kept = nil
			return [][]byte{b, k}
		}
		return [][]byte{b}
	}
	for _, c := range []struct {
		name string
		s    session
		tell func(t *testing.T, s *session, talk talk)
	}{
		{name: "version 1", s: session{run: several}},
		{name: "version 2", s: session{config: quicgo.Config{Versions: []quicgo.Version{quicgo.Version2}}, run: several}},
		{name: "retry", s: session{server: &quicgo.Transport{VerifySourceAddress: func(net.Addr) bool { return true }}, run: several},
			tell: func(t *testing.T, _ *session, talk talk) {
				isRetry := func(s seen) bool { p, ok := readLong(s.data); return ok && p.kind == kindRetry }
				retry := slices.IndexFunc(talk.record, isRetry)
				if retry < 0 {
					t.Fatal("no Retry in the record")
				}
				// Anybody may send a Retry: the 11 ms until it comes bound nothing.
				// What counts is the handshake, here 50 ms or more after the
				// hello that it answers (field note on places, J24).
				slow := slices.Clone(talk.record)
				for i := range slow {
					slow[i].at = slow[0].at
					if isRetry(slow[i]) {
						retry = i
					}
				}
				for i := range slow[retry:] {
					slow[retry+i].at = slow[0].at.Add(11*time.Millisecond + time.Duration(i)*50*time.Millisecond)
				}
				// Where hellos cross the Retry, the first of them may be taken for the
				// one that is answered: that is longer, and so bounds too little.
				if rtt := play(t, slow, talk.keys, testLimits)[0].Timing.TLS; rtt == nil || rtt.D < 50*time.Millisecond || rtt.D%(50*time.Millisecond) != 0 && (rtt.D-11*time.Millisecond)%(50*time.Millisecond) != 0 {
					t.Errorf("with a slow handshake: %+v", rtt)
				}
			}},
		{name: "loss and duplicates", s: session{harm: lossy, run: several}},
		{name: "reordering", s: session{harm: swapped, run: several}},
		{name: "hello retry request", s: session{run: several, curves: []ctls.CurveID{ctls.CurveP384}}},
		{name: "short connection IDs", s: session{server: &quicgo.Transport{ConnectionIDLength: 4}, run: several}},
		{name: "long connection IDs", s: session{server: &quicgo.Transport{ConnectionIDLength: 18}, run: several}},
		{name: "key update", s: session{run: func(t testing.TB, rt *http3.Transport, url string) { // quic-go updates after 100 packets
			for i := range 4 {
				ask(t, rt, "POST", fmt.Sprintf("%s/n/300000?i=%d", url, i), bytes.Repeat([]byte("up"), 100_000))
			}
		}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			talk := c.s.record(t)
			if len(talk.asked) == 0 {
				t.Fatal("the origin was asked nothing")
			}
			flows := play(t, talk.record, talk.keys, testLimits)
			compare(t, exchanges(flows), talk.asked)
			for _, o := range others(flows) {
				t.Error(o)
			}
			for i, f := range flows {
				if f.Kind == flow.HTTP && (f.TLS.SNI != "a.example" || f.TLS.ALPN != "h3" || f.TLS.Cipher == "" || len(f.TLS.Certificates) != 1 || f.Protocol != "HTTP/3") {
					t.Errorf("flow %d: %+v", i, f.TLS)
				}
				if (f.Timing.TLS != nil) != (i == 0) {
					t.Errorf("flow %d: handshake %+v", i, f.Timing.TLS)
				}
			}
			if c.tell != nil {
				c.tell(t, &c.s, talk)
			}
			t.Logf("%d datagrams, %d exchanges", len(talk.record), len(talk.asked))

			// Without a key there is one opaque flow, with the name.
			flows = play(t, talk.record, nil, testLimits)
			if len(flows) != 1 || flows[0].Kind != flow.Opaque || flows[0].TLS.SNI != "a.example" || flows[0].TLS.ALPN != "h3" || flows[0].Unread.Up == 0 || flows[0].Unread.Down == 0 || flows[0].Unread.Reason != reasonNoKey {
				t.Errorf("without a key: %q", others(flows))
			}
		})
	}
}

// TestNegotiation has a client that begins with a version the server does not
// speak. (The name may not have left it yet: the ClientHello is two packets.)
func TestNegotiation(t *testing.T) {
	o := serve(t, &quicgo.Transport{}, &quicgo.Config{Versions: []quicgo.Version{quicgo.Version2}}, nil)
	w := newWire(t, o.addr, nil)
	var log secrets
	rt := &http3.Transport{
		TLSClientConfig: &ctls.Config{InsecureSkipVerify: true, KeyLogWriter: &log, ServerName: "a.example"},
		Dial: func(ctx context.Context, addr string, tlsConf *ctls.Config, conf *quicgo.Config) (*quicgo.Conn, error) {
			conf = conf.Clone()
			conf.Versions = []quicgo.Version{quicgo.Version1, quicgo.Version2}
			return quicgo.DialAddrEarly(ctx, addr, tlsConf, conf)
		},
	}
	ask(t, rt, "POST", "https://"+w.addr.String()+"/n/5000", []byte("hello"))
	rt.Close()
	time.Sleep(20 * time.Millisecond)
	flows := play(t, w.taken(), log.text(), testLimits)
	compare(t, exchanges(flows), o.asked())
	if len(flows) != 2 || !slices.ContainsFunc(flows, func(f *flow.Flow) bool {
		return f.Unread != nil && *f.Unread == flow.Unread{Reason: reasonHandshake} && len(f.Notes) == 1
	}) {
		t.Errorf("%q", others(flows))
	}
}

// TestRefusedCertificate has a client that does not trust the server.
func TestRefusedCertificate(t *testing.T) {
	o := serve(t, &quicgo.Transport{}, &quicgo.Config{}, nil)
	w := newWire(t, o.addr, nil)
	var log secrets
	rt := &http3.Transport{TLSClientConfig: &ctls.Config{KeyLogWriter: &log, ServerName: "a.example"}}
	r, _ := http.NewRequest("GET", "https://"+w.addr.String()+"/n/5000", nil)
	if _, err := rt.RoundTrip(r); err == nil {
		t.Fatal("the client trusts the server")
	}
	rt.Close()
	time.Sleep(20 * time.Millisecond)
	flows := play(t, w.taken(), log.text(), testLimits)
	if len(flows) != 1 || flows[0].Kind != flow.Opaque || !slices.Contains(flows[0].Notes, "the client ended the handshake: bad_certificate") || flows[0].TLS.SNI != "a.example" {
		t.Errorf("%q", others(flows))
	}
}
