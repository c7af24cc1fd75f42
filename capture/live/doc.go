// Package live records traffic while it happens: it stands between a client
// (a phone, a browser, a program) and the servers it talks to, and writes what
// passes to an evidence log.
//
// It is a relay of bytes, not a web proxy. A TLS connection of the client is
// ended here, with a certificate of the Authority that the client was told to
// trust; another one is made to the server, with the same name and the same
// ALPN protocols; and from then on what one side sends is passed to the other
// unchanged, while a copy goes to the parsers of package stream. So header
// order, spelling, framing and settings reach the server as the app made them,
// and what cannot be parsed still passes.
//
// The order of things on a connection (Engine.Relay):
//
//  1. connect to the server: its addresses and the TCP round trip are noted;
//  2. read the client's hello (Hello), without answering;
//  3. handshake with the server, by the client's SNI and ALPN;
//  4. answer the client with the protocol that the server chose;
//  5. relay, parse, write to the log; count what could not be read.
//
// A client that does not accept the certificate, a server that asks for one of
// the client's, or one whose own certificate does not verify, is passed through
// unread from the next connection on (refusals), and the log has it as an
// opaque connection with its sizes: an app that pins is a finding, not a fault.
//
// What cannot be hidden: the server sees a TLS hello made by Go, not the
// app's. The log says so of every intercepted connection (mode).
package live
