package tls

import (
	"bytes"
	"io"
	"slices"

	"compress/zlib"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/crypto/cryptobyte"

	"github.com/constat/constat/stream"
)

// Messages of the handshake (RFC 8446, 4; RFC 5246, 7.4; RFC 8879).
const (
	msgClientHello         = 1
	msgServerHello         = 2
	msgNewSessionTicket    = 4
	msgEndOfEarlyData      = 5
	msgEncryptedExtensions = 8
	msgCertificate         = 11
	msgServerKeyExchange   = 12
	msgServerHelloDone     = 14
	msgCertificateVerify   = 15
	msgClientKeyExchange   = 16
	msgFinished            = 20
	msgKeyUpdate           = 24
	msgCompressedCert      = 25
)

// handshake is one negotiation: a connection has another one when it
// renegotiates.
type handshake struct {
	hello   *ClientHello
	server  *serverHello // nil: not seen
	version uint16       // 0: not known
	suite   suite        // bulk is unknown if the ServerHello was not seen
	closed  string       // why what it protects cannot be opened

	clientRandom, serverRandom []byte
	retried                    bool
	early                      Early

	// TLS 1.0 to 1.2.
	etm, ems    bool
	resumed     bool
	helloDone   bool
	messages    []byte // up to ClientKeyExchange
	sessionHash []byte
	sealed      []byte // the pre-master secret, under the server's RSA key
	ticket      []byte // that the server has given
	master      []byte // proved by a record
	looked      int    // version of the log when it was last asked, +1
	candidates  [][]byte

	// TLS 1.3.
	random []byte // that the log names the secrets by
}

// messages takes the content of a record of type handshake.
func (c *Conn) messages(f *half, r *record, b []byte, protected bool) {
	if f.broken {
		return
	}
	f.msgs = append(f.msgs, b...)
	for len(f.msgs) >= 4 {
		n := int(f.msgs[1])<<16 | int(f.msgs[2])<<8 | int(f.msgs[3])
		if n > maxMessage {
			f.msgs, f.broken = nil, true
			return
		}
		if len(f.msgs) < 4+n {
			return
		}
		was := f.stage
		c.message(f, r, f.msgs[:4+n], protected)
		if f.broken || len(f.msgs) < 4+n || f.stage != was { // other keys: nothing may follow in this record
			f.msgs = f.msgs[:0]
			return
		}
		f.msgs = f.msgs[:copy(f.msgs, f.msgs[4+n:])]
	}
	if len(f.msgs) == 0 && cap(f.msgs) > 1<<14 {
		f.msgs = nil
	}
}

// message takes one message, with its header.
func (c *Conn) message(f *half, r *record, whole []byte, protected bool) {
	typ, body := whole[0], whole[4:]
	old := c.hs == nil || c.hs.version != tls13
	if f.side == stream.Up && typ == msgClientHello {
		c.clientHello(f, r, whole, protected)
		return
	}
	if c.hs == nil {
		if f.side == stream.Up || typ != msgServerHello {
			return
		}
		c.hs = &handshake{closed: NoHandshake} // the client was not recorded
	}
	hs := c.hs
	if old && hs.sessionHash == nil && typ != 0 && typ != msgFinished {
		c.transcript(hs, whole)
	}
	switch {
	case f.side == stream.Down && typ == msgServerHello:
		c.serverHello(f, r, body)
	case typ == msgCertificate, typ == msgCompressedCert && !old:
		c.certificates(f, typ, body)
	case typ == msgFinished:
		c.finishedMessage(f, r)
	case f.side == stream.Down && typ == msgNewSessionTicket && old:
		var ticket cryptobyte.String
		if s := cryptobyte.String(body); s.Skip(4) && s.ReadUint16LengthPrefixed(&ticket) && len(ticket) <= maxTicket {
			hs.ticket = bytes.Clone(ticket)
			c.remember(hs)
		}
	case f.side == stream.Down && typ == msgServerKeyExchange && old:
		if signed(hs.suite.name) {
			c.flight(r, "signed ServerKeyExchange")
		}
	case f.side == stream.Down && typ == msgServerHelloDone:
		hs.helloDone = true
	case f.side == stream.Down && typ == msgCertificateVerify && protected:
		c.flight(r, "CertificateVerify")
	case f.side == stream.Down && typ == msgEncryptedExtensions && !old:
		c.encryptedExtensions(body)
	case f.side == stream.Up && typ == msgClientKeyExchange && old:
		c.clientKeyExchange(hs, body)
	case f.side == stream.Up && typ == msgEndOfEarlyData && !old:
		if f.stage == early && protected {
			hs.early = EarlyIsAccepted
			c.advance(f, shake)
		}
	case typ == msgKeyUpdate && !old && protected:
		c.keyUpdate(f)
	}
}

