// Package netlog reads Chromium's network logs, the files that
// chrome://net-export and --log-net-log write, as flows.
//
// A log is JSON with one event a line. How much it holds depends on how it was
// made:
//
//   - With "Include raw bytes" (--net-log-capture-mode=Everything) it holds what
//     passed each socket, before encryption and after. What passed before is
//     given to package stream, so requests and bodies are those of the wire.
//     QUIC stands there encrypted; it is read with the secrets of a key log.
//   - Without, it holds the header fields of requests and responses, and how
//     large an upload was. Flows are made of these; bodies are said to be not
//     kept, and a note says what else is missing: the default mode takes the
//     values of cookies and authorisations out.
//
// A log is read as a stream. Nothing in it decides how much is held: lines,
// sockets, requests and bodies each have a bound. The browser writes the end of
// the log when it is closed in good order; of a browser that was killed,
// everything up to the last whole line is read.
//
// Times are in whole milliseconds. The name and address of a server are those
// of the socket; the round trips are those of connect() and, from the bytes of
// the handshake, of TLS.
//
// A flow's place is a line of the log: Provenance.Frame is its number, from 1.
//
// Source: Chromium, net/log/net_log_event_type_list.h and
// file_net_log_observer.cc, and logs of version 156, read 2026-11.
package netlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
	"github.com/constat/constat/stream/quic"
	"github.com/constat/constat/stream/tls"
)

// Options say what to keep and what is known beside the log.
type Options struct {
	// ResponseBodies keeps what servers sent.
	ResponseBodies bool
	// Wrote is called once with the name of the browser.
	Wrote func(creator string)
	// Secrets open QUIC. nil: there are none.
	Secrets *keylog.Log
}

// Limits on what hostile input can cost.
const (
	maxLine     = 16 << 20  // bytes of a line; Chromium's have up to some 100 kB
	maxBodies   = 128 << 20 // bytes of bodies and messages under way
	maxResponse = 16 << 20  // bytes of one response's body
	maxSockets  = 4096      // open at once
	maxRequests = 4096      // open at once
	maxHeld     = 64 << 20  // bytes that all requests hold, as they stand in the log
	maxLeads    = 1 << 16   // of who is served by whom
	maxDamage   = 64        // lines that are reported one by one
)

// Match reports whether head begins a network log of Chromium.
func Match(head []byte) bool {
	o := members(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	o.space()
	return o.on && bytes.HasPrefix(o.rest(), []byte(`"constants"`))
}

// Read yields the flows in r as they end. What cannot be read is a
// *flow.Damage between them, and reading goes on with the next line.
func Read(r io.Reader, opt Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		rd := newReader(opt)
		in := line.NewReader(r, maxLine)
		stop := false
		for !rd.ended && !stop {
			l, err := in.Read()
			if err != nil {
				if err != io.EOF {
					rd.complain(&flow.Damage{Offset: l.Offset, Expected: "more of the log", Found: err.Error(), Remedy: "copy the file again; everything before this place was read", Err: err})
				}
				break
			}
			rd.number++
			rd.line(l)
			stop = rd.started == noLog || !rd.hand(yield)
		}
		if rd.started == noLog || !stop {
			rd.close()
			rd.hand(yield)
		}
	}
}

// How far a log has been recognised.
const (
	beforeConstants = iota
	beforeEvents
	inEvents
	noLog
)

// reader is the reading of one log.
type reader struct {
	opt     Options
	started int
	ended   bool // in good order
	number  int64
	constants
	bytes bool // the log holds what passed sockets
	mute  bool // it does not

	limits   stream.Limits
	secrets  *keylog.Log // none, for handshakes
	tls      tls.Limits
	app      *flow.App
	sockets  map[int64]*socket
	names    map[int64]string // of servers, by connect job
	leads    leads
	requests map[int64]*request
	held     int64 // of maxHeld
	quic     *quic.Tracker
	sessions map[int64]*session
	datagram map[int64]*udpSocket
	apart    []*flow.Flow              // requests over QUIC, to be told if the tracker does not
	closed   []*flow.Flow              // connections that the tracker could not read
	opened   map[[sha256.Size]byte]int // requests that the tracker told, by method and URL
	decoded  []byte

	index   int
	ready   []*flow.Flow
	damages []*flow.Damage
	lost    int64
}

