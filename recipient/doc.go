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
// A Verdict is about one layer at one instant. The edge is the machine that
// completed the handshake. Where the reply was computed is another question
// (Answer): the first byte of a dynamic reply bounds it, and what operators say
// of machines behind the edge stays hearsay. Where the data is stored, to whom
// it was passed and from where it was read cannot be measured from a handset at
// all: Result.Storage repeats the operator's labels, and Limit says the rest.
//
// # The verdict model
//
// Evidence has classes, strongest first: P, the round trip; S, a statement of
// the operator about this very exchange (package statement); R, the region that
// a cloud publishes for the prefix; G and E, the two lineages of estimates; N,
// the name of a host; K, the zone of a server's clock. Candidates are the
// countries that any of them names, the registry's, and those that somebody
// claims. Then:
//
//  1. What fails its own control is void (Book.Control), as if it had not been
//     measured. G, E and R are withheld where table and capture lie more than
//     180 days apart, G and E where a lineage contradicts itself.
//  2. What P excludes is impossible: strict by light in vacuum, fibre by light
//     in glass where access is declared terrestrial.
//  3. Where the address is anycast, by list or because two vantages saw it
//     nearer than light can join them, only P and S speak.
//  4. A statement that P contradicts is rejected and reported. It still speaks
//     against every other country: either the field or the vantage is false.
//     Statements against each other leave all of them undetermined.
//  5. What remains is consistent (strong) where S, or R with no S against, says
//     so; consistent (weak) where G and E both do and nothing is against; else
//     undetermined, with who says what.
//
// Delay refutes and almost never confirms, so there are five answers, and
// "undetermined" is a full one. Adding a delay moves a verdict towards
// impossible or leaves it; tables and words never make anything impossible.
//
// # What is established
//
// Result.Established goes further than any verdict, and is empty as a rule. It
// needs two independent methods that agree and nobody who names another country
// (S, R, G, E or N, a refuted or withheld voice included, since it is the sign
// that something is not as it seems), a proof of the key measured from a
// declared vantage that the capture does not contradict, and one of:
//
//   - physics leaves no other country on Earth. Every country with an outline,
//     and every territory without one (data/own/dots.csv), is out of reach of
//     light in vacuum, with all margins; and S, R, G or E says the same. On an
//     anycast address it must be S.
//   - S and R say the same, on an address that is not anycast.
//
// G and E are never enough, not even together with S: both lineages take in what
// operators publish about themselves, so that one false geofeed makes both wrong
// in the same way, and who writes a false geofeed can write a false header. R
// and E are not independent for the same reason.
//
// What rests on trust all the same: that the vantage is where it was declared
// to be, where no control host contradicts it; that nobody near who holds the
// key answered in the machine's place, such as a proxy whose certificate the
// device accepts, which a capture of packets cannot tell from the server; and,
// of the second way, that a cloud's published list and the header of an
// exchange are not false about the same country.
//
// # Data
//
// Tables are embedded, each in a folder of data/ with its licence and a
// source.toml naming version, content date (not build date) and origin. They
// are unpacked on first use. The licences allow a copy to be kept in a
// dossier as evidence; GeoLite2's does not, and is not here.
//
// A user can bring more (package tables, OpenWith): newer estimates, regions of
// clouds, a census of anycast, lists of trackers. They are under the same
// rules: two lineages at most, none of them stale, no list evidence of
// ownership; and each is named in the report as supplied by the user.
package recipient

//go:generate go run ./internal/pack
