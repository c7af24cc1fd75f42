// Package packet reads packet captures and finds the TCP and UDP in them.
//
// It has two halves that meet in one struct. A Reader takes a pcap or pcapng
// stream apart and yields each Packet, with its place in the file, its time
// and everything the capture tool said about it: the interface, the direction,
// a comment, the app. A Decoder goes from the link layer of a Packet down to
// the transport layer, through VLANs, tunnels and IP fragments, and emits
// Segments: addresses, ports, the fields of a TCP header, the payload.
// Package packet/tcp puts Segments together to connections, packet/udp to
// conversations.
//
// Neither half does input or output beyond the io.Reader, neither looks at a
// clock, and neither allocates for a packet. Everything that the input makes
// them hold is bounded: a block is at most MaxBlock bytes, tables have a
// largest size, nesting a largest depth. Damage is reported with its place as
// a *flow.Damage, and the Reader goes on behind it when it can find the next
// packet.
//
// What to know when using it:
//
//   - Checksums are not verified. Most captures are taken on a machine that
//     leaves checksums to its network card, so that its own packets have wrong
//     ones; TSO leaves even the total length of IP zero. A packet that a
//     receiver would have refused is read as if it had taken it.
//   - A packet that was captured short is decoded as far as it goes. Segment.Cut
//     says how many bytes of the payload are missing.
//   - A tunnel's outer packet is replaced by what it carries, and Segment.Outer
//     says who the packet was really addressed to.
//   - Packets that are no TCP and no UDP, and those that cannot be decoded, are
//     counted by reason (Decoder.Counts).
//
// Sources: draft-ietf-opsawg-pcap-04, draft-ietf-opsawg-pcapng-03, the link
// types of https://www.tcpdump.org/linktypes.html (read 2026-11), the RFCs
// named in place.
//
// It must never know what the bytes mean to anybody.
package packet
