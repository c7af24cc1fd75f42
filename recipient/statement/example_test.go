package statement_test

import (
	"fmt"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

// Two machines in one field: the last is the edge, the first a shield behind it.
func ExampleReadHeader() {
	fields := []flow.Field{{Name: "X-Served-By", Value: "cache-iad-kiad7000025-IAD, cache-cdg20776-CDG"}}
	for _, s := range statement.ReadHeader(fields, "", time.Time{}) {
		fmt.Printf("%s: %s says %s\n", s.Layer, s.Field, s.Place)
	}
	// Output:
	// edge: X-Served-By says Paris (CDG)
	// answer: X-Served-By says Dulles (IAD)
}

// Alibaba's EagleId holds the address and the clock of the machine that
// answered, in a capture whose own address is a proxy's.
func ExampleRead() {
	f := &flow.Flow{Kind: flow.HTTP, Response: &flow.Response{Headers: []flow.Field{
		{Name: "Date", Value: "Thu, 30 May 2024 01:32:32 GMT"},
		{Name: "EagleId", Value: "b73ce41f17170327518343687e"},
	}}}
	for _, s := range statement.Read(f) {
		fmt.Println(s.Row, s.Addr, s.At.Format(time.RFC3339Nano))
	}
	// Output: eagleid 183.60.228.31 2024-05-30T01:32:31.834Z
}
