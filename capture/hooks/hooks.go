// Package hooks reads the log of socket operations that PiRogue Tool Suite
// records with Frida while it intercepts an app ("socket_trace.json" of
// pirogue-intercept-single and -gated), and the same records one a line.
//
// A record is a call of connect, send, write, recv or read on a TCP or UDP
// socket: when, which process, between which addresses, and, where the calling
// thread runs Java, the stack of calls that led to it. It tells which code of
// an app spoke to whom. What was said it does not tell: that stands in the
// packet capture beside it (traffic.pcap with sslkeylog.txt), to which a record
// leads by addresses, ports and time.
//
// So there are two ways to read a log. Operations yields the records, to be
// joined to the flows of a packet capture; Read makes a flow of kind Opaque of
// each connection, with the app and the code that used it.
//
// The times are the phone's, in whole milliseconds; those of the packet capture
// are another machine's. The hook stands before the call: a write is logged
// before its bytes leave, a read before they are there.
//
// Sources: pirogue-cli (frida-scripts/log_socket_operations.js,
// frida/capture_manager.py, frida/instrument_gated.py) and how pcapng-utils
// reads the log (har/pirogue_enrichment/stacktrace.py), read 2026-11.
package hooks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// Options say whom to tell.
type Options struct {
	// Wrote is called once with the name of the program.
	Wrote func(creator string)
}

// Source is what App.Source says of these flows.
const Source = "frida socket trace"

// Reason is why nothing of a connection could be read.
const Reason = "metadata only: a socket trace tells who called, not what was said"

// Limits on what hostile input can cost.
const (
	maxRecord      = 4 << 20 // bytes of a record
	maxConnections = 1 << 14 // of a log; those beyond are yielded early
	maxCallers     = 16      // classes that are kept of a connection
	maxFrames      = 512     // of a stack
	maxText        = 256     // bytes of a name that is kept
	maxDamage      = 64      // records that are reported one by one
)

// Frame is a call on a stack.
type Frame struct {
	Class, Method, File string
	Line                int
}

// Operation is one call on a socket.
type Operation struct {
	Time    time.Time
	Call    string // the function of the C library: "write", "sendto", "connect"
	Process string // package name, "" if the log does not tell
	PID     int
	Thread  int
	UDP     bool
	Local   netip.AddrPort
	Remote  netip.AddrPort
	Stack   []Frame // innermost first; nil: no Java on this thread
	At      flow.Provenance
}

// Side is the direction of the call. ok is false of those that move nothing.
func (o *Operation) Side() (side stream.Side, ok bool) {
	switch {
	case strings.HasPrefix(o.Call, "send"), strings.HasPrefix(o.Call, "write"):
		return stream.Up, true
	case strings.HasPrefix(o.Call, "recv"), strings.HasPrefix(o.Call, "read"):
		return stream.Down, true
	}
	return 0, false
}

// Callers are the classes on the stack, innermost first, each once, without
// those of the platform that every call passes through.
func (o *Operation) Callers() (classes []string) {
	for _, f := range o.Stack {
		if !platform(f.Class) && !slices.Contains(classes, f.Class) {
			classes = append(classes, f.Class)
		}
	}
	return classes
}

// platform reports whether a class is one of Java or Android.
func platform(class string) bool {
	for _, p := range []string{"java.", "javax.", "android.", "dalvik.", "libcore.", "sun.", "com.android.", "jdk."} {
		if strings.HasPrefix(class, p) {
			return true
		}
	}
	return false
}

