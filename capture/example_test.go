package capture_test

import (
	"fmt"
	"log"

	"github.com/constat/constat/capture"
)

func Example() {
	c, err := capture.Open("testdata/two.har.gz", capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for f, err := range c.Flows() {
		if err != nil {
			log.Print(err) // a *flow.Damage; reading goes on
			continue
		}
		fmt.Printf("%d %s %s %q\n", f.Index, f.Request.Method, f.Host(), f.Request.Body.Data)
	}
	sum, n := c.Sum()
	fmt.Printf("%s by %s, %d bytes, sha256 %.16s…\n", c.Format, c.Creator(), n, sum)
	// Output:
	// 0 POST api.example "phone=%2B33612345678"
	// 1 GET cdn.example ""
	// har by WebInspector 537.36, 222 bytes, sha256 6b8e6ac93efd56fa…
}
