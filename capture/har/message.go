package har

import (
	"math"
	"strconv"
	"time"

	"github.com/constat/constat/flow"
)

// messages reads _webSocketMessages (Chrome, mitmproxy): {type: send or
// receive, time: epoch seconds, opcode, data}, where opcode 1 is text and
// data of any other opcode is base64.
//
// A socket that was open all day is one entry. A message that MaxEntry has no
// room for keeps its row and its size; when there is no room for rows either,
// the rest becomes one row per direction.
func (e *entry) messages() {
	for ok := e.enter('['); ok; ok = e.next(']') {
		var (
			m        flow.Message
			kind     string
			opcode   = int64(1)
			has      bool
			original int64
		)
		for ok := e.enter('{'); ok; ok = e.next('}') {
			switch string(e.key()) {
			case "type":
				kind = e.word()
			case "time":
				if v, _, ok := e.number(); ok {
					m.Time = epoch(v)
				}
			case "opcode":
				opcode = e.size()
			case "data":
				has = true
				if e.peek() == '"' && kind == "receive" && !e.rd.opt.ResponseBodies {
					e.p++
					from := e.offset()
					original = e.skipString()
					m.Body.Source = e.rd.provenance(from, original, "json-string")
					continue
				}
				from := e.offset()
				b, at, ok := e.literal()
				original = max(0, e.offset()-from-2) // without the quotes
				m.Body = flow.Body{Data: e.take(b), Kept: ok, Source: at}
			default:
				e.skip()
			}
		}
		m.FromClient = kind == "send" || kind == "request"
		m.Text = opcode == 1
		m.Body.Size = -1
		// A negative opcode is Chrome's row for a failed socket; data is prose.
		m.Body.Decoded = m.Text || opcode < 0 || !has || !e.unbase64(&m.Body)
		switch {
		case !m.FromClient && !e.rd.opt.ResponseBodies:
			m.Body.Data, m.Body.Kept = nil, false
		case m.Body.Kept:
			m.Body.Size = int64(len(m.Body.Data))
		case has:
			m.Body.Size = original
		}
		if e.dmg != nil {
			return
		}
		switch {
		case e.spend(192): // what a message costs besides its data
			e.f.Messages = append(e.f.Messages, m)
		case m.FromClient:
			e.lostUp++
			e.lostUpBytes += original
		default:
			e.lostDown++
		}
	}
}

// lostMessages stands in for the messages past the budget.
func (e *entry) lostMessages() {
	if n := e.lostUp + e.lostDown; n > 0 {
		e.note(strconv.Itoa(n) + " WebSocket messages past the first 64 MiB are one row")
	}
	if e.lostUp > 0 {
		e.f.Messages = append(e.f.Messages, flow.Message{FromClient: true, Body: flow.Body{Size: e.lostUpBytes}})
	}
	if e.lostDown > 0 {
		e.f.Messages = append(e.f.Messages, flow.Message{Body: flow.Body{Size: -1}})
	}
}

// epoch turns seconds since 1970 into a time, to the microsecond that a
// float64 can hold.
func epoch(seconds float64) time.Time {
	if seconds <= 0 || seconds > 1<<33 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}
