package mitm

import (
	"github.com/constat/constat/flow"
)

// messageRow is what a message costs besides its bytes.
const messageRow = 160

// websocket reads the WebSocket part of an HTTP flow (version 12 on), or null.
func (rd *reader) websocket(rec *record, end int64) {
	s := rd.scanner
	v := s.open(end)
	for s.dmg == nil && s.at < v.end {
		rec.upgraded = true
		switch s.key(v.end) {
		case "messages":
			rd.messages(rec, v.end)
		case "timestamp_end":
			rec.closed = rd.value(rec, v.end).time()
		default:
			s.close(s.open(v.end), anyTag)
		}
	}
	s.close(v, "}~")
}

// messages reads a list of messages. Those of WebSocket begin with their
// opcode, those of TCP and UDP with their direction:
//
//	[opcode, from_client, content, timestamp, dropped, injected]
//	[from_client, content, timestamp]
//
// dropped came with version 4, injected with 15.
func (rd *reader) messages(rec *record, end int64) {
	s := rd.scanner
	list := s.open(end)
	for s.dmg == nil && s.at < list.end {
		v := s.open(list.end)
		first := rd.value(rec, v.end)
		m := flow.Message{}
		if first.tag == '#' {
			m.Text = first.integer() == 1 // RFC 6455, 5.2
			first = rd.value(rec, v.end)
		}
		m.FromClient = first.yes()
		m.Body = rd.body(rec, v.end, m.FromClient || rd.opt.ResponseBodies)
		if s.at < v.end {
			m.Time = rd.value(rec, v.end).time()
		}
		var dropped, injected bool
		if s.at < v.end {
			dropped = rd.value(rec, v.end).yes()
		}
		if s.at < v.end {
			injected = rd.value(rec, v.end).yes()
		}
		s.close(v, "]")
		if s.dmg == nil {
			rec.add(m, dropped, injected)
		}
	}
	s.close(list, "]~")
}

// add keeps a message. What the user dropped never reached the other side,
// what was injected the app never sent.
func (rec *record) add(m flow.Message, dropped, injected bool) {
	if dropped {
		rec.note("messages dropped in mitmproxy are left out")
		return
	}
	if injected {
		rec.note("holds messages injected in mitmproxy, not sent by the app or server")
	}
	if m.FromClient {
		rec.up += m.Body.Size
	} else {
		rec.down += m.Body.Size
	}
	if !rec.spend(messageRow) {
		lost := &rec.lost[0]
		if m.FromClient {
			lost = &rec.lost[1]
		}
		lost.Size += m.Body.Size
		return
	}
	rec.flow.Messages = append(rec.flow.Messages, m)
}

// lostMessages adds one row per direction for the messages that the budget had
// no row for.
func (rec *record) lostMessages() {
	for i, lost := range rec.lost {
		if lost.Size > 0 {
			rec.flow.Messages = append(rec.flow.Messages, flow.Message{FromClient: i == 1, Body: lost})
		}
	}
}

// stream fills a TCP or UDP flow.
func (rec *record) stream() {
	f := rec.flow
	f.Kind, f.Protocol = flow.TCP, "tcp"
	if rec.kind == "udp" {
		f.Kind, f.Protocol = flow.UDP, "udp"
	}
	rec.closed = rec.server.end
	if rec.kind == "tcp" && !rec.server.tls && rec.passedThrough() {
		// mitmproxy was told to leave the host alone, or could not do better.
		f.Kind, f.Protocol = flow.Opaque, "tls"
		f.Unread = &flow.Unread{Up: rec.up, Down: rec.down, Reason: "TLS passed through mitmproxy unread"}
		if rec.client.sni != "" {
			f.TLS = &flow.TLS{SNI: rec.client.sni}
		}
		if len(f.Messages) > 0 {
			rec.created = f.Messages[0].Time
		}
		f.Messages, rec.lost = nil, [2]flow.Body{}
	}
}

// passedThrough reports whether the client's first bytes are a TLS handshake
// record (RFC 8446, 5.1) with a ClientHello.
func (rec *record) passedThrough() bool {
	for _, m := range rec.flow.Messages {
		if m.FromClient {
			b := m.Body.Data
			return len(b) > 5 && b[0] == 22 && b[1] == 3 && b[5] == 1
		}
	}
	return false
}

// hold keeps back a WebSocket upgrade of a version before 12, whose messages
// come later in a flow of their own, and joins the two when that one comes.
// It reports whether rec is not to be yielded now.
func (rd *reader) hold(rec *record) bool {
	if rec.version.minor < 0 && rec.version.major >= 12 || rd.scanner.dmg != nil {
		return false
	}
	if rec.kind == "http" && rec.upgraded {
		rd.handshakes = append(rd.handshakes, rec)
		for len(rd.handshakes) > maxHandshakes || held(rd.handshakes) > MaxFlow {
			rd.release(0)
		}
		return true
	}
	if rec.handshake == "" {
		return false
	}
	for i, up := range rd.handshakes {
		if up.id != rec.handshake {
			continue
		}
		rd.join(up, rec)
		rd.release(i)
		return true
	}
	return false
}

// held is how many bytes waiting upgrades keep.
func held(recs []*record) (n int64) {
	for _, rec := range recs {
		n += MaxFlow - rec.left
	}
	return n
}

func (rd *reader) releaseAll() {
	for len(rd.handshakes) > 0 {
		rd.release(0)
	}
}

// release yields an upgrade that waited.
func (rd *reader) release(i int) {
	up := rd.handshakes[i]
	rd.handshakes = append(rd.handshakes[:i], rd.handshakes[i+1:]...)
	rd.give(up)
}

// join moves the messages of a WebSocket flow into its upgrade.
func (rd *reader) join(up, ws *record) {
	f, g := up.flow, ws.flow
	f.Messages = append(f.Messages, g.Messages...)
	if !g.Timing.End.IsZero() {
		f.Timing.End = g.Timing.End
	}
	for _, n := range g.Notes {
		if n != noteOrphan {
			up.note(n)
		}
	}
}

const noteOrphan = "WebSocket without its upgrade request: the URL is made from the server's address"

// orphan fills a WebSocket flow of a version before 12 as far as it stands by
// itself.
func (rec *record) orphan() {
	f, a := rec.flow, rec.server.address
	f.Kind, f.Protocol = flow.WebSocket, "websocket"
	rec.note(noteOrphan)
	scheme := "ws"
	if f.TLS != nil {
		scheme = "wss"
	}
	f.Request = &flow.Request{Host: a.host, URL: scheme + "://" + a.authority(scheme) + "/", Body: flow.Body{Size: -1}}
	rec.closed = rec.server.end
}
