package differential_test

import (
	"context"
	"fmt"
	"time"

	"github.com/constat/constat/differential"
	"github.com/constat/constat/flow"
)

// Two runs with one person and one with another: a field that is the same in
// the first two and another in the third depends on the person; one that is new
// each time does not.
func Example() {
	run := func(name, uid, nonce string) flows {
		body := []byte(`{"uid":"` + uid + `","nonce":"` + nonce + `"}`)
		return flows{name: name, list: []*flow.Flow{{
			Kind: flow.HTTP, Timing: flow.Timing{Start: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)},
			Request: &flow.Request{Method: "POST", URL: "https://log.example/v1/events", Host: "log.example", Body: flow.Body{Data: body, Kept: true}},
		}}}
	}
	d, err := differential.Compare(context.Background(), []differential.Run{
		{Capture: run("anna", "9f86d081884c7d659a2feaa0c55ad015", "5d41402abc4b2a76")},
		{Capture: run("bruno", "60303ae22b998861bce3b28f33eec1be", "7d793037a0760186"), Persona: 1},
		{Capture: run("anna again", "9f86d081884c7d659a2feaa0c55ad015", "1f3870be274f6c49")},
	}, differential.Options{})
	if err != nil {
		panic(err)
	}
	for _, f := range d.Findings {
		fmt.Println(f.Grade, f.Kind, f.Derivation[1])
	}
	// Output: B digest json $.uid
}
