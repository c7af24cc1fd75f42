package har

import (
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// timings is entry.timings in milliseconds; -1 is "does not apply".
type timings struct {
	blocked, dns, connect, ssl, send, wait, receive float64
	met                                             bool
	whole                                           bool // every value is a whole number: the clock steps by 1 ms
}

var noTimings = timings{blocked: -1, dns: -1, connect: -1, ssl: -1, send: -1, wait: -1, receive: -1}

func (e *entry) readTimings() timings {
	t := noTimings
	t.whole = true
	for ok := e.enter('{'); ok; ok = e.next('}') {
		var to *float64
		switch string(e.key()) {
		case "blocked":
			to = &t.blocked
		case "dns":
			to = &t.dns
		case "connect":
			to = &t.connect
		case "ssl":
			to = &t.ssl
		case "send":
			to = &t.send
		case "wait":
			to = &t.wait
		case "receive":
			to = &t.receive
		default:
			e.skip()
			continue
		}
		if v, whole, ok := e.number(); ok && v >= 0 && v < 1e10 {
			*to = v
			t.whole = t.whole && whole
			t.met = true
		}
	}
	return t
}

// dialect is what has to be known of a writer before its times mean anything.
type dialect struct {
	leg flow.Leg

	// How connect and ssl relate. Unknown is the safe reading: then connect
	// bounds one round trip and nothing finer (HAR 1.2 says that connect
	// includes ssl; not all writers do it).
	connectHoldsSSL bool
	connectIsTCP    bool

	// apart: the connection was made outside the time of the exchange, so
	// connect does not delay sending.
	apart bool

	chrome bool
}

// dialectOf tells a dialect from log.creator.name.
func dialectOf(creator string) dialect {
	name := strings.ToLower(creator)
	has := func(s string) bool { return strings.Contains(name, s) }
	switch {
	case has("webinspector"): // Chrome, Edge, Opera and headless tools
		return dialect{leg: flow.Direct, connectHoldsSSL: true, chrome: true}
	case has("playwright"):
		return dialect{leg: flow.Direct, connectHoldsSSL: true}
	case has("mitmproxy"):
		return dialect{leg: flow.Outer, connectIsTCP: true, apart: true}
	case has("charles"), has("fiddler"), has("proxyman"), has("browsermob"), has("burp"), has("http toolkit"), has("proxy"):
		return dialect{leg: flow.Outer}
	}
	return dialect{leg: flow.Direct} // Firefox, WebKit, Insomnia, unknown
}

// timing places the exchange in time.
//
// Start is startedDateTime, which is when the exchange began to exist for the
// writer: time spent blocked, resolving and connecting follows it, and the
// first byte left after that. Sent, Answered and End add up the timings.
func (e *entry) timing() flow.Timing {
	t, d := e.timings, e.rd.dialect
	if d.leg == "" {
		d.leg = flow.Direct
	}
	var out flow.Timing
	start, zone, ok := startTime(e.started)
	switch {
	case !ok && e.started != "":
		e.note("startedDateTime is not a date: the moment is unknown")
	case ok && !zone:
		e.note("startedDateTime has no time zone: read as UTC")
	}
	if ok {
		out.Start = start
		before := 0.0
		if !d.apart {
			before = max(t.blocked, 0) + max(t.dns, 0) + max(t.connect, 0)
			// A writer whose total only adds up with ssl keeps ssl out of
			// connect (Firefox): then it also comes before sending.
			sum := before + max(t.send, 0) + max(t.wait, 0) + max(t.receive, 0)
			if t.ssl > 0 && !d.connectHoldsSSL && e.total >= sum+t.ssl/2 {
				before += t.ssl
			}
		}
		if t.send >= 0 {
			out.Sent = start.Add(millis(before + t.send))
			if t.wait >= 0 {
				out.Answered = out.Sent.Add(millis(t.wait))
				if t.receive >= 0 {
					out.End = out.Answered.Add(millis(t.receive))
				}
			}
		}
		if out.End.IsZero() && e.total >= 0 && e.total < 1e10 {
			out.End = start.Add(millis(e.total))
		}
	}
	if e.served || !t.met {
		return out
	}
	step := time.Microsecond
	if t.whole {
		step = time.Millisecond
	}
	rtt := func(ms float64, basis string) *flow.RTT {
		if ms <= 0 || millis(ms) <= 0 {
			return nil // 0 is "reused" or "below the clock", never a round trip
		}
		return &flow.RTT{D: millis(ms), Resolution: step, Leg: d.leg, Basis: basis}
	}
	https := strings.HasPrefix(strings.ToLower(e.f.Request.URL), "https:") || strings.HasPrefix(strings.ToLower(e.f.Request.URL), "wss:")
	switch {
	case t.connect <= 0:
		// Reused connection: no handshake to measure.
	case d.connectIsTCP:
		out.TCP = rtt(t.connect, "har connect (mitmproxy: TCP only)")
		out.TLS = rtt(t.ssl, "har ssl (mitmproxy)")
	case d.connectHoldsSSL && t.ssl == t.connect:
		// A client that resumes a QUIC session (0-RTT, RFC 9001) calls the
		// connection open before the server has said anything: not a proof of
		// its key, and perhaps shorter than a round trip.
		out.Connect = rtt(t.connect, "har connect (QUIC, perhaps resumed)")
	case d.connectHoldsSSL && t.ssl > 0 && t.ssl <= t.connect:
		out.TCP = rtt(t.connect-t.ssl, "har connect minus ssl (Chrome: connect includes ssl)")
		out.TLS = rtt(t.ssl, "har ssl (Chrome)")
	case d.connectHoldsSSL && t.ssl <= 0 && !https:
		out.TCP = rtt(t.connect, "har connect (no TLS)")
	default:
		out.Connect = rtt(t.connect, "har connect (not known whether it includes ssl)")
	}
	if e.f.Response != nil && e.f.Response.Status >= 100 {
		out.FirstByte = rtt(t.wait, "har wait")
	}
	return out
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// startTime reads ISO 8601 as writers spell it; zone is false when it names
// no offset from UTC. The result is in UTC whatever the machine's zone.
func startTime(s string) (t time.Time, zone, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true, true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), false, true
		}
	}
	return time.Time{}, false, false
}