// Match reports whether head begins a socket trace. What stands in a JSON
// string has its quotes escaped, so that a name with quotes is a member or a
// value.
func Match(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n[")
	if !bytes.HasPrefix(text, []byte("{")) {
		return false
	}
	has := func(name string) bool { return bytes.Contains(text, []byte(`"`+name+`"`)) }
	return has("socket_trace_log") || has("socket_event_type") && has("dest_ip")
}

// record is a record as it stands in the log. Integers are what hooks send; a
// record with another type in one of them is damage.
type record struct {
	Type    string `json:"type"`
	Process string `json:"process"`
	PID     int    `json:"pid"`
	Time    int64  `json:"timestamp"` // ms since 1970
	Data    *struct {
		Type   string `json:"socket_type"` // "tcp", "tcp6", "udp", "udp6"
		Call   string `json:"socket_event_type"`
		PID    int    `json:"pid"`
		Thread int    `json:"thread_id"`
		Remote string `json:"dest_ip"`
		Port   int    `json:"dest_port"`
		Local  string `json:"local_ip"`
		From   int    `json:"local_port"`
		Stack  []struct {
			Class  string `json:"class"`
			Method string `json:"method"`
			File   string `json:"file"`
			Line   int    `json:"line"`
		} `json:"stack"`
	} `json:"data"`
}

// Operations yields the records in r, in file order. One that cannot be used is
// a *flow.Damage, and reading goes on with the next; where the JSON itself
// breaks off, reading ends.
func Operations(r io.Reader) iter.Seq2[*Operation, error] {
	return func(yield func(*Operation, error) bool) {
		g := &guard{r: bufio.NewReaderSize(r, 64<<10)}
		start := g.begin()
		d := json.NewDecoder(g)
		g.left = maxRecord
		if g.array {
			d.Token() // the bracket
		}
		n, lost := 0, int64(0)
		for d.More() {
			at := start + d.InputOffset()
			var x record
			err := d.Decode(&x)
			length := start + d.InputOffset() - at
			var mistyped *json.UnmarshalTypeError
			if err != nil && !errors.As(err, &mistyped) {
				if err == io.EOF || err == io.ErrUnexpectedEOF {
					err = errCut
				}
				yield(nil, &flow.Damage{Offset: at, Expected: "a record of a socket trace", Found: err.Error(), Remedy: "everything before it was read; copy the log again", Err: err})
				return
			}
			g.left = maxRecord
			n++
			o, bad := x.operation()
			if bad == "" {
				o.At = flow.Provenance{Offset: at, Length: length}
				if !yield(o, nil) {
					return
				}
				continue
			}
			if lost++; lost > maxDamage {
				continue
			}
			if !yield(nil, &flow.Damage{Offset: at, Expected: "a record of a socket trace", Found: bad, Remedy: "the record is left out", Err: err}) {
				return
			}
		}
		switch end, err := d.Token(); {
		case g.array && end != json.Delim(']'):
			if err == nil || err == io.EOF {
				err = errCut
			}
			yield(nil, &flow.Damage{Missing: true, Expected: "the end of the socket trace", Found: err.Error(), Remedy: "what came after it is missing; copy the log again"})
		case !g.array && err != nil && err != io.EOF:
			yield(nil, &flow.Damage{Offset: start + d.InputOffset(), Expected: "a record of a socket trace", Found: err.Error(), Remedy: "everything before it was read; copy the log again", Err: err})
		}
		if lost > maxDamage {
			yield(nil, &flow.Damage{Missing: true, Expected: "records that can be used", Found: fmt.Sprintf("%d more that cannot", lost-maxDamage), Remedy: "record the log again"})
		}
	}
}

var (
	errCut  = errors.New("the end of the file")
	errLong = fmt.Errorf("a record of more than %d bytes", maxRecord)
)

// guard bounds what a record may hold, and finds the beginning.
type guard struct {
	r     *bufio.Reader
	left  int
	array bool
}

// begin steps over a byte order mark and looks whether the records stand in an
// array. It returns the offset of what comes next.
func (g *guard) begin() (offset int64) {
	if b, _ := g.r.Peek(3); string(b) == "\xef\xbb\xbf" {
		g.r.Discard(3)
		offset = 3
	}
	for {
		b, err := g.r.Peek(1)
		if err != nil || b[0] != ' ' && b[0] != '\t' && b[0] != '\r' && b[0] != '\n' {
			g.array = err == nil && b[0] == '['
			return offset
		}
		g.r.Discard(1)
		offset++
	}
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errLong
	}
	n, err := g.r.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}

