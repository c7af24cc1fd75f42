package peel_test

import (
	"fmt"

	"github.com/constat/constat/peel"
)

func ExampleWalker_Walk() {
	root := peel.Root{
		Name: "request.body", Kept: true, MediaType: "application/x-www-form-urlencoded",
		Data: []byte("v=3&d=eyJkZXYiOnsibWFjIjoiM2M6NWE6YjQ6OWU6NzE6ZDIifX0%3D"),
	}
	w := peel.NewWalker(peel.Options{})
	w.Walk(root, func(p *peel.Part) bool {
		if p.Key == "mac" {
			off, n := p.Outermost(0, len(p.Data))
			fmt.Printf("%s\n%q\nbytes %d to %d of the body\n", p.Data, p.Derivation(), off, off+n)
		}
		return true
	})
	// Output:
	// 3c:5a:b4:9e:71:d2
	// ["request.body" "form d" "percent" "base64" "json $.dev.mac"]
	// bytes 6 to 56 of the body
}
