package audit

import (
	"iter"
	"net/netip"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
)

// closed are connections that nobody could read.
type closed []*flow.Flow

func (c closed) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		for _, f := range c {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (closed) Describe() Input      { return Input{} }
func (closed) Events() []flow.Event { return nil }

// TestUploads: of what stays closed, what looks like media is told, with when
// the host was met.
func TestUploads(t *testing.T) {
	begin := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	opaque := func(after time.Duration, s *flow.Shape) *flow.Flow {
		f := &flow.Flow{Kind: flow.Opaque, Protocol: "tls", Unread: &flow.Unread{Up: 3_000_000, Reason: "no key", Shape: s}}
		f.Server = flow.Endpoint{Name: "media.example", Addr: netip.MustParseAddrPort("198.51.100.1:443")}
		f.Timing.Start = begin.Add(after)
		return f
	}
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Conduct(t.Context(), []Capture{closed{
		opaque(0, &flow.Shape{Records: 9, Bytes: 1000, Upload: 1000}),
		opaque(4*time.Second, &flow.Shape{Records: 190, Bytes: 3_000_000, Full: 2_900_000, Upload: 2_900_000, UploadStart: begin.Add(5 * time.Second), UploadTime: 2 * time.Second}),
		opaque(9*time.Second, nil),
	}}, Options{Book: book})
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Transfers.Close()
	c := doc.Coverage[0]
	if len(c.Uploads) != 1 || c.Uploads[0].Bytes != 2_900_000 || c.Uploads[0].Seconds != 2 || !c.Uploads[0].Time.Equal(begin.Add(5*time.Second)) || c.Uploads[0].Flow == "" {
		t.Errorf("%+v", c.Uploads)
	}
	if c.First != 0 || c.Last != 9 || c.Opaque != 9_000_000 {
		t.Errorf("%+v", c)
	}
}
