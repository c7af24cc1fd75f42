package dns_test

import (
	"fmt"

	"github.com/constat/constat/capture/dns"
)

func Example() {
	fmt.Println(dns.Type(65), dns.Type(9999), dns.Code(3), dns.Code(23))
	// Output: HTTPS TYPE9999 NXDOMAIN RCODE23
}