// operation is what a record says. bad is what it lacks.
func (x *record) operation() (o *Operation, bad string) {
	d := x.Data
	if d == nil {
		return nil, fmt.Sprintf("a record of type %q without data", line.Clip(x.Type, maxText))
	}
	o = &Operation{Time: time.UnixMilli(x.Time).UTC(), Call: line.Clip(d.Call, maxText), Process: line.Clip(x.Process, maxText), PID: d.PID, Thread: d.Thread, UDP: strings.HasPrefix(d.Type, "udp")}
	if x.Time <= 0 || x.Time >= 32503680000000 { // the year 3000
		o.Time = time.Time{}
	}
	if o.PID == 0 {
		o.PID = x.PID
	}
	if o.Call == "" {
		return nil, "a record without a call"
	}
	var ok bool
	if o.Local, ok = address(d.Local, d.From); !ok {
		return nil, fmt.Sprintf("a local address that is none: %q port %d", line.Clip(d.Local, maxText), d.From)
	}
	if o.Remote, ok = address(d.Remote, d.Port); !ok {
		return nil, fmt.Sprintf("a remote address that is none: %q port %d", line.Clip(d.Remote, maxText), d.Port)
	}
	for _, f := range d.Stack {
		if len(o.Stack) == maxFrames {
			break
		}
		o.Stack = append(o.Stack, Frame{Class: line.Clip(f.Class, maxText), Method: line.Clip(f.Method, maxText), File: line.Clip(f.File, maxText), Line: f.Line})
	}
	return o, ""
}

// address is that of an end; IPv4 in IPv6 ("::ffff:192.0.2.10") is IPv4.
func address(ip string, port int) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(ip)
	if err != nil || port < 0 || port > 0xffff {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(port)), true
}

// pair is the two ends of a connection.
type pair struct {
	local, remote netip.AddrPort
	udp           bool
}

// connection is what operations on one pair of ends tell.
type connection struct {
	pair     pair
	process  string
	pid      int
	first    time.Time
	last     time.Time
	at       flow.Provenance
	calls    [2]int // by direction
	callers  []string
	more     bool // than are kept
	stackful bool
}

// Read yields a flow for each connection in r, in the order of their first
// operations. Port numbers are used again, so operations on the same ends may
// be of several connections; a connect begins a new one.
func Read(r io.Reader, opt Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		open := map[pair]*connection{}
		var order []*connection
		index, named := 0, false
		tell := func(list []*connection) bool {
			for _, c := range list {
				f := c.flow()
				f.Index = index
				index++
				if !yield(f, nil) {
					return false
				}
			}
			return true
		}
		for o, err := range Operations(r) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if !named && opt.Wrote != nil {
				named = true
				opt.Wrote("PiRogue socket trace")
			}
			p := pair{o.Local, o.Remote, o.UDP}
			c := open[p]
			if c == nil || strings.HasPrefix(o.Call, "connect") && c.calls != [2]int{} {
				if len(order) >= maxConnections {
					if !tell(order) {
						return
					}
					clear(open)
					order = order[:0]
				}
				c = &connection{pair: p, first: o.Time, at: o.At}
				open[p] = c
				order = append(order, c)
			}
			c.add(o)
		}
		tell(order)
	}
}

func (c *connection) add(o *Operation) {
	c.last = o.Time
	if c.process == "" {
		c.process = o.Process
	}
	if c.pid == 0 {
		c.pid = o.PID
	}
	if side, ok := o.Side(); ok {
		c.calls[side]++
	}
	c.stackful = c.stackful || o.Stack != nil
	for _, class := range o.Callers() {
		switch {
		case slices.Contains(c.callers, class):
		case len(c.callers) == maxCallers:
			c.more = true
		default:
			c.callers = append(c.callers, class)
		}
	}
}

func (c *connection) flow() *flow.Flow {
	f := &flow.Flow{
		Kind: flow.Opaque, Protocol: "tcp", Source: c.at, Client: flow.Endpoint{Addr: c.pair.local}, Server: flow.Endpoint{Addr: c.pair.remote},
		Timing: flow.Timing{Start: c.first, End: c.last}, Unread: &flow.Unread{Up: -1, Down: -1, Reason: Reason},
	}
	if c.pair.udp {
		f.Protocol = "udp"
	}
	if c.process != "" {
		f.App = &flow.App{ID: c.process, Source: Source}
	}
	f.Notes = append(f.Notes, fmt.Sprintf("%d calls that send, %d that receive", c.calls[stream.Up], c.calls[stream.Down]))
	if c.pid != 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("pid %d", c.pid))
	}
	switch {
	case len(c.callers) > 0:
		note := "called from " + strings.Join(c.callers, ", ")
		if c.more {
			note += " and others"
		}
		f.Notes = append(f.Notes, note)
	case c.stackful:
		f.Notes = append(f.Notes, "called from classes of the platform only")
	default:
		f.Notes = append(f.Notes, "called from native threads: no stack")
	}
	return f
}
