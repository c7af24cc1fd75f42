package pcap

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/stream"
)

// answer is a DNS answer that gives a name an address.
func answer(t *testing.T, name string, a [4]byte) []byte {
	t.Helper()
	n := dnsmessage.MustNewName(name)
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, Response: true},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers:   []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: n, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: a}}},
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNames: whoever told it, an address has the name that it was last given
// for, and flows to it bear it.
func TestNames(t *testing.T) {
	s := newSession(Options{})
	r := resolver{s: s, emit: s.emit}
	if !r.message(stream.Down, stream.Mark{Time: time.Unix(1, 0)}, answer(t, "Log.Tracker.TEST.", [4]byte{198, 51, 100, 7})) {
		t.Fatal("no DNS message")
	}
	over := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{}, Response: &flow.Response{Status: 200, Headers: []flow.Field{{Name: "content-type", Value: "application/dns-message"}}}}
	over.Response.Body = flow.Body{Kept: true, Data: answer(t, "media.tracker.test.", [4]byte{198, 51, 100, 8})}
	s.emit(over)
	if over.Response.Body.Kept || over.Response.Body.Data != nil {
		t.Error("an answer over HTTPS is kept though no response was asked for")
	}
	s.addName([]byte{198, 51, 100, 9}, "block.tracker.test", packet.Place{})
	for addr, want := range map[string]string{"198.51.100.7:443": "log.tracker.test", "198.51.100.8:443": "media.tracker.test", "198.51.100.9:443": "block.tracker.test", "198.51.100.10:443": ""} {
		f := &flow.Flow{Server: flow.Endpoint{Addr: netip.MustParseAddrPort(addr)}}
		s.emit(f)
		if f.Server.Name != want {
			t.Errorf("%s: %q, want %q", addr, f.Server.Name, want)
		}
	}
}
