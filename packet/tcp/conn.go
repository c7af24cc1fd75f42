package tcp

import (
	"net/netip"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/idle"
	"github.com/constat/constat/stream"
)

// Handler takes what a connection carries. A *stream.Conn is a Handler. What
// one end has acknowledged is handed over before what it says then, where the
// capture allows; marks can go back by what the capture was out of order.
type Handler interface {
	// Data hands over bytes of a direction, in order. They are valid until it
	// returns.
	Data(side stream.Side, m stream.Mark, b []byte)
	// Gap tells that n bytes of a direction are not in the capture, or were
	// captured short.
	Gap(side stream.Side, m stream.Mark, n int64)
	// EOF tells that a direction has ended in good order.
	EOF(side stream.Side, m stream.Mark)
	// Close tells that the connection is over; nothing follows.
	Close(m stream.Mark)
}

// End says why a connection was closed.
type End string

// The ends of a connection.
const (
	Finished End = "finished"       // both directions ended in good order
	Reset    End = "reset"          //
	Reused   End = "ports reused"   // by another connection
	Idle     End = "idle"           // for longer than Limits.Idle
	Evicted  End = "evicted"        // for want of room
	Stopped  End = "end of capture" //
)

// Conn is one connection. Its fields are as of now; they are complete when
// the Handler is closed.
type Conn struct {
	Number  int64          // in the order of first packets, from 0
	Client  netip.AddrPort //
	Server  netip.AddrPort
	Certain bool // a SYN says who the client is
	Midway  bool // the first packet was no SYN: bytes before it are unknown

	First, Last int64 // times of packets, ns since 1970, or packet.NoTime
	FirstFrame  int64
	Sent        [2]Direction // by stream.Side
	Conflicts   int64        // segments that say something else of bytes seen before
	ConflictAt  stream.Mark  // of the first
	App         *flow.App    // nil: not told
	Outer       packet.Outer // the tunnel of the first packet
	End         End
	Resetter    stream.Side // who reset it, if End is Reset
	Handshake   Handshake
	Resolution  time.Duration // step of the capture's clock

	node        idle.Node[*Conn]
	pair        packet.Pair
	half        [2]half // by end: lower, higher
	lowIsClient bool
	strength    int // of the guess that says so
	handler     Handler
	opened      bool // the handler was asked for
	over        bool // it was closed; late segments are only counted
	answered    bool // a SYN/ACK came
	reset       bool
	resetAt     int64
	packets     int64
	latest      stream.Mark
	again       *packet.Segment // a SYN that may begin another connection
}

// Direction counts what one end sent.
type Direction struct {
	Packets  int64
	Bytes    int64 // of payload on the wire, also what was repeated
	Stream   int64 // bytes handed on as data
	Lost     int64 // bytes in gaps
	Cut      int64 // bytes, of those in gaps, that were captured short
	Repeated Count // bytes that had been seen before, or given up
	Copies   Count // packets that were captured twice or doubled by the network; they are not counted above
	Early    int64 // segments that came before one that stands in front of them
	Probes   int64 // keep-alives
	Stray    Count // payload that fits no place in the stream, or came after its end
	MinTTL   uint8
	MaxTTL   uint8
	Short    int // most bytes of a packet's payload that were captured short
	MSS      uint16
	EOF      bool
}

// Count is a number of segments and their bytes.
type Count struct{ Segments, Bytes int64 }

// Handshake holds the times of the three packets that open a connection, ns
// since 1970, zero if one was not seen.
type Handshake struct {
	SYN    int64 // that the SYN/ACK answers; the first one, if that is not known
	SYNACK int64
	ACK    int64 // the first packet of the client that acknowledges it
	SYNs   int   // how often the SYN was sent

	isn       uint32
	lastSYN   int64
	firstTS   uint32 // time stamp option of the first SYN
	lastTS    uint32 // of the last
	timestamp bool   // they have one
}

// RTT is the time from SYN to SYN/ACK: one round trip between the place of
// the capture and the server, or whoever answered for it. Nil if it was not
// seen. If the SYN was repeated and nothing tells which one was answered, it
// counts from the first, so that it stays an upper bound.
func (c *Conn) RTT() *flow.RTT {
	h := &c.Handshake
	if h.SYN == 0 || h.SYNACK == 0 || h.SYNACK < h.SYN {
		return nil
	}
	basis := "tcp syn to syn/ack, packet capture"
	if h.SYNs > 1 {
		basis += ", syn repeated"
	}
	return &flow.RTT{D: time.Duration(h.SYNACK - h.SYN), Resolution: c.Resolution, Leg: flow.Direct, Basis: basis}
}

// Near is the time from SYN/ACK to ACK: one round trip between the place of
// the capture and the client, near zero where the capture was made on the
// client. ok is false if it was not seen.
func (c *Conn) Near() (d time.Duration, ok bool) {
	h := &c.Handshake
	if h.SYNACK == 0 || h.ACK < h.SYNACK {
		return 0, false
	}
	return time.Duration(h.ACK - h.SYNACK), true
}

// Info is what package stream wants to know of the connection.
func (c *Conn) Info() stream.Info {
	i := stream.Info{
		Client: flow.Endpoint{Addr: c.Client}, Server: flow.Endpoint{Addr: c.Server},
		App: c.App, Leg: flow.Direct, Basis: "packet capture, request sent to first byte",
	}
	i.Timing.TCP = c.RTT()
	if c.First != packet.NoTime {
		i.Timing.Start = time.Unix(0, c.First).UTC()
	}
	return i
}

// side is the direction that an end sends in.
func (c *Conn) side(low bool) stream.Side {
	if low == c.lowIsClient {
		return stream.Up
	}
	return stream.Down
}

// setClient says which end is the client.
func (c *Conn) setClient(low bool, certain bool) {
	if c.lowIsClient != low {
		c.lowIsClient = low
		c.Client, c.Server = c.Server, c.Client
		c.Sent[0], c.Sent[1] = c.Sent[1], c.Sent[0]
	}
	c.Certain = c.Certain || certain
}

// end returns the half of an end.
func (c *Conn) end(low bool) *half {
	if low {
		return &c.half[0]
	}
	return &c.half[1]
}

// sent returns the counts of an end.
func (c *Conn) sent(low bool) *Direction { return &c.Sent[c.side(low)] }
