package report

// Phrases are the words of reports for commands that print something else, so
// that they call things by the same names. lang is one of Languages.
type Phrases struct{ w words }

// In returns the phrases of a language.
func In(lang string) Phrases { return Phrases{language(lang)} }

// Reason says a sentence of the document ([audit.SubjectValue].Weak, a
// transfer's reason) in the language.
func (p Phrases) Reason(s string) string { return p.w.Reason(s) }

// T is the message with that key, with its arguments in place.
func (p Phrases) T(key string, args ...any) string { return p.w.T(key, args...) }

// N is a count with its noun.
func (p Phrases) N(key string, n int) string { return p.w.N(key, n) }

// Type names a data type.
func (p Phrases) Type(id string) string { return p.w.Type(id) }

// Lacking puts a code of what is missing ([audit.Verdict].Missing) into words.
func (p Phrases) Lacking(code string) string { return (&view{words: p.w}).Lacking(code) }
