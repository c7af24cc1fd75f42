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
// # What is not found
//
// Salted and keyed digests (HMAC) without the key, reversed text, one-byte
// XOR, digests of more than two steps, and everything under unknown
// encryption. A position moved by more than 1e-4 degrees is found as a
// position, with its distance from the persona's, and not taken for it. Of
// values split over fields those are missed whose pieces are small and tied by
// neither order, numbers nor names, or hashed one by one.
//
// The package knows no file formats and no recipients, and logs nothing: a
// Finding's Value is private.
package detect
