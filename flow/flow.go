// Package flow is the ground of the house: the model of one exchange between
// an app and a server, as any capture can tell it.
//
// A Flow is what a reader (package capture/…) makes and what every other
// package consumes. It holds bytes, endpoints, times and, for each of them,
// where in the capture it came from, so that a number on a screen can be
// followed back to an offset in a file. It knows nothing of personal data,
// owners, countries or policies, and it imports nothing of ours.
//
// Three habits run through the types:
//
//   - What was not seen is said, not left blank: a body the capture tool did
//     not keep is a Body with Kept false, a connection that could not be read
//     is a flow of Kind Opaque with a reason.
//   - Times are kept apart by what they prove. A TCP handshake, a TLS first
//     flight and a first response byte bound different distances (see RTT).
//   - Order and spelling of header fields are those of the capture.
package flow

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Kind tells what sort of exchange a Flow records.
type Kind string

// The kinds of flow. WebSocket flows also carry the HTTP upgrade exchange.
const (
	HTTP      Kind = "http"
	WebSocket Kind = "websocket"
	DNS       Kind = "dns"
	TCP       Kind = "tcp"    // a readable byte stream, of messages that are no HTTP
	UDP       Kind = "udp"    // readable datagrams
	Opaque    Kind = "opaque" // only sizes and times are known
)

// Flow is one exchange. Exactly the fields that its Kind implies are set:
// Request (and perhaps Response) for HTTP and WebSocket, Messages for
// WebSocket, TCP and UDP, Lookup for DNS, Unread for Opaque.
//
// The reader that yields a Flow gives it away: it and its bytes belong to the
// receiver and are never reused.
type Flow struct {
	Index    int        // position in the capture, from 0, counting yielded flows
	Kind     Kind       //
	Protocol string     // as spoken: "HTTP/1.1", "HTTP/2", "HTTP/3", "websocket", "mqtt", "dns", "mdns", "tcp", "udp", "stun"
	Source   Provenance // the whole exchange in the capture
	Stream   *uint64    // of HTTP/2 and HTTP/3, if it is known: the stream's id

	Client Endpoint
	Server Endpoint
	TLS    *TLS // nil: no TLS, or not known (see Protocol and URL scheme)
	Timing Timing
	App    *App // nil: the capture does not say which app sent it

	Request  *Request
	Response *Response
	Messages []Message
	Lookup   *Lookup
	Unread   *Unread

	// Control is set on exchanges that the instrument made itself, to show
	// that it works: they are nobody's data.
	Control *Control

	// Notes are facts about how the capture tool weakened this flow
	// ("sanitised export: no cookies"), for the coverage statement.
	Notes []string
}

// Host is the name the client asked for: the request's authority, else SNI,
// else the server's name or address. Lower case, without port.
func (f *Flow) Host() string {
	switch {
	case f.Request != nil && f.Request.Host != "":
		return strings.ToLower(f.Request.Host)
	case f.TLS != nil && f.TLS.SNI != "":
		return strings.ToLower(f.TLS.SNI)
	case f.Server.Name != "":
		return strings.ToLower(f.Server.Name)
	case f.Server.Addr.IsValid():
		return f.Server.Addr.Addr().String()
	}
	return ""
}

// Control is a trial of the instrument on something known.
type Control struct {
	Kind    string // "positive": all of Planted must be found; "negative": nothing must be; Beat
	Planted []Planted
}

// Beat is the kind of a control that only shows that the instrument was at work
// then.
const Beat = "beat"

// Planted is a value that a positive control sends.
type Planted struct {
	Type  string // a data type's id
	Value string
}

// Provenance says where in a capture something stands. Offset and Length
// count bytes of the capture as decompressed (a .har.gz is addressed as the
// .har inside). Frame is the packet number for packet captures, from 1.
// Length 0 with Offset 0 means the position is not known.
type Provenance struct {
	Offset int64
	Length int64
	Frame  int64

	// Encoding lists how the bytes stand in the file, outermost first:
	// none for raw, "json-string" for an escaped string literal, then
	// "base64" if the string's text is base64. Applying them in order to the
	// file's bytes gives the value.
	Encoding []string
}

