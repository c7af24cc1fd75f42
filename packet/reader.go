package packet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/constat/constat/flow"
)

// Reader yields the packets of a pcap or pcapng capture. It belongs to one
// goroutine.
type Reader struct {
	src     io.Reader
	buf     []byte // buf[lo:hi] is read and not yet used
	lo, hi  int
	base    int64 // offset in the capture of buf[0]
	srcErr  error // of src, io.EOF at the end
	on      Options
	p       Packet
	format  format
	damages int
	done    bool
	strings map[string]string // comments seen
}

// format reads one of the file formats.
type format interface {
	// next returns true when r.p is a packet, false when something else was
	// read.
	next(r *Reader) (bool, error)
	// resync moves to the next place where reading can go on, and reports
	// whether there is one.
	resync(r *Reader) bool
}

const (
	window      = 256 << 10 // bytes read at once: it should stay in the cache
	remedyCut   = "the file was cut off or changed; copy it again, or record again"
	remedyShort = "the capture was stopped in the middle of a packet, or the file cut off; what stands before is complete"
)

// NewReader returns a Reader of the capture in r, which is read in the order
// it stands in, in large pieces.
func NewReader(r io.Reader, on Options) *Reader {
	return &Reader{src: r, on: on, buf: make([]byte, window), strings: map[string]string{}}
}

// Match reports whether head, at least 12 bytes if there are as many, begins a
// pcap or pcapng capture.
func Match(head []byte) bool {
	if len(head) < 12 {
		return false
	}
	_, _, ok := pcapMagic(head)
	return ok && pcapVersion(head) || isSection(head)
}

// Next returns the next packet. It returns io.EOF at the end, and a
// *flow.Damage where the capture is damaged; the next call then goes on behind
// the damage, if there is something to go on with. An error of the underlying
// reader is the cause of a Damage, and ends the capture.
func (r *Reader) Next() (*Packet, error) {
	for {
		if r.done {
			return nil, io.EOF
		}
		if r.format == nil {
			if err := r.begin(); err != nil {
				return nil, r.damaged(err)
			}
		}
		got, err := r.format.next(r)
		switch {
		case err == io.EOF:
			r.done = true
		case err != nil:
			return nil, r.damaged(err)
		case got:
			return &r.p, nil
		}
	}
}

// damaged looks for the place where reading can go on behind damage, and says
// where that is.
func (r *Reader) damaged(err error) error {
	d := (*flow.Damage)(nil)
	if !errors.As(err, &d) {
		r.done = true
		return err
	}
	if r.damages++; r.damages >= maxDamage {
		r.done = true
		d.Remedy += "; there are too many places of damage, nothing behind this one was read"
	}
	if r.done || r.format == nil {
		r.done = true
		return err
	}
	if r.format.resync(r) {
		d.Remedy += fmt.Sprintf("; reading went on at byte %d", r.at())
		return err
	}
	r.done = true
	if left := r.base + int64(r.hi) - d.Offset; left > MaxRecord { // more than a packet that was cut off
		d.Remedy += fmt.Sprintf("; in the %d bytes behind it nothing was found", left)
	}
	return err
}

// begin finds out which format the capture is in.
func (r *Reader) begin() error {
	head, err := r.peek(12, "the header of a pcap or pcapng capture")
	if err != nil {
		if err == io.EOF {
			err = &flow.Damage{Expected: "the header of a pcap or pcapng capture", Found: "an empty file", Remedy: "record again", Err: io.ErrUnexpectedEOF}
		}
		r.done = true
		return err
	}
	if isSection(head) {
		r.format = &pcapng{}
		return nil
	}
	if _, _, ok := pcapMagic(head); ok {
		r.format = &pcap{}
		return nil
	}
	r.done = true
	return &flow.Damage{Expected: "the header of a pcap or pcapng capture", Found: fmt.Sprintf("% x", head[:4]),
		Remedy: "convert the file with editcap, which reads many formats"}
}

// at is the offset of the next byte.
func (r *Reader) at() int64 { return r.base + int64(r.lo) }

func (r *Reader) place() Place { return Place{r.at(), r.p.Frame} }

// peek returns the next n bytes without using them. At the end of the capture
// it returns io.EOF if none is left, and a Damage if some are.
func (r *Reader) peek(n int, expected string) ([]byte, error) {
	if r.hi-r.lo < n && !r.fill(n) {
		left := r.hi - r.lo
		if left == 0 && r.srcErr == io.EOF {
			return nil, io.EOF
		}
		d := &flow.Damage{Offset: r.at(), Frame: r.p.Frame + 1, Expected: expected, Remedy: remedyShort, Err: r.srcErr,
			Found: fmt.Sprintf("the end of the file after %d of %d bytes", left, n)}
		if r.srcErr == io.EOF {
			d.Err = io.ErrUnexpectedEOF
		} else {
			d.Found, d.Remedy = r.srcErr.Error(), "the capture could not be read on; see the cause"
			r.done = true
		}
		return nil, d
	}
	return r.buf[r.lo : r.lo+n : r.lo+n], nil
}

// have returns whether n bytes can be had.
func (r *Reader) have(n int) bool { return r.hi-r.lo >= n || r.fill(n) }

// fill reads until there are n bytes, and reports whether there are. The
// buffer grows with the bytes that come, never by a length in the capture
// alone.
func (r *Reader) fill(n int) bool {
	if r.srcErr != nil {
		return r.hi-r.lo >= n
	}
	if r.lo > 0 {
		copy(r.buf, r.buf[r.lo:r.hi])
		r.base += int64(r.lo)
		r.hi -= r.lo
		r.lo = 0
	}
	empty := 0
	for r.hi < n && r.srcErr == nil {
		if r.hi == len(r.buf) {
			grown := make([]byte, min(2*len(r.buf), MaxBlock+window))
			copy(grown, r.buf)
			r.buf = grown
		}
		k, err := r.src.Read(r.buf[r.hi:])
		r.hi += k
		if r.srcErr = err; err == nil && k == 0 {
			if empty++; empty > 100 {
				r.srcErr = io.ErrNoProgress
			}
		}
	}
	return r.hi >= n
}

// use steps over n bytes that were peeked at.
func (r *Reader) use(n int) { r.lo += n }

// text returns b as a string, without allocating when it was seen before.
func (r *Reader) text(b []byte) string {
	b = bytes.TrimRight(b, "\x00")
	if s, ok := r.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(r.strings) < maxComments && len(s) < 256 {
		r.strings[s] = s
	}
	return s
}