// clientHello begins a negotiation, or is the second one that a server has
// asked for.
func (c *Conn) clientHello(f *half, r *record, whole []byte, protected bool) {
	h, err := ParseClientHello(bytes.Clone(whole[4:]))
	if err != nil {
		if c.hs == nil {
			c.close(BadHello)
		}
		return
	}
	if hs := c.hs; hs != nil && !protected {
		if hs.retried && hs.server == nil { // the second one; others are nobody's
			hs.hello, hs.clientRandom, hs.random = h, h.Random, h.Random
			f.stage = shake
			c.state.HelloAt = r.end
			c.h.State(&c.state)
		}
		return
	}
	c.changed = true
	c.state.HelloAt = r.end
	first := c.hs == nil
	c.hs = &handshake{hello: h, clientRandom: h.Random, random: h.Random}
	c.log.Claim(h.Random)
	c.transcript(c.hs, whole)
	if !first {
		c.state.Renegotiated++
		c.h.State(&c.state)
		return
	}
	s := &c.state
	s.Hello, s.Random, s.SNI, s.Offered = h, h.Random, h.SNI, h.ALPN
	s.JA3, s.JA4 = h.JA3(), h.JA4(OverTCP)
	if h.ECH {
		s.ECH = ECHOffered
	}
	f.stage = shake
	if h.EarlyData {
		f.stage = early
		c.hs.early, s.Early = EarlyIsOffered, EarlyIsOffered
	}
	c.h.State(s)
}

// serverHello settles version and suite.
func (c *Conn) serverHello(f *half, r *record, body []byte) {
	hs := c.hs
	h, err := parseServerHello(bytes.Clone(body))
	if err != nil {
		c.close(BadHello)
		return
	}
	if hs.server != nil || hs.retried && h.retry {
		return // a second answer to one hello is nobody's
	}
	c.changed = true
	s := &c.state
	s.AnswerAt = r.begin
	hs.version, hs.serverRandom = h.version, h.random
	s.Version = versionName(h.version)
	var known bool
	if len(h.random) > 0 {
		hs.suite, known = suiteOf(h.suite)
		s.Suite = hs.suite.name
	}
	switch {
	case hs.closed != "":
	case h.version < tls10 || h.version > tls13:
		hs.closed = s.Version + " not supported"
	case !known || (h.suite>>8 == 0x13) != (h.version == tls13):
		hs.closed = "suite not supported: " + hs.suite.name
	case h.version < tls12 && hs.suite.bulk != cbc && hs.suite.bulk != null:
		hs.closed = "suite not supported: " + hs.suite.name + " in " + s.Version
	case h.compression != 0:
		hs.closed = "compression not supported"
	}
	if hs.closed != "" && c.halves[stream.Down].hs == nil {
		c.reason, s.Closed = hs.closed, hs.closed
	}
	if h.retry && h.version == tls13 {
		hs.retried, s.Retried = true, true
		c.refuseEarly()
		c.h.State(s)
		return
	}
	hs.server = h
	hs.etm, hs.ems = h.etm && hs.suite.bulk == cbc, h.ems
	s.EtM, s.EMS = hs.etm, hs.ems
	if h.alpn != "" {
		s.ALPN = h.alpn
	}
	switch {
	case h.version == tls13:
		hs.messages = nil
		s.Resumed = h.psk
		if !h.psk {
			c.refuseEarly()
		}
	case hs.hello != nil:
		hs.resumed = len(h.sessionID) > 0 && bytes.Equal(h.sessionID, hs.hello.SessionID)
		s.Resumed = hs.resumed && s.Renegotiated == 0
		c.refuseEarly()
		c.halves[stream.Up].stage = shake
	}
	c.h.State(s)
}

