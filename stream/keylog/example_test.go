package keylog_test

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/constat/constat/stream/keylog"
)

// A log is read, and asked by the client random of a hello.
func Example() {
	random := strings.Repeat("5a", 32)
	log := keylog.New()
	n, err := log.Read(strings.NewReader("# SSL/TLS secrets log file\n" +
		"QUIC_CLIENT_TRAFFIC_SECRET_0 " + random + " " + strings.Repeat("c1", 32) + "\\\n"))
	fmt.Println(n, err)

	r, _ := hex.DecodeString(random)
	fmt.Printf("%x…\n", log.Secret(keylog.ClientTraffic, r)[:4])
	fmt.Println(log.Secret(keylog.ServerTraffic, r) == nil)
	// Output:
	// 1 <nil>
	// c1c1c1c1…
	// true
}
