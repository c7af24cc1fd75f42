// Package stream turns the bytes of a connection into flows.
//
// Its parsers do no input or output: whoever has the bytes (a live relay, the
// reassembler of a packet capture) hands them over with Data, for each
// direction in order, with the time and place they were seen at, and flows
// come out of the emit function. Nothing is waited for, nothing is read from
// a clock, so the same bytes always give the same flows.
//
// A Conn recognises what is spoken: HTTP/1 (RFC 9112) with pipelining, chunks,
// trailers and interim responses; HTTP/2 (RFC 9113) with HPACK, also from its
// preface without TLS; WebSocket (RFC 6455) with permessage-deflate
// (RFC 7692) after an upgrade or an extended CONNECT (RFC 8441). gRPC and
// server-sent events are HTTP bodies to it. MQTT 3.1 to 5 (OASIS), on the
// connection or inside a WebSocket, becomes messages that have names: payloads
// and their topics, who the client says it is, its password and its will, what
// it subscribes to. What a Conn does not recognise becomes a flow of kind TCP
// with the bytes as messages: what one side sends until the other one does, or,
// where it shows that the client sends frames with their length in front, the
// frames. An HTTP3 does the same for the streams of HTTP/3 (RFC 9114), which
// package stream/quic brings.
//
// Memory is bounded per connection by Limits: a body beyond its limit is kept
// up to it and counted to its end; a head beyond its limit, or bytes that
// break the protocol, end the parsing of the connection. Every byte of the
// client is either understood or counted: what is left over, also of a
// connection cut off inside a head, makes an Opaque flow with its size and the
// reason. Nothing panics.
//
// Where RFC 9112 leaves a choice, the reading is the one that sees more
// messages, and what two readers may read differently is noted in the flow.
//
// It must never know what the bytes mean to anybody.
package stream
