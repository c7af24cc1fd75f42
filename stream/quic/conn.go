package quic

import (
	"bytes"
	"container/list"
	"net/netip"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// conn is one connection.
type conn struct {
	t       *Tracker
	serial  int           // in the order in which connections began
	element *list.Element // in t.recent or t.closing
	client  netip.AddrPort
	server  netip.AddrPort
	pairs   []pair // that it is found by
	app     *flow.App
	start   time.Time
	last    stream.Mark
	now     time.Time     // of the packet at hand
	ended   time.Time     // when a side closed it; zero as long as it lives
	idle    time.Duration // after which it is over

	version  *version // that is spoken, nil if nothing can be read
	original []byte   // what the keys of the Initial packets are made of
	initial  [2]*opener
	opened   [2][levels]*opener // beyond Initial
	asked    [2][levels]int     // version of the log when it had no key, plus 1
	trials   int                // of secrets that nobody has claimed
	shut     [2]int64           // packets that did not open, at least
	segment  [2]int             // bytes of the packets in datagrams that were not cut
	cuts     int                // searches for that in vain

	ids     []known            // connection IDs
	lengths [2][maxID + 1]int8 // of ids, how many have a length
	usually [2]int             // length of the ID that a direction had last
	mute    [2]bool            // an endpoint has chosen an empty ID for what it is sent
	resets  [2][][16]byte      // stateless reset tokens that a side has given out
	retried bool               // a Retry was seen
	moves   int                // of the client to another address

	spaces [2][3]space
	hello  hello
	crypto [2][levels]*sequence
	part   [2][levels][]byte // of a handshake message
	asking time.Time         // when the ClientHello that was answered left
	rtt    *flow.RTT
	tls    *flow.TLS // never changed, only replaced

	upper   upper
	streams map[uint64]*flight
	gone    [4]ranges       // streams that are over, by type
	held    int             // bytes of pieces that wait for others, and of messages
	queue   []sealed        // packets that have no key yet
	waits   int             // bytes of queue
	lacks   [2][levels]bool // keys that queue waits for
	replay  bool            // what is read comes from queue
	again   bool            // something was learned that may open them

	reason  string               // why nothing at all can be read
	unread  map[string]*[2]int64 // bytes that were not, by reason
	notes   []string
	told    int  // of notes, by a flow
	emitted bool // a flow
	timed   bool // a flow that has the time of the handshake
}

// known is a connection ID and the direction of the packets that carry it.
type known struct {
	id   string
	side stream.Side
}

// space is what is known of the packet numbers of a side (RFC 9000, 12.3).
type space struct {
	largest int64
	seen    ranges
	acked   ranges // by the other side
}

// sealed is a part of a datagram that waits for a key.
type sealed struct {
	side  stream.Side
	mark  stream.Mark
	idLen int
	data  []byte
}

const (
	minIdle   = time.Minute
	maxIDs    = 256 // connection IDs that a connection is found by
	maxTokens = 64
	maxPairs  = 64
	maxNotes  = 16
	maxTrials = 4000

	maxAllTrials = 1_000_000 // of all connections
)

// Why bytes are not read.
const (
	reasonNoKey     = "no key"
	reasonNoOpen    = "does not open with the key"
	reasonBegun     = "the connection began before the capture, or moved to another address unseen"
	reasonVersion   = "a version of QUIC that is not known"
	reasonCut       = "cut short in the capture"
	reasonPacket    = "not a QUIC packet"
	reasonFrame     = "a QUIC frame that is not known or breaks the protocol"
	reasonRejected  = "early data that the server refused"
	reasonStreams   = "more QUIC streams open than the limit"
	reasonHandshake = "the handshake was not completed"
	reasonNothing   = "nothing was sent"
	reasonDatagrams = "datagrams are not read"
)

func newConn(t *Tracker, client, server netip.AddrPort, m stream.Mark) *conn {
	c := &conn{
		t: t, serial: t.begun, client: client, server: server, start: m.Time, last: m, idle: t.limits.Idle,
		streams: map[uint64]*flight{}, unread: map[string]*[2]int64{}, tls: &flow.TLS{Version: "TLS 1.3"},
	}
	for side := range c.spaces {
		for i := range c.spaces[side] {
			c.spaces[side][i].largest = -1
		}
	}
	return c
}

// identify makes the connection known by an ID of packets in a direction.
func (c *conn) identify(id []byte, side stream.Side) {
	if len(id) == 0 {
		c.mute[side] = true
		return
	}
	if len(id) > maxID || len(c.ids) >= maxIDs || c.t.owner(id, c, side) {
		return
	}
	s := string(id)
	c.t.ids[s] = &identity{c, side, c.t.ids[s]}
	c.t.lengths[len(id)]++
	if n := &c.lengths[side][len(id)]; *n < 127 {
		*n++
	}
	c.usually[side] = len(id)
	c.ids = append(c.ids, known{s, side})
}

// late makes the best of a connection whose first packet was not captured:
// its Initial packets stay closed, but the others may open with a secret that
// nobody has claimed.
func (c *conn) late(p *packet, side stream.Side) {
	switch {
	case p.kind == kindUnknown:
		c.reason = reasonVersion
	case p.version != 0:
		c.reason = ""
		c.version = versionOf(p.version)
		c.identify(p.dcid, side)
		c.identify(p.scid, 1-side)
	}
}

// silent tells whether packets in a direction carry no ID.
func (c *conn) silent(side stream.Side) bool { return c.mute[side] }

// usual is the length of the ID of packets in a direction.
func (c *conn) usual(side stream.Side) int { return c.usually[side] }

// moved notes the addresses of a datagram: a client may change its own
// (RFC 9000, section 9).
func (c *conn) moved(src, dst netip.AddrPort, side stream.Side) {
	p := pair{src, dst}
	if side == stream.Down {
		p = pair{dst, src}
	}
	if c.t.pairs[p] == c {
		return
	}
	if side == stream.Up && p.client != c.client {
		c.moves++
		c.note("the client moved to another address")
	}
	if len(c.pairs) < maxPairs {
		c.t.pairs[p] = c
		c.pairs = append(c.pairs, p)
	}
}

// note keeps a fact about the connection, once.
func (c *conn) note(text string) {
	for _, n := range c.notes {
		if n == text {
			return
		}
	}
	if len(c.notes) < maxNotes {
		c.notes = append(c.notes, text)
	}
}

// lose counts bytes that are not read.
func (c *conn) lose(side stream.Side, n int, reason string) {
	if n <= 0 {
		return
	}
	u := c.unread[reason]
	if u == nil {
		u = new([2]int64)
		c.unread[reason] = u
	}
	u[side] += int64(n)
	switch reason {
	case reasonNoKey, reasonNoOpen, reasonCut, reasonPacket, reasonBegun:
		c.shut[side] += 1 + int64(n/minSegment)
	}
}

// datagram reads a datagram, or the part of one that was held.
func (c *conn) datagram(side stream.Side, m stream.Mark, b []byte, idLen int) {
	if m.Time.After(c.last.Time) {
		c.last = m
	}
	c.read(side, m, b, idLen)
	for c.again { // what was learned may open what was held
		c.again = false
		c.retry()
	}
}

// read takes a datagram apart into packets (RFC 9000, 12.2).
func (c *conn) read(side stream.Side, m stream.Mark, b []byte, idLen int) {
	if c.reason != "" {
		c.lose(side, len(b), c.reason)
		return
	}
	c.now = m.Time
	for len(b) > 0 {
		n := 0
		switch {
		case b[0]&0x80 != 0:
			n = c.long(side, m, b)
		case padding(b):
			return
		default:
			n = c.short(side, m, b, idLen)
		}
		b = b[n:]
		shift(&m, int64(n))
	}
}

// long reads a packet with a long header, and returns its length.
func (c *conn) long(side stream.Side, m stream.Mark, b []byte) int {
	p, ok := readLong(b)
	if !ok {
		c.lose(side, len(b), reasonPacket)
		return len(b)
	}
	switch p.kind {
	case kindUnknown:
		c.lose(side, len(b), reasonVersion)
		return len(b)
	case kindNegotiation:
		if side == stream.Down {
			c.note("the server does not speak the version of QUIC that the client began with")
		}
		return len(b)
	case kindRetry:
		if side == stream.Down && !c.retried && versionOf(p.version).retryTag(b, c.original) {
			c.retried = true
			c.original = bytes.Clone(p.scid)
			c.initial = [2]*opener{}
			c.identify(p.scid, stream.Up)
			c.asking = time.Time{}
			c.part[stream.Up][initial], c.crypto[stream.Up][initial] = nil, nil // it says the same again
		}
		return len(b)
	}
	if p.end > len(b) {
		c.lose(side, len(b), reasonCut)
		return len(b)
	}
	l := p.level()
	if l == early && side == stream.Down {
		c.lose(side, p.end, reasonPacket)
		return p.end
	}
	if l == handshake && side == stream.Down && c.rtt == nil && !c.asking.IsZero() && m.Time.After(c.asking) {
		c.rtt = &flow.RTT{D: m.Time.Sub(c.asking), Resolution: time.Microsecond, Leg: flow.Direct, Basis: "QUIC Initial to server's handshake flight"}
	}
	whole := b[:p.end]
	o := c.opener(side, l, versionOf(p.version), whole, p.number)
	switch {
	case o == nil && l == initial:
		c.lose(side, p.end, reasonBegun)
		return p.end
	case o == nil:
		c.wait(side, l, m, whole, len(p.dcid))
		return p.end
	}
	s := c.space(side, l)
	open, ok := o.open(whole, p.number, s.largest, false, &c.t.scratch)
	if !ok {
		c.lose(side, p.end, reasonNoOpen)
		return p.end
	}
	if side == stream.Down {
		c.version = versionOf(p.version) // the server chooses (RFC 9368)
		c.identify(p.scid, stream.Up)
	} else {
		c.identify(p.dcid, stream.Up)
		c.identify(p.scid, stream.Down)
	}
	shift(&m, int64(open.at))
	c.arrived(side, l, m, &open)
	return p.end
}

// short reads a packet with a short header, and returns its length. It ends
// where the datagram ends, or the segment of one that was not cut yet.
func (c *conn) short(side stream.Side, m stream.Mark, b []byte, idLen int) int {
	number := 1 + idLen
	o := c.opener(side, application, c.version, b, number)
	if o == nil {
		c.wait(side, application, m, b, idLen)
		return len(b)
	}
	s := c.space(side, application)
	n := len(b)
	if k := c.segment[side]; k > 0 && k < n {
		n = k
	}
	open, ok := o.open(b[:n], number, s.largest, true, &c.t.scratch)
	if !ok && n < len(b) {
		n = len(b)
		open, ok = o.open(b, number, s.largest, true, &c.t.scratch)
	}
	if !ok {
		if n = c.cut(o, side, b, number, &open); n == 0 {
			c.refuse(side, m, b)
			return len(b)
		}
	}
	shift(&m, int64(open.at))
	c.arrived(side, application, m, &open)
	return n
}

const (
	minSegment = 1200 // bytes of the packets that a sender has cut by its network card, at least
	maxSegment = 1500
	maxCuts    = 64 // searches in vain
)

// cut finds the first packet of a datagram that was captured before the
// network card cut it into several (UDP segmentation offload). It returns the
// length, 0 if there is none.
func (c *conn) cut(o *opener, side stream.Side, b []byte, number int, open *opened) int {
	if c.cuts >= maxCuts {
		return 0
	}
	s := c.space(side, application)
	search := o.search
	defer func() { o.search = search }() // a wrong length says nothing of the keys
	try := func(n int) (ok bool) {
		*open, ok = o.open(b[:n], number, s.largest, true, &c.t.scratch)
		return ok
	}
	for n := minSegment; n <= min(maxSegment, len(b)-1); n++ {
		if o.search = maxSearch; try(n) {
			c.segment[side] = n
			return n
		}
	}
	for n := number + 4 + sampleSize; n < min(minSegment, len(b)); n++ { // behind others in its segment
		if o.search = maxSearch; try(n) {
			return n
		}
	}
	c.cuts++
	return 0
}

// refuse counts a packet that no key opens, unless it is a stateless reset
// (RFC 9000, 10.3).
func (c *conn) refuse(side stream.Side, m stream.Mark, b []byte) {
	if len(b) >= 21 {
		token := [16]byte(b[len(b)-16:])
		for _, r := range c.resets[side] {
			if r == token {
				c.note([2]string{stream.Up: "the client", stream.Down: "the server"}[side] + " lost the connection (stateless reset)")
				c.end(m)
				return
			}
		}
	}
	c.lose(side, len(b), reasonNoOpen)
}

// space returns the packet numbers that a level of a side has.
func (c *conn) space(side stream.Side, l level) *space {
	switch l {
	case initial:
		return &c.spaces[side][0]
	case handshake:
		return &c.spaces[side][1]
	}
	return &c.spaces[side][2] // early data shares that of what follows
}

// arrived takes a packet that was opened.
func (c *conn) arrived(side stream.Side, l level, m stream.Mark, open *opened) {
	s := c.space(side, l)
	if s.seen.has(open.number) {
		return // sent twice by the network, or captured twice
	}
	s.seen.add(open.number, open.number)
	s.largest = max(s.largest, open.number)
	c.frames(side, l, m, open.payload)
}

// wait holds a packet until there is a key.
func (c *conn) wait(side stream.Side, l level, m stream.Mark, b []byte, idLen int) {
	n := len(b) + pieceCost
	if c.waits+n > c.t.limits.Undecrypted || c.t.held+n > c.t.limits.Held {
		c.lose(side, len(b), reasonNoKey)
		return
	}
	if !c.replay {
		b = bytes.Clone(b)
	}
	c.waits += n
	c.t.held += n
	c.queue = append(c.queue, sealed{side, m, idLen, b})
	c.lacks[side][l] = true
	c.t.waiting[c] = true
}

// retry tries the packets that have no key again, if there may be one.
func (c *conn) retry() {
	hope := false
	for side := range c.lacks {
		for l, lacks := range c.lacks[side] {
			hope = hope || lacks && (c.opened[side][l] != nil || c.hello.hidden() || c.t.log.Secret(labels[side][l], c.hello.random) != nil)
		}
	}
	if !hope {
		return
	}
	queue := c.queue
	c.queue = nil
	c.t.held -= c.waits
	c.waits = 0
	c.lacks = [2][levels]bool{}
	delete(c.t.waiting, c)
	c.replay = true
	for _, s := range queue {
		c.read(s.side, s.mark, s.data, s.idLen)
	}
	c.replay = false
}

// book takes n bytes of what a connection may hold because something before
// them is missing, and tells whether it may.
func (c *conn) book(n int) bool {
	if n > 0 && (c.held+n > c.t.limits.Unordered || c.t.held+n > c.t.limits.Held) {
		return false
	}
	c.settle(n)
	return true
}

// settle corrects by n what was booked.
func (c *conn) settle(n int) {
	c.held += n
	c.t.held += n
}

// end notes that the connection is over. It stays known for what is still on
// its way.
func (c *conn) end(m stream.Mark) {
	if !c.ended.IsZero() {
		return
	}
	c.ended = m.Time
	c.t.recent.Remove(c.element)
	c.element = c.t.closing.PushFront(c)
}

// close emits what is open and forgets the connection.
func (c *conn) close() {
	for _, q := range c.queue {
		// What completes a handshake is nobody's data (RFC 9000, 12.4); it is
		// counted with the rest where the rest cannot be read either.
		if p, ok := readLong(q.data); ok && p.kind == kindHandshake && c.opened[q.side][application] != nil {
			continue
		}
		c.lose(q.side, len(q.data), c.closedReason())
	}
	c.queue = nil
	c.t.held -= c.waits
	c.waits = 0
	delete(c.t.waiting, c)
	c.closeStreams()
	c.closeUpper()
	c.report()
	c.t.held -= c.held
	c.held = 0
	for _, k := range c.ids {
		c.forget(k)
	}
	if c.t.servers[c.server]--; c.t.servers[c.server] == 0 {
		delete(c.t.servers, c.server)
	}
	for _, p := range c.pairs {
		if c.t.pairs[p] == c {
			delete(c.t.pairs, p)
		}
	}
	if c.ended.IsZero() {
		c.t.recent.Remove(c.element)
	} else {
		c.t.closing.Remove(c.element)
	}
}

// forget takes an ID out of the index.
func (c *conn) forget(k known) {
	c.t.lengths[len(k.id)]--
	var kept *identity
	for i := c.t.ids[k.id]; i != nil; {
		next := i.next
		if i.c != c || i.side != k.side {
			i.next = kept
			kept = i
		}
		i = next
	}
	if kept == nil {
		delete(c.t.ids, k.id)
	} else {
		c.t.ids[k.id] = kept
	}
}

// closedReason tells why a packet never had a key.
func (c *conn) closedReason() string {
	if s := c.hello.suite; s != 0 && s != aes128 && s != aes256 && s != chacha {
		return "cipher suite " + tls.SuiteName(uint16(s)) + " is not supported"
	}
	if c.original == nil {
		return reasonBegun
	}
	return reasonNoKey
}
