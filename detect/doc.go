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
// # What is not found
//
// Salted and keyed digests (HMAC) without the key, reversed text, one-byte
// XOR, values split over fields, positions moved by more than 1e-4 degrees,
// digests of more than two steps, and everything under unknown encryption.
//
// The package knows no file formats and no recipients, and logs nothing: a
// Finding's Value is private.
package detect
