package internet

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// TestEachTurnTakesARoundTrip: the TLS flight and every answer of a host come
// no sooner than from its place.
func TestEachTurnTakesARoundTrip(t *testing.T) {
	t.Parallel()
	n := up(t, map[string]http.Handler{"log-sg.quinze-data.example": Page("Singapore"), "media.quinze.example": Page("Ireland")})
	for host, rtt := range map[string]time.Duration{"log-sg.quinze-data.example": 145 * time.Millisecond, "media.quinze.example": 14 * time.Millisecond} {
		for _, protocol := range []string{"http/1.1", "h2"} {
			raw := dial(t, n, host)
			start := time.Now()
			c := tls.Client(raw, &tls.Config{ServerName: host, RootCAs: n.Roots(), NextProtos: []string{protocol}})
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took < rtt {
				t.Errorf("%s, %s: the handshake took %v, less than %v", host, protocol, took, rtt)
			}
			if p := c.ConnectionState().NegotiatedProtocol; p != protocol {
				t.Fatalf("%s speaks %q, not %s", host, p, protocol)
			}
			used := false
			protocols := new(http.Protocols)
			protocols.SetHTTP1(protocol == "http/1.1")
			protocols.SetHTTP2(protocol == "h2")
			client := http.Client{Transport: &http.Transport{Protocols: protocols, DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
				if used {
					t.Error("another connection")
				}
				used = true
				return c, nil
			}}}
			for turn := range 2 {
				start = time.Now()
				res, err := client.Get("https://" + host + "/")
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if took := time.Since(start); took < rtt {
					t.Errorf("%s, %s: answer %d took %v, less than %v", host, protocol, turn, took, rtt)
				}
			}
			client.CloseIdleConnections()
		}
	}
}

// TestDelayCountsFromTheQuestion: the wait is what is left of a round trip since
// the question, once for each, and none for who speaks first.
func TestDelayCountsFromTheQuestion(t *testing.T) {
	const rtt = 40 * time.Millisecond
	near, end := net.Pipe()
	defer near.Close()
	d := &delayed{Conn: end, rtt: rtt}
	defer d.Close()
	read := func(n int) {
		if _, err := io.ReadFull(near, make([]byte, n)); err != nil {
			t.Error(err)
		}
	}
	ask := func() (before time.Time) {
		before = time.Now()
		done := make(chan struct{})
		go func() { near.Write([]byte("?")); close(done) }()
		if n, err := d.Read(make([]byte, 8)); n != 1 || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		<-done
		return before
	}

	go d.Write([]byte("hello"))
	read(5)
	if d.turn.Load() != 0 {
		t.Error("a turn without a question")
	}

	asked := ask()
	if d.turn.Load() == 0 {
		t.Error("the question opened no turn")
	}
	go func() { d.Write([]byte("a")); d.Write([]byte("b")) }()
	read(1)
	if took := time.Since(asked); took < rtt {
		t.Errorf("the answer came after %v", took)
	}
	read(1)
	if d.turn.Load() != 0 {
		t.Error("the answer ended no turn")
	}
}

// TestUnreachableIsUnreachable: what Route says of the rest of the world cannot
// be connected to.
func TestUnreachableIsUnreachable(t *testing.T) {
	n := up(t, nil)
	if c, err := net.Dial("tcp", n.Route(netip.MustParseAddrPort("192.0.2.1:443")).String()); err == nil {
		c.Close()
		t.Error("it is reached")
	}
}
