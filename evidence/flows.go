package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"net/netip"
	"sync"
	"time"

	"github.com/constat/constat/flow"
)

// Connection is what is known of a connection beside its contents. Times are
// ns since the session began, durations in ns.
type Connection struct {
	Addresses []netip.Addr `json:"addresses,omitempty"` // all that the name resolved to
	ALPN      string       `json:"alpn,omitempty"`
	App       string       `json:"app,omitempty"`
	AppSource string       `json:"app_source,omitempty"`
	Certs     []Hash       `json:"certificates,omitempty"` // of the server, leaf first
	Cipher    string       `json:"cipher,omitempty"`
	Client    string       `json:"client"`
	Host      string       `json:"host"` // as the client asked for it
	JA3       string       `json:"ja3,omitempty"`
	JA4       string       `json:"ja4,omitempty"`
	Mode      Mode         `json:"mode"`
	Reason    string       `json:"reason,omitempty"` // that a connection was passed through
	RTTTCP    int64        `json:"rtt_tcp,omitempty"`
	RTTTLS    int64        `json:"rtt_tls,omitempty"`
	Server    string       `json:"server"`
	SNI       string       `json:"sni,omitempty"`
	Start     int64        `json:"start"`
	Version   string       `json:"version,omitempty"` // of TLS, to the server
	Witness   string       `json:"witness,omitempty"` // "signed", or why there is none
}

// Mode is what was done with a connection.
type Mode string

// The modes.
const (
	Intercepted Mode = "intercepted" // TLS ended and begun again by the instrument
	Plain       Mode = "plain"       // was in the clear
	Passed      Mode = "passed"      // passed through unread
)

// closed is the body of the entry about a connection's end.
type closed struct {
	Conn   int64  `json:"conn"` // seq of its Connection
	Down   int64  `json:"down"`
	Mono   int64  `json:"end"`
	Reason string `json:"reason,omitempty"`
	Up     int64  `json:"up"`
}

// Gap is the body of an entry about something that was not seen.
type Gap struct {
	Conn   int64  `json:"conn,omitempty"`
	Down   int64  `json:"down"` // bytes, -1 unknown
	Host   string `json:"host,omitempty"`
	Kind   string `json:"kind"` // see FORMAT.md
	Reason string `json:"reason"`
	Up     int64  `json:"up"`
}

// request is the body of a flow.request entry.
type request struct {
	Body     *Ref     `json:"body,omitempty"`
	Conn     int64    `json:"conn"`
	Head     *Ref     `json:"head,omitempty"`
	Host     string   `json:"host"`
	Kept     bool     `json:"kept"`
	Kind     string   `json:"kind"`
	Notes    []string `json:"notes,omitempty"`
	Protocol string   `json:"protocol"`
	Sent     int64    `json:"sent"`
	Size     int64    `json:"size"`
	Start    int64    `json:"start"`
	Trailer  *Ref     `json:"trailer,omitempty"`
	Whole    *Ref     `json:"whole,omitempty"` // commits to all of a body that is kept in part
}

// response is the body of a flow.response entry. Without a response its
// status is 0.
type response struct {
	Answered int64    `json:"answered"`
	Body     *Ref     `json:"body,omitempty"`
	Conn     int64    `json:"conn"`
	End      int64    `json:"end"`
	Head     *Ref     `json:"head,omitempty"`
	Kept     bool     `json:"kept"`
	Notes    []string `json:"notes,omitempty"`
	Request  int64    `json:"request"` // seq of its flow.request
	RTT      int64    `json:"rtt,omitempty"`
	Size     int64    `json:"size"`
	Status   int      `json:"status"`
	Trailer  *Ref     `json:"trailer,omitempty"`
	Whole    *Ref     `json:"whole,omitempty"`
}

// messages is the body of a flow.messages entry.
type messages struct {
	Conn     int64    `json:"conn"`
	Content  *Ref     `json:"content"`
	Count    int      `json:"count"`
	Down     int64    `json:"down"`
	Host     string   `json:"host"`
	Kind     string   `json:"kind"`
	Notes    []string `json:"notes,omitempty"`
	Protocol string   `json:"protocol"`
	Request  int64    `json:"request"` // seq of the flow.request that opened it, -1 without
	Start    int64    `json:"start"`
	Up       int64    `json:"up"`
}

// lookup is the body of a flow.dns entry; the names are in the content.
type lookup struct {
	Client  string `json:"client"`
	Content *Ref   `json:"content"`
	End     int64  `json:"end"`
	Server  string `json:"server"`
	Start   int64  `json:"start"`
}

// certificate is the body of an entry about a server's certificate.
type certificate struct {
	PEM    string `json:"pem"`
	SHA256 Hash   `json:"sha256"` // of the DER
}

// Writer writes what happens on the wire to a log, as entries.
type Writer struct {
	*Log

	mu    sync.Mutex
	certs map[Hash]bool
}

// NewWriter returns a Writer. Certificates that an earlier session wrote are
// written again.
func NewWriter(l *Log) *Writer { return &Writer{Log: l, certs: map[Hash]bool{}} }

// Connection writes that a connection was made and returns its number.
func (w *Writer) Connection(c Connection, chain [][]byte) (int64, error) {
	for _, der := range chain {
		h := Hash(sha256.Sum256(der))
		c.Certs = append(c.Certs, h)
		if !w.fresh(h) {
			continue
		}
		if _, err := w.Append(KindCert, certificate{PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), SHA256: h}); err != nil {
			return 0, err
		}
	}
	return w.Append(KindConnection, c)
}

// maxCerts bounds what is remembered of certificates written.
const maxCerts = 1 << 16

