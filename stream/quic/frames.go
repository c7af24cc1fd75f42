package quic

import (
	"fmt"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// Types of frames (RFC 9000, section 19; RFC 9221; RFC 9287 has none;
// draft-ietf-quic-ack-frequency, draft-ietf-quic-reliable-stream-reset).
const (
	framePadding       = 0x00
	framePing          = 0x01
	frameAck           = 0x02
	frameAckECN        = 0x03
	frameReset         = 0x04
	frameStopSending   = 0x05
	frameCrypto        = 0x06
	frameToken         = 0x07
	frameStream        = 0x08 // to 0x0f
	frameMaxData       = 0x10
	frameMaxStream     = 0x11
	frameMaxBidi       = 0x12
	frameMaxUni        = 0x13
	frameBlocked       = 0x14
	frameStreamBlocked = 0x15
	frameBidiBlocked   = 0x16
	frameUniBlocked    = 0x17
	frameNewID         = 0x18
	frameRetireID      = 0x19
	frameChallenge     = 0x1a
	frameResponse      = 0x1b
	frameClose         = 0x1c
	frameCloseApp      = 0x1d
	frameDone          = 0x1e
	frameImmediateAck  = 0x1f
	frameResetAt       = 0x24
	frameDatagram      = 0x30
	frameDatagramSized = 0x31
	frameAckFrequency  = 0xaf
)

// reader takes numbers off a payload. Once it is short it stays so.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) int() uint64 {
	v, n := varint(r.b)
	if n == 0 {
		r.b, r.short = nil, true
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.short = nil, true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// maxOffset is the largest offset of a stream (RFC 9000, 4.5).
const maxOffset = 1<<62 - 1

// frames acts on the frames of a packet.
func (c *conn) frames(side stream.Side, l level, m stream.Mark, payload []byte) {
	for r := (reader{b: payload}); ; {
		for len(r.b) > 0 && r.b[0] == framePadding {
			r.b = r.b[1:]
		}
		left := len(r.b)
		if left == 0 {
			return
		}
		if !c.frame(side, l, m, payload, &r) {
			c.lose(side, left, reasonFrame)
			return
		}
	}
}

// frame acts on the next frame, and tells whether it made sense.
func (c *conn) frame(side stream.Side, l level, m stream.Mark, payload []byte, r *reader) bool {
	kind := r.int()
	if kind >= frameStream && kind < frameStream+8 {
		if l != application && l != early {
			return false
		}
		return c.streamFrame(side, l, m, payload, r, kind)
	}
	switch kind {
	case framePing, frameDone, frameImmediateAck:
	case frameAck, frameAckECN:
		c.ack(side, l, r, kind == frameAckECN)
	case frameReset, frameResetAt:
		id, code, final := r.int(), r.int(), r.int()
		if kind == frameResetAt {
			r.int()
		}
		if !r.short {
			c.reset(id, side, m, code, final)
		}
	case frameCrypto:
		at := r.int()
		b := r.bytes(r.int())
		if at > maxOffset {
			return false
		}
		if shift(&m, int64(len(payload)-len(r.b)-len(b))); !r.short {
			c.cryptoFrame(side, l, m, int64(at), b)
		}
	case frameToken:
		r.bytes(r.int())
	case frameMaxData, frameMaxBidi, frameMaxUni, frameBlocked, frameBidiBlocked, frameUniBlocked, frameRetireID:
		r.int()
	case frameMaxStream, frameStreamBlocked, frameStopSending:
		r.int()
		r.int()
	case frameNewID:
		r.int()
		r.int()
		n := r.bytes(1)
		if r.short {
			return false
		}
		id, token := r.bytes(uint64(n[0])), r.bytes(16)
		if r.short {
			return false
		}
		c.identify(id, 1-side) // of packets to the one who gives it out
		c.token(side, token)
	case frameChallenge, frameResponse:
		r.bytes(8)
	case frameClose, frameCloseApp:
		code := r.int()
		if kind == frameClose {
			r.int()
		}
		r.bytes(r.int())
		if r.short {
			return false
		}
		c.closed(side, m, kind == frameCloseApp, code)
	case frameDatagram, frameDatagramSized:
		n := uint64(len(r.b))
		if kind == frameDatagramSized {
			n = r.int()
		}
		b := r.bytes(n)
		if shift(&m, int64(len(payload)-len(r.b)-len(b))); !r.short {
			c.datagramFrame(side, m, b)
		}
	case frameAckFrequency:
		for range 4 {
			r.int()
		}
	default:
		return false
	}
	return !r.short
}

// ack notes what the other side has received (RFC 9000, 19.3).
func (c *conn) ack(side stream.Side, l level, r *reader, ecn bool) {
	acked := &c.space(1-side, l).acked
	largest := r.int()
	r.int()
	count := r.int()
	hi := int64(largest & maxOffset)
	for i := uint64(0); i <= count && !r.short; i++ {
		if i > 0 {
			hi -= int64(r.int()) + 2
		}
		n := int64(r.int())
		if hi < 0 || n > hi {
			r.short = true
		}
		if !r.short {
			acked.add(hi-n, hi)
			hi -= n
		}
	}
	if ecn {
		r.int()
		r.int()
		r.int()
	}
}

// closed takes a CONNECTION_CLOSE (RFC 9000, 19.19). Errors from 0x100 on are
// alerts of TLS.
func (c *conn) closed(side stream.Side, m stream.Mark, app bool, code uint64) {
	who := [2]string{stream.Up: "the client", stream.Down: "the server"}[side]
	switch {
	case app:
	case code == 0:
	case code >= 0x100 && code < 0x200:
		c.note(who + " ended the handshake: " + tls.Alert{Code: uint8(code)}.Name())
	default:
		c.note(fmt.Sprintf("%s closed the connection with QUIC error 0x%x", who, code))
	}
	c.end(m)
}
