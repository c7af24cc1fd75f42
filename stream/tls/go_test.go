package tls

import (
	gotls "crypto/tls"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// TestGo opens what Go's crypto/tls says to itself, in all its versions and
// suites.
func TestGo(t *testing.T) {
	suites := slices.Concat(gotls.CipherSuites(), gotls.InsecureCipherSuites())
	tried := 0
	for _, version := range []uint16{gotls.VersionTLS10, gotls.VersionTLS11, gotls.VersionTLS12, gotls.VersionTLS13} {
		for _, suite := range suites {
			if !slices.Contains(suite.SupportedVersions, version) || version == gotls.VersionTLS13 && suite.ID != gotls.TLS_AES_128_GCM_SHA256 {
				continue // of TLS 1.3, Go chooses
			}
			tried++
			conf := &gotls.Config{MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite.ID}, NextProtos: []string{"x/1", "h2"}}
			s := goSession(t, gotls.VersionName(version)+" "+suite.Name, conf, conf)
			h := play(s.events, logOf(s.log), Limits{}, 0, nil)
			if strings.Contains(suite.Name, "RC4") || strings.Contains(suite.Name, "3DES") {
				reason := "suite not supported: " + suite.Name
				if len(h.said[0])+len(h.said[1]) != 0 || h.unread["up "+reason] < int64(len(s.said[0])) || h.unread["down "+reason] < int64(len(s.said[1])) {
					t.Errorf("%s: %d %d read, unread %v", s.name, len(h.said[0]), len(h.said[1]), h.unread)
				}
			} else {
				h.want(t, s)
			}
			if h.eof != [2]int{1, 1} && !strings.Contains(suite.Name, "RC4") && !strings.Contains(suite.Name, "3DES") {
				t.Errorf("%s: ends %v", s.name, h.eof)
			}
			st := h.state
			if st.Version != gotls.VersionName(version) || st.Suite != suite.Name && version != gotls.VersionTLS13 || st.SNI != "server.test" || st.ALPN != "x/1" || len(st.Offered) != 2 || st.Resumed {
				t.Errorf("%s: %+v", s.name, st)
			}
			if len(st.Certificates) != 1 || string(st.Certificates[0]) != string(s.state.PeerCertificates[0].Raw) {
				t.Errorf("%s: %d certificates", s.name, len(st.Certificates))
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d", tried)
	}
}

func TestResumption(t *testing.T) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		client := &gotls.Config{MinVersion: version, MaxVersion: version, ClientSessionCache: gotls.NewLRUClientSessionCache(8)}
		server := &gotls.Config{Certificates: []gotls.Certificate{certs().rsa}}
		server.SetSessionTicketKeys([][32]byte{{1}})
		first := goSession(t, "first", client, server)
		second := goSession(t, "second", client, server)
		if !second.state.DidResume {
			t.Fatal("not resumed")
		}
		// Go logs the master secret of TLS 1.2 once, for the first connection.
		log, shared := logOf(first.log, second.log), NewShared(1<<20)
		play(first.events, log, Limits{Shared: shared}, 0, nil).want(t, first)
		h := play(second.events, log, Limits{Shared: shared}, 0, nil)
		h.want(t, second)
		if !h.state.Resumed || len(h.state.Certificates) != 0 || !h.state.Done || h.state.FlightBy != "Finished" {
			t.Errorf("%+v", h.state)
		}
		if version == gotls.VersionTLS12 {
			if h := play(second.events, log, Limits{}, 0, nil); len(h.said[0]) != 0 || h.unread["up no key"] == 0 {
				t.Errorf("read without a key: %v", h.unread)
			}
		}
	}
}

func TestHelloRetry(t *testing.T) {
	s := goSession(t, "retry", &gotls.Config{CurvePreferences: []gotls.CurveID{gotls.X25519, gotls.CurveP521}}, &gotls.Config{CurvePreferences: []gotls.CurveID{gotls.CurveP521}})
	h := play(s.events, logOf(s.log), Limits{}, 0, nil)
	h.want(t, s)
	if !h.state.Retried || h.state.Renegotiated != 0 || h.state.HelloAt.Offset <= int64(len(s.events[0].data)) { // the second hello's time counts
		t.Errorf("%+v", h.state)
	}
}

