package question

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/constat/constat/audit"
)

// show puts the rows that decide beside the verdicts, which have their ids. The
// ledger is read once more, as far as the last of them: while the answers are
// being found nobody knows which rows will decide, and to keep all that might
// would take memory without bound.
func show(ctx context.Context, l *audit.Ledger, verdicts []audit.Verdict) error {
	wanted := map[string]bool{} // in full?
	for _, v := range verdicts {
		for _, r := range v.Rows {
			wanted[r.ID] = false
		}
	}
	for _, v := range verdicts {
		for _, p := range v.Proofs {
			wanted[p.ID] = true
		}
	}
	short, full := map[string]audit.Decided{}, map[string]audit.Transfer{}
	n := 0
	for row, err := range l.Encoded() {
		if err != nil {
			return err
		}
		if len(short) == len(wanted) {
			break
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		id := idOf(row)
		whole, ok := wanted[string(id)]
		if !ok {
			continue
		}
		if _, again := short[string(id)]; again {
			continue
		}
		var t audit.Transfer
		if err := json.Unmarshal(row, &t); err != nil {
			return err
		}
		short[t.ID] = t.Short()
		if whole {
			full[t.ID] = t
		}
	}
	for i := range verdicts {
		v := &verdicts[i]
		for k := range v.Rows {
			v.Rows[k] = short[v.Rows[k].ID]
		}
		for k := range v.Proofs {
			v.Proofs[k] = full[v.Proofs[k].ID]
		}
		v.Rows = slices.DeleteFunc(v.Rows, func(r audit.Decided) bool { return r.ID == "" })
		v.Proofs = slices.DeleteFunc(v.Proofs, func(t audit.Transfer) bool { return t.ID == "" })
	}
	return nil
}

// idOf is the id of an encoded row.
func idOf(row []byte) []byte {
	const begins = `{"id":"` // as this program writes it
	if bytes.HasPrefix(row, []byte(begins)) {
		if end := bytes.IndexAny(row[len(begins):], `"\`); end >= 0 && row[len(begins)+end] == '"' {
			return row[len(begins) : len(begins)+end]
		}
	}
	var id string
	_ = members(row, func(name, value []byte) error { // no row: it was told before
		if string(name) == "id" {
			id = spelled(value)
		}
		return nil
	})
	return []byte(id)
}
