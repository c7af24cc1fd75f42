package comparison_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/comparison"
)

// Two stored audits: the e-mail address went in clear, then hashed; the phone
// number went, and whether it still does cannot be said, because bytes to that
// recipient could not be read.
func ExampleCompare() {
	stored := func(rows, coverage string) *audit.Document {
		text := `{"schema": "` + audit.SchemaID + `", "headline": {"flows": 1},
			"recipients": [{"id": "r1", "owner": "Acme"}], "transfers": [` + rows + `], "coverage": [` + coverage + `]}`
		d, err := audit.Read(strings.NewReader(text), int64(len(text)), "stored.json")
		if err != nil {
			panic(err)
		}
		return d
	}
	before := stored(`
		{"id": "t1", "data_type": "contact.email", "form": "clear", "grade": "B", "recipient": {"id": "r1"}},
		{"id": "t2", "data_type": "contact.phone", "form": "clear", "grade": "B", "recipient": {"id": "r1"}}`, ``)
	after := stored(`{"id": "t1", "data_type": "contact.email", "form": "hashed", "grade": "B", "recipient": {"id": "r1"}}`,
		`{"recipient": "r1", "host": "acme.example", "bytes_out": 5000, "read": 4000, "opaque": 1000}`)
	defer before.Transfers.Close()
	defer after.Transfers.Close()
	d, err := comparison.Compare(before, after, comparison.Options{By: comparison.ByVersion, Names: [2]string{"1.0", "2.0"}})
	if err != nil {
		panic(err)
	}
	for _, t := range d.Transfers {
		fmt.Println(t.DataType, t.Change, t.What, t.Open)
	}
	// Output:
	// contact.email changed [form] []
	// contact.phone only_before [] [unread:acme.example:1000]
}
