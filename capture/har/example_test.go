package har_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/capture/har"
)

func Example() {
	const archive = `{"log": {
		"creator": {"name": "WebInspector", "version": "537.36"},
		"entries": [
			{"startedDateTime": "2026-11-23T10:00:00.123Z",
			 "request": {"method": "POST", "url": "https://api.example/v1", "httpVersion": "h2",
			             "postData": {"mimeType": "application/json", "text": "{\"k\":\"v\"}"}},
			 "timings": {"connect": 38, "ssl": 25, "send": 1, "wait": 12}},
			{"startedDateTime": "2026-11-23T10:00:01`

	for f, err := range har.Read(strings.NewReader(archive), har.Options{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(f.Request.Method, f.Host(), f.Protocol, string(f.Request.Body.Data))
		fmt.Println("TCP handshake within", f.Timing.TCP.D, "by", f.Timing.TCP.Basis)
	}
	// Output:
	// POST api.example HTTP/2 {"k":"v"}
	// TCP handshake within 13ms by har connect minus ssl (Chrome: connect includes ssl)
	// byte 422: expected the end of a string, found the end of the file (the file was cut short; export the capture again)
}
