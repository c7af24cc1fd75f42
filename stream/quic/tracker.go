package quic

import (
	"container/list"
	"io"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// Limits bound what a Tracker may hold. Zero fields take the defaults.
type Limits struct {
	Connections int           // at once; beyond them the one that was silent longest is closed; default 8,192
	Undecrypted int           // bytes of packets that a connection holds until there is a key, -1 for none; default 4 MiB
	Unordered   int           // bytes that a connection holds because others before them are missing; default 8 MiB
	Held        int           // bytes of both that all connections hold; default 128 MiB
	Idle        time.Duration // after which a connection that does not tell its own time is over; default 10 minutes

	Stream stream.Limits // of what the streams of a connection bring
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Connections, 8192)
	set(&l.Undecrypted, 4<<20)
	set(&l.Unordered, 8<<20)
	set(&l.Held, 128<<20)
	set(&l.Stream.Streams, 4096)
	if l.Idle == 0 {
		l.Idle = 10 * time.Minute
	}
	return l
}

// Hello is what the first packets of a connection tell to everybody.
type Hello struct {
	Client, Server netip.AddrPort
	Mark           stream.Mark // of the packet that completed it
	QUIC           string      // version, "QUIC 1"
	TLS            flow.TLS    // SNI, and ALPN if the client offers one only
	ALPN           []string    // as offered
	JA4            string      // of TLS over QUIC: "q13d0310h3_…"
	ECH            bool        // the SNI may be a public name instead of the one asked for
}

// Tracker reads the QUIC connections of a capture. It belongs to one
// goroutine.
type Tracker struct {
	// Hello, if not nil, is called for each connection when its ClientHello is
	// complete. It is set before the first Datagram.
	Hello func(Hello)
	// Content is stream.Info's.
	Content func(*flow.Body) io.Writer

	log     *keylog.Log
	version int // of log when packets were last tried
	limits  Limits
	emit    func(*flow.Flow)

	ids      map[string]*identity   // connection IDs, by the bytes
	lengths  [maxID + 1]int         // how many of ids have a length
	pairs    map[pair]*conn         // newest connection between two addresses
	servers  map[netip.AddrPort]int // connections that each has
	recent   *list.List             // of *conn, the most recent first
	closing  *list.List             // of *conn that have ended, the latest first
	waiting  map[*conn]bool         // have packets without a key
	held     int                    // of limits.Held
	begun    int                    // connections
	trials   int                    // of secrets that nobody has claimed
	searched int                    // openings of packets of connections without a beginning
	scratch  scratch
}

// identity is a connection ID: packets that carry it go in a direction of a
// connection.
type identity struct {
	c    *conn
	side stream.Side // of the packets
	next *identity   // another connection's that is the same
}

// pair is two addresses, that of the server second.
type pair struct{ client, server netip.AddrPort }

// lingering is how long a connection is known after its end, for what is
// still on its way (RFC 9000, 10.2: three probe timeouts).
const lingering = 3 * time.Second

// New returns a Tracker. emit is called for each flow as it completes, from
// within the methods; Index is left to the caller.
func New(log *keylog.Log, limits Limits, emit func(*flow.Flow)) *Tracker {
	return &Tracker{
		log: log, limits: limits.withDefaults(), emit: emit,
		ids: map[string]*identity{}, pairs: map[pair]*conn{}, servers: map[netip.AddrPort]int{}, waiting: map[*conn]bool{},
		recent: list.New(), closing: list.New(), version: log.Version(),
	}
}

// Datagram hands over the payload of a UDP datagram, at the moment and place
// of m; Offset is that of the payload's first byte. It does not keep payload.
// app is whose datagram it is, if the capture says so. It returns false for
// what is not QUIC.
func (t *Tracker) Datagram(src, dst netip.AddrPort, m stream.Mark, payload []byte, app *flow.App) bool {
	if len(payload) == 0 {
		return t.pairs[pair{src, dst}] != nil || t.pairs[pair{dst, src}] != nil
	}
	if v := t.log.Version(); v != t.version {
		t.Retry()
	}
	c, side, idLen := t.find(src, dst, m, payload)
	if c == nil {
		return false
	}
	if c.app == nil {
		c.app = app
	}
	if c.ended.IsZero() {
		t.recent.MoveToFront(c.element)
	}
	c.moved(src, dst, side)
	c.datagram(side, m, payload, idLen)
	return true
}

