package internet_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"

	"github.com/constat/constat/lab/internet"
)

// A client of the lab's internet resolves names with Resolve, connects where
// Route says and trusts Roots.
func Example() {
	n, err := internet.Open(map[string]http.Handler{"quinze.example": internet.Page("fifteen seconds\n")})
	if err != nil {
		panic(err)
	}
	defer n.Close()

	client := http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: n.Roots()},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			at, err := n.Resolve(ctx, host)
			if err != nil {
				return nil, err
			}
			var d net.Dialer
			return d.DialContext(ctx, network, n.Route(netip.AddrPortFrom(at[0], 443)).String())
		},
	}}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://quinze.example/")
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	fmt.Print(string(text))

	_, err = client.Get("https://elsewhere.example/")
	fmt.Println(err)
	// Output:
	// fifteen seconds
	// Get "https://elsewhere.example/": lookup elsewhere.example: no such host in the lab
}
