package scenario_test

import (
	"fmt"

	"github.com/constat/constat/lab/scenario"
)

// The scenario of one allegation switches on what it is about.
func Example() {
	s, err := scenario.Load("C02")
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Title.EN)
	fmt.Printf("on Next: %q, after Discard it stays: %t\n", s.Switch.PreUpload, s.Switch.KeepDiscarded)
	fmt.Println("a run shows", s.Expect.Observed)

	_, err = scenario.Parse("mine", []byte("[switch]\npre_uplaod = \"video\""))
	fmt.Println(err)
	// Output:
	// The clip is uploaded on Next, before it can be saved or posted
	// on Next: "video", after Discard it stays: false
	// a run shows [A02 C02]
	// scenario mine: there is no switch.pre_uplaod
}
