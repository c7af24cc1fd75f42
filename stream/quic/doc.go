// Package quic reads QUIC connections from the outside: UDP datagrams go in,
// with the secrets that an endpoint has written down (package keylog), and
// flows come out.
//
// It knows QUIC version 1 (RFC 9000, RFC 9001), version 2 (RFC 9369) and the
// last drafts. A Tracker tells connections apart by their connection IDs
// (RFC 9000, 5.1), so that one that moves to another address stays the same,
// and by their addresses where the IDs are empty. The first packets of a
// connection are protected with keys that anybody can derive, so the name the
// client asks for is known of every connection. What follows is opened with
// the secrets of the log: also early data (0-RTT), over key updates, and after
// a Retry.
//
// A listener has troubles that endpoints have not. A capture on the sender's
// machine holds datagrams that the network card would have cut into several
// (segmentation offload); nothing in them says where, so the size is found by
// trial, since a packet that is cut wrong does not authenticate. A packet
// number is known only after its protection is undone, and a key only proves
// right by opening something. Secrets may come later than the packets; those
// are held for a while. And a packet that the capture missed is not one that
// the network lost: it was acknowledged, and is not sent again.
//
// HTTP/3 is read by stream.HTTP3; the streams of other protocols become flows
// with their bytes as messages. Whatever is not read is counted, with the
// reason, in an opaque flow with what the first packets told.
//
// It does no input or output and reads no clock: the same datagrams and
// secrets always give the same flows. It must never know what the bytes mean
// to anybody.
package quic
