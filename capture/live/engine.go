package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// Config says how to relay.
type Config struct {
	Authority *Authority
	Log       *evidence.Writer
	// Resolve finds the addresses of a host name; nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Local reports whether a host may be on this machine for clients that are
	// not; nil: none may. Otherwise whoever reaches the proxy would reach what
	// listens on this machine's loopback.
	Local func(host string) bool
	// Route says where an address really is; nil leaves it. Only a test
	// internet needs it.
	Route func(netip.AddrPort) netip.AddrPort
	// Roots are trusted for servers, nil for those of the system. A server
	// whose certificate does not verify is passed through unread, so that the
	// client judges it.
	Roots *x509.CertPool
	// Trusted says that clients on this machine are known to trust the
	// authority: a connection that they close without a word is none refused.
	Trusted bool
	// Pass reports whether a host is to be passed through unread at once.
	Pass func(host string) bool
	// KeepResponses keeps what servers sent (sealed, like requests). Without
	// it the log only has commitments to it.
	KeepResponses bool
	// Watch, if not nil, is shown every flow as it is logged. It must not
	// block: it is called while the connection waits.
	Watch func(*flow.Flow)
	// Connections bounds those open at once; default 4,096.
	Connections int
}

// Engine relays connections and logs them.
type Engine struct {
	cfg      Config
	refusals refusals
	refused  refusedDatagrams
	slots    chan struct{}
	budget   *stream.Budget
	taps     sync.Map // of *tap
	mu       sync.Mutex
	ended    bool
	wg       sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc

	failed atomic.Pointer[error] // of the log
	Stats  Stats
}

// Stats counts what happened since the engine began.
type Stats struct {
	Connections atomic.Int64
	Open        atomic.Int64
	Intercepted atomic.Int64
	Passed      atomic.Int64
	Rejected    atomic.Int64
	Flows       atomic.Int64
	Up, Down    atomic.Int64 // bytes of content read
	OpaqueUp    atomic.Int64 // bytes passed unread
	OpaqueDown  atomic.Int64
}

// Bounds of time.
const (
	dialTimeout  = 10 * time.Second
	helloTimeout = 30 * time.Second // for a client to say its hello
	idleTimeout  = 10 * time.Minute // without a byte in either direction
)

// NewEngine returns an Engine. Close ends it.
func NewEngine(c Config) *Engine {
	if c.Connections == 0 {
		c.Connections = 4096
	}
	if c.Resolve == nil {
		c.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	e := &Engine{cfg: c, slots: make(chan struct{}, c.Connections)}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.budget = stream.NewBudget(maxBodies)
	go e.flush()
	return e
}

// maxBodies bounds the bytes of bodies held until their exchange is over.
const maxBodies = 256 << 20

// flush logs exchanges under way, once a second.
func (e *Engine) flush() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.taps.Range(func(t, _ any) bool { t.(*tap).flush(); return true })
		case <-e.ctx.Done():
			return
		}
	}
}

// Close ends all connections and waits until they are logged.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	e.cancel()
	e.wg.Wait()
	return e.Err()
}

// Err is the first error of writing the log, nil if there was none. After one
// nothing is relayed: what is not recorded must not pass.
func (e *Engine) Err() error {
	if p := e.failed.Load(); p != nil {
		return *p
	}
	return nil
}

func (e *Engine) check(err error) {
	if err != nil {
		e.failed.CompareAndSwap(nil, &err)
		e.cancel()
	}
}

// Target is where a client wants to go.
type Target struct {
	Host string // name or address
	Port uint16
	Addr netip.Addr // if the client chose it itself
	UDP  bool
}

func (t Target) String() string { return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port))) }

// errBusy is told to clients beyond the bound.
var errBusy = errors.New("too many connections at once")

// Relay relays one connection to target until it ends. ready is called once,
// when the server is connected or cannot be: it answers the client in the
// proxy's protocol. Relay closes client.
func (e *Engine) Relay(client net.Conn, target Target, ready func(error) error) {
	e.serve(client, target, ready, (*session).run)
}

// RelayPlain relays one request to a proxy in the clear. said is its head as
// the client wrote it, which the parsers read; sent is what the server gets
// for it.
func (e *Engine) RelayPlain(client net.Conn, target Target, said, sent []byte, failed func(error)) {
	ready := func(err error) error {
		if err != nil {
			failed(err)
		}
		return err
	}
	e.serve(client, target, ready, func(s *session) {
		if _, err := s.server.Write(sent); err != nil {
			failed(err)
			return
		}
		s.open(evidence.Plain, "", nil)
		t := newTap(s, nil)
		t.feed(stream.Up, said)
		s.up += int64(len(said))
		s.pipe(s.client, s.server, t.feed, t.eof)
		t.close()
		s.close("")
	})
}