// Retry tries again the packets that had no key, if the log has grown.
// Datagram does so by itself.
func (t *Tracker) Retry() {
	v := t.log.Version()
	if v == t.version {
		return
	}
	t.version = v
	waiting := slices.Collect(maps.Keys(t.waiting))
	slices.SortFunc(waiting, func(a, b *conn) int { return a.serial - b.serial })
	for _, c := range waiting {
		c.retry()
	}
}

// Flush emits what messages have come, and shows asked the requests that have
// left and are not answered, as stream.Conn.Flush does.
func (t *Tracker) Flush(m stream.Mark, asked func(*flow.Flow)) {
	for e := t.recent.Back(); e != nil; e = e.Prev() {
		if c := e.Value.(*conn); c.upper != nil {
			c.upper.Flush(m, asked)
		}
	}
}

// Expire closes the connections that are over at a moment of the capture: by
// their own idle timeout (RFC 9000, 10.1), or some time after their end.
func (t *Tracker) Expire(now time.Time) {
	for e := t.closing.Back(); e != nil; e = t.closing.Back() {
		c := e.Value.(*conn)
		if now.Sub(c.ended) < lingering {
			break
		}
		c.close()
	}
	for e := t.recent.Back(); e != nil; {
		c, before := e.Value.(*conn), e.Prev()
		if now.Sub(c.last.Time) < min(t.limits.Idle, minIdle) {
			break // and so are all that follow
		}
		if now.Sub(c.last.Time) >= c.idle {
			c.close()
		}
		e = before
	}
}

// Close closes all connections.
func (t *Tracker) Close() {
	t.Retry()
	for _, l := range []*list.List{t.closing, t.recent} {
		for e := l.Back(); e != nil; e = l.Back() {
			e.Value.(*conn).close()
		}
	}
}

// find returns the connection of a datagram, its direction, and the length of
// the connection ID in short headers. What begins a connection makes one.
func (t *Tracker) find(src, dst netip.AddrPort, m stream.Mark, b []byte) (c *conn, side stream.Side, idLen int) {
	c, side = t.between(src, dst)
	if b[0]&0x80 != 0 {
		p, ok := readLong(b)
		switch {
		case !ok:
			return c, side, 0
		case p.kind == kindNegotiation || len(p.dcid) == 0:
		default:
			if known, way := t.byID(p.dcid, src, dst); known != nil {
				return known, way, len(p.dcid)
			}
		}
		if p.kind == kindInitial && len(p.dcid) >= minFirst {
			if fresh := t.begin(src, dst, m, b, &p); fresh != nil {
				return fresh, stream.Up, len(p.dcid)
			}
		}
		if c == nil && t.plausible(&p, b, src, dst) {
			c, side = t.unknown(src, dst, m, reasonBegun)
			c.late(&p, side)
		}
		return c, side, len(p.dcid)
	}
	if c != nil {
		for n, count := range c.lengths[side] {
			if count > 0 && len(b) > n && t.owner(b[1:1+n], c, side) {
				return c, side, n
			}
		}
		if c.silent(side) {
			return c, side, 0
		}
	}
	for n := min(maxID, len(b)-1); n > 0; n-- {
		if t.lengths[n] > 0 {
			if known, way := t.byID(b[1:1+n], src, dst); known != nil {
				return known, way, n
			}
		}
	}
	if c != nil { // by an ID that it was given unseen
		return c, side, c.usual(side)
	}
	if b[0]&0x40 != 0 && len(b) >= minPacket && (t.server(src) || t.server(dst)) {
		c, side = t.unknown(src, dst, m, reasonBegun)
		c.middle.on = true
	}
	return c, side, 0
}

