package audit

import (
	"encoding/json"
	"iter"
)

// Ledger holds the transfers of an audit in capture order.
type Ledger struct{ rows []Transfer }

// Append adds a row.
func (l *Ledger) Append(t Transfer) error { l.rows = append(l.rows, t); return nil }

// Len is the number of rows.
func (l *Ledger) Len() int { return len(l.rows) }

// All iterates over the rows in order. The error, if any, comes last.
func (l *Ledger) All() iter.Seq2[Transfer, error] {
	return func(yield func(Transfer, error) bool) {
		for _, t := range l.rows {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// MarshalJSON writes the rows as an array.
func (l *Ledger) MarshalJSON() ([]byte, error) { return json.Marshal(l.rows) }

// UnmarshalJSON reads an array of rows.
func (l *Ledger) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &l.rows) }
