package stream

import (
	"crypto/sha256"
	"errors"
	"hash"

	"github.com/constat/constat/flow"
)

// mqtt parses MQTT 3.1, 3.1.1 and 5 (OASIS), both directions. What the packets
// carry becomes messages, each with its name: the payload of a PUBLISH and,
// before it, its topic; who the client says it is, its password and its will;
// the topics it asks for; the properties of MQTT 5. Acknowledgements and
// numbers are framing.
type mqtt struct {
	c     *Conn
	to    sink
	level byte // of the protocol, 3 to 5; 0: there was no CONNECT
	side  [2]halfMQTT
	count bool // the bytes are the connection's own: add to Conn.read
}

// halfMQTT is one direction.
type halfMQTT struct {
	head    []byte // fixed header of the packet at hand
	have    bool   // it is complete
	buf     []byte // what of the packet is needed whole: all, or what comes before the payload
	places  []place
	left    int // bytes of the packet to come
	payload bool
	pending int // bytes that are not understood yet

	now   []partial // messages of the packet at hand, in order
	full  bool      // there are more than a packet may make
	body  partial   // its payload
	id    uint16    // of a PUBLISH
	sum   hash.Hash // of a PUBLISH that may be repeated
	lasts bool      // sum is in use

	sent    map[uint16][sha256.Size]byte // PUBLISHes that are not acknowledged yet
	aliases map[uint16][]byte            // topics that have a number
	fixed   hold                         // what the aliases take
}

// place is where in the capture a part of halfMQTT.buf stands.
type place struct {
	pos  int
	mark Mark
}

// Control packet types (MQTT 5.0, 2.1.2).
const (
	mqttConnect     = 1
	mqttConnAck     = 2
	mqttPublish     = 3
	mqttPubAck      = 4
	mqttPubRec      = 5
	mqttPubRel      = 6
	mqttPubComp     = 7
	mqttSubscribe   = 8
	mqttSubAck      = 9
	mqttUnsubscribe = 10
	mqttUnsubAck    = 11
	mqttPingReq     = 12
	mqttPingResp    = 13
	mqttDisconnect  = 14
	mqttAuth        = 15
)

const (
	// maxSent bounds the PUBLISHes that are remembered until they are
	// acknowledged. One that is not remembered is shown again when it is sent
	// again.
	maxSent = 1024
	// maxParts bounds the messages that one packet makes beside its payload.
	maxParts = 16 << 10
	// maxPlaces is in how many places the beginning of a packet may stand.
	maxPlaces = 1024
	// aliasSize is what an alias costs beside its topic.
	aliasSize = 64
)

var (
	errMQTT  = errors.New("an MQTT packet that breaks the protocol")
	errParts = errors.New("an MQTT packet with more topics or properties than the limit")
)

// mqttLike reports whether b may begin a connection of MQTT, and whether it is
// long enough to tell: a CONNECT with its length, the protocol's name and its
// level (MQTT 5.0, 3.1.2). A bridge sets the highest bit of the level.
func mqttLike(b []byte) (is, enough bool) {
	if len(b) == 0 {
		return true, false
	}
	if b[0] != mqttConnect<<4 {
		return false, true
	}
	b = b[1:]
	for i := 0; ; i++ {
		if i == len(b) {
			return i < 4, i >= 4
		}
		if b[i] < 0x80 {
			b = b[i+1:]
			break
		}
		if i == 3 {
			return false, true
		}
	}
	for _, name := range []string{"\x00\x04MQTT", "\x00\x06MQIsdp"} {
		n := min(len(b), len(name))
		if string(b[:n]) != name[:n] {
			continue
		}
		if len(b) <= len(name) {
			return true, false
		}
		level := b[len(name)] & 0x7f
		return level >= 3 && level <= 5, true
	}
	return false, true
}

// newMQTT returns the parser of a connection.
func newMQTT(c *Conn) *mqttConn {
	out := &instalments{c: c, protocol: "mqtt"}
	return &mqttConn{mqtt: mqtt{c: c, to: out, count: true}, out: out}
}

