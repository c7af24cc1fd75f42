// Package audit is where everything meets: flows come in, the ledger comes
// out, as one Audit document.
//
// Conduct reads flows from sources, has detect look at what left, recipient say
// who got it, and writes down for every finding a Transfer: which data type,
// in what form, to whom, when, and the steps and byte range that prove it.
// Beside the ledger stand the coverage (bytes out = read + opaque + not
// captured, per destination) and the headline in the unit of the case that
// started this program: per 15 seconds, how much personal data.
//
// The Document is the product. Renderers (package report) get nothing else,
// and they cannot get a raw value: every string that came out of traffic is
// a Text, and a Text is only made by a Redactor.
//
// An audit is a function of its inputs: the same captures, persona and tables
// give the same Document, byte for byte. Memory is bounded by the largest
// message and by the number of distinct recipients, data types and seconds,
// never by the length of the capture: ledger rows go to a spool file once
// they are many.
//
// The package does not know file formats (capture), how layers are undone
// (peel), what a value looks like (detect) or how a report looks (report).
package audit
