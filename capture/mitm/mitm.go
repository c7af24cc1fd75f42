// Package mitm reads mitmproxy's flow dumps, the files that "mitmdump -w" and
// "Save" in mitmproxy and mitmweb write, and makes a flow of each.
//
// A dump is a sequence of tagged netstrings, LENGTH:PAYLOAD TAG, one
// dictionary per flow, so that a payload's type is known only after it. The
// reader therefore goes by the schema: it knows which keys of a flow hold
// structures and walks into those while they stream by, takes the small values
// it wants, and steps over the rest. Memory is bounded by what is kept of one
// flow (see MaxFlow), never by the file or by a length written in it, and
// nothing in the input decides how deep the reader nests.
//
// Each flow carries the version of the format it was written in, and a file
// may mix them ("mitmdump -w +file" appends). Versions 0.11 (2014) to 21
// (mitmproxy 12) differ in the names of keys and in where a fact is kept, so
// one reader knows all the names instead of ten converters knowing one step
// each.
//
// A dump is strong evidence. Bodies are the bytes on the wire, content coding
// and all, and the times of the connection to the server are kept apart from
// the client's. What to know when using it:
//
//   - The request is the one that mitmproxy sent on. If a script or the user
//     changed it, a note says so.
//   - The URL is rebuilt from scheme, path and the name the client asked for:
//     the :authority of HTTP/2 and 3, else the Host field, else the address.
//     In transparent mode the last is only an IP address. The server that was
//     really connected to stands in Flow.Server.
//   - Handshake times belong to a connection. They are given on the first flow
//     read of each, and nowhere else.
//   - Content null ("not kept", a streamed body) and empty content are told
//     apart.
//
// Sources: mitmproxy's io/compat.py, io/tnetstring.py and its state
// dictionaries up to version 21 (read 2026-11); https://tnetstrings.info/.
package mitm

import (
	"io"
	"iter"

	"github.com/constat/constat/flow"
)

// Options say what to keep and whom to tell.
type Options struct {
	// ResponseBodies keeps what servers sent: response contents and received
	// messages. Without it only their size and place are kept.
	ResponseBodies bool

	// Wrote, if set, is called once, with the version of the first flow and
	// the program it belongs to: "mitmproxy dump version 20 (mitmproxy 10)".
	Wrote func(creator string)
}

// Limits on what hostile input can cost.
const (
	// MaxFlow bounds the bytes kept of one flow. A value that would pass it is
	// not kept, and a note says so.
	MaxFlow = 64 << 20
	// maxConnections is how many server connections are remembered to give
	// their handshake times only once. One that comes back after this many
	// others is taken for a new one.
	maxConnections = 4096
	// maxHandshakes is how many WebSocket upgrades wait for their messages,
	// which versions before 12 keep in a flow of their own.
	maxHandshakes = 64
	// maxDamage is how many damaged flows are reported before giving up.
	maxDamage = 64
)

// Notes that other packages branch on.
const (
	NoteNeverSent = "never sent" // no connection to the server was made
	NoteReplayed  = "replayed from mitmproxy, not sent by the app"
)

// Match reports whether head begins a mitmproxy dump: a netstring that holds
// another, which is a key in lower case.
func Match(head []byte) bool {
	outer, rest, ok := digits(head)
	if !ok {
		return false
	}
	if len(rest) == 0 {
		return true
	}
	inner, rest, ok := digits(rest)
	if !ok || inner < 1 || inner > 64 || inner >= outer {
		return len(rest) == 0 && !ok // cut off inside the second length
	}
	for i, c := range rest {
		if int64(i) == inner {
			return c == ',' || c == ';'
		}
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// digits takes a length and its colon off b. When b ends inside the length,
// ok is false and rest empty.
func digits(b []byte) (n int64, rest []byte, ok bool) {
	for i, c := range b {
		switch {
		case c == ':' && i > 0:
			return n, b[i+1:], true
		case c < '0' || c > '9' || i >= maxDigits:
			return 0, b[i:], false
		}
		n = n*10 + int64(c-'0')
	}
	return 0, nil, false
}

// Read yields the flows in r, in file order, except that the upgrade request
// of a WebSocket in versions before 12 waits for the flow with its messages
// and is yielded with it.
//
// A damaged file yields every flow before the damage, then a *flow.Damage,
// then goes on if the start of a later flow can be found. An HTTP flow cut off
// after its request was complete is still yielded, with a note. Versions too
// old to be read are reported once each. Nothing stops Read but the end of r
// or a false from yield.
func Read(r io.Reader, opt Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		rd := &reader{scanner: newScanner(r), opt: opt, yield: yield,
			connections: newRecent(maxConnections), refused: map[string]bool{}}
		rd.file()
	}
}

// reader turns the dictionaries of a dump into flows.
type reader struct {
	*scanner
	opt   Options
	yield func(*flow.Flow, error) bool

	index       int
	damages     int
	stopped     bool // yield said no
	named       bool // Wrote was called
	connections *recent
	handshakes  []*record       // upgrades that wait for their messages
	refused     map[string]bool // versions already reported as unreadable
}

func (rd *reader) file() {
	s := rd.scanner
	for !rd.stopped && !s.ended() {
		start := s.at
		v := s.open(unbounded)
		if s.dmg == nil {
			rec := rd.record(v)
			s.close(v, "}")
			rec.flow.Source = flow.Provenance{Offset: start, Length: s.at - start}
			rd.emit(rec)
		}
		if s.dmg != nil && (!rd.report() || !s.resync()) {
			break
		}
	}
	rd.releaseAll()
}

// emit makes a flow of what was read and yields it, unless it must wait.
func (rd *reader) emit(rec *record) {
	s := rd.scanner
	if s.dmg != nil && !rec.request.whole() {
		return
	}
	if !rd.readable(rec) {
		return
	}
	if s.dmg != nil {
		if rec.kind == "" {
			rec.kind = "http"
		}
		rec.note("damaged flow: part of it was lost")
	}
	if !rd.finish(rec) {
		return
	}
	if rd.hold(rec) {
		return
	}
	rd.give(rec)
}

func (rd *reader) give(rec *record) {
	if rd.stopped {
		return
	}
	rec.flow.Index = rd.index
	rd.index++
	rd.stopped = !rd.yield(rec.flow, nil)
}

// report yields the damage met and clears it. It returns false when there is
// nothing more to read.
func (rd *reader) report() bool {
	d := rd.scanner.dmg
	rd.scanner.dmg = nil
	rd.releaseAll() // what stood before the damage comes before it
	return rd.complain(d)
}

func (rd *reader) complain(d *flow.Damage) bool {
	if rd.stopped {
		return false
	}
	rd.damages++
	if rd.damages == maxDamage {
		d.Remedy = "too many damaged flows, the rest was not read; record or copy the dump again"
	}
	rd.stopped = !rd.yield(nil, d) || rd.damages >= maxDamage
	return !rd.stopped
}
