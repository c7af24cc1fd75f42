// Package peel undoes the layers that a message was wrapped in, until the
// values in it can be looked at: JSON in JSON in base64 in a form field.
//
// Peeling starts at a Root, an outgoing piece of a flow (URL, header field,
// body, WebSocket message; see Roots), and visits Parts: byte ranges reached
// by undoing one layer after the other. Each Part knows its parent and the
// bytes of it that it was made from, so a value found anywhere leads back to
// exact bytes of the capture.
//
// Two kinds of parts matter to who visits them. A verbatim part is a slice
// of its parent (a JSON string without escapes): whoever searched the parent
// has searched it. Every other part holds bytes that did not exist before.
//
// The order is best first: structure, then encodings, then compression, then
// guesses. Depth, output and the number of parts are bounded (Limits); what
// a bound cuts off is a Gap in the Report, and what was decoded before it is
// still visited. Bytes that nothing could open are Opaque runs: they are the
// "unreadable" of a coverage statement.
//
// The package does not know what personal data looks like, and it never
// fails: hostile bytes cost at most their budget.
package peel
