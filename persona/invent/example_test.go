package invent_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/persona/invent"
)

func Example() {
	random := rand.NewChaCha8([32]byte{1}) // for the example: crypto/rand.Reader otherwise
	draft, err := invent.New(random, invent.Options{Types: []datatype.ID{"contact.username", "device.imei"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, j := range draft.Persona().Judge(nil) {
		fmt.Println(draft.Items[i].Type, j.Verdict)
	}
	fmt.Println("to fill in:", draft.Items[1].Label)
	// Output:
	// contact.username strong
	// to fill in: IMEI
}
