package mitm_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/capture/mitm"
)

func Example() {
	// One flow as mitmdump 10 writes it, most of its members left out.
	dump := `311:7:version;2:20#4:type;4:http;8:response;0:~7:request;253:` +
		`6:method;4:POST,6:scheme;5:https,4:host;15:log.quinze.test;4:port;3:443#4:path;9:/v1/event,` +
		`9:authority;0:,12:http_version;8:HTTP/2.0,7:headers;0:]` +
		`15:timestamp_start;14:1700000000.250^13:timestamp_end;14:1700000000.251^` +
		`7:content;21:{"clip":7,"ms":15000},}}`
	for f, err := range mitm.Read(strings.NewReader(dump), mitm.Options{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(f.Protocol, f.Request.Method, f.Request.URL)
		at := f.Request.Body.Source
		fmt.Println(f.Timing.Start.Format("15:04:05.000"), dump[at.Offset:at.Offset+at.Length])
	}
	// Output:
	// HTTP/2 POST https://log.quinze.test/v1/event
	// 22:13:20.250 {"clip":7,"ms":15000}
}
