package live

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// tap feeds a copy of what a connection carries to the parsers, and logs the
// flows they make. Small pieces are parsed where they are, before they are
// passed on; large ones are copied and parsed by another goroutine, so that
// hashing a download does not slow it down.
type tap struct {
	s    *session
	conn *stream.Conn
	log  *evidence.Writer

	mu    sync.Mutex
	room  *sync.Cond
	queue []piece
	size  int  // bytes in queue
	busy  bool // a goroutine parses the queue
	dead  bool // a parser failed: what follows is not read

	// Belongs to whoever parses.
	hashes map[*flow.Body]*whole
	early  map[*flow.Flow]int64 // requests logged before their response
	socket int64                // request that opened a WebSocket, -1 before
	host   string
}

// piece is some bytes of one direction.
type piece struct {
	side stream.Side
	mark stream.Mark
	b    []byte
	buf  *[bufferSize]byte
	eof  bool
}

const (
	inPlace  = 4 << 10 // longest piece parsed where it is
	maxQueue = 1 << 20 // bytes that may wait to be parsed; then the relay waits
)

func newTap(s *session, state *tls.ConnectionState) *tap {
	t := &tap{s: s, log: s.e.cfg.Log, hashes: map[*flow.Body]*whole{}, early: map[*flow.Flow]int64{}, socket: -1}
	t.room = sync.NewCond(&t.mu)
	info := stream.Info{Leg: flow.Outer, Basis: "relay, last byte of the request to first byte of the response"}
	info.Client.Addr, _ = netip.ParseAddrPort(address(s.client))
	info.Server.Addr = s.reached
	info.Server.Name = s.target.Host
	if state != nil {
		info.TLS = &flow.TLS{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), SNI: s.hello.SNI, ALPN: state.NegotiatedProtocol}
		for _, c := range state.PeerCertificates {
			info.TLS.Certificates = append(info.TLS.Certificates, c.Raw)
		}
	}
	info.Content = func(b *flow.Body) io.Writer {
		w := &whole{log: t.log, body: b}
		if len(t.hashes) < maxHashes {
			t.hashes[b] = w
		}
		return w
	}
	limits := stream.Limits{Budget: s.e.budget}
	if s.e.cfg.KeepResponses {
		limits.Response = 16 << 20
	}
	t.conn = stream.New(info, limits, t.emit)
	s.e.taps.Store(t, nil)
	return t
}

// maxHashes bounds the bodies under way on a connection.
const maxHashes = 16 << 10

// feed shows bytes to the parsers. It does not keep b.
func (t *tap) feed(side stream.Side, b []byte) {
	m := stream.Mark{Time: time.Now()}
	if side == stream.Up {
		t.s.e.Stats.Up.Add(int64(len(b)))
	} else {
		t.s.e.Stats.Down.Add(int64(len(b)))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.busy && len(b) <= inPlace {
		t.parse(piece{side: side, mark: m, b: b})
		return
	}
	buf := buffers.Get().(*[bufferSize]byte)
	t.enqueue(piece{side: side, mark: m, b: buf[:copy(buf[:], b)], buf: buf})
}

func (t *tap) eof(side stream.Side) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.enqueue(piece{side: side, mark: stream.Mark{Time: time.Now()}, eof: true})
}

// enqueue is called with the mutex held.
func (t *tap) enqueue(p piece) {
	for t.size > maxQueue {
		t.room.Wait()
	}
	t.queue = append(t.queue, p)
	t.size += len(p.b)
	if !t.busy {
		t.busy = true
		go t.drain()
	}
}

// drain parses the queue until it is empty.
func (t *tap) drain() {
	var spare []piece
	t.mu.Lock()
	for len(t.queue) > 0 {
		batch := t.queue
		t.queue = spare[:0]
		t.mu.Unlock()
		done := 0
		for _, p := range batch {
			t.parse(p)
			done += len(p.b)
			if p.buf != nil {
				buffers.Put(p.buf)
			}
		}
		clear(batch)
		spare = batch
		t.mu.Lock()
		t.size -= done
		t.room.Broadcast()
	}
	t.busy = false
	t.room.Broadcast()
	t.mu.Unlock()
}

