// Package pcap reads packet captures (pcap, pcapng) as flows: what each
// connection carried as far as it could be read, and of the rest how much it
// was, when, to whom, and why it stays closed.
//
// It joins what others know. Package packet finds TCP segments and UDP
// datagrams in whatever a capture tool wrote; packet/tcp puts segments
// together; stream/tls and stream/quic open what the secrets of a key log
// open, be it inside of the capture or given beside it; package stream reads
// HTTP, WebSocket and the rest. This package decides what a connection is, binds
// the names that DNS answers told to the addresses that were then reached, keeps
// the times of handshakes, and sees to it that every connection is told of: one
// of which nothing was readable is an opaque flow.
//
// A capture is read once, from its beginning to its end, as a stream. What
// waits (for a missing segment, for a secret, for the end of a message) waits in
// bounded memory, so a capture may be larger than the machine's. Flows are
// yielded when they end, so they come in the order of their ends.
//
// It must never know what flows mean.
package pcap
