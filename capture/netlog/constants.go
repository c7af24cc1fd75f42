package netlog

import (
	"fmt"
	"time"

	"github.com/constat/constat/capture/line"
)

// kind is what an event tells, as far as this package wants it.
type kind uint8

const (
	unwanted kind = iota
	socketAlive
	tcpConnect
	tcpAttempt
	socketSent
	socketReceived
	sslConnect
	sslSent
	sslReceived
	sslCertificates
	jobCreated
	leadsTo // the source is served by another, its source_dependency
	startJob
	uploadInit
	sendHeaders
	sendHeaders2
	sendHeaders3
	readHeaders
	readBody
	frameSent
	frameReceived
	requestAlive
	quicSession
	quicPacket
	udpConnect
	udpLocal
	udpSent
	udpReceived
)

// kinds are the names of events in net/log/net_log_event_type_list.h of
// Chromium. Their numbers differ from version to version, so a log brings them
// along.
var kinds = map[string]kind{
	"SOCKET_ALIVE":                                    socketAlive,
	"TCP_CONNECT":                                     tcpConnect,
	"TCP_CONNECT_ATTEMPT":                             tcpAttempt,
	"SOCKET_BYTES_SENT":                               socketSent,
	"SOCKET_BYTES_RECEIVED":                           socketReceived,
	"SSL_CONNECT":                                     sslConnect,
	"SSL_SOCKET_BYTES_SENT":                           sslSent,
	"SSL_SOCKET_BYTES_RECEIVED":                       sslReceived,
	"SSL_CERTIFICATES_RECEIVED":                       sslCertificates,
	"SOCKET_POOL_CONNECT_JOB_CREATED":                 jobCreated,
	"HTTP_STREAM_REQUEST_BOUND_TO_JOB":                leadsTo,
	"SOCKET_POOL_BOUND_TO_SOCKET":                     leadsTo,
	"HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION":       leadsTo,
	"HTTP2_SESSION_POOL_IMPORTED_SESSION_FROM_SOCKET": leadsTo,
	"HTTP2_SESSION_INITIALIZED":                       leadsTo,
	"HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION":       leadsTo,
	"URL_REQUEST_START_JOB":                           startJob,
	"UPLOAD_DATA_STREAM_INIT":                         uploadInit,
	"HTTP_TRANSACTION_SEND_REQUEST_HEADERS":           sendHeaders,
	"HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS":     sendHeaders2,
	"HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS":      sendHeaders3,
	"HTTP_TRANSACTION_READ_RESPONSE_HEADERS":          readHeaders,
	"URL_REQUEST_JOB_FILTERED_BYTES_READ":             readBody,
	"WEBSOCKET_SENT_FRAME_HEADER":                     frameSent,
	"WEBSOCKET_RECV_FRAME_HEADER":                     frameReceived,
	"REQUEST_ALIVE":                                   requestAlive,
	"QUIC_SESSION":                                    quicSession,
	"QUIC_SESSION_PACKET_RECEIVED":                    quicPacket,
	"UDP_CONNECT":                                     udpConnect,
	"UDP_LOCAL_ADDRESS":                               udpLocal,
	"UDP_BYTES_SENT":                                  udpSent,
	"UDP_BYTES_RECEIVED":                              udpReceived,
}

// maxType bounds the numbers of event types; Chromium 156 has 648.
const maxType = 1 << 14

// maxErrors bounds the names of errors.
const maxErrors = 4096

// constants are what the first line says.
type constants struct {
	kinds   []kind // by number
	zero    int64  // of the clock of the events, in ms since 1970
	mode    string // "Default", "IncludeSensitive", "Everything"; "" in logs of before 2020
	client  string // "Chromium"
	version string
	errors  map[int64]string // by number, "ERR_CONNECTION_REFUSED"
}

// read takes what is wanted of the object of constants. bad says what it
// lacks.
func (c *constants) read(b []byte) (bad string) {
	o := members(b)
	for {
		key, value, ok := o.next()
		if !ok {
			break
		}
		switch string(key) {
		case "logEventTypes":
			c.readTypes(value)
		case "timeTickOffset":
			c.zero, _ = integer(value)
		case "logCaptureMode":
			c.mode = line.Clip(text(value), maxText)
		case "clientInfo":
			c.client, c.version = line.Clip(text(member(value, "name")), maxText), line.Clip(text(member(value, "version")), maxText)
		case "netError":
			c.errors = map[int64]string{}
			for e := members(value); len(c.errors) < maxErrors; {
				name, number, ok := e.next()
				if !ok {
					break
				}
				if n, ok := integer(number); ok {
					c.errors[n] = line.Clip(string(name), maxText)
				}
			}
		}
	}
	switch {
	case o.bad:
		return "constants that are cut short"
	case len(c.kinds) == 0:
		return "constants without logEventTypes"
	}
	return ""
}

func (c *constants) readTypes(b []byte) {
	o := members(b)
	for {
		name, number, ok := o.next()
		if !ok {
			return
		}
		n, ok := integer(number)
		if k := kinds[string(name)]; k != unwanted && ok && n >= 0 && n < maxType {
			for int64(len(c.kinds)) <= n {
				c.kinds = append(c.kinds, unwanted)
			}
			c.kinds[n] = k
		}
	}
}

// of is the kind of an event type.
func (c *constants) of(number int64) kind {
	if number < 0 || number >= int64(len(c.kinds)) {
		return unwanted
	}
	return c.kinds[number]
}

// when is the time of an event.
func (c *constants) when(ticks int64) time.Time {
	const year3000 = 32503680000000
	if ms := c.zero + ticks; c.zero > 0 && ms > 0 && ms < year3000 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

// failure names a net_error.
func (c *constants) failure(n int64) string {
	if name := c.errors[n]; name != "" {
		return name
	}
	return fmt.Sprintf("net error %d", n)
}

// maxText bounds a text that is kept beside headers.
const maxText = 256
