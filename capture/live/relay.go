package live

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/constat/constat/stream"
)

// errServerFirst says that the server, not the client, ended a connection.
var errServerFirst = errors.New("the server ended first")

// bufferSize holds the content of a TLS record (RFC 8446, 5.1).
const bufferSize = 16 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// relay passes what each side sends to the other, and to the parsers, until
// both have ended. It returns errServerFirst if the server was the first to.
func (s *session) relay(client, server net.Conn, state *tls.ConnectionState) error {
	t := newTap(s, state)
	defer t.close()
	return s.pipe(client, server, t.feed, t.eof)
}

// copy passes bytes both ways without reading them.
func (s *session) copy(client, server net.Conn) {
	s.pipe(client, server, func(side stream.Side, b []byte) {
		if side == stream.Up {
			s.e.Stats.OpaqueUp.Add(int64(len(b)))
		} else {
			s.e.Stats.OpaqueDown.Add(int64(len(b)))
		}
	}, func(stream.Side) {})
}

// pipe passes bytes both ways, shown to see before they are passed on (an
// answer cannot come before the question was seen), and closes what has ended.
func (s *session) pipe(client, server net.Conn, see func(stream.Side, []byte), eof func(stream.Side)) error {
	p := &pipe{s: s, ends: [2]net.Conn{client, server}, see: see, eof: eof}
	stop := idle(&p.active, p.hangUp)
	defer stop()
	p.wg.Add(2)
	go p.pump(stream.Down, server, client, &s.down)
	p.pump(stream.Up, client, server, &s.up)
	p.wg.Wait()
	if p.first.Load() == 1+int32(stream.Down) {
		return errServerFirst
	}
	return nil
}

// pipe is a connection being relayed.
type pipe struct {
	s      *session
	ends   [2]net.Conn // client, server
	see    func(stream.Side, []byte)
	eof    func(stream.Side)
	active atomic.Int64 // counts reads, for the idle timer
	first  atomic.Int32 // 1 + the side that ended first
	over   [2]atomic.Bool
	wg     sync.WaitGroup
}

func (p *pipe) hangUp() {
	p.ends[0].Close()
	p.ends[1].Close()
}

// pump passes one direction.
func (p *pipe) pump(side stream.Side, from, to net.Conn, count *int64) {
	defer p.wg.Done()
	b := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(b)
	deaf := false // nobody reads this way any more
	for {
		n, err := from.Read(b[:])
		if n > 0 {
			p.active.Add(1)
			*count += int64(n)
			p.see(side, b[:n])
			if !deaf {
				if _, werr := to.Write(b[:n]); werr != nil {
					// The receiver is gone, but it may have answered first: that
					// is passed on while the sender is read to its end.
					deaf = true
					p.first.CompareAndSwap(0, 2-int32(side))
				}
			}
			if deaf && p.over[1-side].Load() {
				p.hangUp()
			}
		}
		if err != nil {
			p.first.CompareAndSwap(0, 1+int32(side))
			p.over[side].Store(true)
			p.ended(side, err, from, to)
			return
		}
	}
}

// ended passes the end of one direction on, as it was: in good order, cut off
// without TLS's closing alert, or by a reset.
func (p *pipe) ended(side stream.Side, err error, from, to net.Conn) {
	switch {
	case errors.Is(err, io.EOF):
		p.eof(side)
		if closeWrite(to) != nil {
			to.Close()
		}
	case errors.Is(err, io.ErrUnexpectedEOF):
		if t, ok := to.(*tls.Conn); ok {
			to = t.NetConn()
		}
		if closeWrite(to) != nil {
			to.Close()
		}
	default:
		reset(to)
		reset(from)
	}
}

// closeWrite ends one direction of a connection.
func closeWrite(c net.Conn) error {
	if w, ok := c.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}

// bottom is the connection that all wrappers stand on.
func bottom(c net.Conn) net.Conn {
	for {
		switch w := c.(type) {
		case interface{ NetConn() net.Conn }:
			c = w.NetConn()
		case *prefixed:
			c = w.Conn
		case *timedConn:
			c = w.Conn
		default:
			return c
		}
	}
}

// reset ends a connection the way it was ended on the other side.
func reset(c net.Conn) {
	c = bottom(c)
	if t, ok := c.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	c.Close()
}

// idle calls stop when count did not change for idleTimeout.
func idle(count *atomic.Int64, stop func()) (cancel func()) {
	last := int64(-1)
	var mu sync.Mutex
	over := false
	var timer *time.Timer
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(idleTimeout, func() {
		mu.Lock()
		defer mu.Unlock()
		now := count.Load()
		switch {
		case over:
		case now == last:
			stop()
		default:
			last = now
			timer.Reset(idleTimeout)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		timer.Stop()
	}
}