func TestClientCertificate(t *testing.T) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		s := goSession(t, "client certificate", &gotls.Config{MaxVersion: version, Certificates: []gotls.Certificate{certs().ecdsa}}, &gotls.Config{ClientAuth: gotls.RequireAnyClientCert})
		h := play(s.events, logOf(s.log), Limits{}, 0, nil)
		h.want(t, s)
		if len(h.state.ClientCertificates) != 1 || len(h.state.Certificates) != 1 {
			t.Errorf("%d and %d certificates", len(h.state.ClientCertificates), len(h.state.Certificates))
		}
	}
}

// TestPartOfTheSecrets opens what can be opened when the log has secrets of
// one direction only, or none of the handshake.
func TestPartOfTheSecrets(t *testing.T) {
	s := goSession(t, "TLS 1.3", &gotls.Config{}, &gotls.Config{})
	for _, test := range []struct {
		labels   []string
		up, down bool
	}{
		{[]string{keylog.ClientTraffic, keylog.ServerTraffic}, true, true},
		{[]string{keylog.ClientTraffic}, true, false},
		{[]string{keylog.ServerTraffic}, false, true},
		{[]string{keylog.ClientHandshake, keylog.ClientTraffic}, true, false},
		{[]string{keylog.ServerHandshake, keylog.ServerTraffic}, false, true},
		{[]string{keylog.ServerHandshake, keylog.ClientHandshake}, false, false},
		{[]string{keylog.Exporter}, false, false},
	} {
		for _, held := range []int{0, -1, 1000} {
			h := play(s.events, logOf(lines(s.log, test.labels...)), Limits{Held: held}, 0, nil)
			for side, open := range []bool{test.up, test.down} {
				switch {
				case open && string(h.said[side]) != string(s.said[side]):
					t.Errorf("%v, held %d: %s: %d bytes of %d", test.labels, held, sides[side], len(h.said[side]), len(s.said[side]))
				case open && h.unread[sides[side]+" no key"] != 0, !open && h.unread[sides[side]+" no key"] < int64(len(s.said[side])), !open && len(h.said[side]) > 0:
					t.Errorf("%v, held %d: %s: %d bytes, unread %v", test.labels, held, sides[side], len(h.said[side]), h.unread)
				}
			}
			if h.eof[0] != 1 && test.up || h.eof[1] != 1 && test.down {
				t.Errorf("%v: ends %v", test.labels, h.eof)
			}
		}
	}
}

// TestServerHelloMissing: the suite is told from what was offered.
func TestServerHelloMissing(t *testing.T) {
	s := goSession(t, "TLS 1.3", &gotls.Config{}, &gotls.Config{})
	var up []event
	for _, e := range s.events {
		if e.side == stream.Up {
			up = append(up, e)
		}
	}
	h := play(up, logOf(s.log), Limits{}, 0, nil)
	if string(h.said[0]) != string(s.said[0]) || len(h.unread) != 0 || h.state.Suite != gotls.CipherSuiteName(s.state.CipherSuite) {
		t.Errorf("%d of %d, unread %v, suite %s", len(h.said[0]), len(s.said[0]), h.unread, h.state.Suite)
	}
	if h = play(up, logOf(), Limits{}, 0, nil); h.unread["up "+NoHandshake] < int64(len(s.said[0])) {
		t.Errorf("unread %v", h.unread)
	}
}

func TestMiddleOfAConnection(t *testing.T) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		s := goSession(t, "middle", &gotls.Config{MaxVersion: version}, &gotls.Config{})
		h := play(s.events[len(s.events)-12:], logOf(s.log), Limits{}, 0, nil)
		if len(h.said[0])+len(h.said[1]) != 0 || h.unread["down "+NoHandshake] == 0 {
			t.Errorf("%v", h.unread)
		}
		// Only the server was recorded.
		var down []event
		for _, e := range s.events {
			if e.side == stream.Down {
				down = append(down, e)
			}
		}
		h = play(down, logOf(s.log), Limits{}, 0, nil)
		if len(h.said[1]) != 0 || h.unread["down "+NoHandshake] < int64(len(s.said[1])) || h.state.Version != gotls.VersionName(version) {
			t.Errorf("%v %+v", h.unread, h.state)
		}
		if version == gotls.VersionTLS12 && len(h.state.Certificates) != 1 {
			t.Error("the certificate is in the clear")
		}
	}
}
