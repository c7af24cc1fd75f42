package evidence

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// ReadOptions say what to read of a log.
type ReadOptions struct {
	// ResponseBodies asks for what servers sent, if it was kept.
	ResponseBodies bool
	// Wrote is told which instrument wrote the log.
	Wrote func(creator string)
	// Event is told what happened on the device.
	Event func(flow.Event)
}

// maxOpen bounds the requests and connections that wait for their end.
const maxOpen = 1 << 16

// Flows yields the flows of the log read from in, as they ended. What the log says
// was not seen is a flow of kind Opaque, unless there was no connection. Where
// the log is damaged or contents cannot be opened, a *flow.Damage is yielded.
func Flows(in io.Reader, v *Vault, o ReadOptions) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		r := &replay{v: v, o: o, yield: yield, conns: map[int64]*wire{}, open: map[int64]*flow.Flow{}, trials: map[string]*flow.Control{}}
		for e, err := range Entries(in) {
			if err != nil {
				r.problem(err)
				break
			}
			if !r.entry(e) {
				return
			}
		}
		r.rest()
	}
}

// replay turns entries back into flows.
type replay struct {
	v       *Vault
	o       ReadOptions
	yield   func(*flow.Flow, error) bool
	s       session
	conns   map[int64]*wire
	open    map[int64]*flow.Flow // requests without their response, by seq
	trials  map[string]*flow.Control
	certs   chains
	index   int
	stopped bool
	sealed  bool  // contents cannot be opened; said once
	last    int64 // Mono of the entry before
}

// session has the clock of a session.
type session struct{ base time.Time }

func (s *session) time(mono int64) time.Time {
	if mono == 0 {
		return time.Time{}
	}
	return s.base.Add(time.Duration(mono))
}

// wire is a connection under way.
type wire struct {
	c      Connection
	flow   flow.Flow // what its flows have in common
	start  time.Time
	used   bool // the handshake's times were given to a flow
	source flow.Provenance
}

func (r *replay) emit(f *flow.Flow) bool {
	if r.stopped {
		return false
	}
	f.Index = r.index
	if q := f.Request; q != nil && q.Host == ControlHost {
		token := q.URL[strings.LastIndexByte(q.URL, '/')+1:]
		f.Control = r.trials[token]
		delete(r.trials, token) // a long capture tries itself many times
	}
	r.index++
	r.stopped = !r.yield(f, nil)
	return !r.stopped
}

func (r *replay) problem(err error) bool {
	if !r.stopped {
		r.stopped = !r.yield(nil, err)
	}
	return !r.stopped
}

// damaged yields the damage of one entry; the reader goes on with the next.
func (r *replay) damaged(e *Entry, err error) bool {
	if errors.Is(err, ErrSealed) {
		if r.sealed {
			return true
		}
		r.sealed = true
	}
	return r.problem(&flow.Damage{
		File: logFile, Offset: e.At, Frame: e.Seq + 1, Expected: "a " + e.Kind + " entry with its contents", Found: err.Error(), Err: err,
		Remedy: "constat verify names every entry that does not check; sealed contents need --identity",
	})
}

func (r *replay) entry(e *Entry) bool {
	var err error
	switch e.Kind {
	case KindBegin:
		r.s.base = e.Wall.Add(-time.Duration(e.Mono))
		var b Begin
		if err = json.Unmarshal(e.Body, &b); err == nil && r.o.Wrote != nil {
			var c struct {
				Instrument string `json:"instrument"`
			}
			json.Unmarshal(b.Config, &c)
			r.o.Wrote(c.Instrument)
		}
	case KindRecovered:
		r.interrupted(e.Wall)
		r.unknown(r.last, "interrupted")
		r.s.base = e.Wall.Add(-time.Duration(e.Mono))
	case KindCert:
		err = r.certs.learn(e)
	case KindConnection:
		err = r.connection(e)
	case KindClosed:
		err = r.closed(e)
	case KindRequest:
		err = r.request(e)
	case KindResponse:
		err = r.response(e)
	case KindMessages:
		err = r.messages(e)
	case KindDNS:
		err = r.dns(e)
	case KindGap:
		err = r.gap(e)
	case KindControl:
		err = r.control(e)
	case KindAction:
		err = r.action(e)
	case KindDevice:
		err = r.device(e)
	}
	r.last = e.Mono
	if err != nil && !r.stopped {
		return r.damaged(e, err)
	}
	return !r.stopped
}

// action passes on an act of the user.
func (r *replay) action(e *Entry) error {
	if r.o.Event == nil {
		return nil
	}
	var b action
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	r.o.Event(b.event(r.s.time(e.Mono)))
	return nil
}

// device passes on a state of the device, whose own clock is corrected by what was
// measured of it.
func (r *replay) device(e *Entry) error {
	if r.o.Event == nil {
		return nil
	}
	var b struct {
		App, Device, Event, Kind string
		Ahead, Bound             int64
	}
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	ev := flow.Event{Time: r.s.time(e.Mono), Kind: cmp.Or(b.Kind, "state"), What: b.Event, App: b.App, Bound: time.Duration(b.Bound)}
	if at, err := time.Parse(time.RFC3339Nano, b.Device); err == nil {
		ev.Time = at.Add(-time.Duration(b.Ahead))
	}
	r.o.Event(ev)
	return nil
}

