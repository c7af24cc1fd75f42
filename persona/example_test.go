package persona_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/persona"
)

func Example() {
	p, err := persona.Parse(strings.NewReader(`
region = "FR"

[[value]]
type  = "contact.phone"
value = "06 12 34 56 78"
`), "persona.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, form := range p.Values[0].Forms(p.Region)[:5] {
		fmt.Printf("%-22s %s\n", form.Name, form.Text)
	}
	// Output:
	// as written             06 12 34 56 78
	// E.164                  +33612345678
	// E.164 without plus     33612345678
	// 00 prefix              0033612345678
	// national digits        0612345678
}
