package audit

import "encoding/json"

// Text is a string that came out of traffic and has been through a Redactor.
// It has no exported way to be made from a plain string, so a renderer that
// takes a Document cannot be handed a raw value by mistake.
type Text struct{ s string }

func (t Text) String() string { return t.s }

// IsZero reports whether the text is empty, for JSON's omitzero.
func (t Text) IsZero() bool { return t.s == "" }

// MarshalJSON writes the redacted text.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.s) }

// UnmarshalJSON reads back a text from a written Document, which was
// redacted when it was written.
func (t *Text) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &t.s) }
