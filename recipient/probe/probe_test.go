package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// slow delays what is read from a connection, as distance does.
type slow struct {
	net.Conn
	by time.Duration
}

func (s slow) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	time.Sleep(s.by)
	return n, err
}

func server(t *testing.T, version uint16) netip.AddrPort {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
	s.StartTLS()
	t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

func TestRun(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		at := server(t, version)
		const far = 30 * time.Millisecond
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return slow{c, far}, err
		}
		got := Run(t.Context(), at, Options{ServerName: "example.com", Handshakes: 2, Dial: dial})
		if len(got) != 2 {
			t.Fatalf("%d handshakes, want 2", len(got))
		}
		for _, h := range got {
			if h.Error != "" || h.TLS < far || h.Version != tls.VersionName(version) || len(h.Certificate) != 64 || h.Address != at {
				t.Errorf("%+v", h)
			}
			if h.Verified { // nobody's roots know the test's certificate
				t.Error("a certificate of the test is taken for valid")
			}
		}
		if times := Timing(got); len(times) != 2 || times[0].TLS.D < far {
			t.Errorf("times: %+v", times)
		}
	}
}

// TestFailures: what went wrong is told, and measures nothing.
func TestFailures(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := plain.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("220 no TLS here\r\n"))
			c.Close()
		}
	}()
	open := netip.MustParseAddrPort(plain.Addr().String())
	if got := Run(t.Context(), open, Options{Handshakes: 1}); len(got) != 1 || !strings.HasPrefix(got[0].Error, "no handshake") || len(Timing(got)) != 0 {
		t.Errorf("no TLS: %+v", got)
	}
	plain.Close()
	if got := Run(t.Context(), open, Options{Handshakes: 1}); len(got) != 1 || !strings.HasPrefix(got[0].Error, "no connection") || len(Timing(got)) != 0 {
		t.Errorf("closed: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := Run(ctx, open, Options{}); len(got) != 0 {
		t.Errorf("cancelled: %+v", got)
	}
	if got := Run(t.Context(), open, Options{Handshakes: 1000}); len(got) != MaxHandshakes {
		t.Errorf("%d handshakes, want at most %d", len(got), MaxHandshakes)
	}
}