func newReader(opt Options) *reader {
	rd := &reader{
		opt: opt, secrets: keylog.New(), limits: stream.Limits{Budget: stream.NewBudget(maxBodies)},
		tls:     tls.Limits{Held: 1, Shared: tls.NewShared(1)}, // nothing is to wait for secrets
		sockets: map[int64]*socket{}, names: map[int64]string{}, requests: map[int64]*request{},
		sessions: map[int64]*session{}, datagram: map[int64]*udpSocket{}, opened: map[[sha256.Size]byte]int{},
	}
	if opt.ResponseBodies {
		rd.limits.Response = maxResponse
	}
	return rd
}

// hand yields what is ready.
func (rd *reader) hand(yield func(*flow.Flow, error) bool) bool {
	for _, f := range rd.ready {
		f.Index = rd.index
		rd.index++
		if !yield(f, nil) {
			return false
		}
	}
	clear(rd.ready)
	rd.ready = rd.ready[:0]
	for _, d := range rd.damages {
		if !yield(nil, d) {
			return false
		}
	}
	rd.damages = rd.damages[:0]
	return true
}

func (rd *reader) emit(f *flow.Flow) {
	if f.App == nil {
		f.App = rd.app
	}
	rd.ready = append(rd.ready, f)
}

// complain reports damage, the first ones one by one.
func (rd *reader) complain(d *flow.Damage) {
	if rd.lost++; rd.lost <= maxDamage || d.Missing {
		rd.damages = append(rd.damages, d)
	}
}

// line reads one line of the log.
func (rd *reader) line(l line.Line) {
	b := bytes.TrimSpace(l.Text)
	switch {
	case len(b) == 0:
	case rd.started == beforeConstants:
		rd.begin(l)
	case rd.started == beforeEvents:
		key, ok := bytes.CutPrefix(b, []byte(`"events":`))
		if key = bytes.TrimSpace(key); !ok || len(key) == 0 || key[0] != '[' {
			rd.complain(&flow.Damage{Offset: l.Offset, Expected: `"events": [`, Found: quote(b), Remedy: "the log must be as Chromium wrote it, one event a line"})
			return
		}
		rd.started = inEvents
		if key = bytes.TrimSpace(key[1:]); len(key) > 0 {
			rd.event(l, key)
		}
	case b[0] == ']':
		rd.ended = true
	default:
		rd.event(l, b)
	}
}

// begin reads the constants.
func (rd *reader) begin(l line.Line) {
	rd.started = noLog
	o := members(l.Text)
	key, value, ok := o.next()
	bad := ""
	switch {
	case l.Long || !ok:
		bad = fmt.Sprintf("a line of %d bytes that does not hold all of them", l.Length)
	case string(key) != "constants":
		bad = quote(l.Text)
	default:
		bad = rd.constants.read(value)
	}
	if bad != "" {
		rd.complain(&flow.Damage{Offset: l.Offset, Expected: "the constants of a network log of Chromium on a line", Found: bad, Remedy: "give the log as Chromium wrote it: its layout must not be changed, and its first line is needed"})
		return
	}
	rd.started = beforeEvents
	if rd.client != "" {
		rd.app = &flow.App{ID: rd.client, Source: "net-log clientInfo"}
	}
	rd.mute = rd.mode != "" && rd.mode != "Everything"
	rd.bytes = rd.mode == "Everything"
	if rd.opt.Wrote != nil {
		name := rd.client
		if rd.version != "" {
			name += " " + rd.version
		}
		if name == "" {
			name = "Chromium"
		}
		rd.opt.Wrote(name + " net-log")
	}
	if rd.opt.Secrets != nil {
		rd.quic = quic.New(rd.opt.Secrets, quic.Limits{Stream: rd.limits}, rd.emitQUIC)
	}
}

// event is one event.
type event struct {
	kind   kind
	phase  int64 // 0 none, 1 begin, 2 end
	source int64
	at     time.Time
	params []byte // JSON object, or nil
	offset int64  // of the line
	length int64
}

