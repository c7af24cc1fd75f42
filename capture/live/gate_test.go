package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/capture/live/gate"
	"github.com/constat/constat/capture/live/gate/gatetest"
	"github.com/constat/constat/flow"
)

// TestWireGuard: a phone behind the gate, with names, TLS, QUIC and other
// datagrams.
func TestWireGuard(t *testing.T) {
	echo, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer echo.Close()
	go func() {
		b := make([]byte, 2000)
		for {
			n, from, err := echo.ReadFrom(b)
			if err != nil {
				return
			}
			echo.WriteTo(b[:n], from)
		}
	}()
	far := netip.MustParseAddr("198.51.100.7")
	var r *rig
	r = newRig(t, rigOptions{engine: func(c *Config) {
		c.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
			if host == "origin.test" {
				return []netip.Addr{far}, nil
			}
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		c.Route = func(a netip.AddrPort) netip.AddrPort {
			if a == netip.AddrPortFrom(far, 3478) {
				return echo.LocalAddr().(*net.UDPAddr).AddrPort()
			}
			if a.Port() == 81 {
				return netip.MustParseAddrPort("127.0.0.1:1")
			}
			return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), r.port)
		}
	}})
	g, err := OpenGate(r.engine, gate.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "set-up") }), true)
	must(t, err)
	defer g.Close()

	nt := gatetest.Phone(t, g.ClientConfig())
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DialContext: nt.DialContext, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: r.trust()},
	}}
	body := randomBytes(300_000)
	res, err := client.Post("https://origin.test/wireguard", "video/mp4", bytes.NewReader(body))
	must(t, err)
	got, _ := io.ReadAll(res.Body)
	if want := fmt.Sprintf("POST HTTP/2.0 %d %s", len(body), sum(body)); string(got) != want {
		t.Errorf("%s", got)
	}
	res, err = client.Get("http://" + gate.Address.String() + "/")
	must(t, err)
	if b, _ := io.ReadAll(res.Body); string(b) != "set-up" {
		t.Errorf("%s", b)
	}
	u, err := nt.DialContext(t.Context(), "udp", "198.51.100.7:3478")
	must(t, err)
	io.WriteString(u, "stun")
	b := make([]byte, 10)
	u.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := u.Read(b); string(b[:n]) != "stun" {
		t.Errorf("%q %v", b[:n], err)
	}
	q, err := nt.DialContext(t.Context(), "udp", "198.51.100.7:443")
	must(t, err)
	io.WriteString(q, "quic")
	waitFor(t, func() bool { return g.Stats.Refused.Load() > 0 })
	if _, err := nt.LookupContextHost(t.Context(), "nowhere.test"); err == nil {
		t.Error("nowhere.test has an address")
	}

	// What the server does not take, the phone sees refused.
	if _, err := nt.DialContext(t.Context(), "tcp", "198.51.100.7:81"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a closed port: %v", err)
	}
	flows := r.flows()
	f := with(flows, "/wireguard")
	if len(f) != 1 || !bytes.Equal(f[0].Request.Body.Data, body) || f[0].Server.Name != "origin.test" || f[0].Server.Addr.Addr().String() != "198.51.100.7" {
		t.Errorf("%+v", f)
	}
	lookups, reasons := "", ""
	for _, f := range flows {
		if f.Kind == flow.DNS {
			lookups += f.Lookup.Questions[0].Name + " " + f.Lookup.Questions[0].Type + " " + f.Lookup.Code + "\n"
		}
		if f.Unread != nil {
			reasons += fmt.Sprintln(f.Host(), f.Unread.Up, f.Unread.Down, f.Unread.Reason)
		}
	}
	for _, want := range []string{"origin.test A NOERROR", "nowhere.test A NXDOMAIN"} {
		if !strings.Contains(lookups, want) {
			t.Errorf("no %q in\n%s", want, lookups)
		}
	}
	for _, want := range []string{"origin.test 4 4 datagrams", "origin.test 0 0 QUIC was refused"} {
		if !strings.Contains(reasons, want) {
			t.Errorf("no %q in\n%s", want, reasons)
		}
	}
	if b, _ := os.ReadFile(r.dir + "/session-1.store"); !bytes.Contains(b, []byte("nowhere.test")) {
		t.Error("the look-up is not kept")
	}
}
