package truth_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/constat/constat/lab/truth"
)

// An app of the lab writes down what it sends, and whoever scores a detector
// reads it back.
func Example() {
	dir, err := os.MkdirTemp("", "truth")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "truth.jsonl")
	f, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	w := truth.NewWriter(f)
	w.Add(truth.Item{
		DataType: "contact.phone", Value: "+33 6 39 98 00 00", Subject: 1, Form: "hashed", Chain: []string{"sha256", "hex"},
		Carrier: "json", Field: "ph", Host: "bid.reclame.example", Path: "/match", Why: "purpose_creep",
		Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	})
	if err := w.Err(); err != nil {
		panic(err)
	}
	f.Close()

	items, err := truth.Load(path)
	if err != nil {
		panic(err)
	}
	for _, i := range items {
		fmt.Println(i.Seq, i.DataType, i.Form, "after", i.Depth(), "steps, to", i.Host, "because of", i.Why)
	}
	// Output: 1 contact.phone hashed after 2 steps, to bid.reclame.example because of purpose_creep
}
