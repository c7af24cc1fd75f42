package tls

import (
	"errors"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// The versions, as they stand in messages.
const (
	ssl30 = 0x0300
	tls10 = 0x0301
	tls11 = 0x0302
	tls12 = 0x0303
	tls13 = 0x0304
)

// Extension numbers (IANA "TLS ExtensionType Values").
const (
	extSNI        = 0
	extGroups     = 10
	extPoints     = 11
	extSignatures = 13
	extALPN       = 16
	extEtM        = 22 // RFC 7366
	extEMS        = 23 // RFC 7627
	extTicket     = 35 // RFC 5077
	extPSK        = 41
	extEarlyData  = 42
	extVersions   = 43
	extECH        = 0xfe0d // RFC 9849
)

// ClientHello is what a client says first (RFC 8446, 4.1.2; RFC 5246,
// 7.4.1.2), of TLS over TCP or in the CRYPTO frames of QUIC. Lists are in the
// order sent, GREASE (RFC 8701) included.
type ClientHello struct {
	Version     uint16 // the legacy field; what is offered is Versions
	Random      []byte // 32 bytes
	SessionID   []byte
	Suites      []uint16
	Compression []byte
	Extensions  []uint16

	SNI        string // lower case, without a final dot
	ALPN       []string
	Groups     []uint16
	Points     []uint8
	Signatures []uint16
	Versions   []uint16
	Ticket     []byte // of TLS 1.2 (RFC 5077)
	EarlyData  bool   // 0-RTT is offered
	PSK        bool   // resumption of TLS 1.3 is offered
	ECH        bool   // Encrypted Client Hello, or something that looks like it
}

var errHello = errors.New("a hello that breaks off or contradicts itself")

// ParseClientHello reads the body of a ClientHello, without the four bytes
// of the message's header. It keeps parts of b. What extensions hold is read
// as far as it makes sense: a hello that a server would refuse was sent all
// the same.
func ParseClientHello(b []byte) (*ClientHello, error) {
	h := &ClientHello{}
	s := cryptobyte.String(b)
	var id, suites, compression cryptobyte.String
	if !s.ReadUint16(&h.Version) || !s.ReadBytes(&h.Random, 32) || !s.ReadUint8LengthPrefixed(&id) ||
		!s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compression) {
		return nil, errHello
	}
	h.SessionID, h.Compression = id, compression
	h.Suites = uint16s(suites)
	ok := extensions(&s, func(number uint16, e cryptobyte.String) {
		h.Extensions = append(h.Extensions, number)
		h.extension(number, e)
	})
	if !ok {
		return nil, errHello
	}
	return h, nil
}

// HelloOf reads the ClientHello that the records of a connection begin with.
// enough is false as long as it may still come; a nil hello with enough true:
// there is none.
func HelloOf(b []byte) (h *ClientHello, enough bool) {
	var message []byte
	for len(b) > 0 {
		n, ok := header(b)
		switch {
		case !ok || b[0] != typeHandshake || len(message) > maxMessage:
			return nil, true
		case len(b) < headerLen:
			return nil, false
		}
		have := b[headerLen:min(len(b), headerLen+n)]
		if message = append(message, have...); len(message) > 0 && message[0] != msgClientHello {
			return nil, true
		}
		if len(message) >= 4 {
			if k := 4 + int(message[1])<<16 + int(message[2])<<8 + int(message[3]); len(message) >= k {
				h, _ = ParseClientHello(message[4:k])
				return h, true
			}
		}
		b = b[headerLen+len(have):]
	}
	return nil, false
}

func (h *ClientHello) extension(number uint16, e cryptobyte.String) {
	var list cryptobyte.String
	switch number {
	case extSNI:
		var kind uint8
		var name cryptobyte.String
		if e.ReadUint16LengthPrefixed(&list) && list.ReadUint8(&kind) && kind == 0 && list.ReadUint16LengthPrefixed(&name) {
			h.SNI = strings.ToLower(strings.TrimSuffix(string(name), "."))
		}
	case extALPN:
		h.ALPN = protocols(e)
	case extGroups:
		if e.ReadUint16LengthPrefixed(&list) {
			h.Groups = uint16s(list)
		}
	case extSignatures:
		if e.ReadUint16LengthPrefixed(&list) {
			h.Signatures = uint16s(list)
		}
	case extPoints:
		if e.ReadUint8LengthPrefixed(&list) {
			h.Points = list
		}
	case extVersions:
		if e.ReadUint8LengthPrefixed(&list) {
			h.Versions = uint16s(list)
		}
	case extTicket:
		h.Ticket = e
	case extEarlyData:
		h.EarlyData = true
	case extPSK:
		h.PSK = true
	case extECH:
		h.ECH = true
	}
}

// serverHello is what a server answers (RFC 8446, 4.1.3).
type serverHello struct {
	version     uint16 // that was chosen
	random      []byte
	sessionID   []byte
	suite       uint16
	compression uint8
	retry       bool // a HelloRetryRequest
	alpn        string
	psk         bool // TLS 1.3: the client's offer to resume was taken
	etm, ems    bool
}

// retryRandom is SHA-256 of "HelloRetryRequest", which stands for a random
// in one (RFC 8446, 4.1.3).
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

func parseServerHello(b []byte) (*serverHello, error) {
	h := &serverHello{}
	s := cryptobyte.String(b)
	if !s.ReadUint16(&h.version) {
		return nil, errHello
	}
	if h.version>>8 == 0x7f { // drafts of TLS 1.3 to 21 have no session id
		return h, nil
	}
	var id cryptobyte.String
	if !s.ReadBytes(&h.random, 32) || !s.ReadUint8LengthPrefixed(&id) || !s.ReadUint16(&h.suite) || !s.ReadUint8(&h.compression) {
		return nil, errHello
	}
	h.sessionID = id
	h.retry = string(h.random) == retryRandom
	ok := extensions(&s, func(number uint16, e cryptobyte.String) {
		switch number {
		case extVersions:
			e.ReadUint16(&h.version)
		case extALPN:
			if p := protocols(e); len(p) > 0 {
				h.alpn = p[0]
			}
		case extPSK:
			h.psk = true
		case extEtM:
			h.etm = true
		case extEMS:
			h.ems = true
		}
	})
	if !ok {
		return nil, errHello
	}
	return h, nil
}

// extensions calls each for the extensions that end a message. There may be
// none at all; false: they break off.
func extensions(s *cryptobyte.String, each func(number uint16, e cryptobyte.String)) bool {
	if s.Empty() {
		return true
	}
	var all cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&all) {
		return false
	}
	for !all.Empty() {
		var number uint16
		var e cryptobyte.String
		if !all.ReadUint16(&number) || !all.ReadUint16LengthPrefixed(&e) {
			return false
		}
		each(number, e)
	}
	return true
}

// protocols reads a list of ALPN names (RFC 7301, 3.1).
func protocols(e cryptobyte.String) (names []string) {
	var list, name cryptobyte.String
	e.ReadUint16LengthPrefixed(&list)
	for !list.Empty() && list.ReadUint8LengthPrefixed(&name) {
		names = append(names, string(name))
	}
	return names
}

func uint16s(s cryptobyte.String) (vs []uint16) {
	var v uint16
	for s.ReadUint16(&v) {
		vs = append(vs, v)
	}
	return vs
}
