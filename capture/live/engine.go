package live

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
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
