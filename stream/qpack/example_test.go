package qpack_test

import (
	"encoding/hex"
	"fmt"

	"github.com/constat/constat/stream/qpack"
)

// A section waits for the instructions that fill the table (RFC 9204,
// appendix B.2).
func Example() {
	d := qpack.New(qpack.Limits{})
	d.SetCapacity(220) // from the SETTINGS of the other side
	section, _ := hex.DecodeString("03811011")
	_, err := d.Section(section)
	fmt.Println(err)

	instructions, _ := hex.DecodeString("3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468")
	if _, err := d.Instructions(instructions); err != nil {
		fmt.Println(err)
	}
	fields, err := d.Section(section)
	fmt.Println(fields, err)
	// Output:
	// QPACK: waits for entries of the dynamic table
	// [{:authority www.example.com} {:path /sample/path}] <nil>
}