func (w *Writer) fresh(h Hash) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.certs[h] {
		return false
	}
	if len(w.certs) < maxCerts {
		w.certs[h] = true
	}
	return true
}

// Closed writes that a connection ended, with the bytes of content that went
// each way.
func (w *Writer) Closed(conn, up, down int64, reason string) error {
	_, err := w.Append(KindClosed, closed{Conn: conn, Down: down, Mono: w.Mono(time.Now()), Reason: reason, Up: up})
	return err
}

// Gap writes that something was not seen.
func (w *Writer) Gap(g Gap) error {
	_, err := w.Append(KindGap, g)
	return err
}

// ControlHost is the name that the instrument's own trials go to. Nobody else
// can have it (RFC 6761).
const ControlHost = "control.constat.invalid"

// controlled is the body of a control entry.
type controlled struct {
	Content *Ref   `json:"content"` // the canary
	Kind    string `json:"kind"`
}

// canary tells which exchange is the trial, and what is in it.
type canary struct {
	Planted []flow.Planted
	Token   string // last element of the path
}

// Control writes that the instrument is about to be tried: on a request to
// ControlHost whose path ends in token.
func (w *Writer) Control(c flow.Control, token string) error {
	content, err := json.Marshal(canary{c.Planted, token})
	if err != nil {
		return err
	}
	b := controlled{Kind: c.Kind}
	b.Content = w.seal(content, &err)
	if err == nil {
		_, err = w.Append(KindControl, b)
	}
	return err
}

// testimony is the body of a witness entry.
type testimony struct {
	Conn    int64 `json:"conn"`
	Content *Ref  `json:"content"` // what package witness verifies
}

// Witness writes what a server signed.
func (w *Writer) Witness(conn int64, b []byte) error {
	r, err := w.sealIn(b, coarseChunk)
	if err == nil {
		_, err = w.Append(KindWitness, testimony{Conn: conn, Content: &r})
	}
	return err
}

// seal keeps b, nil if there is nothing to keep.
func (w *Writer) seal(b []byte, err *error) *Ref {
	if len(b) == 0 || *err != nil {
		return nil
	}
	r, e := w.Seal(b)
	*err = e
	return &r
}

// Request writes that a request left, and returns its number. whole, if not
// nil, took in all of its body.
func (w *Writer) Request(conn int64, f *flow.Flow, whole *Commitment) (int64, error) {
	var err error
	r := f.Request
	b := request{
		Conn: conn, Head: w.seal(requestHead(r), &err), Body: w.seal(r.Body.Data, &err), Host: f.Host(),
		Kept: r.Body.Kept, Kind: string(f.Kind), Notes: f.Notes, Protocol: f.Protocol,
		Start: w.Mono(f.Timing.Start), Sent: w.Mono(f.Timing.Sent), Size: r.Body.Size, Whole: wholeRef(whole, &r.Body),
	}
	if len(r.Trailer) > 0 {
		b.Trailer = w.seal(appendFields(nil, r.Trailer), &err)
	}
	if err != nil {
		return 0, err
	}
	return w.Append(KindRequest, b)
}

// wholeRef commits to a body of which not all bytes are kept.
func wholeRef(c *Commitment, b *flow.Body) *Ref {
	if c == nil || b.Size == int64(len(b.Data)) {
		return nil
	}
	r := c.Ref()
	return &r
}

// Response writes how request ended: with a response, or without.
func (w *Writer) Response(conn, req int64, f *flow.Flow, whole *Commitment) error {
	var err error
	b := response{Conn: conn, Request: req, Answered: w.Mono(f.Timing.Answered), End: w.Mono(f.Timing.End), Notes: f.Notes}
	if f.Timing.FirstByte != nil {
		b.RTT = int64(f.Timing.FirstByte.D)
	}
	if r := f.Response; r != nil {
		b.Head, b.Status, b.Kept, b.Size = w.seal(responseHead(r), &err), r.Status, r.Body.Kept, r.Body.Size
		b.Body, b.Whole = w.seal(r.Body.Data, &err), wholeRef(whole, &r.Body)
		if len(r.Trailer) > 0 {
			b.Trailer = w.seal(appendFields(nil, r.Trailer), &err)
		}
	}
	if err == nil {
		_, err = w.Append(KindResponse, b)
	}
	return err
}

// Messages writes the messages of a flow. req is -1 if no request opened it.
func (w *Writer) Messages(conn, req int64, f *flow.Flow, host string) error {
	var err error
	b := messages{Conn: conn, Count: len(f.Messages), Host: host, Kind: string(f.Kind), Notes: f.Notes, Protocol: f.Protocol, Request: req, Start: w.Mono(f.Timing.Start)}
	for i := range f.Messages {
		if m := &f.Messages[i]; m.FromClient {
			b.Up += max(m.Body.Size, 0)
		} else {
			b.Down += max(m.Body.Size, 0)
		}
	}
	b.Content = w.seal(w.appendMessages(nil, f.Messages), &err)
	if err == nil {
		_, err = w.Append(KindMessages, b)
	}
	return err
}

// Lookup writes a DNS exchange.
func (w *Writer) Lookup(f *flow.Flow) error {
	content, err := json.Marshal(f.Lookup)
	if err != nil {
		return err
	}
	b := lookup{Client: f.Client.Addr.String(), Server: f.Server.Addr.String(), Start: w.Mono(f.Timing.Start), End: w.Mono(f.Timing.End)}
	b.Content = w.seal(content, &err)
	if err == nil {
		_, err = w.Append(KindDNS, b)
	}
	return err
}