// mqttConn is MQTT on a connection of its own.
type mqttConn struct {
	mqtt
	out   *instalments
	first bool // the first instalment is begun
}

func (h *mqttConn) data(side Side, m Mark, b []byte) error {
	if !h.first {
		h.first = true
		h.out.begin(m)
	}
	h.out.last = m
	return h.mqtt.data(side, m, b)
}

func (h *mqttConn) gap(Side, Mark, int64) bool   { return false }
func (h *mqttConn) eof(Side, Mark)               {}
func (h *mqttConn) soFar(Mark, func(*flow.Flow)) { h.out.flush() }
func (h *mqttConn) end(m Mark)                   { h.mqtt.end(m); h.out.flush() }

func (h *mqtt) data(side Side, m Mark, b []byte) error {
	for len(b) > 0 {
		n, err := h.step(side, m, b)
		if err != nil {
			return err
		}
		b = b[n:]
		m.skip(n)
	}
	return nil
}

// read counts what was pending, and n bytes, as understood.
func (h *mqtt) read(side Side, n int) {
	s := &h.side[side]
	if h.count {
		h.c.read[side] += int64(s.pending + n)
	}
	s.pending = 0
}

func (h *mqtt) step(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	if !s.have {
		if len(s.head) == 0 {
			s.places = append(s.places[:0], place{-1, m})
		}
		k, err := s.readHead(b)
		s.pending += k
		if err != nil || !s.have {
			return k, err
		}
		if err := h.begin(side); err != nil {
			return 0, err
		}
		if s.left == 0 {
			return k, h.packet(side, m)
		}
		return k, nil
	}
	if s.payload {
		k := min(s.left, len(b))
		s.left -= k
		h.read(side, k)
		h.c.gather(&s.body, h.c.messageLimit(side), m, b[:k])
		if s.lasts {
			s.sum.Write(b[:k])
		}
		if s.left == 0 {
			h.published(side, m)
		}
		return k, nil
	}
	need := len(s.buf) + s.left
	if s.kind() == mqttPublish {
		var ok bool
		if need, ok = h.publishHead(side); !ok {
			return 0, errMQTT
		}
		if need > h.c.limits.Head {
			return 0, errHead
		}
	}
	s.mark(m)
	k := min(need-len(s.buf), len(b))
	s.buf = append(s.buf, b[:k]...)
	s.pending += k
	s.left -= k
	if s.kind() == mqttPublish {
		if need, ok := h.publishHead(side); !ok || need > len(s.buf) {
			return k, orNil(!ok)
		}
		return k, h.publish(side, m)
	}
	if s.left == 0 {
		return k, h.packet(side, m)
	}
	return k, nil
}

func orNil(bad bool) error {
	if bad {
		return errMQTT
	}
	return nil
}

// readHead gathers the fixed header: type, flags and the length of the rest.
func (s *halfMQTT) readHead(b []byte) (int, error) {
	for i, x := range b {
		s.head = append(s.head, x)
		switch n := len(s.head) - 1; {
		case n == 0:
			s.left = 0
		default:
			s.left |= int(x&0x7f) << (7 * (n - 1))
			if x < 0x80 {
				s.have = true
				return i + 1, nil
			}
			if n == 4 {
				return i + 1, errMQTT
			}
		}
	}
	return len(b), nil
}

func (s *halfMQTT) kind() byte { return s.head[0] >> 4 }

// mark notes where the next byte of buf stands, unless it follows on the last
// one.
func (s *halfMQTT) mark(m Mark) {
	switch n := len(s.places); {
	case s.places[n-1].pos >= 0 && s.at(len(s.buf)) == m:
	case n < maxPlaces:
		s.places = append(s.places, place{len(s.buf), m})
	case n == maxPlaces: // from here on, nobody knows where
		s.places = append(s.places, place{len(s.buf), Mark{Time: m.Time}})
	}
}

// at is where a byte of buf stands.
func (s *halfMQTT) at(pos int) Mark {
	i := len(s.places) - 1
	for i > 0 && s.places[i].pos > pos {
		i--
	}
	m := s.places[i].mark
	m.skip(pos - max(s.places[i].pos, 0))
	return m
}