// Endpoint is one side of a connection. Either part may be missing: a HAR
// names the server but often not its address.
type Endpoint struct {
	Name string // host name, no port
	Addr netip.AddrPort
}

// TLS holds what the capture tells of the secure channel to the server.
type TLS struct {
	Version      string   // "TLS 1.3"
	Cipher       string   // IANA or OpenSSL name, as captured
	SNI          string   // RFC 6066 server name
	ALPN         string   // RFC 7301 protocol, "h2"
	Certificates [][]byte // DER or PEM as captured, leaf first
	Resumed      bool     // an earlier session goes on: there are no certificates
	JA3, JA4     string   // fingerprints of the client's hello, "" unknown
	ECH          string   // what became of an Encrypted Client Hello (RFC 9849), "" if there was none: SNI may be a public name only
}

// App is the program a flow is attributed to, with who says so.
type App struct {
	ID     string // package name, bundle id or process name
	Source string // "pcapdroid uid", "har comment", …
}

// Leg names the stretch of path that a time was measured on. A proxy splits
// the path; only the leg that ends at the server says where the server is.
type Leg string

const (
	Direct Leg = "client-server"
	Outer  Leg = "proxy-server"
	Inner  Leg = "client-proxy"
)

// RTT is an upper bound on one round trip, with what it rests on.
type RTT struct {
	D          time.Duration // measured time; at least one round trip
	Resolution time.Duration // clock step of the source; add it before judging
	Leg        Leg
	Basis      string // "har connect (includes ssl)", "mitmproxy timestamp_tcp_setup"
}

// Timing keeps the clocks of an exchange apart. A nil RTT was not measured
// (a reused connection has no handshake); never read it as zero.
type Timing struct {
	Start    time.Time // first byte of the request, or start of the connection
	Sent     time.Time // last byte of the request
	Answered time.Time // first byte of the final response
	End      time.Time // last byte of the response

	TCP       *RTT // SYN to SYN/ACK: anyone on the path may have answered
	TLS       *RTT // ClientHello to the server's authenticated flight: a holder of the key answered
	Connect   *RTT // TCP and TLS together, when the source does not separate them
	FirstByte *RTT // request sent to first response byte
}

// Field is one header, trailer or pseudo-header field in capture order.
type Field struct {
	Name, Value string
}

// Body is a message content.
type Body struct {
	Data []byte
	Kept bool  // false: the capture did not keep the bytes (streamed, sanitised, skipped)
	Size int64 // bytes on the wire if the capture says so, else -1
	Cut  int64 // bytes after Data that were not kept, of a Body that was kept as far as the limits of the reader went

	// Decoded is true when Data is not the wire bytes but what the capture
	// tool made of them (HAR: content-encoding undone, charset guessed).
	Decoded bool
	Source  Provenance
}

// Request is the HTTP request of a flow.
type Request struct {
	Method  string
	URL     string // absolute, as captured
	Host    string // authority without port
	Version string
	Headers []Field
	Body    Body
	Trailer []Field
	URLAt   Provenance
}

// Response is the HTTP response of a flow. Body.Data is empty unless the
// reader was asked for response bodies.
type Response struct {
	Status  int
	Version string
	Headers []Field
	Body    Body
	Trailer []Field
}

// Header returns the first value of the named field, compared without case.
func Header(fs []Field, name string) string {
	for i := range fs {
		if strings.EqualFold(fs[i].Name, name) {
			return fs[i].Value
		}
	}
	return ""
}

// Message is one WebSocket, TCP or UDP message. Where the protocol gives names
// to what it carries, each of them is a message of its own.
type Message struct {
	Time       time.Time
	FromClient bool
	Text       bool   // a WebSocket text frame, or what its protocol says is text
	Name       string // what it is to its protocol: "mqtt topic"; "" nothing in particular
	Body       Body
}

