package law_test

import (
	"fmt"
	"time"

	"github.com/constat/constat/law"
)

// A subject in France, a server in the United Kingdom: what that was called
// depends on the day.
func Example() {
	book, err := law.Open()
	if err != nil {
		panic(err)
	}
	for _, on := range []string{"2019-12-01", "2020-06-01", "2025-08-01"} {
		day, _ := time.Parse(time.DateOnly, on)
		for _, r := range book.Transfer(law.Question{From: "FR", To: "GB", On: day}) {
			fmt.Println(on, r.Regime, r.Status, r.Article)
		}
	}
	// Output:
	// 2019-12-01 GDPR member art. 1(3)
	// 2020-06-01 GDPR transition art. 127
	// 2025-08-01 GDPR adequate art. 45
}
