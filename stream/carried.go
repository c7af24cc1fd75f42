package stream

import "github.com/constat/constat/flow"

// A WebSocket may carry MQTT (MQTT 5.0, 6): its binary messages are a stream
// of packets, which need not begin and end with them. What the packets hold
// then stands in the flow of the WebSocket in the place of its messages, so
// that the request that opened it, and whom it goes to, stay beside it, and
// nothing that left is shown twice.

// carried takes a message apart, and reports whether it was part of MQTT. If
// not, it is one of the WebSocket's own, and so are all that follow it.
func (w *webSocket) carried(side Side, p *partial, m Mark) bool {
	// What a server sends and nobody wants kept cannot be taken apart.
	if w.plain[side] || p.Text || !p.Body.Kept {
		return false
	}
	if w.mqtt == nil {
		if side == Down {
			return false
		}
		if is, enough := mqttLike(p.Body.Data); !is || !enough {
			w.plain = [2]bool{true, true}
			return false
		}
		w.mqtt = &mqtt{c: w.c, to: w}
	}
	at := Mark{Time: p.Time, Frame: p.Body.Source.Frame}
	if w.side[side].opcode != wsContinue && !p.Body.Decoded {
		at.Offset = p.Body.Source.Offset
	}
	waiting := len(w.mqtt.side[side].head) > 0 && !w.mqtt.side[side].payload
	err := w.mqtt.data(side, at, p.Body.Data)
	if err == nil && p.Body.Cut > 0 && !w.mqtt.skip(side, at, p.Body.Cut) {
		err = errMQTT
	}
	if err != nil {
		w.plain[side] = true
		w.x.note(err.Error() + ": the messages from there on are those of the WebSocket")
		if waiting {
			w.leave(side, at, m)
		}
		w.mqtt.drop(side)
		w.mqtt.side[side].head = w.mqtt.side[side].head[:0]
		return false
	}
	w.c.release(&p.hold)
	*p = partial{}
	return true
}

// leave shows what is left of a packet that is not complete, or is none.
func (w *webSocket) leave(side Side, at, m Mark) {
	b := w.mqtt.rest(side)
	if len(b) == 0 {
		return
	}
	p := partial{Message: flow.Message{Time: at.Time, FromClient: side == Up, Body: flow.Body{Kept: true}}}
	w.c.gather(&p, w.c.messageLimit(side), Mark{Frame: at.Frame}, b)
	w.add(&p, m)
}

// endCarried tells that no more will come.
func (w *webSocket) endCarried(m Mark) {
	if w.mqtt == nil {
		return
	}
	for side := range w.plain {
		if !w.plain[side] && len(w.mqtt.rest(Side(side))) > 0 {
			w.x.note("message cut short")
			w.leave(Side(side), m, m)
		}
	}
	w.mqtt.end(m)
	w.mqtt = nil
}
