package recipient_test

import (
	"fmt"
	"log"
	"net/netip"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
)

// An Alibaba machine that every table puts somewhere else, and a handshake of
// 12 ms from Paris that settles what can be settled.
func Example() {
	book, err := recipient.Open()
	if err != nil {
		log.Fatal(err)
	}
	who := book.Who("p16.tiktokcdn.com.akamaized.net")
	fmt.Printf("%s (%s), run by %s\n", who.Owner, who.Parent, who.Operator)

	address := book.Address(netip.MustParseAddr("47.254.128.1"))
	fmt.Printf("AS%d %s\nregistered %s", address.ASN, address.Holder, address.Registered)
	for _, e := range address.Estimates {
		fmt.Printf(", %s estimates %s", e.Source, e.Country)
	}
	fmt.Println()

	paris, err := recipient.ParseVantage("Paris ±25")
	if err != nil {
		log.Fatal(err)
	}
	seen := recipient.Sighting{From: &paris}
	seen.Add(flow.Timing{TLS: &flow.RTT{D: 12 * time.Millisecond, Leg: flow.Direct}})
	result := book.Judge(recipient.Evidence{
		Address:   address,
		Captured:  time.Date(2026, 7, 1, 12, 3, 4, 0, time.UTC),
		Sightings: []recipient.Sighting{seen},
		Claimed:   []string{"CN"},
	})
	for _, v := range result.Verdicts {
		fmt.Printf("%s: %s\n", v.Country, v.Verdict)
	}
	fmt.Println(result.Within[0])
	fmt.Println(result.Limit)
	// Output:
	// TikTok (ByteDance Ltd.), run by Akamai
	// AS45102 Alibaba (US) Technology Co., Ltd.
	// registered US, dbip estimates DE, ipfire estimates US
	// CN: impossible (strict)
	// DE: undetermined
	// US: impossible (strict)
	// within 1833 km of Paris
	// Nothing here shows where the data was stored, to whom it was passed, or from where it was read.
}

// A shop's own name that leads to a company which measures installs. Only the
// DNS answer tells.
func ExampleBook_Identify() {
	book, err := recipient.Open()
	if err != nil {
		log.Fatal(err)
	}
	for _, chain := range [][]string{nil, {"x.appsflyersdk.com", "d111.cloudfront.net"}} {
		id := book.Identify(recipient.Clues{Host: "metrics.shop.example", Chain: chain})
		fmt.Printf("%s, cloaked %v, run by %q\n", id.Owner, id.Cloaked, id.Operator)
		for _, e := range id.Evidence {
			fmt.Printf("  %s: %s\n", e.Says, e.Detail)
		}
	}
	// Output:
	// shop.example, cloaked false, run by ""
	// AppsFlyer, cloaked true, run by "Amazon"
	//   AppsFlyer: metrics.shop.example is an alias of x.appsflyersdk.com
	//   Amazon Web Services: x.appsflyersdk.com is an alias of d111.cloudfront.net
}
