package quic

import (
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

	spaces [2][3]space
	hello  hello
	middle middle
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
	reasonDatagrams = "more datagrams than there is room for"
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
