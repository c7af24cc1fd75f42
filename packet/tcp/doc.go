// Package tcp puts TCP segments together to the byte streams of connections.
//
// It reads along: it was not there when the segments were acknowledged, it
// cannot ask for one again, and its capture may have lost some that arrived,
// or hold them in another order. So it waits for what is missing only as long
// as it may still come. What is certainly missing becomes a Gap of known size
// at the place where it is missing; nothing is guessed, and no byte is given
// twice.
//
// An Assembler is fed with Segments of package packet. For each connection it
// asks for a Handler (a *stream.Conn is one) and gives it the bytes of each
// direction in order, with the time and place of the packet that brought them.
// In-order segments are handed on without copying.
//
// How it decides:
//
//   - The client is who sent the SYN. A connection that was open when the
//     capture began has a likely client (Conn.Certain is false): the other end
//     has a well-known port, or the capture tool says that the segment left,
//     or the port is from the range for clients, or else it spoke first. The
//     Handler is asked for when the first byte is handed on, so that later
//     evidence can still count.
//
//   - A hole is given up, and a Gap reported, when the other end has
//     acknowledged what is missing and Patience has gone by, when more than
//     Limits.Held is waiting behind it, or at the end.
//
//   - Bytes that were seen first stay. Where a later segment says something
//     else of the same bytes it is counted (Conn.Conflicts): two segments that
//     differ are an attack, or a broken machine. What was handed on already can
//     only be compared when the segment is repeated as it was.
//
//   - A reset does not end a connection at once, because it may be forged and
//     because what was under way still counts; the Linger after it does.
//
//   - The same addresses and ports with another initial sequence number are a
//     new connection, and so is what is sent after an end: the end may have been
//     forged, and what left the device after it must be seen.
//
//   - A packet that was captured twice (two interfaces, joined captures) or that
//     the network doubled is no repetition by its sender: it has the same IPv4
//     identification, or a time before that of what came last.
//
//   - What fits no place in a stream is handed to nobody, and counted as Stray.
//
// It holds at most Limits.Held bytes for a direction and Limits.Total for all,
// and Limits.Connections connections; the one that was idle longest goes first,
// those that never carried anything before others.
//
// Times are those of the packets. A clock that jumps ahead for one packet does
// not end connections.
//
// Sources: RFC 9293 (TCP), RFC 7323 (time stamps, window scale), RFC 7413
// (Fast Open), RFC 5961 (forged resets).
package tcp
