package quic

import (
	"bytes"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// hello is what the handshake has told so far.
type hello struct {
	client   *tls.ClientHello
	random   []byte // that the log knows the connection by
	inner    bool   // it is that of an Encrypted Client Hello
	suite    suite  // that the server has chosen, 0 if it was not seen
	settled  bool   // the server's EncryptedExtensions were seen
	rejected bool   // early data was refused
}

// hidden tells whether the log may know the connection by a random that we do
// not: there is an inner hello, or the outer one was not captured.
func (h *hello) hidden() bool { return !h.inner && (h.client == nil || h.client.ECH) }

// Types of handshake messages (RFC 8446, 4) and extensions.
const (
	messageClientHello = 1
	messageServerHello = 2
	messageExtensions  = 8
	messageCertificate = 11
	messageCompressed  = 25 // RFC 8879

	extensionALPN      = 16
	extensionEarlyData = 42
	extensionVersions  = 43
	extensionQUIC      = 0x39 // RFC 9001, 8.2
	extensionDraft     = 0xffa5
)

// maxMessage bounds a handshake message.
const maxMessage = 1 << 20

// cryptoFrame takes bytes of the handshake.
func (c *conn) cryptoFrame(side stream.Side, l level, m stream.Mark, at int64, b []byte) {
	if l == application || l == early {
		return // tickets, which open no recorded connection
	}
	q := c.crypto[side][l]
	if q == nil {
		q = &sequence{final: -1}
		c.crypto[side][l] = q
	}
	if at > q.next && (at-q.next > maxMessage || len(q.pieces) >= maxPieces || !c.book(len(b)+pieceCost)) {
		c.lose(side, len(b), reasonFrame)
		return
	}
	held := q.held
	if at > q.next {
		held += len(b) + pieceCost
	}
	for b = q.push(at, m, b); b != nil; b, m = q.pop() {
		c.message(side, l, m, b)
	}
	c.settle(q.held - held)
}

// message gathers handshake messages.
func (c *conn) message(side stream.Side, l level, m stream.Mark, b []byte) {
	part := &c.part[side][l]
	if len(*part) > 0 {
		if !c.book(len(b)) {
			return
		}
		*part = append(*part, b...)
		b = *part
	}
	whole := b
	for len(b) >= 4 {
		n := 4 + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
		if n > maxMessage {
			c.lose(side, len(b), reasonFrame)
			b = nil
			break
		}
		if len(b) < n {
			break
		}
		c.handshakeMessage(side, l, m, b[0], b[4:n])
		b = b[n:]
	}
	if len(*part) > 0 {
		rest := bytes.Clone(b)
		c.settle(len(rest) - len(whole))
		*part = rest
	} else if len(b) > 0 && c.book(len(b)) {
		*part = bytes.Clone(b)
	}
}

func (c *conn) handshakeMessage(side stream.Side, l level, m stream.Mark, kind byte, body []byte) {
	switch {
	case kind == messageClientHello && side == stream.Up && l == initial:
		c.clientHello(m, body)
	case kind == messageServerHello && side == stream.Down && l == initial:
		c.serverHello(body)
	case kind == messageExtensions && side == stream.Down && l == handshake:
		c.extensions(body)
	case kind == messageCertificate && side == stream.Down && l == handshake:
		c.certificate(body)
	case kind == messageCompressed && side == stream.Down && l == handshake:
		c.certificate(tls.InflateCertificate(body))
	}
}

// clientHello takes the first message of the client, or its second one after
// a HelloRetryRequest.
func (c *conn) clientHello(m stream.Mark, body []byte) {
	c.asking = c.now
	if c.hello.client != nil {
		return
	}
	h, err := tls.ParseClientHello(bytes.Clone(body))
	if err != nil {
		c.note("the client's first message cannot be read: " + err.Error())
		return
	}
	c.hello.client = h
	if !c.hello.inner {
		c.hello.random = h.Random
		c.asked = [2][levels]int{}
	}
	c.t.log.Claim(h.Random)
	c.again = true
	info := *c.tls
	info.SNI = h.SNI
	if len(h.ALPN) == 1 {
		info.ALPN = h.ALPN[0] // nothing else can be chosen
	}
	c.tls = &info
	c.parameters(body)
	if c.t.Hello != nil {
		c.t.Hello(Hello{
			Client: c.client, Server: c.server, Mark: m, QUIC: c.version.String(), TLS: info,
			ALPN: h.ALPN, JA4: h.JA4(tls.OverQUIC), ECH: h.ECH,
		})
	}
}

// String names a version.
func (v *version) String() string {
	switch v.number {
	case version1.number:
		return "QUIC 1"
	case version2.number:
		return "QUIC 2"
	}
	return "QUIC draft 29"
}

// eachExtension calls f for the extensions that end a message.
func eachExtension(s cryptobyte.String, f func(number uint16, e cryptobyte.String)) {
	var all, e cryptobyte.String
	var number uint16
	if !s.ReadUint16LengthPrefixed(&all) {
		return
	}
	for all.ReadUint16(&number) && all.ReadUint16LengthPrefixed(&e) {
		f(number, e)
	}
}

// parameters takes the client's idle timeout from its transport parameters
// (RFC 9000, 18.2).
func (c *conn) parameters(body []byte) {
	s := cryptobyte.String(body)
	var id, suites, compression cryptobyte.String
	if !s.Skip(2+32) || !s.ReadUint8LengthPrefixed(&id) || !s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compression) {
		return
	}
	eachExtension(s, func(number uint16, e cryptobyte.String) {
		if number != extensionQUIC && number != extensionDraft {
			return
		}
		eachParameter(e, func(id uint64, value []byte) {
			if v, n := varint(value); id == 0x01 && n > 0 && v > 0 {
				ms := min(v, uint64(24*time.Hour/time.Millisecond))
				// An endpoint may hold on for three probe timeouts longer, and
				// counts from what it received.
				c.idle = max(minIdle, min(c.t.limits.Idle, 2*time.Duration(ms)*time.Millisecond))
			}
		})
	})
}

