package pcap

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// shape measures bytes that nobody can read: how they are spread over records
// and time, and how much like chance they are.
type shape struct {
	s       flow.Shape
	skip    [2]int // bytes of the record at hand that are to come
	head    [2][5]byte
	have    [2]int // bytes of head
	counts  *[256]uint32
	counted int
	last    time.Time // of the client's bytes
	upload  int64     // of the run at hand
	begun   time.Time
}

const (
	maxSizes    = 64              // records of which the size is kept
	maxCounted  = 64 << 10        // bytes of the client of which the entropy is measured
	uploadPause = 2 * time.Second // that ends a run
	fullRecord  = 4096            // bytes of a record as those that large contents are cut into
)

// add takes bytes of one direction of a TLS connection.
func (s *shape) add(side stream.Side, m stream.Mark, b []byte) {
	if side == stream.Up {
		s.run(m, len(b))
	} else if len(b) > 512 {
		s.end()
	}
	for len(b) > 0 {
		if s.skip[side] > 0 {
			n := min(s.skip[side], len(b))
			if side == stream.Up {
				s.count(b[:n])
			}
			s.skip[side] -= n
			b = b[n:]
			continue
		}
		n := copy(s.head[side][s.have[side]:], b)
		s.have[side] += n
		b = b[n:]
		if s.have[side] < 5 {
			return
		}
		s.have[side] = 0
		size := int(binary.BigEndian.Uint16(s.head[side][3:]))
		s.skip[side] = size
		if s.head[side][0] == 23 { // application data
			s.record(side, size)
		}
	}
}

// record notes the size of a record.
func (s *shape) record(side stream.Side, size int) {
	if side == stream.Up {
		s.s.Records++
		s.s.Bytes += int64(size)
		if size >= fullRecord {
			s.s.Full += int64(size)
		}
	} else {
		size = -size
	}
	if len(s.s.Sizes) < maxSizes {
		s.s.Sizes = append(s.s.Sizes, int32(size))
	}
}

// run adds to what the client sent without a pause or a long answer.
func (s *shape) run(m stream.Mark, n int) {
	if s.upload > 0 && m.Time.Sub(s.last) > uploadPause {
		s.end()
	}
	if s.upload == 0 {
		s.begun = m.Time
	}
	s.upload += int64(n)
	s.last = m.Time
}

// end closes a run.
func (s *shape) end() {
	if s.upload > s.s.Upload {
		s.s.Upload, s.s.UploadStart, s.s.UploadTime = s.upload, s.begun, s.last.Sub(s.begun)
	}
	s.upload = 0
}

func (s *shape) count(b []byte) {
	if s.counted >= maxCounted {
		return
	}
	if s.counts == nil {
		s.counts = new([256]uint32)
	}
	b = b[:min(len(b), maxCounted-s.counted)]
	for _, c := range b {
		s.counts[c]++
	}
	s.counted += len(b)
}

// told is what was measured, nil if there was nothing.
func (s *shape) told() *flow.Shape {
	s.end()
	if s.s.Records == 0 && s.s.Upload == 0 {
		return nil
	}
	out := s.s
	if s.counted > 0 {
		for _, n := range s.counts {
			if n > 0 {
				p := float64(n) / float64(s.counted)
				out.Entropy -= p * math.Log2(p)
			}
		}
	}
	return &out
}
