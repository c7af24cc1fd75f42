package pcap_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/constat/constat/capture/pcap"
	"github.com/constat/constat/flow"
)

// TestNamesFromLookups: a name that only an answer told, over whatever, is that
// of the address from then on; answers over HTTPS are read, and not kept.
func TestNamesFromLookups(t *testing.T) {
	named, overHTTPS, overTLS := 0, 0, 0
	for f, err := range pcap.Read(bytes.NewReader(recorded(t, "dns")), pcap.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case f.Lookup != nil && f.TLS != nil:
			overTLS++
		case f.Request != nil && strings.Contains(flow.Header(f.Request.Headers, "accept")+flow.Header(f.Request.Headers, "content-type"), "application/dns-message"):
			overHTTPS++
			if f.Response == nil || f.Response.Body.Kept || f.Response.Body.Data != nil || f.Response.Body.Size == 0 {
				t.Errorf("%+v", f.Response)
			}
		}
		if strings.HasSuffix(f.Server.Name, "quinze.test") {
			named++
		}
	}
	if overTLS == 0 || overHTTPS == 0 || named == 0 {
		t.Errorf("%d look-ups over TLS, %d over HTTPS, %d flows to a server whose name an answer told", overTLS, overHTTPS, named)
	}
}

// TestShortfalls: what the file says that it lacks is told, and is no damage.
func TestShortfalls(t *testing.T) {
	b := bytes.Clone(recorded(t, "pcap-us"))
	binary.LittleEndian.PutUint32(b[20:], 147) // a link type of nobody
	var told []string
	for f, err := range pcap.Read(bytes.NewReader(b), pcap.Options{}) {
		d := (*flow.Damage)(nil)
		if f != nil || !errors.As(err, &d) || !d.Missing {
			t.Fatalf("%+v, %v", f, err)
		}
		told = append(told, d.Error())
	}
	if len(told) != 1 || !strings.Contains(told[0], "packets of link type 147") || strings.Contains(told[0], "byte 0") {
		t.Errorf("%q", told)
	}
}

// TestWhoAnswered: what anybody on the way may have said bounds no distance.
func TestWhoAnswered(t *testing.T) {
	for _, c := range []struct {
		data []byte
		rtt  bool
	}{{recorded(t, "h2-go"), true}, {without(recorded(t, "h2-go")), false}} {
		for f, err := range pcap.Read(bytes.NewReader(c.data), pcap.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			if f.TLS != nil && f.Timing.TCP != nil && f.TLS.Version == "TLS 1.3" && !f.TLS.Resumed && (f.Timing.TLS != nil) != c.rtt {
				t.Errorf("%s: %+v", f.Host(), f.Timing.TLS)
			}
		}
	}
}
