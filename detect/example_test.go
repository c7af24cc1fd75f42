package detect_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
)

func Example() {
	p, err := persona.Parse(strings.NewReader(`
[[value]]
type  = "contact.email"
value = "camille.roussel@example.org"
`), "persona.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	engine, err := detect.New(p, detect.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	result := engine.NewScanner().Scan(&flow.Flow{
		Kind: flow.HTTP,
		Request: &flow.Request{
			Method: "POST", URL: "https://collect.tracker.test/v1", Host: "collect.tracker.test",
			Headers: []flow.Field{{Name: "Content-Type", Value: "application/json"}},
			Body:    flow.Body{Data: []byte(`{"u":{"h":"b192f709b99c9318c37b65af3de84b65"},"imei":"352099001761481"}`), Kept: true},
		},
	})
	for _, f := range result.Findings {
		fmt.Printf("%s %s: %s (%s)\n", f.Grade, f.Type, f.Reason, strings.Join(f.Derivation, " › "))
	}
	// Output:
	// A contact.email: the digest of a value that the persona lists (request.body › json $.u.h)
	// B device.imei: 15 digits, Luhn valid, known reporting body, under the key 'imei' (request.body › json $.imei)
}
