package pcap

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/constat/constat/capture/dns"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

const (
	dnsPort = 53
	dotPort = 853 // over TLS, RFC 7858
)

// lookup reads a DNS message (RFC 1035, 4), as far as it makes sense; nil if
// it is none.
func lookup(b []byte) *flow.Lookup {
	if l := records(b); l != nil && len(l.Questions) > 0 {
		return l
	}
	return nil
}

// records reads a DNS message that may answer what nobody asked.
func records(b []byte) *flow.Lookup {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil {
		return nil
	}
	questions, err := p.AllQuestions()
	if err != nil || len(questions) > 16 {
		return nil
	}
	l := &flow.Lookup{}
	for _, q := range questions {
		l.Questions = append(l.Questions, flow.Question{Name: nameOf(q.Name), Type: dns.Type(int(q.Type))})
	}
	if !h.Response {
		return l
	}
	l.Code = dns.Code(int(h.RCode))
	for len(l.Answers) < 256 {
		r, err := p.AnswerHeader()
		if err != nil {
			break
		}
		a := flow.Answer{Name: nameOf(r.Name), Type: dns.Type(int(r.Type)), TTL: r.TTL}
		switch r.Type {
		case dnsmessage.TypeA:
			var x dnsmessage.AResource
			x, err = p.AResource()
			a.Data = netip.AddrFrom4(x.A).String()
		case dnsmessage.TypeAAAA:
			var x dnsmessage.AAAAResource
			x, err = p.AAAAResource()
			a.Data = netip.AddrFrom16(x.AAAA).String()
		case dnsmessage.TypeCNAME:
			var x dnsmessage.CNAMEResource
			x, err = p.CNAMEResource()
			a.Data = nameOf(x.CNAME)
		case dnsmessage.TypePTR:
			var x dnsmessage.PTRResource
			x, err = p.PTRResource()
			a.Data = nameOf(x.PTR)
		case dnsmessage.TypeNS:
			var x dnsmessage.NSResource
			x, err = p.NSResource()
			a.Data = nameOf(x.NS)
		case dnsmessage.TypeTXT:
			var x dnsmessage.TXTResource
			x, err = p.TXTResource()
			a.Data = strconv.Quote(strings.Join(x.TXT, ""))
		default:
			var x dnsmessage.UnknownResource
			x, err = p.UnknownResource()
			a.Data = fmt.Sprintf(`\# %d %x`, len(x.Data), x.Data) // RFC 3597, 5
		}
		if err != nil {
			break
		}
		l.Answers = append(l.Answers, a)
	}
	return l
}

func nameOf(n dnsmessage.Name) string { return strings.TrimSuffix(n.String(), ".") }

// resolver matches the answers of a DNS server to the questions of one client.
type resolver struct {
	s     *session
	base  flow.Flow
	emit  func(*flow.Flow)
	open  map[uint16]*flow.Flow
	order []uint16
}

// maxOpen bounds the questions that wait for an answer.
const maxOpen = 256

// message takes one message, and reports whether it is one.
func (r *resolver) message(side stream.Side, m stream.Mark, b []byte) bool {
	l := lookup(b)
	if l == nil {
		return false
	}
	id := binary.BigEndian.Uint16(b)
	if l.Code == "" { // a question
		if old := r.take(id); old != nil {
			if len(old.Lookup.Questions) == 1 && old.Lookup.Questions[0] == l.Questions[0] {
				r.put(id, old) // asked again
				return true
			}
			r.emit(old)
		}
		if len(r.order) >= maxOpen {
			r.emit(r.take(r.order[0]))
		}
		f := r.begin(m)
		f.Lookup = l
		f.Timing.Sent = m.Time
		r.put(id, f)
		return true
	}
	f := r.take(id)
	if f == nil {
		f = r.begin(m)
	} else {
		f.Timing.Answered = m.Time
		if d := m.Time.Sub(f.Timing.Sent); d >= 0 && !f.Timing.Sent.IsZero() {
			f.Timing.FirstByte = &flow.RTT{D: d, Resolution: time.Microsecond, Leg: flow.Direct, Basis: "packet capture, dns question to answer"}
		}
	}
	f.Timing.End = m.Time
	f.Lookup = l
	r.s.names.learn(l)
	r.emit(f)
	return true
}

func (r *resolver) begin(m stream.Mark) *flow.Flow {
	f := r.base
	f.Kind, f.Protocol = flow.DNS, "dns"
	f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	f.Timing.Start = m.Time
	r.base.Timing = flow.Timing{} // the handshake is the first one's
	return &f
}

func (r *resolver) put(id uint16, f *flow.Flow) {
	if r.open == nil {
		r.open = map[uint16]*flow.Flow{}
	}
	r.open[id] = f
	r.order = append(r.order, id)
}

func (r *resolver) take(id uint16) *flow.Flow {
	f := r.open[id]
	if f != nil {
		delete(r.open, id)
		for i, x := range r.order {
			if x == id {
				r.order = append(r.order[:i], r.order[i+1:]...)
				break
			}
		}
	}
	return f
}

// end emits the questions that nobody answered.
func (r *resolver) end() {
	for len(r.order) > 0 {
		r.emit(r.take(r.order[0]))
	}
}

// dnsStream reads DNS over TCP (RFC 7766): each message after its length.
type dnsStream struct {
	s    *session
	info stream.Info
	emit func(*flow.Flow)
	r    *resolver
	held [2][]byte
	at   [2]stream.Mark
	lost [2]bool
	n    [2]int64 // bytes that are no messages
	last stream.Mark
}

// Data implements tcp.Handler.
func (d *dnsStream) Data(side stream.Side, m stream.Mark, b []byte) {
	if d.r == nil {
		d.r = &resolver{s: d.s, emit: d.emit, base: flow.Flow{Client: d.info.Client, Server: d.info.Server, TLS: d.info.TLS, App: d.info.App, Timing: d.info.Timing}}
	}
	d.last = m
	if d.lost[side] {
		d.n[side] += int64(len(b))
		return
	}
	if len(d.held[side]) == 0 {
		d.at[side] = m
	}
	d.held[side] = append(d.held[side], b...)
	for {
		h := d.held[side]
		if len(h) < 2 {
			return
		}
		n := 2 + int(binary.BigEndian.Uint16(h))
		if len(h) < n {
			return
		}
		if !d.r.message(side, d.at[side], h[2:n]) {
			d.lose(side)
			return
		}
		d.held[side], d.at[side] = append(h[:0], h[n:]...), m
	}
}

// lose counts what cannot be read from here on.
func (d *dnsStream) lose(side stream.Side) {
	d.lost[side] = true
	d.n[side] += int64(len(d.held[side]))
	d.held[side] = nil
}

// Gap implements tcp.Handler.
func (d *dnsStream) Gap(side stream.Side, m stream.Mark, n int64) {
	d.lose(side)
	d.n[side] += max(n, 0)
}

// EOF implements tcp.Handler.
func (d *dnsStream) EOF(stream.Side, stream.Mark) {}

// Close implements tcp.Handler.
func (d *dnsStream) Close(m stream.Mark) {
	if d.r == nil {
		return
	}
	d.r.end()
	for side := range d.n {
		d.lose(stream.Side(side))
	}
	if d.n != [2]int64{} {
		f := d.r.begin(d.last)
		f.Kind, f.Unread = flow.Opaque, &flow.Unread{Up: d.n[stream.Up], Down: d.n[stream.Down], Reason: "not DNS, or cut short"}
		d.emit(f)
	}
}
