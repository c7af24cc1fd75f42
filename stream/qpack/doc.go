// Package qpack decodes the field sections of HTTP/3 (RFC 9204) for a reader
// that only listens.
//
// A listener sees what an endpoint's decoder sees, but answers nothing and
// sees it at other times, and that makes three differences. It never refuses:
// a table entry that the encoder has evicted is kept as long as memory allows,
// because a section that refers to it may still be on its way to us. It never
// guesses: a section that needs entries which are still to come is blocked,
// and one whose entries were not captured is decoded without them and says
// how many fields are missing. And it learns the size of the table from the
// other direction's SETTINGS, or not at all.
//
// A Decoder belongs to one direction: the encoder stream of a peer, and the
// field sections of the same peer. It does no input or output, and holds at
// most the memory that its Limits say.
//
// It must never know what a field means.
package qpack
