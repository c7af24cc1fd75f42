package stream

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/constat/constat/flow"
)

// fieldsMQTT reads what a packet of MQTT holds (MQTT 5.0, 1.5).
type fieldsMQTT struct {
	b   []byte
	pos int
	bad bool // it breaks off
}

func (r *fieldsMQTT) left() int { return len(r.b) - r.pos }

// take returns where the next n bytes stand.
func (r *fieldsMQTT) take(n int) (from, to int) {
	if r.bad || n > r.left() {
		r.bad = true
		return r.pos, r.pos
	}
	r.pos += n
	return r.pos - n, r.pos
}

func (r *fieldsMQTT) u8() byte {
	if from, to := r.take(1); to > from {
		return r.b[from]
	}
	return 0
}

func (r *fieldsMQTT) u16() uint16 {
	if from, to := r.take(2); to > from {
		return binary.BigEndian.Uint16(r.b[from:to])
	}
	return 0
}

// string returns where a string or binary data stands.
func (r *fieldsMQTT) string() (from, to int) { return r.take(int(r.u16())) }

// number reads a variable byte integer.
func (r *fieldsMQTT) number() int {
	n := 0
	for shift := 0; shift < 28; shift += 7 {
		x := r.u8()
		n |= int(x&0x7f) << shift
		if x < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

// maxName is the longest name of a user property that names its value.
const maxName = 64

// put makes a message of bytes of the packet at hand.
func (h *mqtt) put(side Side, name string, text bool, from, to int) {
	if to > from {
		s := &h.side[side]
		h.message(side, name, text, s.at(from), s.buf[from:to])
	}
}

func (h *mqtt) message(side Side, name string, text bool, at Mark, b []byte) {
	s := &h.side[side]
	if len(s.now) >= maxParts {
		s.full = true
		return
	}
	s.now = append(s.now, h.part(side, name, text))
	h.c.gather(&s.now[len(s.now)-1], h.c.messageLimit(side), at, b)
}

// part begins a message of the packet at hand.
func (h *mqtt) part(side Side, name string, text bool) partial {
	return partial{Message: flow.Message{
		Time: h.side[side].places[0].mark.Time, FromClient: side == Up, Text: text, Name: name,
		Body: flow.Body{Kept: side == Up || h.c.limits.Response > 0},
	}}
}

// Properties (MQTT 5.0, 2.2.2.2).
const (
	propFormat       = 1 // of the payload: 1 if it is text
	propSubscription = 11
	propTopicAlias   = 35
	propUser         = 38
)

// properties is how each property is written: a number of so many bytes, or
// text or bytes with a name.
var properties = map[int]struct {
	number int
	name   string
	text   bool
}{
	propFormat:       {number: 1},
	2:                {number: 4},
	3:                {name: "mqtt content type", text: true},
	8:                {name: "mqtt response topic", text: true},
	9:                {name: "mqtt correlation data"},
	propSubscription: {}, // a variable byte integer
	17:               {number: 4},
	18:               {name: "mqtt assigned client id", text: true},
	19:               {number: 2},
	21:               {name: "mqtt authentication method", text: true},
	22:               {name: "mqtt authentication data"},
	23:               {number: 1},
	24:               {number: 4},
	25:               {number: 1},
	26:               {name: "mqtt response information", text: true},
	28:               {name: "mqtt server reference", text: true},
	31:               {name: "mqtt reason", text: true},
	33:               {number: 2},
	34:               {number: 2},
	propTopicAlias:   {number: 2},
	36:               {number: 1},
	37:               {number: 1},
	propUser:         {name: "mqtt property ", text: true}, // two strings
	39:               {number: 4},
	40:               {number: 1},
	41:               {number: 1},
	42:               {number: 1},
}

// told are the properties that say how to read a PUBLISH or a will.
type told struct {
	text  bool // the payload is UTF-8
	alias uint16
}

// properties makes messages of the properties that carry something.
func (h *mqtt) properties(side Side, r *fieldsMQTT) (t told) {
	if h.level < 5 {
		return t
	}
	n := r.number()
	if n > r.left() {
		r.bad = true
	}
	if r.bad {
		return t
	}
	in := fieldsMQTT{b: r.b[:r.pos+n], pos: r.pos}
	r.pos += n
	for in.left() > 0 && !in.bad {
		id := in.number()
		p, ok := properties[id]
		switch {
		case !ok:
			in.bad = true
		case id == propSubscription:
			in.number()
		case p.number > 0:
			from, to := in.take(p.number)
			switch {
			case in.bad:
			case id == propFormat:
				t.text = in.b[from] == 1
			case id == propTopicAlias:
				t.alias = binary.BigEndian.Uint16(in.b[from:to])
			}
		case id == propUser:
			a, b := in.string()
			from, to := in.string()
			if in.bad {
				break
			}
			name := in.b[a:b]
			if len(name) > maxName {
				h.put(side, "mqtt property name", true, a, b)
				name = name[:maxName]
			}
			if to == from { // its name says it all
				h.put(side, "mqtt property name", true, a, b)
			}
			h.put(side, p.name+string(name), true, from, to)
		default:
			from, to := in.string()
			if !in.bad {
				h.put(side, p.name, p.text, from, to)
			}
		}
	}
	r.bad = r.bad || in.bad
	return t
}

// packet takes a packet apart that is whole. PUBLISH is not among them, unless
// nothing follows its fixed header.
func (h *mqtt) packet(side Side, m Mark) error {
	s := &h.side[side]
	r := &fieldsMQTT{b: s.buf}
	switch s.kind() {
	case mqttConnect:
		h.connect(r)
	case mqttConnAck:
		r.u16()
		h.properties(side, r)
	case mqttPublish:
		r.bad = true
	case mqttPubAck, mqttPubRec, mqttPubRel, mqttPubComp:
		id := r.u16()
		h.reason(side, r)
		if !r.bad && s.kind() != mqttPubRel {
			delete(h.side[1-side].sent, id)
		}
	case mqttSubscribe:
		h.subscribe(r, "mqtt subscribe", true)
	case mqttUnsubscribe:
		h.subscribe(r, "mqtt unsubscribe", false)
	case mqttSubAck, mqttUnsubAck:
		r.u16()
		h.properties(side, r)
		r.take(r.left())
	case mqttDisconnect, mqttAuth:
		h.reason(side, r)
	}
	if r.bad || r.left() > 0 {
		return errMQTT
	}
	if s.full {
		return errParts
	}
	h.done(side, m)
	return nil
}

// reason reads the reason code and properties that MQTT 5 may add.
func (h *mqtt) reason(side Side, r *fieldsMQTT) {
	if h.level < 5 || r.left() == 0 {
		return
	}
	r.u8()
	if r.left() > 0 {
		h.properties(side, r)
	}
}

// connect reads a CONNECT (MQTT 5.0, 3.1).
func (h *mqtt) connect(r *fieldsMQTT) {
	from, to := r.string()
	name := string(r.b[from:to])
	level := r.u8() & 0x7f
	if flags := r.u8(); !r.bad {
		if name != "MQTT" && name != "MQIsdp" || level < 3 || level > 5 || flags&1 != 0 {
			r.bad = true
			return
		}
		h.level = level
		r.u16() // keep alive
		h.properties(Up, r)
		from, to := r.string()
		h.put(Up, "mqtt client id", true, from, to)
		if flags&0x04 != 0 {
			t := h.properties(Up, r)
			from, to = r.string()
			h.put(Up, "mqtt will topic", true, from, to)
			from, to = r.string()
			h.put(Up, "mqtt will", t.text, from, to)
		}
		// MQTT 3.1 lets a client announce a name and not send it.
		if flags&0x80 != 0 && (level > 3 || r.left() > 0) {
			from, to = r.string()
			h.put(Up, "mqtt user name", true, from, to)
		}
		if flags&0x40 != 0 && (level > 3 || r.left() > 0) {
			from, to = r.string()
			h.put(Up, "mqtt password", false, from, to)
		}
	}
}

// subscribe reads the topic filters of a SUBSCRIBE, which have options, or of
// an UNSUBSCRIBE.
func (h *mqtt) subscribe(r *fieldsMQTT, name string, options bool) {
	r.u16()
	h.properties(Up, r)
	for r.left() > 0 && !r.bad {
		from, to := r.string()
		h.put(Up, name, true, from, to)
		if options {
			r.u8()
		}
	}
}

// publishHead returns how many bytes of a PUBLISH come before its payload, as
// far as what there is of it tells. It reports whether the packet has as many.
func (h *mqtt) publishHead(side Side) (need int, ok bool) {
	s := &h.side[side]
	size := len(s.buf) + s.left
	need = 2
	if len(s.buf) < 2 {
		return need, need <= size
	}
	need += int(binary.BigEndian.Uint16(s.buf))
	if s.head[0]&6 != 0 {
		need += 2
	}
	if h.level < 5 {
		return need, need <= size
	}
	// The length of the properties, byte by byte.
	n := 0
	for i := range 4 {
		if len(s.buf) <= need {
			return need + 1, need+1 <= size
		}
		x := s.buf[need]
		need++
		n |= int(x&0x7f) << (7 * i)
		if x < 0x80 {
			return need + n, need+n <= size
		}
	}
	return need, false
}

// publish reads what comes before the payload of a PUBLISH (MQTT 5.0, 3.3).
func (h *mqtt) publish(side Side, m Mark) error {
	s := &h.side[side]
	r := &fieldsMQTT{b: s.buf}
	from, to := r.string()
	h.put(side, "mqtt topic", true, from, to)
	s.id = 0
	s.lasts = s.head[0]&6 != 0
	if s.lasts {
		s.id = r.u16()
		if s.sum == nil {
			s.sum = sha256.New()
		}
		s.sum.Reset()
		s.sum.Write(s.buf)
	}
	before := len(s.now)
	t := h.properties(side, r)
	if r.bad || r.left() > 0 {
		return errMQTT
	}
	if s.full {
		return errParts
	}
	if t.alias != 0 && h.c.messageLimit(side) > 0 {
		if from == to {
			h.resolve(side, t.alias, before)
		} else {
			h.alias(side, t.alias, s.buf[from:to])
		}
	}
	h.read(side, 0)
	s.body = h.part(side, "mqtt payload", t.text)
	s.payload = true
	if s.left == 0 {
		h.published(side, m)
	}
	return nil
}

// alias gives a topic a number (MQTT 5.0, 3.3.2.3.4).
func (h *mqtt) alias(side Side, id uint16, topic []byte) {
	s := &h.side[side]
	old, ok := s.aliases[id]
	if ok && string(old) == string(topic) {
		return
	}
	if ok { // it stands for another topic from now on, or for one that is not known
		n := len(old) + aliasSize
		h.c.kept -= n
		s.fixed.own -= n
		delete(s.aliases, id)
	}
	if h.c.keepHead(&s.fixed, len(topic)+aliasSize) != nil {
		return
	}
	if s.aliases == nil {
		s.aliases = map[uint16][]byte{}
	}
	s.aliases[id] = append([]byte(nil), topic...)
}

// resolve puts the topic that a number stands for where the topic would be.
func (h *mqtt) resolve(side Side, id uint16, at int) {
	s := &h.side[side]
	topic := s.aliases[id]
	if topic == nil {
		return
	}
	if h.message(side, "mqtt topic", true, s.at(0), topic); s.full {
		return
	}
	p := s.now[len(s.now)-1]
	p.Body.Size, p.Body.Cut, p.Body.Decoded = 0, 0, true // its number was sent
	copy(s.now[at+1:], s.now[at:])
	s.now[at] = p
}
