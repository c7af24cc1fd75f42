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
// is too common to prove anything by itself. Package detect turns forms into
// patterns and digests; this package knows nothing of traffic.
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