// begin looks at a fixed header.
func (h *mqtt) begin(side Side) error {
	s := &h.side[side]
	s.buf, s.payload = s.buf[:0], false
	kind, flags := s.kind(), s.head[0]&0x0f
	want := byte(0)
	switch kind {
	case mqttConnect:
		if side == Down {
			return errMQTT
		}
	case mqttPubRel:
		want = 2
	case mqttSubscribe, mqttUnsubscribe:
		if want = 2; side == Down {
			return errMQTT
		}
	case mqttPingReq:
		if side == Down {
			return errMQTT
		}
	case mqttConnAck, mqttSubAck, mqttUnsubAck, mqttPingResp:
		if side == Up {
			return errMQTT
		}
	case mqttPublish:
		if want = flags; flags&6 == 6 {
			return errMQTT
		}
	case mqttAuth:
		if h.level != 5 {
			return errMQTT
		}
	case 0:
		return errMQTT
	}
	if h.level == 3 {
		flags &^= 8 // MQTT 3.1, 2.1: other packets may be sent again too
		want &^= 8
	}
	switch {
	case flags != want, h.level == 0 && kind != mqttConnect:
		return errMQTT
	case kind != mqttPublish && s.left > h.c.limits.Head:
		return errHead
	}
	return nil
}

// done ends a packet: what it carried becomes messages.
func (h *mqtt) done(side Side, m Mark) {
	s := &h.side[side]
	h.read(side, 0)
	for i := range s.now {
		h.to.add(&s.now[i], m)
	}
	s.now = s.now[:0]
	s.head, s.have, s.payload = s.head[:0], false, false
}

// drop forgets the messages of the packet at hand.
func (h *mqtt) drop(side Side) {
	s := &h.side[side]
	for i := range s.now {
		h.c.release(&s.now[i].hold)
	}
	s.now = s.now[:0]
	h.c.release(&s.body.hold)
	s.body = partial{}
}

// published ends a PUBLISH.
func (h *mqtt) published(side Side, m Mark) {
	s := &h.side[side]
	again := false
	if s.lasts {
		s.lasts = false
		var sum [sha256.Size]byte
		s.sum.Sum(sum[:0])
		old, ok := s.sent[s.id]
		again = ok && old == sum && s.head[0]&8 != 0
		if s.sent == nil {
			s.sent = map[uint16][sha256.Size]byte{}
		}
		if ok || len(s.sent) < maxSent {
			s.sent[s.id] = sum
		}
	}
	if again {
		h.drop(side)
		h.to.note("an MQTT message that was sent again before it was acknowledged is shown once")
	} else {
		s.now = append(s.now, s.body)
		s.body = partial{}
	}
	h.done(side, m)
}

// skip passes over n bytes that are not kept, and reports whether they were of
// a payload.
func (h *mqtt) skip(side Side, m Mark, n int64) bool {
	s := &h.side[side]
	if !s.payload || int64(s.left) < n {
		return false
	}
	s.left -= int(n)
	s.lasts = false // what it holds is not known
	s.body.Body.Size += n
	if s.body.Body.Kept {
		s.body.Body.Cut += n
	}
	if s.left == 0 {
		h.published(side, m)
	}
	return true
}

// rest is what of a packet that is not complete would be lost with it.
func (h *mqtt) rest(side Side) []byte {
	s := &h.side[side]
	if s.payload || len(s.head) == 0 {
		return nil
	}
	if !s.have {
		return append([]byte(nil), s.head...)
	}
	return append(append([]byte(nil), s.head...), s.buf...)
}

// end tells that the connection is over, or cannot be parsed any further.
func (h *mqtt) end(m Mark) {
	for side := range h.side {
		s := &h.side[side]
		if s.payload {
			h.to.note("message cut short")
			s.now = append(s.now, s.body)
			s.body = partial{}
			h.done(Side(side), m)
		}
		h.drop(Side(side))
		h.c.release(&s.fixed)
		s.aliases, s.sent = nil, nil
	}
}