// encryptedExtensions is where a server of TLS 1.3 says what it takes
// (RFC 8446, 4.3.1).
func (c *Conn) encryptedExtensions(body []byte) {
	took := false
	s := cryptobyte.String(body)
	extensions(&s, func(number uint16, e cryptobyte.String) {
		switch number {
		case extALPN:
			if p := protocols(e); len(p) > 0 {
				c.state.ALPN = p[0]
			}
		case extEarlyData:
			took = true
		}
	})
	if took && c.hs.early != "" {
		c.hs.early, c.state.Early = EarlyIsAccepted, EarlyIsAccepted
	} else {
		c.refuseEarly()
	}
	c.changed = true
	c.h.State(&c.state)
}

func (c *Conn) refuseEarly() {
	if c.hs.early == EarlyIsOffered {
		c.hs.early, c.state.Early = EarlyIsRefused, EarlyIsRefused
	}
}

// certificates keeps a chain (RFC 5246, 7.4.2; RFC 8446, 4.4.2).
func (c *Conn) certificates(f *half, typ byte, body []byte) {
	if typ == msgCompressedCert {
		if body = InflateCertificate(body); body == nil {
			return
		}
	}
	s := cryptobyte.String(body)
	v13 := c.hs.version == tls13
	var context, list cryptobyte.String
	if v13 && !s.ReadUint8LengthPrefixed(&context) || !s.ReadUint24LengthPrefixed(&list) {
		return
	}
	var chain [][]byte
	for !list.Empty() && len(chain) < 32 {
		var cert, exts cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&cert) || v13 && !list.ReadUint16LengthPrefixed(&exts) {
			break
		}
		chain = append(chain, bytes.Clone(cert))
	}
	if f.side == stream.Up {
		c.state.ClientCertificates = chain
	} else {
		c.state.Certificates = chain
	}
	c.h.State(&c.state)
}

// InflateCertificate undoes the compression of a Certificate message's body (RFC
// 8879, section 4), nil if it cannot.
func InflateCertificate(body []byte) []byte {
	s := cryptobyte.String(body)
	var how uint16
	var size uint32
	var packed cryptobyte.String
	if !s.ReadUint16(&how) || !s.ReadUint24(&size) || !s.ReadUint24LengthPrefixed(&packed) || size > maxMessage {
		return nil
	}
	var r io.Reader
	var err error
	switch in := bytes.NewReader(packed); how {
	case 1:
		r, err = zlib.NewReader(in)
	case 2:
		r = brotli.NewReader(in)
	case 3:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(16<<20)); err == nil {
			defer d.Close()
			r = d
		}
	}
	if err != nil || r == nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
	if err != nil || len(out) != int(size) {
		return nil
	}
	return out
}

// finishedMessage notes that a side has finished, and turns to the keys of
// the application in TLS 1.3.
func (c *Conn) finishedMessage(f *half, r *record) {
	if f.side == stream.Down && (c.hs.version == tls13 || c.hs.resumed) {
		c.flight(r, "Finished")
	}
	if c.hs.version == tls13 {
		if f.stage < app {
			c.advance(f, app)
		}
	} else if f.hs != nil {
		f.hs.messages = nil
		c.remember(f.hs)
	}
	c.finish(f)
}

// finish notes that a side has finished the handshake.
func (c *Conn) finish(f *half) {
	f.finished = true
	if c.other(f).finished && !c.state.Done {
		c.state.Done = true
		c.h.State(&c.state)
	}
}

// flight notes when the server proved that it holds its key.
func (c *Conn) flight(r *record, by string) {
	if c.state.FlightBy == "" {
		c.state.FlightAt, c.state.FlightBy = r.end, by
		c.h.State(&c.state)
	}
}

// alertBytes takes the content of a record of type alert.
func (c *Conn) alertBytes(f *half, r *record, b []byte, protected bool) {
	if len(b) != 2 {
		return
	}
	c.alert(Alert{From: f.side, At: r.begin, Level: b[0], Code: b[1], Protected: protected})
	if b[1] == 0 {
		c.end(f, r.begin)
	}
}

func (c *Conn) alert(a Alert) {
	if len(c.state.Alerts) < maxAlerts {
		c.state.Alerts = append(slices.Clip(c.state.Alerts), a)
		c.h.State(&c.state)
	}
}
