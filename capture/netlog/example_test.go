package netlog_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/capture/netlog"
)

func Example() {
	// A log made with raw bytes, as Chromium writes it, most of its constants
	// and events left out.
	log := `{"constants":{"clientInfo":{"name":"Chromium","version":"156.0"},"logCaptureMode":"Everything","logEventTypes":{"SOCKET_BYTES_SENT":88,"SOCKET_BYTES_RECEIVED":89},"timeTickOffset":1795811018569},
"events": [
{"params":{"byte_count":68,"bytes":"UE9TVCAvZSBIVFRQLzEuMQ0KSG9zdDogbG9nLnF1aW56ZS50ZXN0DQpDb250ZW50LUxlbmd0aDogNg0KDQpjbGlwPTc="},"phase":0,"source":{"id":18,"type":10},"time":"24633817","type":88},
{"params":{"byte_count":27,"bytes":"SFRUUC8xLjEgMjA0IE5vIENvbnRlbnQNCg0K"},"phase":0,"source":{"id":18,"type":10},"time":"24633829","type":89}],
"polledData": {}}
`
	for f, err := range netlog.Read(strings.NewReader(log), netlog.Options{}) {
		if err != nil {
			fmt.Println(err) // a *flow.Damage; reading goes on
			continue
		}
		fmt.Println(f.Timing.Start.Format("15:04:05.000"), f.App.ID, f.Request.Method, f.Request.URL, f.Response.Status)
		fmt.Printf("%s after %v, line %d\n", f.Request.Body.Data, f.Timing.FirstByte.D, f.Request.Body.Source.Frame)
	}
	// Output:
	// 03:14:12.386 Chromium POST http://log.quinze.test/e 204
	// clip=7 after 12ms, line 3
}