// between returns the newest connection between two addresses.
func (t *Tracker) between(src, dst netip.AddrPort) (*conn, stream.Side) {
	if c := t.pairs[pair{src, dst}]; c != nil {
		return c, stream.Up
	}
	return t.pairs[pair{dst, src}], stream.Down
}

// minFirst is how long the ID is that a client makes up (RFC 9000, 7.2).
const minFirst = 8

// minTold is how long a connection ID must be to tell by itself, when neither
// address fits.
const minTold = 8

// byID returns the connection that a destination connection ID belongs to.
func (t *Tracker) byID(id []byte, src, dst netip.AddrPort) (*conn, stream.Side) {
	first := t.ids[string(id)]
	for i := first; i != nil; i = i.next {
		if i.side == stream.Up && i.c.server == dst || i.side == stream.Down && i.c.server == src {
			return i.c, i.side
		}
	}
	if first != nil && first.next == nil && len(id) >= minTold {
		return first.c, first.side
	}
	return nil, 0
}

// owner tells whether an ID belongs to a connection.
func (t *Tracker) owner(id []byte, c *conn, side stream.Side) bool {
	for i := t.ids[string(id)]; i != nil; i = i.next {
		if i.c == c && i.side == side {
			return true
		}
	}
	return false
}

// begin makes the connection that a client's first Initial packet begins. The
// packet proves to be one by opening with the keys that its own destination
// connection ID makes.
func (t *Tracker) begin(src, dst netip.AddrPort, m stream.Mark, b []byte, p *packet) *conn {
	v := versionOf(p.version)
	k := v.initialKeys(p.dcid, stream.Up)
	if k == nil || p.end > len(b) {
		return nil
	}
	o := opener{now: k}
	if _, ok := o.open(b[:p.end], p.number, -1, false, &t.scratch); !ok {
		return nil
	}
	c := t.add(src, dst, m)
	c.version = v
	c.original = append([]byte(nil), p.dcid...)
	c.identify(p.dcid, stream.Up)
	return c
}

// unknown makes a connection of which nothing can be read.
func (t *Tracker) unknown(src, dst netip.AddrPort, m stream.Mark, reason string) (*conn, stream.Side) {
	side := stream.Up
	if t.server(src) || !t.server(dst) && src.Port() < dst.Port() {
		side, src, dst = stream.Down, dst, src
	}
	c := t.add(src, dst, m)
	c.reason = reason
	return c, side
}

// add makes a connection.
func (t *Tracker) add(client, server netip.AddrPort, m stream.Mark) *conn {
	if t.recent.Len()+t.closing.Len() >= t.limits.Connections {
		oldest := t.closing.Back()
		if oldest == nil {
			oldest = t.recent.Back()
		}
		oldest.Value.(*conn).close()
	}
	t.begun++
	c := newConn(t, client, server, m)
	c.element = t.recent.PushFront(c)
	t.pairs[pair{client, server}] = c
	t.servers[server]++
	c.pairs = append(c.pairs, pair{client, server})
	return c
}

// server tells whether an address is one of a server of QUIC.
func (t *Tracker) server(a netip.AddrPort) bool { return a.Port() == 443 || t.servers[a] > 0 }

// plausible tells whether a packet with a long header, of no connection that
// we know, is QUIC at all.
func (t *Tracker) plausible(p *packet, b []byte, src, dst netip.AddrPort) bool {
	switch {
	case t.server(src) || t.server(dst), p.kind != kindUnknown && p.kind != kindNegotiation:
		return len(b) >= minPacket
	case p.kind == kindNegotiation:
		return len(p.dcid)+len(p.scid) > 0 && len(b) >= 11 && (len(b)-7-len(p.dcid)-len(p.scid))%4 == 0
	}
	// Versions that are reserved to be negotiated away (RFC 9000, section 15),
	// drafts, and those of Google.
	return p.version&0x0f0f0f0f == 0x0a0a0a0a || p.version>>8 == 0xff0000 || p.version>>24 == 'Q'
}