// serve connects to target and hands the session over.
func (e *Engine) serve(client net.Conn, target Target, ready func(error) error, relay func(*session)) {
	defer client.Close()
	if !e.enter() {
		ready(errBusy)
		e.gap(evidence.Gap{Kind: "refused", Host: target.Host, Reason: errBusy.Error()})
		return
	}
	defer e.leave()
	if e.ctx.Err() != nil {
		ready(e.ctx.Err())
		return
	}
	stop := context.AfterFunc(e.ctx, func() { client.Close() })
	defer stop()

	s := &session{e: e, client: client, target: target, begun: time.Now()}
	defer s.hangUp()
	if err := s.dial(); err != nil {
		ready(err)
		e.gap(evidence.Gap{Kind: "unreachable", Host: target.Host, Reason: clip(err.Error(), 300)})
		return
	}
	if ready(nil) == nil {
		relay(s)
	}
}

// enter counts a connection in, if there is room.
func (e *Engine) enter() bool {
	select {
	case e.slots <- struct{}{}:
	default:
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		<-e.slots
		return false
	}
	e.wg.Add(1)
	e.Stats.Connections.Add(1)
	e.Stats.Open.Add(1)
	return true
}

func (e *Engine) leave() {
	e.Stats.Open.Add(-1)
	<-e.slots
	e.wg.Done()
}

func (e *Engine) route(a netip.AddrPort) netip.AddrPort {
	if e.cfg.Route != nil {
		return e.cfg.Route(a)
	}
	return a
}

func (e *Engine) gap(g evidence.Gap) { e.check(e.cfg.Log.Gap(g)) }

// session is one relayed connection.
type session struct {
	e      *Engine
	client net.Conn
	target Target
	begun  time.Time

	server    net.Conn // TCP
	serverTLS *tls.Conn
	addresses []netip.Addr
	rttTCP    time.Duration
	rttTLS    time.Duration
	hello     *Hello
	witness   *ceremony

	conn  int64 // number of its entry, 0 before
	up    int64
	down  int64
	stops []func() bool
}

// hangUp closes the server's side.
func (s *session) hangUp() {
	for _, stop := range s.stops {
		stop()
	}
	if s.server != nil {
		s.server.Close()
	}
}

// dial connects to the server, address by address.
func (s *session) dial() error {
	ctx, cancel := context.WithTimeout(s.e.ctx, dialTimeout)
	defer cancel()
	if s.addresses == nil {
		if s.target.Addr.IsValid() {
			s.addresses = []netip.Addr{s.target.Addr}
		} else if a, err := netip.ParseAddr(s.target.Host); err == nil {
			s.addresses = []netip.Addr{a.Unmap()}
		} else if s.addresses, err = s.e.cfg.Resolve(ctx, s.target.Host); err != nil {
			return err
		}
	}
	err := fmt.Errorf("%s has no address", s.target.Host)
	var d net.Dialer
	network := "tcp"
	if s.target.UDP {
		network = "udp"
	}
	for i := 0; i < len(s.addresses); i++ {
		a := s.addresses[i].Unmap()
		if (a.IsLoopback() || a.IsUnspecified()) && !s.mayLocal() {
			err = errLocal
			continue
		}
		// A dead address must not use up the time of the others.
		try, done := context.WithTimeout(ctx, max(dialTimeout/time.Duration(len(s.addresses)-i), time.Second))
		from := time.Now()
		var c net.Conn
		c, err = d.DialContext(try, network, s.e.route(netip.AddrPortFrom(a, s.target.Port)).String())
		done()
		if err == nil {
			s.rttTCP = time.Since(from)
			s.server = c
			s.stops = append(s.stops, context.AfterFunc(s.e.ctx, func() { c.Close() }))
			return nil
		}
		if i == len(s.addresses)-1 {
			s.addresses = append(s.addresses, s.otherAddresses(ctx)...)
		}
	}
	return err
}

// errLocal is told to clients elsewhere that want something on this machine.
var errLocal = errors.New("what listens on the loopback of the capturing machine is not reached through the capture")

// mayLocal reports whether the client may reach this machine's loopback.
func (s *session) mayLocal() bool {
	a, ok := s.client.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback() || s.e.cfg.Local != nil && s.e.cfg.Local(s.target.Host)
}