func (r *replay) connection(e *Entry) error {
	w := &wire{source: flow.Provenance{Offset: e.At, Length: e.Length}}
	if err := json.Unmarshal(e.Body, &w.c); err != nil {
		return err
	}
	c := &w.c
	w.start = r.s.time(c.Start)
	w.flow.Client.Addr, _ = netip.ParseAddrPort(c.Client)
	w.flow.Server.Addr, _ = netip.ParseAddrPort(c.Server)
	w.flow.Server.Name = c.Host
	if c.SNI != "" || c.Version != "" || len(c.Certs) > 0 {
		w.flow.TLS = &flow.TLS{Version: c.Version, Cipher: c.Cipher, SNI: c.SNI, ALPN: c.ALPN, Certificates: r.certs.of(c.Certs)}
	}
	if c.App != "" {
		w.flow.App = &flow.App{ID: c.App, Source: c.AppSource}
	}
	if len(r.conns) >= maxOpen {
		return fmt.Errorf("more than %d connections open at once", maxOpen)
	}
	r.conns[e.Seq] = w
	return nil
}

// begin begins a flow on a connection. The first has the handshake's times.
func (r *replay) begin(conn int64, kind flow.Kind, protocol string, e *Entry) *flow.Flow {
	f := &flow.Flow{}
	if w := r.conns[conn]; w != nil {
		*f = w.flow
		if !w.used {
			w.used = true
			f.Timing.TCP = outer(w.c.RTTTCP, "TCP handshake of the proxy with the server")
			f.Timing.TLS = outer(w.c.RTTTLS, "TLS handshake of the proxy with the server")
		}
	}
	f.Kind, f.Protocol = kind, protocol
	f.Source = flow.Provenance{Offset: e.At, Length: e.Length}
	return f
}

// outer is a round trip measured between the proxy and the server.
func outer(ns int64, basis string) *flow.RTT {
	if ns <= 0 {
		return nil
	}
	return &flow.RTT{D: time.Duration(ns), Resolution: time.Microsecond, Leg: flow.Outer, Basis: basis}
}

func (r *replay) request(e *Entry) error {
	var b request
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f := r.begin(b.Conn, flow.Kind(b.Kind), b.Protocol, e)
	f.Timing.Start, f.Timing.Sent = r.s.time(b.Start), r.s.time(b.Sent)
	f.Notes = b.Notes
	head, err := r.contents(b.Head)
	if err == nil {
		f.Request, err = parseRequestHead(head)
	}
	if err != nil {
		// What is known without the contents stays known.
		f.Kind, f.Request = flow.Opaque, nil
		f.Unread = &flow.Unread{Up: b.Size, Down: -1, Reason: "contents not opened"}
		f.Server.Name = b.Host
		r.emit(f)
		return err
	}
	f.Request.Host = b.Host
	f.Request.Body = flow.Body{Kept: b.Kept, Size: b.Size}
	if b.Body != nil {
		f.Request.Body.Source = flow.Provenance{Offset: b.Body.At, Length: b.Body.Len}
		if f.Request.Body.Data, err = r.contents(b.Body); err != nil {
			f.Request.Body.Kept = false
		}
	}
	cut(&f.Request.Body)
	if b.Trailer != nil && err == nil {
		var t []byte
		if t, err = r.contents(b.Trailer); err == nil {
			f.Request.Trailer, err = parseFields(t)
		}
	}
	if len(r.open) >= maxOpen {
		r.unanswered(slices.Min(slices.Collect(maps.Keys(r.open))))
	}
	r.open[e.Seq] = f
	return err
}

func (r *replay) response(e *Entry) error {
	var b response
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f := r.open[b.Request]
	if f == nil {
		if r.sealed {
			return nil
		}
		return fmt.Errorf("a response to request %d, which is not open", b.Request)
	}
	delete(r.open, b.Request)
	f.Timing.Answered, f.Timing.End = r.s.time(b.Answered), r.s.time(b.End)
	f.Notes = b.Notes
	f.Timing.FirstByte = outer(b.RTT, "relay, last byte of the request to first byte of the response")
	var err error
	if b.Head != nil {
		var head []byte
		if head, err = r.contents(b.Head); err == nil {
			f.Response, err = parseResponseHead(head)
		}
	}
	if f.Response != nil {
		f.Response.Body = flow.Body{Kept: b.Kept, Size: b.Size}
		if b.Body != nil && r.o.ResponseBodies {
			f.Response.Body.Data, err = r.contents(b.Body)
		}
		if b.Trailer != nil && err == nil {
			var t []byte
			if t, err = r.contents(b.Trailer); err == nil {
				f.Response.Trailer, err = parseFields(t)
			}
		}
	}
	r.emit(f)
	return err
}

