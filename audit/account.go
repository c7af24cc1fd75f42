package audit

import (
	"cmp"
	"slices"
	"strings"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// maxUploads bounds those told of one destination.
const maxUploads = 8

// upload notes the longest stretch of a flow that nobody could read, if it
// looks like media.
func (c *Coverage) upload(id string, who int, s *flow.Shape) {
	if s == nil {
		return
	}
	bytes, ok := s.Media()
	if !ok {
		return
	}
	c.Uploads = append(c.Uploads, Upload{Time: s.UploadStart.UTC(), Seconds: s.UploadTime.Seconds(), Bytes: bytes, Flow: id, who: who})
	slices.SortStableFunc(c.Uploads, func(a, b Upload) int { return cmp.Compare(b.Bytes, a.Bytes) })
	c.Uploads = c.Uploads[:min(len(c.Uploads), maxUploads)]
}

// account books the bytes of one flow that left under its destination, and
// returns how many they were and how many of them could not be read.
func (m *merger) account(d *destination, input int, f *flow.Flow, who int, res detect.Result) (out, unread int64) {
	c := &d.coverage
	c.Flows++
	lose := func(n int64, reason string, into *int64) {
		*into += n
		c.Out += n
		out += n
		unread += n
		if c.Reasons == nil {
			c.Reasons = map[string]int64{}
		}
		c.Reasons[reason] += n
	}
	if u := f.Unread; u != nil {
		c.upload(flowID(input, f.Index), who, u.Shape)
		if u.Up >= 0 {
			// A reason may quote what a peer said.
			lose(u.Up, m.redactor.Text(clip(u.Reason, 300)).s, &c.Opaque)
		} else {
			c.UnknownSize++
		}
	}
	if f.Request != nil {
		framing := framingBytes(f.Request)
		c.Read += framing
		c.Out += framing
		out += framing
	}
	for i := range res.Parts {
		p := &res.Parts[i]
		if !p.Root.Kept {
			if p.Root.Size >= 0 {
				lose(p.Root.Size, "not kept by the capture tool", &c.NotCaptured)
			} else {
				c.UnknownSize++
			}
			continue
		}
		if p.Root.Cut > 0 {
			lose(p.Root.Cut, "beyond what is kept of one message", &c.NotCaptured)
		}
		opaque := int64(0)
		for _, run := range p.Report.Opaque {
			if media(res.Findings, i, run) {
				c.Media += int64(run.Len)
				continue
			}
			lose(int64(run.Len), run.Reason, &c.Opaque)
			opaque += int64(run.Len)
		}
		read := p.Bytes - opaque
		c.Read += read
		c.Out += read
		out += read
		for _, g := range p.Report.Gaps {
			m.faults.add(ErrorRow{
				Input: input, Flow: flowID(input, f.Index), Part: p.Root.Name,
				Offset: p.Root.Source.Offset, Kind: g.Kind,
				Message: m.redactor.Text(g.Step + ": " + g.Message), Count: 1,
			})
			if g.Kind == "budget" || g.Kind == "bomb" || g.Kind == "depth" {
				m.limits["budget"] = true
			}
		}
	}
	return out, unread
}

// framingBytes is what of a request's head is in no part: method and version,
// field names and punctuation, as HTTP/1.1 writes them (RFC 9112). HTTP/2
// and 3 compress the head; a capture does not say by how much.
func framingBytes(r *flow.Request) int64 {
	n := len(r.Method) + len("  HTTP/1.1\r\n")
	for _, fields := range [][]flow.Field{r.Headers, r.Trailer} {
		for _, h := range fields {
			if !strings.HasPrefix(h.Name, ":") {
				n += len(h.Name) + len(": \r\n")
			}
		}
	}
	return int64(n)
}

// media reports whether unread bytes of a root are a picture, a video or a sound
// that the ledger has a row for: they are accounted for, though what they show
// is not read. A file that only begins like one is not.
func media(found []detect.Finding, root int, run peel.Run) bool {
	for i := range found {
		x := &found[i]
		if x.Root == root && x.Form == detect.Media && x.Off <= run.Off && run.Off+run.Len <= x.Off+x.Len {
			return true
		}
	}
	return false
}