// event reads an event and does what it says.
func (rd *reader) event(l line.Line, b []byte) {
	o := members(b)
	var e event
	var source, ticks []byte
	number := int64(-1)
	if !l.Long {
		for {
			key, value, ok := o.next()
			if !ok {
				break
			}
			switch string(key) {
			case "type":
				number, _ = integer(value)
			case "phase":
				e.phase, _ = integer(value)
			case "source":
				source = value
			case "time":
				ticks = value
			case "params":
				e.params = value
			}
		}
	}
	if l.Long || o.bad || number < 0 || source == nil {
		d := &flow.Damage{Offset: l.Offset, Expected: "an event on a line", Found: quote(b), Remedy: "the line is left out; the log must be as Chromium wrote it"}
		switch {
		case l.Long:
			d.Found = fmt.Sprintf("a line of %d bytes", l.Length)
		case l.Cut:
			d.Remedy = "the log ends there, as it does when the browser is killed; everything before was read"
		}
		rd.complain(d)
		return
	}
	rest := bytes.TrimSpace(o.rest())
	rd.ended = bytes.HasPrefix(rest, []byte("]"))
	if e.kind = rd.of(number); e.kind == unwanted {
		return
	}
	n, _ := integer(ticks)
	id, ok := integer(member(source, "id"))
	if !ok {
		return
	}
	e.at, e.source, e.offset, e.length = rd.when(n), id, l.Offset, l.Length
	rd.do(&e)
}

// do lets an event have its effect.
func (rd *reader) do(e *event) {
	switch e.kind {
	case startJob, uploadInit, sendHeaders, sendHeaders2, sendHeaders3, readHeaders, readBody, frameSent, frameReceived, requestAlive:
		rd.request(e)
	case leadsTo, jobCreated:
		rd.lead(e)
	case quicSession, quicPacket:
		rd.session(e)
	case udpConnect, udpLocal, udpSent, udpReceived:
		rd.udp(e)
	default:
		rd.socket(e)
	}
}

func (e *event) mark(rd *reader) stream.Mark { return stream.Mark{Time: e.at, Frame: rd.number} }

// netError is the error of an event, "" if it has none.
func (e *event) netError(rd *reader) string {
	if n, ok := integer(member(e.params, "net_error")); ok && n != 0 {
		return rd.failure(n)
	}
	return ""
}

// content decodes the bytes of an event; they are good until the next one.
// n is how many passed; ok is false if they are not in the log.
func (rd *reader) content(e *event) (b []byte, n int64, ok bool) {
	var raw []byte
	for o := members(e.params); ; {
		key, value, more := o.next()
		if !more {
			break
		}
		switch string(key) {
		case "bytes":
			raw = value
		case "byte_count":
			n, _ = integer(value)
		}
	}
	n = max(n, 0)
	if len(raw) < 2 {
		return nil, n, false
	}
	raw = raw[1 : len(raw)-1]
	rd.decoded = slices.Grow(rd.decoded[:0], base64.StdEncoding.DecodedLen(len(raw)))[:0]
	b, err := base64.StdEncoding.AppendDecode(rd.decoded, raw)
	rd.decoded = b
	if err != nil || n > 0 && int64(len(b)) != n {
		rd.complain(&flow.Damage{Offset: e.offset, Expected: fmt.Sprintf("%d bytes in base64", n), Found: quote(raw), Remedy: "they are missing from the connection; copy the log again", Err: err})
		return nil, n, false
	}
	return b, int64(len(b)), true
}

// close tells what is still open, and what the log lacks.
func (rd *reader) close() {
	for _, id := range sorted(rd.sockets) {
		rd.sockets[id].close(stream.Mark{})
	}
	for _, id := range sorted(rd.requests) {
		rd.requests[id].finish(time.Time{})
	}
	rd.closeQUIC()
	if n := rd.lost - maxDamage; n > 0 {
		rd.complain(&flow.Damage{Missing: true, Expected: "lines that can be read", Found: fmt.Sprintf("%d more that cannot", n), Remedy: "copy the log again"})
	}
	switch {
	case rd.started == beforeConstants:
		rd.complain(&flow.Damage{Expected: "the constants of a network log of Chromium on a line", Found: "an empty file", Remedy: "record the log again"})
	case rd.started == beforeEvents || rd.started == inEvents && !rd.ended:
		rd.complain(&flow.Damage{Missing: true, Expected: "the end of the log", Found: "that it stops, as it does when the browser is killed", Remedy: "what happened after it is missing; stop the log, or close the browser, before copying it"})
	}
}

func sorted[V any](m map[int64]V) []int64 {
	ids := make([]int64, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// quote shows the beginning of some bytes.
func quote(b []byte) string {
	if len(b) > 60 {
		return fmt.Sprintf("%q…", b[:60])
	}
	return fmt.Sprintf("%q", b)
}