func (r *replay) messages(e *Entry) error {
	var b messages
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f := r.begin(b.Conn, flow.Kind(b.Kind), b.Protocol, e)
	f.Timing.Start, f.Server.Name, f.Notes = r.s.time(b.Start), b.Host, b.Notes
	if f.TLS != nil && f.TLS.SNI != b.Host { // a connection for several hosts
		t := *f.TLS
		t.SNI = ""
		f.TLS = &t
	}
	content, err := r.contents(b.Content)
	if err == nil {
		f.Messages, err = r.s.parseMessages(content)
	}
	if err != nil {
		f.Kind, f.Unread = flow.Opaque, &flow.Unread{Up: b.Up, Down: b.Down, Reason: "contents not opened"}
	} else if n := len(f.Messages); n > 0 {
		f.Timing.End = f.Messages[n-1].Time
		if b.Content != nil {
			f.Messages[0].Body.Source = flow.Provenance{Offset: b.Content.At, Length: b.Content.Len}
		}
	}
	r.emit(f)
	return err
}

func (r *replay) dns(e *Entry) error {
	var b lookup
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	f := &flow.Flow{Kind: flow.DNS, Protocol: "dns", Source: flow.Provenance{Offset: e.At, Length: e.Length}}
	f.Client.Addr, _ = netip.ParseAddrPort(b.Client)
	f.Server.Addr, _ = netip.ParseAddrPort(b.Server)
	f.Timing.Start, f.Timing.End = r.s.time(b.Start), r.s.time(b.End)
	content, err := r.contents(b.Content)
	if err == nil {
		err = json.Unmarshal(content, &f.Lookup)
	}
	if err != nil || f.Lookup == nil {
		f.Kind, f.Lookup, f.Unread = flow.Opaque, nil, &flow.Unread{Up: -1, Down: -1, Reason: "contents not opened"}
	}
	r.emit(f)
	return err
}

func (r *replay) control(e *Entry) error {
	var b controlled
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	content, err := r.contents(b.Content)
	if err != nil {
		return err
	}
	var c canary
	if err := json.Unmarshal(content, &c); err != nil {
		return err
	}
	if c.Token != "" && len(r.trials) < maxOpen {
		r.trials[c.Token] = &flow.Control{Kind: b.Kind, Planted: c.Planted}
	}
	return nil
}

// unknown tells that from here on nobody knows what the device is doing.
func (r *replay) unknown(mono int64, why string) {
	if r.o.Event != nil {
		r.o.Event(flow.Event{Time: r.s.time(mono), Kind: "gap", What: why})
	}
}

func (r *replay) gap(e *Entry) error {
	var b Gap
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	switch {
	case b.Kind == "device": // not of traffic
		r.unknown(e.Mono, "device")
		return nil
	case b.Up == 0 && b.Down == 0 && (b.Kind == "unreachable" || b.Kind == "refused"):
		return nil // there was no connection: nobody received anything
	}
	f := r.begin(b.Conn, flow.Opaque, "tcp", e)
	if b.Host != "" {
		f.Server.Name = b.Host
	}
	if f.Timing.Start = e.Wall; r.conns[b.Conn] != nil {
		f.Timing.Start = r.conns[b.Conn].start
	}
	f.Timing.End = e.Wall
	f.Unread = &flow.Unread{Up: b.Up, Down: b.Down, Reason: b.Reason}
	r.emit(f)
	return nil
}

func (r *replay) closed(e *Entry) error {
	var b closed
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	w := r.conns[b.Conn]
	if w == nil {
		return fmt.Errorf("the end of connection %d, which is not open", b.Conn)
	}
	if w.c.Mode == Passed {
		r.passed(b.Conn, w, e, flow.Unread{Up: b.Up, Down: b.Down, Reason: w.c.Reason}, r.s.time(b.Mono))
	}
	delete(r.conns, b.Conn)
	return nil
}

// passed emits what is known of a connection that was not read.
func (r *replay) passed(conn int64, w *wire, e *Entry, u flow.Unread, end time.Time) {
	f := r.begin(conn, flow.Opaque, "tcp", e)
	f.Timing.Start, f.Timing.End, f.Unread = w.start, end, &u
	r.emit(f)
}

// unanswered emits a request as far as it came.
func (r *replay) unanswered(seq int64) {
	f := r.open[seq]
	delete(r.open, seq)
	f.Notes = append(f.Notes, "no response")
	r.emit(f)
}

// interrupted ends what was open when a session ended without saying so.
func (r *replay) interrupted(at time.Time) {
	for _, seq := range slices.Sorted(maps.Keys(r.open)) {
		r.unanswered(seq)
	}
	for _, seq := range slices.Sorted(maps.Keys(r.conns)) {
		w := r.conns[seq]
		e := &Entry{Seq: seq, At: w.source.Offset, Length: w.source.Length}
		r.passed(seq, w, e, flow.Unread{Up: -1, Down: -1, Reason: "the capture was interrupted while the connection was open"}, at)
		delete(r.conns, seq)
	}
}

// rest ends what is open at the end of the log.
func (r *replay) rest() { r.interrupted(time.Time{}) }

// contents opens what a reference points to.
func (r *replay) contents(ref *Ref) ([]byte, error) {
	if ref == nil {
		return nil, nil
	}
	return r.v.Open(*ref)
}
