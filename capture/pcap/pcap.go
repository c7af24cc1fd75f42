package pcap

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/packet/udp"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
	"github.com/constat/constat/stream/quic"
	"github.com/constat/constat/stream/tls"
)

// Options say what to keep of a capture and what is known beside it.
type Options struct {
	// ResponseBodies keeps what servers sent.
	ResponseBodies bool
	// Wrote is called with the name of the program that made the capture.
	Wrote func(creator string)
	// Secrets open TLS and QUIC. Those that the capture holds are added. nil:
	// there are no others.
	Secrets *keylog.Log
}

// Bounds on what all connections hold together.
const (
	maxBodies    = 128 << 20 // bodies and messages under way
	maxRecords   = 64 << 20  // TLS records that wait for secrets
	maxEnded     = 32 << 20  // of them, of connections that are over
	maxResponse  = 16 << 20  // of one response, if they are kept
	expiresEvery = 4096      // packets between looks for QUIC connections that are over
)

// Match reports whether head begins a pcap or pcapng capture.
func Match(head []byte) bool { return packet.Match(head) }

// Read yields the flows of the capture in r. What is damaged, was dropped by the
// capture tool or cannot be decoded is a *flow.Damage.
func Read(r io.Reader, o Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		s := newSession(o)
		in := packet.NewReader(r, packet.Options{Section: s.section, Secrets: s.addSecrets, Names: s.addName, Drops: s.drop})
		for n := 1; ; n++ {
			p, err := in.Next()
			if err == io.EOF {
				break
			}
			if err == nil {
				s.decoder.Decode(p)
				if n%expiresEvery == 0 {
					s.retry()
					if p.Time != packet.NoTime {
						s.quic.Expire(p.When())
					}
				}
			}
			if !s.hand(yield) || err != nil && !yield(nil, err) {
				return
			}
		}
		s.decoder.Close()
		s.over = true
		s.tcp.Close()
		for len(s.ended) > 0 {
			s.finishOldest()
		}
		s.udp.Close()
		s.quic.Close()
		if !s.hand(yield) {
			return
		}
		for _, d := range s.shortfalls() {
			if !yield(nil, d) {
				return
			}
		}
	}
}

// session is the reading of one capture.
type session struct {
	opt     Options
	secrets *keylog.Log
	decoder *packet.Decoder
	tcp     *tcp.Assembler
	udp     *udp.Table
	quic    *quic.Tracker
	names   names
	limits  stream.Limits
	tls     tls.Limits
	drops   []packet.Drops
	ended   []ended // connections that wait for secrets
	held    int     // bytes that they hold
	late    bool    // secrets came since they were tried
	over    bool    // no more will come
	ready   []*flow.Flow
	count   int
}

func newSession(o Options) *session {
	s := &session{opt: o, secrets: o.Secrets}
	if s.secrets == nil {
		s.secrets = keylog.New()
	}
	s.limits = stream.Limits{Budget: stream.NewBudget(maxBodies), Lookups: true}
	if o.ResponseBodies {
		s.limits.Response = maxResponse
	}
	s.tls = tls.Limits{Shared: tls.NewShared(maxRecords)}
	s.tcp = tcp.New(tcp.Limits{}, func(c *tcp.Conn) tcp.Handler { return &conn{s: s, tcp: c} })
	s.udp = udp.New(udp.Limits{}, s.converse)
	s.quic = quic.New(s.secrets, quic.Limits{Stream: s.limits}, s.emit)
	s.decoder = packet.NewDecoder(func(x *packet.Segment) {
		if x.Proto == packet.ProtoTCP {
			s.tcp.Segment(x)
		} else {
			s.udp.Segment(x)
		}
	})
	return s
}

// hand yields the flows that are ready.
func (s *session) hand(yield func(*flow.Flow, error) bool) bool {
	for _, f := range s.ready {
		if !yield(f, nil) {
			return false
		}
	}
	clear(s.ready)
	s.ready = s.ready[:0]
	return true
}

// emit takes a flow that has ended.
func (s *session) emit(f *flow.Flow) {
	if f.Server.Name == "" {
		f.Server.Name = s.names.of(f.Server.Addr.Addr())
	}
	s.names.fromHTTPS(f)
	if !s.opt.ResponseBodies && f.Response != nil && len(f.Response.Body.Data) > 0 {
		f.Response.Body.Data, f.Response.Body.Kept = nil, false // an answer of DNS over HTTPS, read by now
	}
	f.Index = s.count
	s.count++
	s.ready = append(s.ready, f)
}