// Event is something that happened on the device beside its traffic: an act of
// the user, a change of an app's state, an app's access to something of the
// device, or whatever else its logs tell. From "watch" to "unwatch" (or to the
// end of the source) the source notes every access to What.
type Event struct {
	Time   time.Time
	Bound  time.Duration // the error of the clock, or of the hand that marked it: Time is right within it
	Loose  time.Duration // of it, what is not the same for all events by that clock: it may change their order
	Kind   string        // "act", "state", "access", "watch", "unwatch", "gap" (from here on the source knows nothing) or "other"
	What   string        // "next", "consent-accept"; "foreground", "swiped", "screen-off"; "clipboard", "location"
	App    string        // whose state, "" if not told; of a process "package:process"
	Detail string        // what the source says more: an activity, a reason; of an access "refused…", "begin…", "end…"
	Source string        // who says so: "logcat events.txt"; "" the capture itself
	By     string        // who marked it, where somebody did: Program or Person
	First  string        // where a person did, what came first: KeyFirst, TapFirst or "", which is not told
}

// Who marks events: the program that does what it marks, or a person, by a key
// that is pressed somewhat before or after.
const (
	Program  = "program"
	Person   = "person"
	KeyFirst = "key"
	TapFirst = "tap"
)

// Lookup is a DNS exchange (RFC 1035).
type Lookup struct {
	Questions []Question
	Answers   []Answer
	Code      string // "NOERROR", "NXDOMAIN", …
}

// Question is a name asked for.
type Question struct{ Name, Type string }

// Answer is a record received; Data is presentation form (address or name).
type Answer struct {
	Name, Type, Data string
	TTL              uint32
}

// Unread counts what passed in a connection that could not be read.
type Unread struct {
	Up, Down int64  // bytes, -1 unknown
	Reason   string // "no key", "pinned", "unknown protocol", …
	Shape    *Shape // nil: not measured
}

// Shape is what sizes, times and bytes tell of a connection that nobody can
// read.
type Shape struct {
	Records int     // TLS records of application data from the client, or datagrams
	Bytes   int64   // in them
	Full    int64   // of the bytes, those in records as large as large contents are cut into: 4 KiB or more
	Sizes   []int32 // of the first records in bytes, in order, negative if the server's
	Entropy float64 // of the client's first bytes, in bits a byte; 8 is as good as chance

	// Upload is the longest stretch that the client sent without a pause of two
	// seconds and without an answer worth mentioning, in bytes.
	Upload      int64
	UploadStart time.Time
	UploadTime  time.Duration
}

// minMedia is the least in a stretch that is called a media upload: a photo of
// a phone, a second of video.
const minMedia = 200_000

// Media reports whether the longest stretch looks like a photo, video or sound
// being sent: contents of some size, nearly all in full records, without answers
// in between. It is no proof, and bytes are the most that it may have been.
func (s *Shape) Media() (bytes int64, ok bool) {
	return s.Upload, s.Upload >= minMedia && 4*s.Full >= 3*s.Bytes
}

// Damage reports where a capture stops being readable and what to do. A
// reader yields it after every flow before the damage, and may go on after
// it when it can find the next flow.
type Damage struct {
	File     string // set by package capture
	Offset   int64  // byte in the decompressed capture
	Frame    int64  // packet number, 0 if none
	Expected string // what should have stood there
	Found    string // what did
	Remedy   string // what the user can do
	Err      error  // cause, may be nil

	// Missing says that the file is whole, but tells itself that it does not
	// hold all that it was to hold; Offset and Frame are not used then.
	Missing bool
}

func (d *Damage) Error() string {
	var b strings.Builder
	if d.File != "" {
		b.WriteString(d.File + ": ")
	}
	if d.Frame > 0 {
		b.WriteString("frame " + strconv.FormatInt(d.Frame, 10) + ", ")
	}
	if !d.Missing {
		b.WriteString("byte " + strconv.FormatInt(d.Offset, 10) + ": ")
	}
	b.WriteString("expected " + d.Expected)
	if d.Found != "" {
		b.WriteString(", found " + d.Found)
	}
	if d.Remedy != "" {
		b.WriteString(" (" + d.Remedy + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (d *Damage) Unwrap() error { return d.Err }
