package pcapdroid_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/capture/pcapdroid"
)

func Example() {
	export := `IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,PackageName,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen
6,10.215.173.1,41522,198.51.100.7,443,10231,"Clips, fast",test.quinze.app,TLS,Closed,log.quinze.test,20412,3120,31,24,1795858801250,1795858809000
`
	for f, err := range pcapdroid.Read(strings.NewReader(export), pcapdroid.Options{}) {
		if err != nil {
			fmt.Println(err) // a *flow.Damage; reading goes on
			continue
		}
		fmt.Println(f.Timing.Start.Format("15:04:05.000"), f.App.ID, f.Protocol, f.Host(), f.Server.Addr, f.Unread.Up, f.Unread.Reason)
	}
	// Output:
	// 09:40:01.250 test.quinze.app tls log.quinze.test 198.51.100.7:443 20412 metadata only: CSV export
}
