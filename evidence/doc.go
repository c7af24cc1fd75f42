// Package evidence writes and reads the log that a capture leaves: an
// append-only account of what was observed, made so that a stranger can check
// afterwards that nothing was changed, dropped, reordered or put in, and so
// that a crash loses nothing that was acknowledged.
//
// A log is a directory (FORMAT.md has every byte of it):
//
//	log.jsonl        one canonical JSON object a line (RFC 8785)
//	checkpoints.txt  signed tree heads (C2SP checkpoint and signed note)
//	session-1.store  heads and bodies of messages, sealed
//	session-1.age    the secret they are sealed with, for the recipients
//	signing.key      only while the log is open
//	verify.sh        checks all this with sha256sum, xxd and openssl
//
// Three ideas carry it.
//
// Chain and tree. Each line names the hash of the line before. The same
// hashes are the leaves of a Merkle tree (RFC 6962), and once a second its
// root is signed. So one changed byte is found by the chain and its place
// named, and one line can be proved to a third party without the others.
//
// Commit first, hide later. The log has no content in it, only commitments: a
// message is cut into chunks, each is hashed with a salt of its own, and the
// log has the root of the tree over them. Any range of bytes can be disclosed
// or withheld later without a new signature (Commitment).
//
// Gaps are entries. What was not seen (an app that refuses the certificate, a
// crash, a queue that overflowed) is written down like what was.
//
// A local clock and a local key prove nothing against the person who holds
// them; see the limits in FORMAT.md.
//
// It knows flows, and nothing of what they mean.
package evidence
