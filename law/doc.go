// Package law says what a transfer is called in the laws that may govern it:
// which regime protects the subject, what status the destination had on the
// day of the capture, and which article to read.
//
// It states status, never that anything was unlawful. "Adequate", "no
// adequacy decision", "country of concern" are facts of a published list on a
// date; whether a contract, a consent or an exemption makes a transfer lawful
// is not in any packet, and a row says so and names what to ask for.
//
// # Dated rows
//
// Every table (data/*.csv) has a first and a last day, a source, and how it
// was checked: read, press, or from memory. The row in force on the day of
// the capture counts: the United Kingdom was a member state in 2019, then in
// transition, then adequate. Without a date the status is undetermined.
//
// # Two columns
//
// Regimes that ask where data goes (GDPR, UK GDPR, FADP, LGPD, PIPA) are
// looked up by the place of the machine. Those that ask who holds it (28 CFR
// 202, PADFAA) are looked up by the seat of the company or its parent. A
// Question says which of the two its country is, and each Row repeats it.
//
// # What a row does not say
//
// An overseas part of a member state is not always the Union: Réunion is,
// New Caledonia is not. Hong Kong and Macau are China in 28 CFR 202 and only
// there. A match with a category of 28 CFR 202 is of the kind of data; the
// number of persons and the transaction are not visible on one device.
//
// The package knows data types (package datatype has their categories) and
// nothing of captures, recipients or places.
package law
