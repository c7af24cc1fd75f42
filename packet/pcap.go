package packet

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/constat/constat/flow"
)

// pcap reads the classic format (draft-ietf-opsawg-pcap-04): a header of 24
// bytes, then records with a header of 16. The variant that Alexey Kuznetsov's
// patches wrote, still met from some routers, has record headers of 24.
// Files that were joined with cat are read on.
type pcap struct {
	order   binary.ByteOrder
	big     bool
	nano    bool
	head    int // bytes of a record's header
	limit   uint32
	swapped int // 1: the two lengths are the wrong way round; 2: if the first is larger
	iface   *Interface
	first   uint32 // seconds of the first record
	last    uint32 // and of the last
}

const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34

	fileHeader = 24
)

// pcapMagic tells byte order and kind from the first four bytes.
func pcapMagic(head []byte) (order binary.ByteOrder, magic uint32, ok bool) {
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch m := o.Uint32(head); m {
		case magicMicro, magicNano, magicModified:
			return o, m, true
		}
	}
	return nil, 0, false
}

// pcapVersion reports whether head is of a version there is.
func pcapVersion(head []byte) bool {
	order, _, ok := pcapMagic(head)
	return ok && order.Uint16(head[4:]) == 2 && order.Uint16(head[6:]) <= 4
}

// open reads the file's header.
func (f *pcap) open(r *Reader) error {
	at := r.place()
	h, err := r.peek(fileHeader, "the header of a pcap file")
	if err != nil {
		return err
	}
	order, magic, ok := pcapMagic(h)
	if !ok || !pcapVersion(h) {
		r.done = true
		return &flow.Damage{Offset: r.at(), Expected: "a pcap file of version 2.0 to 2.4", Found: fmt.Sprintf("% x", h[:8]),
			Remedy: "convert the file with editcap"}
	}
	*f = pcap{order: order, big: order == binary.ByteOrder(binary.BigEndian), nano: magic == magicNano, head: 16}
	if magic == magicModified {
		f.head = 24
	}
	switch minor := order.Uint16(h[6:]); {
	case minor < 3:
		f.swapped = 1
	case minor == 3:
		f.swapped = 2
	}
	snap := order.Uint32(h[16:])
	f.limit = min(max(snap, 256<<10), MaxRecord)
	network := order.Uint32(h[20:])
	f.iface = &Interface{Link: LinkType(network & 0xffff), Resolution: time.Microsecond}
	if network&(1<<26) != 0 { // "P", FCS length present, in units of 16 bits
		f.iface.FCS = int(network>>28) * 2
	}
	if snap <= MaxRecord {
		f.iface.Snap = int(snap)
	}
	if f.nano {
		f.iface.Resolution = 1
	}
	r.use(fileHeader)
	if r.on.Section != nil {
		r.on.Section(Creator{Format: "pcap"}, at)
	}
	return nil
}

func (f *pcap) next(r *Reader) (bool, error) {
	if f.iface == nil {
		return false, f.open(r)
	}
	h, err := r.peek(f.head, "a packet record")
	if err != nil {
		return false, err
	}
	var sec, sub, kept, wire uint32
	if f.big {
		sec, sub, kept, wire = binary.BigEndian.Uint32(h), binary.BigEndian.Uint32(h[4:]), binary.BigEndian.Uint32(h[8:]), binary.BigEndian.Uint32(h[12:])
	} else {
		sec, sub, kept, wire = binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:]), binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
	}
	if f.swapped == 1 || f.swapped == 2 && kept > wire {
		kept, wire = wire, kept
	}
	if kept > f.limit || sub >= 1e9 || kept == 0 {
		if pcapVersion(h) || isSection(h) { // another file begins here
			r.format = nil
			return false, r.begin()
		}
	}
	if kept > f.limit || sub >= 1e9 {
		d := &flow.Damage{Offset: r.at(), Frame: r.p.Frame + 1, Expected: fmt.Sprintf("a packet record of at most %d bytes", f.limit),
			Found: fmt.Sprintf("one of %d bytes", kept), Remedy: remedyCut}
		if kept <= f.limit {
			d.Expected, d.Found = "a packet record with a time", fmt.Sprintf("one with %d as part of a second", sub)
		}
		return false, d
	}
	// A packet that is neither whole nor as long as the snap length is rare. It
	// is believed if another record follows it.
	if kept != wire && int(kept) != f.iface.Snap && r.have(f.head+int(kept)+16) && !f.sound(r.buf[r.lo+f.head+int(kept):]) {
		return false, &flow.Damage{Offset: r.at(), Frame: r.p.Frame + 1, Expected: "a packet record that another one follows",
			Found: fmt.Sprintf("one of %d bytes of a packet of %d, and no record behind it", kept, wire), Remedy: remedyCut}
	}
	all, err := r.peek(f.head+int(kept), "a packet as long as its record says")
	if err == io.EOF { // cannot be: the header is there
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return false, err
	}
	p := &r.p
	p.Frame++
	p.Offset = r.at() + int64(f.head)
	ns := int64(sub)
	if !f.nano {
		ns *= 1000
	}
	p.Time = int64(sec)*1e9 + ns
	p.Interface = f.iface
	p.Data = all[f.head:]
	p.Wire = max(int(min(wire, 1<<30)), int(kept))
	p.dropFCS(f.iface.FCS)
	p.Direction, p.Comment, p.App = Unknown, "", nil
	if f.last = sec; f.first == 0 {
		f.first = sec
	}
	r.use(len(all))
	return true, nil
}

// dropFCS takes the frame check sequence off.
func (p *Packet) dropFCS(n int) {
	if n == 0 || p.Wire < n {
		return
	}
	p.Wire -= n
	if len(p.Data) > p.Wire {
		p.Data = p.Data[:p.Wire]
	}
}

// resync looks for a record header that is followed by another.
func (f *pcap) resync(r *Reader) bool {
	if f.iface == nil {
		return false
	}
	for r.use(1); r.have(f.head); r.use(1) {
		if n, ok := f.plausible(r.buf[r.lo:]); ok {
			switch {
			case !r.have(n + f.head):
				if r.have(n) && !r.have(n+1) {
					return true // the last packet
				}
			default:
				if _, ok := f.plausible(r.buf[r.lo+n:]); ok {
					return true
				}
			}
		}
	}
	return false
}

// sound reports whether b can begin with a record, or with another file.
func (f *pcap) sound(b []byte) bool {
	sub, kept, wire := f.order.Uint32(b[4:]), f.order.Uint32(b[8:]), f.order.Uint32(b[12:])
	if f.swapped == 1 {
		kept, wire = wire, kept
	}
	return sub < 1e9 && kept <= f.limit && wire <= 1<<24 || pcapVersion(b) || isSection(b)
}

// plausible reports whether a record header stands at the beginning of b, and
// the size of its record.
func (f *pcap) plausible(b []byte) (int, bool) {
	sec, sub, kept, wire := f.order.Uint32(b), f.order.Uint32(b[4:]), f.order.Uint32(b[8:]), f.order.Uint32(b[12:])
	if f.swapped == 1 {
		kept, wire = wire, kept
	}
	within := uint32(1e6)
	if f.nano {
		within = 1e9
	}
	const day = 24 * 60 * 60
	near := f.first == 0
	for _, t := range [2]uint32{f.first, f.last} { // the last may be none
		near = near || sec-t < 7*day || t-sec < day
	}
	return f.head + int(kept), sub < within && kept > 0 && kept <= f.limit && wire >= kept && wire <= 1<<20 && near
}
