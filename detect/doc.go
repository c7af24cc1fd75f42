// Package detect finds personal data in the parts of a flow: the values that
// a persona lists, as they are or as digests, and values that a field's name
// and their own form give away.
//
// # Three grades of evidence
//
//   - A: a known value of the persona, exact up to case and spelling, or a
//     digest of one, with the layers undone to reach it. A short value (see
//     persona.Value.Weak) counts only in a field named for it, and then with
//     lower confidence.
//   - B: a value that passes the check of a data type, in a field whose name
//     says that type (data/keys.toml), and that is no non-value
//     (data/nonvalues). A 32-bit checksum of a known value is B, too.
//   - C: the shape alone. Only on request: all Unix times are valid German
//     phone numbers.
//
// # How
//
// Traffic is peeled (package peel); the persona is not encoded in advance.
// One multi-pattern search per root and per decoded part looks for all
// spellings of all values at once (see matcher); fields that are slices of
// something already searched only sharpen a hit: its derivation then reads
// "request.body › json $.dev.mac" and its range stays exact. What cannot be
// peeled is computed in advance: digests of every spelling, and digests of
// digests, in a set keyed on the first 8 raw bytes (see digestSet).
//
// A value in pieces is put together at the end of a flow (split.go), and by
// the caller over flows (Join). Many values of one shape in one array are one
// finding (list.go). A value of which a part was cut or masked counts only
// under a key that names its type, grade B (masked.go).
//
// Values in pieces are put together (see Piece), lists of other people's are
// counted (see list), and positions that were rounded, moved or cut to a cell
// are held against the persona's with their radius.
//
// What looks like personal data and is none (an unfilled tag, zeros, a sample,
// or the digest of one) is told as Refuted (data/nonvalues, data/notpersonal.toml).
//
// Before a known value is reported as grade A, the steps to it are taken again
// by another walker and must give the same bytes (see replay).
//
// # What is not found
//
// Digests with a salt or key that nobody told, and of more than two steps;
// everything under unknown encryption but a short key of XOR over a known value;
// letters in an order that nobody told; steganography.
//
// The package knows no file formats and no recipients, and logs nothing: a
// Finding's Value is private.
package detect
