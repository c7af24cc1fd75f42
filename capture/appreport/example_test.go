package appreport_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/capture/appreport"
	"github.com/constat/constat/flow"
)

func Example() {
	report := `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"camera","identifier":"7A0B7E0C-3B1C-4E0E-8B5C-0B7B6C1D2E3F","kind":"intervalBegin","timeStamp":"2026-11-23T10:00:01.250+01:00","type":"access"}
{"domain":"log.tracker.test","firstTimeStamp":"2026-11-23T10:00:01.900+01:00","context":"","timeStamp":"2026-11-23T10:07:40.115+01:00","domainType":1,"initiatedType":"AppInitiated","hits":9,"type":"networkActivity","domainOwner":"Tracker Ltd","bundleID":"test.quinze.app"}
`
	opt := appreport.Options{Access: func(e flow.Event) {
		fmt.Println(e.Time.UTC().Format("15:04:05.000"), e.App, e.What, e.Detail)
	}}
	for f, err := range appreport.Read(strings.NewReader(report), opt) {
		if err != nil {
			fmt.Println(err) // a *flow.Damage; reading goes on
			continue
		}
		fmt.Println(f.Timing.Start.UTC().Format("15:04:05.000"), f.App.ID, f.Host(), f.Notes[0])
	}
	// Output:
	// 09:00:01.250 test.quinze.app camera begin, interval 7A0B7E0C-3B1C-4E0E-8B5C-0B7B6C1D2E3F
	// 09:00:01.900 test.quinze.app log.tracker.test 9 hits between the first and the last, whose times are not told
}
