package hooks_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/capture/hooks"
)

const trace = `[
  {"type": "socket_trace_log", "dump": "socket_trace.json", "data_type": "json", "timestamp": 1795858801250,
   "data": {"socket_fd": 81, "socket_type": "tcp6", "pid": 7201, "thread_id": 7260, "socket_event_type": "sendto",
     "dest_ip": "::ffff:198.51.100.7", "dest_port": 443, "local_ip": "::ffff:192.0.2.10", "local_port": 41522,
     "stack": [{"class": "java.net.SocketOutputStream", "file": "SocketOutputStream.java", "line": 153, "method": "write", "is_native": false, "str": ""},
               {"class": "test.tracker.sdk.Uploader", "file": "Uploader.java", "line": 88, "method": "flush", "is_native": false, "str": ""}]},
   "pid": 7201, "process": "test.quinze.app"}
]`

// Which code of an app spoke to whom.
func Example() {
	for f, err := range hooks.Read(strings.NewReader(trace), hooks.Options{}) {
		if err != nil {
			fmt.Println(err) // a *flow.Damage; reading goes on
			continue
		}
		fmt.Println(f.Timing.Start.Format("15:04:05.000"), f.App.ID, f.Client.Addr, f.Server.Addr)
		fmt.Println(f.Notes[2])
	}
	// Output:
	// 09:40:01.250 test.quinze.app 192.0.2.10:41522 198.51.100.7:443
	// called from test.tracker.sdk.Uploader
}

// The calls themselves, to be joined to a packet capture by ends and time.
func ExampleOperations() {
	for o, err := range hooks.Operations(strings.NewReader(trace)) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		f := o.Stack[len(o.Stack)-1]
		fmt.Println(o.Call, o.Local, o.Remote, f.Class, f.Method, f.Line)
	}
	// Output:
	// sendto 192.0.2.10:41522 198.51.100.7:443 test.tracker.sdk.Uploader flush 88
}
