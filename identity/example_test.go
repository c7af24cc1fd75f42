package identity_test

import (
	"fmt"

	"github.com/constat/constat/identity"
)

// An app sends the SHA-256 of a phone number, the model of the screen and
// the time zone to one recipient.
func Example() {
	phone := identity.Sent{Type: "contact.phone", Form: "hashed", Digest: "sha256"}
	a := identity.Judge(phone)
	fmt.Printf("%s: %.3g values, %.2g s on one graphics card\n", a.Verdict, a.Domain, a.Card)

	var got identity.Profile
	got.Add(identity.FactOf(identity.Sent{Type: "device.screen", Form: "clear"}))
	got.Add(identity.FactOf(identity.Sent{Type: "device.timezone", Form: "clear"}))
	few := got.Compose(identity.World())
	fmt.Printf("%.1f to %.1f bits: %.2g to %.2g others\n", few.Bits[0], few.Bits[1], few.Others[1], few.Others[0])

	got.Add(identity.FactOf(phone))
	all := got.Compose(identity.World())
	fmt.Printf("one person, through %s; linked: %v\n", all.Through, all.Linked)

	// Output:
	// brute_forceable: 1.18e+11 values, 5.4 s on one graphics card
	// 4.8 to 7.8 bits: 3.7e+07 to 2.9e+08 others
	// one person, through contact.phone; linked: [device.screen device.timezone]
}
