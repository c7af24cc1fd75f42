// Package tls opens recorded TLS connections whose secrets are known.
//
// It is no endpoint: it sees what two others said to each other, and a key
// log (package keylog) tells it the secrets. Whoever has the bytes of a
// connection hands them over with Data, for each direction in order, and the
// plaintext comes out of a Handler, together with what the handshake tells to
// everybody: names, versions, certificates, fingerprints, times, alerts.
// Nothing is read from a clock and nothing is guessed, so the same bytes and
// the same log always give the same plaintext.
//
// TLS 1.0 to 1.3 are opened (RFC 2246, 4346, 5246, 8446) with AES in CBC, GCM
// and CCM, ChaCha20-Poly1305 and without encryption; resumption,
// renegotiation, encrypt-then-MAC, the extended master secret, early data,
// key updates, Encrypted Client Hello. RC4, 3DES, Camellia, SEED, ARIA,
// compression, SSL 3.0 and the drafts of TLS 1.3 are named and not opened.
//
// A record is plaintext only if it authenticates: by the tag of its cipher,
// or by its MAC. What does not, or has no key, or stands after bytes that the
// capture lost and finds no sequence number again, is counted with the reason
// it stays closed. So every byte that an application sent is either handed on
// or counted.
//
// Secrets may come after the records they open. Until then a connection holds
// its records, in bounded memory, and opens them in the order in which they
// were seen.
//
// It must never know what the plaintext is.
package tls
