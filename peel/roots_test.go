package peel

import (
	"fmt"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// TestRootsNamed: a message goes by the name that its protocol gives it, its
// number stays where it stands; what a device told unasked has left it.
func TestRootsNamed(t *testing.T) {
	body := func(s string) flow.Body { return flow.Body{Data: []byte(s), Kept: true, Size: int64(len(s))} }
	f := &flow.Flow{Kind: flow.TCP, Protocol: "mqtt", Messages: []flow.Message{
		{Name: "mqtt topic", Body: body("news")},
		{Name: "mqtt password", FromClient: true, Body: body("secret")},
		{FromClient: true, Body: body("plain")},
	}}
	told := &flow.Flow{Kind: flow.DNS, Protocol: "mdns", Timing: flow.Timing{Sent: time.Unix(1, 0)}, Lookup: &flow.Lookup{Answers: []flow.Answer{{Name: "Lea-phone.local", Type: "A", Data: "192.0.2.10"}}}}
	heard := &flow.Flow{Kind: flow.DNS, Protocol: "mdns", Timing: flow.Timing{Answered: time.Unix(1, 0)}, Lookup: told.Lookup}
	got := ""
	for _, f := range []*flow.Flow{f, told, heard} {
		for _, r := range Roots(f) {
			got += fmt.Sprintf("%s %s %q %q\n", r.Name, r.Label, r.key(), r.Data)
		}
	}
	want := "message 1 \"mqtt password\" \"secret\"\nmessage 2 \"\" \"plain\"\ndns.answer 0 \"\" \"Lea-phone.local 192.0.2.10\"\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
