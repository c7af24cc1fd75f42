package pcap

import (
	"bytes"
	"encoding/binary"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// datagramKind is what a datagram is by its first bytes.
type datagramKind struct {
	protocol string                                                        // Flow.Protocol
	closed   string                                                        // why nobody can read it, "" for what stands open
	is       func(c *conversation, side stream.Side, b []byte, n int) bool // of n bytes, as far as b goes
}

// datagramKinds are those that are told apart. The first that fits is taken;
// what fits none is "udp". On one pair of ports several may alternate (RFC
// 7983), and some show only beside others.
var datagramKinds = []datagramKind{
	{"stun", "", isSTUN},
	{"wireguard", "WireGuard", isWireGuard},
	{"dtls", "DTLS, no key", isDTLS},
	{"srtp", "SRTP, no key", func(c *conversation, side stream.Side, b []byte, n int) bool {
		return c.saw("dtls") && isRTP(c, side, b, n)
	}},
	{"rtp", "", isRTP},
	{"ntp", "", isNTP},
	{"ssdp", "", isSSDP},
}

const (
	ntpPort  = 123
	ssdpPort = 1900
	mdnsPort = 5353
)

// isSTUN: the magic cookie, and a length that is that of the datagram (RFC
// 8489, 5).
func isSTUN(_ *conversation, _ stream.Side, b []byte, n int) bool {
	return len(b) >= 20 && b[0]>>6 == 0 && binary.BigEndian.Uint32(b[4:]) == 0x2112a442 &&
		n%4 == 0 && 20+int(binary.BigEndian.Uint16(b[2:])) == n
}

// isWireGuard: a handshake has a size of its own (WireGuard, 5.4); what follows
// it is known by its type.
func isWireGuard(c *conversation, _ stream.Side, b []byte, n int) bool {
	if len(b) < 32 || b[1]|b[2]|b[3] != 0 {
		return false
	}
	switch b[0] {
	case 1:
		return n == 148
	case 2:
		return n == 92
	case 3:
		return n == 64 && c.saw("wireguard")
	case 4: // padded to 16 bytes, with a tag
		return n%16 == 0 && c.saw("wireguard")
	}
	return false
}

// isDTLS: records of a known version that fill the datagram (RFC 6347, 4.1);
// after them also the short ones of DTLS 1.3 (RFC 9147, 4).
func isDTLS(c *conversation, _ stream.Side, b []byte, n int) bool {
	if len(b) > 0 && b[0]>>5 == 1 && c.saw("dtls") {
		return true
	}
	records := 0
	for ; len(b) >= dtlsHeader && b[0] >= 20 && b[0] <= 26; records++ {
		if b[1] != 0xfe || b[2] < 0xfc {
			return false
		}
		size := dtlsHeader + int(binary.BigEndian.Uint16(b[11:]))
		if size > n || size == dtlsHeader {
			return false
		}
		n -= size
		b = b[min(size, len(b)):]
	}
	return records > 0 && (n == 0 || len(b) == 0 || b[0]>>5 == 1)
}

const dtlsHeader = 13

// helloOfDTLS returns the ClientHello that a datagram begins with, nil if
// there is none or not all of it.
func helloOfDTLS(b []byte) *tls.ClientHello {
	if len(b) < dtlsHeader+12 || b[0] != 22 || b[dtlsHeader] != 1 {
		return nil
	}
	b = b[dtlsHeader:min(len(b), dtlsHeader+int(binary.BigEndian.Uint16(b[11:])))]
	if len(b) < 12 {
		return nil
	}
	size := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	offset := int(b[6])<<16 | int(b[7])<<8 | int(b[8])
	if b = b[12:]; offset != 0 || len(b) < size {
		return nil // in fragments
	}
	b = b[:size]
	// The cookie, which TLS does not have, stands between the session's id and
	// the suites (RFC 6347, 4.2.1).
	at := 2 + 32
	for range 2 {
		if at >= len(b) {
			return nil
		}
		if next := at + 1 + int(b[at]); next > len(b) {
			return nil
		} else if at == 2+32 {
			at = next
		} else {
			h, err := tls.ParseClientHello(append(bytes.Clone(b[:at]), b[next:]...))
			if err != nil {
				return nil
			}
			return h
		}
	}
	return nil
}

// isRTP: version 2, on ports that STUN opened, where nothing else begins so
// (RFC 7983, 7). Anywhere else RTP does not show by its bytes.
func isRTP(c *conversation, _ stream.Side, b []byte, _ int) bool {
	return len(b) >= 12 && b[0]>>6 == 2 && (c.saw("stun") || c.saw("dtls"))
}

// isNTP: RFC 5905, 7.3, and SNTP.
func isNTP(c *conversation, side stream.Side, b []byte, _ int) bool {
	if c.udp.Server.Port() != ntpPort || len(b) < 48 {
		return false
	}
	version, mode := b[0]>>3&7, b[0]&7
	return version >= 1 && version <= 4 && (side == stream.Up && (mode == 3 || mode == 1) || side == stream.Down && (mode == 4 || mode == 2) || mode == 5)
}

// isSSDP: HTTP in a datagram (UPnP Device Architecture 2.0, 1.1.2).
func isSSDP(c *conversation, _ stream.Side, b []byte, _ int) bool {
	return (c.udp.Server.Port() == ssdpPort || c.udp.Client.Port() == ssdpPort) &&
		(bytes.HasPrefix(b, []byte("M-SEARCH * HTTP/1.")) || bytes.HasPrefix(b, []byte("NOTIFY * HTTP/1.")) || bytes.HasPrefix(b, []byte("HTTP/1.1 200")))
}
