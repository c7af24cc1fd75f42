package tables_test

import (
	"fmt"
	"log"
	"net/netip"
	"os"
	"time"

	"github.com/constat/constat/recipient/tables"
)

// A user takes Amazon's ranges in, and an audit opens them again: a local zone
// of Virginia stands in Argentina.
func Example() {
	table, err := tables.Read("testdata/ip-ranges.json", tables.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s, %d rows, content of %s by %s\n", table.ID, table.Kind, table.Rows, table.ContentDate, table.DateFrom)

	dir, err := os.MkdirTemp("", "data")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store := tables.Store{Dir: dir}
	if err := store.Add(table, time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		log.Fatal(err)
	}
	open, err := store.Open()
	if err != nil {
		log.Fatal(err)
	}
	provider, region, _ := open[0].Region(netip.MustParseAddr("15.220.1.9"))
	place, _ := tables.PlaceOf(provider, region)
	fmt.Printf("%s %s: %s, %s\n", provider, region, place.City, place.Country)
	// Output:
	// aws: regions, 7 rows, content of 2026-06-01 by createDate
	// AWS us-east-1-bue-1: Buenos Aires, AR
}