// parse gives one piece to the parsers. A bug in them must not stop the
// relay, nor go unseen.
func (t *tap) parse(p piece) {
	if t.dead {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			t.dead = true
			t.check(t.log.Gap(evidence.Gap{Conn: t.s.conn, Down: -1, Kind: "unread", Reason: fmt.Sprintf("the parser failed: %.200v", r), Up: -1}))
		}
	}()
	if p.eof {
		t.conn.EOF(p.side, p.mark)
	} else {
		t.conn.Data(p.side, p.mark, p.b)
	}
}

// flush logs what has come of exchanges that are not over.
func (t *tap) flush() {
	if !t.mu.TryLock() {
		return // it is being fed: the next time
	}
	defer t.mu.Unlock()
	if t.busy || t.dead {
		return
	}
	now := time.Now()
	t.conn.Flush(stream.Mark{Time: now}, func(f *flow.Flow) {
		if _, logged := t.early[f]; logged || now.Sub(f.Timing.Sent) < flushEvery {
			return
		}
		seq, err := t.log.Request(t.s.conn, f, t.hashes[&f.Request.Body].commitment())
		t.check(err)
		t.early[f] = seq
	})
}

// flushEvery is how long an exchange may be under way before what there is of
// it is logged.
const flushEvery = time.Second

// whole commits to all of a body of which not all is kept.
type whole struct {
	log  *evidence.Writer
	body *flow.Body
	c    *evidence.Commitment
}

// Write is shown the bytes that body has just taken in.
func (w *whole) Write(p []byte) (int, error) {
	kept := int64(len(w.body.Data))
	switch {
	case w.c != nil:
		w.c.Write(p)
	case kept < w.body.Size: // the first bytes that are not kept are among p
		w.c = w.log.Commit()
		w.c.Write(w.body.Data)
		w.c.Write(p[kept-(w.body.Size-int64(len(p))):])
	}
	return len(p), nil
}

func (w *whole) commitment() *evidence.Commitment {
	if w == nil {
		return nil
	}
	return w.c
}

// close logs what is open when the connection ends.
func (t *tap) close() {
	defer t.s.e.taps.Delete(t)
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.busy {
		t.room.Wait()
	}
	if !t.dead {
		t.conn.Close(stream.Mark{Time: time.Now()})
	}
}

func (t *tap) check(err error) { t.s.e.check(err) }

// emit logs a flow.
func (t *tap) emit(f *flow.Flow) {
	if f.Host() != evidence.ControlHost {
		defer t.s.e.Stats.Flows.Add(1) // when it is in the log
	}
	conn := t.s.conn
	switch {
	case f.Unread != nil:
		t.check(t.log.Gap(evidence.Gap{Conn: conn, Down: f.Unread.Down, Host: f.Host(), Kind: "unread", Reason: f.Unread.Reason, Up: f.Unread.Up}))
	case f.Request != nil:
		req, logged := t.early[f]
		if !logged {
			var err error
			req, err = t.log.Request(conn, f, t.hashes[&f.Request.Body].commitment())
			t.check(err)
		}
		delete(t.early, f)
		var answer *evidence.Commitment
		if f.Response != nil {
			answer = t.hashes[&f.Response.Body].commitment()
			delete(t.hashes, &f.Response.Body)
		}
		delete(t.hashes, &f.Request.Body)
		t.check(t.log.Response(conn, req, f, answer))
		if f.Kind == flow.WebSocket {
			t.socket, t.host = req, f.Host()
		}
		if len(f.Messages) > 0 {
			t.check(t.log.Messages(conn, req, f, f.Host()))
		}
	case f.Response != nil: // an answer to nothing that was seen
		delete(t.hashes, &f.Response.Body)
		t.check(t.log.Gap(evidence.Gap{Conn: conn, Down: f.Response.Body.Size, Host: f.Host(), Kind: "unread", Reason: "a response without a request", Up: 0}))
	default:
		host := t.host
		if host == "" {
			host = f.Host()
		}
		t.check(t.log.Messages(conn, t.socket, f, host))
	}
	if watch := t.s.e.cfg.Watch; watch != nil && f.Host() != evidence.ControlHost {
		watch(f)
	}
}
