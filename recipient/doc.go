// Package recipient says who got the bytes and what may be said of where.
//
// It knows tables (owners of host names, holders of networks, countries that
// registries and estimates give an address) and one law of nature: light
// needs time. It must never know what was in the bytes; it takes a host
// name and what DNS and the handshake said of it, an address and round-trip
// times, and nothing else.
//
// # Never one flag
//
// Three country columns are kept apart, because each is wrong in its own
// direction:
//
//   - Registered: the country a registry allocated the block to. It says who
//     holds it, and for Alibaba's mainland network it says Singapore for 59 %
//     of the blocks. It is never a place and never votes.
//   - Estimated: what databases say of the machine. However many agree, they
//     are two lineages at most: those descended from registries and geofeeds
//     (IPFire), and commercial estimates (DB-IP).
//   - Measured: what the round trip in the capture allows. Light is a bound
//     that no database can argue with: 4 ms from Paris is not China.
//
// The country of an owner's seat and of a network's holder is a fourth
// thing: whose law reaches them, not where the machine stands.
//
// # Whose it is
//
// Who goes by the name alone. Identify weighs what a capture holds besides:
// the DNS answer by which one company's name leads to another's machine
// (cloaking), the certificate of the handshake, the network's holder and the
// name that it gives the address. Each piece of evidence keeps its source and
// strength, and pieces that name different companies are told as a conflict.
// A CDN or a cloud in the chain says who runs a machine, never who the data
// is for. Reach lists whose law that company, its holders and the networks'
// holders obey; it is a column beside the places and decides none.
//
// # What a verdict is about
//
// A Verdict is about the edge: the machine that completed the handshake, at
// that instant. Where the reply was computed is another question; where the
// data is stored, to whom it was passed and from where it was read cannot be
// measured from a handset at all, and Limit says so.
//
// Delay refutes and almost never confirms, so there are five answers, and
// "undetermined" is a full one. A place is never established by a database
// alone.
//
// # Data
//
// Tables are embedded, each in a folder of data/ with its licence and a
// source.toml naming version, content date (not build date) and origin. They
// are unpacked on first use. The licences allow a copy to be kept in a
// dossier as evidence; GeoLite2's does not, and is not here.
package recipient

//go:generate go run ./internal/pack
