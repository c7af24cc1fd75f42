// Package persona reads what is known of a test subject before a capture is
// looked at: the planted values, each with its data type, and the normal
// forms in which programs write such a value.
//
// A persona file is TOML, one [[value]] table per known value:
//
//	name   = "Camille"   # optional
//	region = "FR"        # optional, ISO 3166-1 alpha-2: how national phone numbers read
//
//	[[value]]
//	type  = "contact.phone"
//	value = "+33 6 12 34 56 78"
//	label = "SIM 1"      # optional, shown in reports
//	note  = "prepaid"    # optional, for whoever keeps the file
//
// What a phone number, a hardware address or a date can look like on the
// wire is knowledge about the data type, not about captures, so it stands
// here: [Value.Forms] lists the spellings, [Value.Weak] says when a spelling
// is too common to prove anything by itself, [Persona.Judge] what each value is
// worth. Package detect turns forms into patterns and digests; this package
// knows nothing of traffic. Package persona/invent makes personas up.
//
// # Bits
//
// A value is evidence if unrelated traffic does not hold it. How rarely it does
// is counted in bits: a text of b bits stands at one place in 2^b. 64 MB have
// 2^26 places, so 30 bits leave one chance in 16 for an alphabet that all of it
// is written in, and much less for real traffic. Random characters count
// log2(10) each for digits, log2(16) for hexadecimal digits, log2(26) for
// letters, case aside: hence 9 digits, 8 hexadecimal digits or 7 letters, the
// measured limits of detection.md 1.6 (TestChance measures them again).
//
// What people choose is not random. The estimate is the lowest over all ways to
// put the text together (zxcvbn, Wheeler, USENIX Security 2016) from random
// characters and
//
//   - a listed word: log2(10 × rank), by Zipf's law; a listed name: log2 of the
//     length of the list (data/words, each list with source and date);
//   - a run up, down or in place, or along a keyboard's row;
//   - a repetition of what stood before;
//   - a date or a year of 1900 to 2039.
//
// It is an estimate on the low side but for one thing: a word that is not
// listed passes for random letters. A capture from before the values were
// planted is the better judge (constat persona check --baseline).
//
// Bits are of chance, not of secrecy. A telephone number for fiction is as
// long as any, and chance writes it as rarely; that ten thousand of them are
// all there are means that another test may have the same, which is said
// beside it. An identifier (number, address, device id) that was not drawn at
// random is its owner's wherever it is met, so patterns in it cost it nothing
// but the remark; a name or text that is nothing but listed words is found
// outside fields named for it at grade B only.
//
// The values are somebody's data: nothing here logs them, and errors name
// lines and types but never a value.
package persona

import "github.com/constat/constat/datatype"

// Persona is the test subject.
type Persona struct {
	Path   string // of the file, for messages
	Name   string // of the subject, as the file's author calls it
	Region string // ISO 3166-1 alpha-2, upper case; "" when not told
	Values []Value
}

// Value is one known value of the subject.
type Value struct {
	Index int         // position in the file, from 0
	Type  datatype.ID // always in the taxonomy
	Value string      // as written in the file; private
	Label string      // what a report may call it
	Note  string      // for the file's author
}