// eachParameter calls f for the transport parameters (RFC 9000, section 18).
func eachParameter(b []byte, f func(id uint64, value []byte)) {
	for len(b) > 0 {
		id, n := varint(b)
		size, k := varint(b[n:])
		if n == 0 || k == 0 || size > uint64(len(b)-n-k) {
			return
		}
		f(id, b[n+k:n+k+int(size)])
		b = b[n+k+int(size):]
	}
}

// retryRandom is SHA-256 of "HelloRetryRequest", which stands for a random in
// one (RFC 8446, 4.1.3).
var retryRandom = []byte("\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c")

func (c *conn) serverHello(body []byte) {
	s := cryptobyte.String(body)
	var random []byte
	var id cryptobyte.String
	var number uint16
	if !s.Skip(2) || !s.ReadBytes(&random, 32) || !s.ReadUint8LengthPrefixed(&id) || !s.ReadUint16(&number) || c.hello.suite != 0 {
		return
	}
	if bytes.Equal(random, retryRandom) {
		c.asking = time.Time{} // until the client asks again
		return
	}
	c.hello.suite = suite(number)
	c.again = true
	info := *c.tls
	info.Cipher = tls.SuiteName(number)
	c.tls = &info
}

// extensions takes the server's EncryptedExtensions (RFC 8446, 4.3.1).
func (c *conn) extensions(body []byte) {
	if c.hello.settled {
		return
	}
	c.hello.settled = true
	info := *c.tls
	taken := false
	eachExtension(body, func(number uint16, e cryptobyte.String) {
		switch number {
		case extensionALPN:
			var list, name cryptobyte.String
			if e.ReadUint16LengthPrefixed(&list) && list.ReadUint8LengthPrefixed(&name) {
				info.ALPN = string(name)
			}
		case extensionEarlyData:
			taken = true
		case extensionQUIC, extensionDraft:
			eachParameter(e, c.serverParameter)
		}
	})
	c.tls = &info
	if c.hello.client != nil && c.hello.client.EarlyData && !taken {
		c.rejectEarly()
	}
}

// serverParameter takes what lets a listener recognise packets: the token of
// a stateless reset, and the address that the server would rather have.
func (c *conn) serverParameter(id uint64, value []byte) {
	switch {
	case id == 0x02 && len(value) == 16:
		c.token(stream.Down, value)
	case id == 0x0d && len(value) > 4+2+16+2+1:
		if n := int(value[24]); len(value) == 25+n+16 {
			c.identify(value[25:25+n], stream.Up)
			c.token(stream.Down, value[25+n:])
		}
	}
}

// token keeps a stateless reset token that a side has given out.
func (c *conn) token(side stream.Side, b []byte) {
	if len(c.resets[side]) < maxTokens {
		c.resets[side] = append(c.resets[side], [16]byte(b))
	}
}

// protocol is what the streams carry: what the server has chosen, or, as long
// as that is not known, what the client offers first.
func (c *conn) protocol() string {
	if c.tls.ALPN != "" || c.hello.client == nil || len(c.hello.client.ALPN) == 0 {
		return c.tls.ALPN
	}
	return c.hello.client.ALPN[0]
}

// isHTTP3 tells whether an ALPN name is one of HTTP/3 and its drafts.
func isHTTP3(alpn string) bool {
	return alpn == "h3" || slices.Contains([]string{"h3-29", "h3-30", "h3-31", "h3-32", "h3-33", "h3-34"}, alpn)
}
