package tls

import (
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// Handler is told what a connection holds, from within the methods of Conn.
// Slices are valid until the method returns.
type Handler interface {
	// State is called when the handshake has told something new. The State is
	// the connection's own; it goes on changing.
	State(*State)
	// Data hands over plaintext of one direction, in order. The mark is that
	// of the first byte of the record it stood in.
	Data(side stream.Side, m stream.Mark, b []byte)
	// Gap tells that plaintext is missing at this place because the capture
	// lost n bytes of the connection, -1 if nobody knows how many.
	Gap(side stream.Side, m stream.Mark, n int64)
	// Unread tells that n bytes of records stay closed, and why. They are
	// application data as far as can be told: in TLS 1.3, what a server sends
	// without a key may be of the handshake. To whoever reads the plaintext it is a gap.
	Unread(side stream.Side, m stream.Mark, n int64, reason string)
	// EOF tells that a direction has ended, by close_notify or with the
	// connection below it.
	EOF(side stream.Side, m stream.Mark)
}

// The reasons of Unread. There are also "suite not supported: NAME" and
// "NAME not supported" of versions and compression.
const (
	NoKey        = "no key"
	NoHandshake  = "handshake not in the capture"
	AfterGap     = "after a gap"
	BadRecord    = "record does not authenticate"
	NotTLS       = "not TLS"
	BadHello     = "hello cannot be read"
	CutShort     = "record cut short"
	EarlyRefused = "early data that the server refused" // the client sends it again
	EarlyNoKey   = "early data without a key"
)

// Limits bound what one connection may hold. Zero fields take the defaults.
type Limits struct {
	// Held is how many bytes of records wait for secrets or for the other
	// direction; default 1 MiB. Negative: the log is complete (it was read
	// before the capture), and what has no key now never will.
	Held int
	// Shared is what the connections of a capture have in common; nil: nothing.
	Shared *Shared
}

const defaultHeld = 1 << 20

// Bounds of what is believed.
const (
	maxRecord  = 1<<14 + 2048 // bytes of a record's body (RFC 5246, 6.2.3); TLS 1.3 allows 256 beyond 1<<14
	maxMessage = 1 << 20      // bytes of a handshake message
	maxAlerts  = 16           // that are kept
	maxWindow  = 255          // sequence numbers tried after a gap
	maxFails   = 32           // records that do not authenticate before a direction is given up
	maxTrials  = 1 << 10      // secrets of others tried on one connection (ECH); those of earlier ones are claimed
)

// Conn opens one connection. It belongs to one goroutine.
type Conn struct {
	log    *keylog.Log
	limits Limits
	h      Handler

	state   State
	hs      *handshake // the latest negotiation; nil: no hello yet
	halves  [2]half
	queue   []record // held, in order of arrival
	held    int      // bytes of them
	version int      // of the log when it was last asked
	reason  string   // why nothing of the connection can be opened
	changed bool     // something happened that what is held may have waited for
	trials  int
	plain   []byte // room for the record that is being opened
	done    bool
}

// half is one direction.
type half struct {
	side stream.Side

	// The bytes. See frame.go.
	in      []byte // a record that is not complete, or what is searched for one
	mark    stream.Mark
	skip    int // bytes of a damaged record that are still to come
	skipAs  byte
	search  string // why there is no record where one should be; "": there is
	begins  []int  // where in f.in it may be
	scanned int    // up to where f.in was looked at
	junk    int64  // bytes passed over in the search
	junkAt  stream.Mark

	// The records.
	began  bool // with a hello
	held   int  // how many of them are in the queue
	why    string
	lost   string // why no more can be opened
	seq    uint64
	window uint64 // how far the sequence number may be beyond seq
	likely uint64 // where else it may be, by the size of the records so far; up to maxWindow beyond
	count  uint64 // of protected records, opened or not
	sum    uint64 // of their bytes
	gapped bool   // since the last record that was opened
	fails  int
	opened bool // some record

	// The messages of the handshake.
	msgs     []byte
	broken   bool // a part of them is missing
	finished bool
	ended    bool

	// TLS 1.0 to 1.2.
	hs   *handshake // whose keys are in use; nil: none yet
	open opener
	tail [16]byte // the end of the last record that was not opened

	// TLS 1.3.
	stage   stage
	keys    [app + 1][]keyed
	looked  int   // version of the log when keys were looked for, +1
	skipped int64 // bytes taken for a handshake that cannot be opened
	skips   int
}

// New returns a Conn that looks for its secrets in a log, which may be nil.
func New(log *keylog.Log, limits Limits, h Handler) *Conn {
	if limits.Held == 0 {
		limits.Held = defaultHeld
	}
	if log == nil {
		log = keylog.New()
	}
	c := &Conn{log: log, limits: limits, h: h, version: log.Version()}
	c.halves[stream.Down].side = stream.Down
	c.halves[stream.Down].stage = shake
	return c
}

// Data hands over bytes of one direction, in order. It does not keep b, and
// does not change it.
func (c *Conn) Data(side stream.Side, m stream.Mark, b []byte) {
	if c.done || len(b) == 0 {
		return
	}
	c.Retry()
	c.frame(&c.halves[side], m, b)
	c.giveBack()
}

// Gap tells that n bytes of a direction were not seen, -1 if nobody knows how
// many.
func (c *Conn) Gap(side stream.Side, m stream.Mark, n int64) {
	if c.done || n == 0 {
		return
	}
	c.lose(&c.halves[side], m, n)
}

// EOF tells that a direction has ended in good order.
func (c *Conn) EOF(side stream.Side, m stream.Mark) {
	if c.done {
		return
	}
	f := &c.halves[side]
	c.cutShort(f)
	c.take(f, &record{side: side, kind: isEOF, begin: m, end: m})
}

// Retry opens what is held if the log has new secrets. Data does it too; it
// is for connections that are silent when the secrets come.
func (c *Conn) Retry() {
	v := c.log.Version()
	if v == c.version || c.done {
		return
	}
	c.version = v
	for i := range c.halves {
		if f := &c.halves[i]; f.lost == NoKey && c.hasKeys(f) {
			c.resume(f)
		}
	}
	if len(c.queue) > 0 {
		c.drain()
	}
	c.giveBack()
}

// Held is how many bytes of records wait for secrets.
func (c *Conn) Held() int { return c.held }

// Close tells that the connection is over, in whatever order, and that no
// more secrets will come: what is still held is opened as far as it can be.
func (c *Conn) Close(m stream.Mark) {
	if c.done {
		return
	}
	c.Retry()
	for i := range c.halves {
		c.cutShort(&c.halves[i])
	}
	for len(c.queue) > 0 {
		c.makeRoom()
	}
	for i := range c.halves {
		if f := &c.halves[i]; f.skipped > 0 {
			c.h.Unread(f.side, m, f.skipped, BadRecord)
			f.skipped = 0
		}
	}
	c.done = true
	c.giveBack()
}

// Looks reports whether a connection whose client begins with b is TLS, and
// whether b is enough to tell. It is also for what follows a CONNECT or a
// STARTTLS.
func Looks(b []byte) (is, enough bool) {
	// A record of type handshake, of a plausible length, with a ClientHello.
	ok := func(i int, fits func(byte) bool) bool { return i >= len(b) || fits(b[i]) }
	one := func(v byte) func(byte) bool { return func(c byte) bool { return c == v } }
	is = ok(0, one(typeHandshake)) && ok(1, one(3)) && ok(2, func(c byte) bool { return c <= 4 }) &&
		ok(3, func(c byte) bool { return c <= maxRecord>>8 }) && ok(5, one(msgClientHello)) && ok(6, func(c byte) bool { return c <= maxMessage>>16 })
	if is && len(b) >= 5 && int(b[3])<<8|int(b[4]) < 4 {
		is = false
	}
	return is && len(b) > 0, !is || len(b) >= 7
}
