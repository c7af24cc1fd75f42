package packet

import (
	"net/netip"
	"time"

	"github.com/constat/constat/flow"
)

// Segment is the TCP segment or UDP datagram in a packet. It is valid until
// the function it is handed to returns.
type Segment struct {
	Src, Dst netip.AddrPort
	Proto    Proto
	Payload  []byte // as far as it was captured
	Cut      int    // bytes of the payload that were on the wire behind it and are not in the capture
	TCP      TCP    // header fields, of a TCP segment

	Frame      int64 // of the packet; of a datagram in fragments, of the last to come
	Offset     int64 // of Payload in the capture if Verbatim, else of the packet
	Verbatim   bool  // Payload stands in the capture as it is
	Time       int64 // ns since 1970-01-01 UTC, or NoTime
	Resolution time.Duration
	TTL        uint8  // or hop limit
	ID         uint16 // IPv4 identification, 0 for IPv6
	Direction  Direction
	App        *flow.App // nil: not told
	Outer      Outer     // the tunnel it came through
}

// When is the segment's time, the zero Time if there is none.
func (s *Segment) When() time.Time { return when(s.Time) }

// Proto is a transport protocol, by its IP number.
type Proto uint8

// The protocols of Segments.
const (
	ProtoTCP Proto = 6
	ProtoUDP Proto = 17
)

// Outer tells of the outermost tunnel around a segment. Src and Dst are those
// of the packet on the wire: where it really went.
type Outer struct {
	Kind     string // "gre", "gtp-u", "ip-in-ip", "vxlan"; "" if there is no tunnel
	Src, Dst netip.Addr
}

// Counts says what became of packets. Each packet is counted once in the
// first group; one that holds several packets (802.11 A-MSDU, tunnels) once
// for each of them.
type Counts struct {
	TCP, UDP  int64 // emitted as segments
	ICMP      int64
	Transport int64 // other protocols over IP: IPsec, SCTP, …
	NotIP     int64 // ARP, spanning tree, 802.11 management, …
	Protected int64 // 802.11 frames that are encrypted
	Link      int64 // of a link type that is not known
	Malformed int64 // broken, or captured too short for the ports
	Deep      int64 // nested too deep
	Fragment  int64 // IP and 802.11 fragments that were held or dropped

	Packets     int64 // handed to Decode
	Cut         int64 // of them, captured short
	Reassembled int64 // datagrams made of fragments
	Incomplete  int64 // datagrams of which fragments were missing
	Overlapping int64 // fragments that say of the same bytes something else than one before
}

// Decoder finds the segments in packets. It belongs to one goroutine.
type Decoder struct {
	Counts Counts

	emit  func(*Segment)
	seg   Segment
	depth int
	app   *flow.App
	dir   Direction
	p     *Packet
	parts fragments
	other map[LinkType]int64 // packets of link types that are not known

	droid  bool // a packet had PCAPdroid's trailer
	droids map[uidKey]*flow.App
	pktaps map[pktapKey]*flow.App
	owners map[uint32]*flow.App // by uid, of NFLOG
}

// maxDepth is how many link layers and tunnels may stand around a segment.
const maxDepth = 8

// NewDecoder returns a Decoder that calls emit for each segment.
func NewDecoder(emit func(*Segment)) *Decoder {
	return &Decoder{emit: emit, other: map[LinkType]int64{}, droids: map[uidKey]*flow.App{},
		pktaps: map[pktapKey]*flow.App{}, owners: map[uint32]*flow.App{}}
}

// Decode emits the segments in p, mostly none or one, from within the call.
func (d *Decoder) Decode(p *Packet) {
	d.Counts.Packets++
	if len(p.Data) < p.Wire {
		d.Counts.Cut++
	}
	d.p, d.app, d.dir, d.depth = p, p.App, p.Direction, 0
	if d.seg.Outer.Kind != "" {
		d.seg.Outer = Outer{}
	}
	d.layer(p.Interface.Link, view{p.Data, p.Offset, p.Wire - len(p.Data)})
}

// Links returns how many packets had a link type that is not known.
func (d *Decoder) Links() map[LinkType]int64 { return d.other }

// view is what is left of a packet below the layers that were read.
type view struct {
	b   []byte
	at  int64 // of b in the capture, -1 if it does not stand there as it is
	cut int   // bytes behind b that were not captured
}

// skip steps over n bytes, which must be there.
func (v view) skip(n int) view {
	v.b = v.b[n:]
	if v.at >= 0 {
		v.at += int64(n)
	}
	return v
}

// limit says that the layer below is n bytes long.
func (v view) limit(n int) view {
	if n <= len(v.b) {
		v.b, v.cut = v.b[:n], 0
	} else {
		v.cut = n - len(v.b)
	}
	return v
}

// inner goes one layer down, and reports whether that is not too deep.
func (d *Decoder) inner() bool {
	if d.depth++; d.depth > maxDepth {
		d.Counts.Deep++
		return false
	}
	return true
}
