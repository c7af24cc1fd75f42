package generate

import (
	"io"
	"strconv"
	"time"
)

// mitmVersion is the flow format version of mitmproxy 8.1. A program reads
// its own version and all before, never one after: this is the newest that
// Debian 12's mitmproxy reads, and every later one does too.
const mitmVersion = 17

// mitmWriter writes a flow dump: one tnetstring dictionary a flow.
type mitmWriter struct{ w io.Writer }

// The values of a tnetstring beside int, bool, string and []byte.
type (
	dict  []any  // key, value, key, value …
	list  []any  //
	float string // as written
	null  struct{}
)

func (m *mitmWriter) add(e *exchange) error {
	wait := func(n int) float { return float(seconds(e.at.Add(time.Duration(n) * e.rtt))) }
	end := e.at.Add(4 * e.rtt)
	if n := len(e.messages); n > 0 {
		end = e.messages[n-1].at.Add(e.rtt)
	}
	client := dict{
		"address", list{clientAddress, int(e.port)}, "alpn", []byte("http/1.1"), "cipher_name", null{}, "id", e.id('c'), "mitmcert", null{},
		"sni", null{}, "timestamp_end", float(seconds(end)), "timestamp_start", wait(0), "timestamp_tls_setup", null{},
		"tls_established", false, "tls_extensions", list{}, "tls_version", null{}, "state", 0, "sockname", list{"192.0.2.1", 8080},
		"error", null{}, "tls", false, "certificate_list", list{}, "alpn_offers", list{}, "cipher_list", list{},
	}
	server := dict{
		"address", list{e.host, 80}, "alpn", null{}, "id", e.id('s'), "ip_address", list{e.address(), 80}, "sni", null{},
		"source_address", list{"192.0.2.1", int(e.port)}, "timestamp_end", float(seconds(end)), "timestamp_start", wait(0),
		"timestamp_tcp_setup", wait(1), "timestamp_tls_setup", null{}, "tls_established", false, "tls_version", null{}, "via", null{},
		"state", 0, "error", null{}, "tls", false, "certificate_list", list{}, "alpn_offers", list{}, "cipher_name", null{},
		"cipher_list", list{}, "via2", null{},
	}
	request := dict{
		"http_version", []byte("HTTP/1.1"), "headers", pairsOf(e.headers), "content", e.body, "trailers", null{},
		"timestamp_start", wait(0), "timestamp_end", float(seconds(e.at.Add(time.Millisecond))), "host", e.host, "port", 80,
		"method", []byte(e.method), "scheme", []byte("http"), "authority", []byte{}, "path", []byte(e.target),
	}
	response := dict{
		"http_version", []byte("HTTP/1.1"), "headers", pairsOf(e.answerHeaders()), "content", e.answer, "trailers", null{},
		"timestamp_start", wait(2), "timestamp_end", float(seconds(e.at.Add(2*e.rtt + time.Millisecond))),
		"status_code", e.status, "reason", []byte(e.reason()),
	}
	var socket any = null{}
	if e.socket {
		messages := list{}
		for _, msg := range e.messages {
			opcode := 2
			if msg.text {
				opcode = 1
			}
			messages = append(messages, list{opcode, true, msg.data, float(seconds(msg.at)), false, false})
		}
		socket = dict{"messages", messages, "closed_by_client", true, "close_code", 1000, "close_reason", "", "timestamp_end", float(seconds(end))}
	}
	_, err := m.w.Write(tnet(nil, dict{
		"id", e.id('f'), "error", null{}, "client_conn", client, "server_conn", server, "intercepted", false, "is_replay", null{},
		"marked", "", "metadata", dict{}, "comment", "", "timestamp_created", wait(0), "request", request, "response", response,
		"websocket", socket, "version", mitmVersion, "type", "http",
	}))
	return err
}

func pairsOf(fs []field) list {
	out := list{}
	for _, f := range fs {
		out = append(out, list{[]byte(f.name), []byte(f.value)})
	}
	return out
}

// tnet appends v as a tnetstring, with mitmproxy's ";" for text.
func tnet(b []byte, v any) []byte {
	var data []byte
	var tag byte
	switch v := v.(type) {
	case null:
		tag = '~'
	case bool:
		data, tag = strconv.AppendBool(nil, v), '!'
	case int:
		data, tag = strconv.AppendInt(nil, int64(v), 10), '#'
	case float:
		data, tag = []byte(v), '^'
	case string:
		data, tag = []byte(v), ';'
	case []byte:
		data, tag = v, ','
	case list:
		for _, one := range v {
			data = tnet(data, one)
		}
		tag = ']'
	case dict:
		for _, one := range v {
			data = tnet(data, one)
		}
		tag = '}'
	default:
		panic("no tnetstring for such a value")
	}
	b = append(strconv.AppendInt(b, int64(len(data)), 10), ':')
	return append(append(b, data...), tag)
}
