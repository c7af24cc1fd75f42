package report

// Phrases are the words of reports for commands that print something else, so
// that they call things by the same names. lang is one of Languages.
type Phrases struct{ w words }

// In returns the phrases of a language.
func In(lang string) Phrases { return Phrases{language(lang)} }

// Type names a data type.
func (p Phrases) Type(id string) string { return p.w.Type(id) }

// Reason says a sentence of the document ([audit.SubjectValue].Weak, a
// transfer's reason) in the language.
func (p Phrases) Reason(s string) string { return p.w.Reason(s) }

// T is the message with that key, with its arguments in place.
func (p Phrases) T(key string, args ...any) string { return p.w.T(key, args...) }

// Number puts the decimal sign of the language into a formatted number.
func (p Phrases) Number(s string) string { return p.w.number(s) }