// otherAddresses are those of the name that was asked for, if the address that
// the client chose does not answer from here (it may have IPv6, and we not).
func (s *session) otherAddresses(ctx context.Context) []netip.Addr {
	if _, err := netip.ParseAddr(s.target.Host); err == nil || !s.target.Addr.IsValid() {
		return nil
	}
	all, err := s.e.cfg.Resolve(ctx, s.target.Host)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(a netip.Addr) bool { return slices.Contains(s.addresses, a) })
}

// redial connects anew, after a handshake that used the connection up.
func (s *session) redial() error {
	s.server.Close()
	s.serverTLS = nil
	return s.dial()
}

// run finds out what is spoken and relays it.
func (s *session) run() {
	first, speaker := s.listen()
	switch {
	case speaker == stream.Up && isHello(first):
		s.secure(first)
	default:
		s.clear(first, speaker)
	}
}

// isHello reports whether b begins a TLS record with a handshake message.
func isHello(b []byte) bool {
	return len(b) > 1 && b[0] == 0x16 && b[1] == 3 || len(b) == 1 && b[0] == 0x16
}

// listen waits until one side says something and returns it. Most often that
// is the client; a mail server greets first.
func (s *session) listen() ([]byte, stream.Side) {
	type word struct {
		b    []byte
		side stream.Side
	}
	said := make(chan word, 2)
	hear := func(c net.Conn, side stream.Side) {
		b := make([]byte, 4<<10)
		n, _ := c.Read(b)
		said <- word{b[:n], side}
	}
	// A server that greets first is rare, and a reader on it costs a goroutine
	// a connection: the client gets a head start.
	s.client.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	b := make([]byte, 4<<10)
	n, err := s.client.Read(b)
	s.client.SetReadDeadline(time.Time{})
	if n > 0 || err != nil && !isTimeout(err) {
		return b[:n], stream.Up
	}
	s.client.SetReadDeadline(time.Now().Add(idleTimeout))
	s.server.SetReadDeadline(time.Now().Add(idleTimeout))
	go hear(s.client, stream.Up)
	go hear(s.server, stream.Down)
	w := <-said
	// Wake the other reader; what it read meanwhile is kept.
	other := s.server
	if w.side == stream.Down {
		other = s.client
	}
	other.SetReadDeadline(time.Unix(1, 0))
	late := <-said
	s.client.SetReadDeadline(time.Time{})
	s.server.SetReadDeadline(time.Time{})
	if len(late.b) > 0 {
		if late.side == stream.Up {
			s.client = &prefixed{Conn: s.client, head: late.b}
		} else {
			s.server = &prefixed{Conn: s.server, head: late.b}
		}
	}
	return w.b, w.side
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// prefixed is a connection some bytes of which were read already.
type prefixed struct {
	net.Conn
	head []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

// CloseWrite ends one direction.
func (p *prefixed) CloseWrite() error { return closeWrite(p.Conn) }

// clear relays a connection that begins without TLS.
func (s *session) clear(first []byte, speaker stream.Side) {
	if speaker == stream.Up {
		s.client = &prefixed{Conn: s.client, head: first}
	} else {
		s.server = &prefixed{Conn: s.server, head: first}
	}
	s.open(evidence.Plain, "", nil)
	s.relay(s.client, s.server, nil)
	s.close("")
}

// open logs the connection.
func (s *session) open(mode evidence.Mode, reason string, state *tls.ConnectionState) {
	w := s.e.cfg.Log
	c := evidence.Connection{
		Addresses: s.addresses, Client: address(s.client), Host: s.target.Host, Mode: mode, Reason: reason,
		RTTTCP: int64(s.rttTCP), RTTTLS: int64(s.rttTLS), Server: address(s.server), Start: w.Mono(s.begun),
	}
	var chain [][]byte
	if s.hello != nil {
		c.SNI, c.JA3, c.JA4 = s.hello.SNI, s.hello.JA3, s.hello.JA4
	}
	if state != nil {
		c.ALPN, c.Version, c.Cipher = state.NegotiatedProtocol, tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
		for _, cert := range state.PeerCertificates {
			chain = append(chain, cert.Raw)
		}
		c.Witness = s.witness.state()
	}
	var err error
	s.conn, err = w.Connection(c, chain)
	s.e.check(err)
	if mode == evidence.Passed {
		s.e.Stats.Passed.Add(1)
	} else {
		s.e.Stats.Intercepted.Add(1)
	}
	if state != nil {
		s.e.check(s.witness.log(w, s.conn))
	}
}

func address(c net.Conn) string {
	if a := c.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}

// close logs the end of the connection.
func (s *session) close(reason string) {
	s.e.check(s.e.cfg.Log.Closed(s.conn, s.up, s.down, reason))
}