func (s *session) section(c packet.Creator, _ packet.Place) {
	if s.opt.Wrote == nil {
		return
	}
	var parts []string
	for _, x := range []string{c.Application, c.OS} {
		if x != "" {
			parts = append(parts, x)
		}
	}
	if len(parts) > 0 {
		s.opt.Wrote(strings.Join(parts, ", "))
	}
}

func (s *session) addSecrets(kind uint32, data []byte, _ packet.Place) {
	if kind == packet.TLSKeyLog && s.secrets.Add(data) > 0 {
		s.late = true
	}
}

// ended is a connection that is over and whose secrets may yet come: capture
// tools write them when they have them.
type ended struct {
	c    *conn
	m    stream.Mark
	held int
}

// wait keeps a connection that is over until its secrets come, or there is no
// more room.
func (s *session) wait(c *conn, m stream.Mark) {
	e := ended{c, m, c.inner.(*secure).tls.Held()}
	s.ended = append(s.ended, e)
	for s.held += e.held; s.held > maxEnded; {
		s.finishOldest()
	}
}

func (s *session) finishOldest() {
	e := s.ended[0]
	s.ended[0] = ended{}
	s.ended = s.ended[1:]
	s.held -= e.held
	e.c.finish(e.m)
}

// retry looks whether secrets that came open what waits.
func (s *session) retry() {
	if !s.late {
		return
	}
	s.late = false
	s.quic.Retry()
	waiting := s.ended[:0]
	for _, e := range s.ended {
		t := e.c.inner.(*secure).tls
		t.Retry()
		s.held -= e.held
		if e.held = t.Held(); e.held == 0 {
			e.c.finish(e.m)
			continue
		}
		s.held += e.held
		waiting = append(waiting, e)
	}
	clear(s.ended[len(waiting):])
	s.ended = waiting
}

// drop keeps the latest counts of each interface.
func (s *session) drop(d packet.Drops, _ packet.Place) {
	i := slices.IndexFunc(s.drops, func(x packet.Drops) bool { return x.Interface == d.Interface })
	if i < 0 {
		if len(s.drops) < 1024 {
			s.drops = append(s.drops, d)
		}
		return
	}
	s.drops[i] = d
}

// shortfalls are what the capture says of packets that it does not hold, and
// what it holds that could not be decoded.
func (s *session) shortfalls() (list []*flow.Damage) {
	for _, d := range s.drops {
		if n := max(d.Dropped, 0) + max(d.OSDropped, 0); n > 0 {
			list = append(list, &flow.Damage{
				Missing: true, Expected: "every packet of interface " + orNumber(d.Interface), Found: fmt.Sprintf("that %d were dropped while it was recorded", n),
				Remedy: "what they held is missing; record again with a larger buffer (tcpdump -B, dumpcap -B) or a narrower filter",
			})
		}
	}
	c := &s.decoder.Counts
	links := s.decoder.Links()
	for _, link := range slices.Sorted(maps.Keys(links)) {
		list = append(list, &flow.Damage{
			Missing: true, Expected: "a link type that can be read", Found: fmt.Sprintf("%d packets of link type %d", links[link], link),
			Remedy: "record at another interface; see https://www.tcpdump.org/linktypes.html for what it is",
		})
	}
	for _, x := range []struct {
		n             int64
		found, remedy string
	}{
		{c.Protected, "802.11 frames that are encrypted", "record behind the access point, or decrypt them first (airdecap-ng)"},
		{c.Malformed, "packets that are broken or cut before their ports", "record with a larger snap length (tcpdump -s 0)"},
		{c.Deep, "packets with too many headers inside each other", ""},
	} {
		if x.n > 0 {
			list = append(list, &flow.Damage{Missing: true, Expected: "packets that can be decoded", Found: fmt.Sprintf("%d %s", x.n, x.found), Remedy: x.remedy})
		}
	}
	if n := s.tcp.Counts.Evicted + s.udp.Evicted; n > 0 {
		list = append(list, &flow.Damage{Missing: true, Expected: "room for all connections", Found: fmt.Sprintf("%d that were closed early because too many were open at once", n), Remedy: "cut the capture by time (editcap -A -B)"})
	}
	return list
}

func orNumber(i *packet.Interface) string {
	if i == nil {
		return "?"
	}
	if i.Name != "" {
		return i.Name
	}
	return fmt.Sprint(i.Index)
}

// when is a packet's time.
func when(ns int64) time.Time {
	if ns == packet.NoTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
