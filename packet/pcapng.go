package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// pcapng reads the block format (draft-ietf-opsawg-pcapng-03).
type pcapng struct {
	big     bool
	open    bool // a section has begun
	creator Creator
	ifaces  []*Interface
	process []*flow.App // Apple's process information blocks, in order
	uids    map[int32]*flow.App
	framed  bool // the damage was within a block: the next begins here
	droid   bool // PCAPdroid wrote the section: its comments name apps
}

// Block types.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacketOld  = 2
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockPacket     = 6
	blockJournal    = 9
	blockSecrets    = 10
	blockCustom     = 0x0bad     // may be copied by a tool that does not know it
	blockCustomOnly = 0x40000bad // may not
	blockProcess    = 0x80000001 // Apple: process information

	sectionMagic = 0x1a2b3c4d
)

// isSection reports whether a section header block begins head, of 12 bytes.
func isSection(head []byte) bool {
	return binary.BigEndian.Uint32(head) == blockSection &&
		(binary.LittleEndian.Uint32(head[8:]) == sectionMagic || binary.BigEndian.Uint32(head[8:]) == sectionMagic)
}

func (f *pcapng) u16(b []byte) uint16 {
	if f.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (f *pcapng) u32(b []byte) uint32 {
	if f.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (f *pcapng) u64(b []byte) uint64 {
	if f.big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

func (f *pcapng) next(r *Reader) (bool, error) {
	h, err := r.peek(12, "a block")
	if err != nil {
		return false, err
	}
	if isSection(h) {
		f.big = binary.BigEndian.Uint32(h[8:]) == sectionMagic
		f.open = true
	}
	kind, size := f.u32(h), f.u32(h[4:])
	if size < 12 || size > MaxBlock {
		return false, f.damage(r, fmt.Sprintf("a block of 12 to %d bytes", MaxBlock), fmt.Sprintf("one of type %#x with %d bytes", kind, size))
	}
	size = (size + 3) &^ 3 // some writers forget the padding in the length
	b, err := r.peek(int(size), "a block as long as it says")
	if err != nil {
		return false, err
	}
	if end := f.u32(b[size-4:]); (end+3)&^3 != size && !(kind == blockInterface && !f.big && b[size-4] == byte(size) && size < 256) {
		// PCAPdroid writes only the first byte of it, behind interfaces
		// (dump_pcapng_interface of its pcap_dump.c, read 2026-11).
		return false, f.damage(r, fmt.Sprintf("a block that ends with its length, %d", size), fmt.Sprint(end))
	}
	got, err := f.block(r, kind, b[8:size-4])
	r.use(int(size))
	f.framed = err != nil
	return got, err
}

func (f *pcapng) damage(r *Reader, expected, found string) error {
	return &flow.Damage{Offset: r.at(), Frame: r.p.Frame + 1, Expected: expected, Found: found, Remedy: remedyCut}
}

// block reads what stands between the lengths of a block.
func (f *pcapng) block(r *Reader, kind uint32, b []byte) (bool, error) {
	need := 0
	switch kind {
	case blockPacket:
		return f.packet(r, b, false)
	case blockPacketOld:
		return f.packet(r, b, true)
	case blockSimple:
		return f.simple(r, b)
	case blockSection:
		return false, f.section(r, b)
	case blockInterface:
		return false, f.iface(r, b)
	case blockStatistics:
		return false, f.statistics(r, b)
	case blockNames:
		f.names(r, b)
	case blockSecrets:
		need = 8
		if len(b) >= need {
			n := int(f.u32(b[4:]))
			if n < 0 || n > len(b)-8 {
				return false, f.damage(r, "secrets within their block", fmt.Sprintf("%d bytes of secrets in a block of %d", n, len(b)))
			}
			if r.on.Secrets != nil {
				r.on.Secrets(f.u32(b), b[8:8+n], r.place())
			}
		}
	case blockCustom, blockCustomOnly:
		need = 4
		if len(b) >= need {
			enterprise := f.u32(b)
			if enterprise == droidEnterprise {
				f.uidMap(b[4:])
			}
			if r.on.Custom != nil {
				r.on.Custom(enterprise, b[4:], r.place())
			}
		}
	case blockProcess:
		need = 4
		if len(b) >= need && len(f.process) < maxProcesses {
			f.process = append(f.process, f.processInfo(b))
		}
	}
	if len(b) < need {
		return false, f.damage(r, fmt.Sprintf("a block of type %#x with at least %d bytes", kind, need), fmt.Sprint(len(b)))
	}
	return false, nil
}

// option takes the next option off b; ok is false at their end. An option that
// runs over the end of its block ends them.
func (f *pcapng) option(b []byte) (code uint16, value, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	code = f.u16(b)
	n := int(f.u16(b[2:]))
	if code == 0 || n > len(b)-4 {
		return 0, nil, nil, false
	}
	return code, b[4 : 4+n], b[min(len(b), 4+(n+3)&^3):], true
}

// Options of every block.
const optComment = 1

// section reads a section header block.
func (f *pcapng) section(r *Reader, b []byte) error {
	if len(b) < 16 {
		return f.damage(r, "a section header block", fmt.Sprintf("one of %d bytes", len(b)))
	}
	if major := f.u16(b[4:]); major != 1 {
		r.done = true
		return &flow.Damage{Offset: r.at(), Expected: "a section of pcapng version 1", Found: fmt.Sprintf("version %d", major), Remedy: "convert the file with a newer editcap"}
	}
	f.ifaces, f.process, f.uids = nil, nil, nil
	f.creator = Creator{Format: "pcapng"}
	for code, v, rest, ok := f.option(b[16:]); ok; code, v, rest, ok = f.option(rest) {
		switch code {
		case optComment:
			f.creator.Comment = join(f.creator.Comment, r.text(v))
		case 2:
			f.creator.Hardware = r.text(v)
		case 3:
			f.creator.OS = r.text(v)
		case 4:
			f.creator.Application = r.text(v)
		}
	}
	f.droid = strings.HasPrefix(f.creator.Application, "PCAPdroid")
	if r.on.Section != nil {
		r.on.Section(f.creator, r.place())
	}
	return nil
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	if len(a) > 4<<10 {
		return a
	}
	return a + "\n" + b
}

// iface reads an interface description block.
func (f *pcapng) iface(r *Reader, b []byte) error {
	if len(b) < 8 {
		return f.damage(r, "an interface description block", fmt.Sprintf("one of %d bytes", len(b)))
	}
	if len(f.ifaces) >= maxInterfaces {
		return f.damage(r, fmt.Sprintf("at most %d interfaces in a section", maxInterfaces), "one more")
	}
	i := &Interface{Index: len(f.ifaces), Link: LinkType(f.u16(b)), Snap: int(min(f.u32(b[4:]), 1<<30)),
		Resolution: time.Microsecond, clock: clock{units: 1e6}}
	for code, v, rest, ok := f.option(b[8:]); ok; code, v, rest, ok = f.option(rest) {
		switch {
		case code == 2:
			i.Name = r.text(v)
		case code == 3:
			i.Description = r.text(v)
		case code == 9 && len(v) >= 1:
			i.clock.units, i.Resolution = resolution(v[0])
		case code == 13 && len(v) >= 1:
			i.FCS = int(v[0] & 0x0f)
		case code == 14 && len(v) >= 8:
			i.clock.offset = int64(f.u64(v))
		}
	}
	f.ifaces = append(f.ifaces, i)
	return nil
}

// packet reads an enhanced packet block, or a packet block, which is obsolete
// (draft, appendix A) and differs in the place of the interface's number.
func (f *pcapng) packet(r *Reader, b []byte, old bool) (bool, error) {
	if len(b) < 20 {
		return false, f.damage(r, "a packet block", fmt.Sprintf("one of %d bytes", len(b)))
	}
	id := f.u32(b)
	if old {
		id = uint32(f.u16(b))
	}
	i, err := f.described(r, id)
	if err != nil {
		return false, err
	}
	kept := f.u32(b[12:])
	if uint64(kept) > uint64(len(b)-20) {
		return false, f.damage(r, "a packet within its block", fmt.Sprintf("%d bytes of packet in a block of %d", kept, len(b)))
	}
	p := f.begin(r, i, 20, b[20:20+kept:20+kept], f.u32(b[16:]))
	p.Time = i.clock.nanoseconds(uint64(f.u32(b[4:]))<<32 | uint64(f.u32(b[8:])))
	if rest := b[20:]; len(rest) >= int(kept+3)&^3+4 {
		f.packetOptions(r, rest[int(kept+3)&^3:])
	}
	p.dropFCS(i.FCS)
	return true, nil
}

// simple reads a simple packet block, which has no time and belongs to the
// first interface.
func (f *pcapng) simple(r *Reader, b []byte) (bool, error) {
	if len(b) < 4 {
		return false, f.damage(r, "a simple packet block", fmt.Sprintf("one of %d bytes", len(b)))
	}
	i, err := f.described(r, 0)
	if err != nil {
		return false, err
	}
	wire := f.u32(b)
	kept := min(wire, uint32(len(b)-4))
	if i.Snap > 0 {
		kept = min(kept, uint32(i.Snap))
	}
	p := f.begin(r, i, 4, b[4:4+kept:4+kept], wire)
	p.Time = NoTime
	p.dropFCS(i.FCS)
	return true, nil
}

// described returns an interface of the section.
func (f *pcapng) described(r *Reader, id uint32) (*Interface, error) {
	if uint64(id) >= uint64(len(f.ifaces)) {
		return nil, f.damage(r, "a packet of an interface that was described", fmt.Sprintf("one of number %d of %d", id, len(f.ifaces)))
	}
	return f.ifaces[id], nil
}

// begin fills in a packet whose data stands at a place in the block's body.
func (f *pcapng) begin(r *Reader, i *Interface, at int, data []byte, wire uint32) *Packet {
	p := &r.p
	p.Frame++
	p.Offset = r.at() + 8 + int64(at)
	p.Interface = i
	p.Data = data
	p.Wire = max(int(min(wire, 1<<30)), len(data))
	p.Direction, p.Comment, p.App = Unknown, "", nil
	return p
}

// Options of a packet.
const (
	optFlags          = 2
	optProcess        = 0x8001 // Apple: the process information block of the owner of the socket
	optProcessActsFor = 0x8003 // Apple: of the process on whose behalf it was sent
)

func (f *pcapng) packetOptions(r *Reader, b []byte) {
	p := &r.p
	var owner, behind *flow.App
	for code, v, rest, ok := f.option(b); ok; code, v, rest, ok = f.option(rest) {
		switch {
		case code == optComment:
			p.Comment = join(p.Comment, r.text(v))
			if f.droid {
				f.droidComment(p, v)
			}
		case code == optFlags && len(v) >= 4:
			flags := f.u32(v)
			p.Direction = Direction(flags & 3)
			if p.Direction > Outbound {
				p.Direction = Unknown
			}
			if n := int(flags >> 5 & 0x0f); n > 0 && p.Interface.FCS == 0 {
				p.dropFCS(n)
			}
		case code == optProcess && len(v) >= 4:
			owner = f.processOf(f.u32(v))
		case code == optProcessActsFor && len(v) >= 4:
			behind = f.processOf(f.u32(v))
		}
	}
	if behind != nil {
		p.App = behind
	} else if owner != nil {
		p.App = owner
	}
}

func (f *pcapng) processOf(i uint32) *flow.App {
	if uint64(i) < uint64(len(f.process)) {
		return f.process[i]
	}
	return nil
}

// processInfo reads Apple's process information block: the number of the
// process, then options (2: its name).
func (f *pcapng) processInfo(b []byte) *flow.App {
	pid := f.u32(b)
	name := ""
	for code, v, rest, ok := f.option(b[4:]); ok; code, v, rest, ok = f.option(rest) {
		if code == 2 {
			name = string(bytes.TrimRight(v, "\x00"))
		}
	}
	return process(name, int32(pid), "pcapng process block")
}

// process is an app of which the name and number of its process are known.
func process(name string, pid int32, source string) *flow.App {
	if name == "" {
		name = "pid " + strconv.Itoa(int(pid))
	}
	return &flow.App{ID: name, Source: source + ", pid " + strconv.Itoa(int(pid))}
}

// names reads a name resolution block: records of an address and its names.
func (f *pcapng) names(r *Reader, b []byte) {
	if r.on.Names == nil {
		return
	}
	for code, v, rest, ok := f.option(b); ok; code, v, rest, ok = f.option(rest) {
		n := 0
		switch code {
		case 1:
			n = 4
		case 2:
			n = 16
		}
		if n == 0 || len(v) < n {
			continue
		}
		for _, name := range bytes.Split(v[n:], []byte{0}) {
			if len(name) > 0 {
				r.on.Names(v[:n], string(name), r.place())
			}
		}
	}
}

// statistics reads an interface statistics block.
func (f *pcapng) statistics(r *Reader, b []byte) error {
	if len(b) < 12 {
		return f.damage(r, "an interface statistics block", fmt.Sprintf("one of %d bytes", len(b)))
	}
	i, err := f.described(r, f.u32(b))
	if err != nil || r.on.Drops == nil {
		return err
	}
	d := Drops{i, -1, -1, -1, -1, -1}
	for code, v, rest, ok := f.option(b[12:]); ok; code, v, rest, ok = f.option(rest) {
		if len(v) < 8 {
			continue
		}
		n := int64(f.u64(v))
		switch code {
		case 4:
			d.Received = n
		case 5:
			d.Dropped = n
		case 6:
			d.Accepted = n
		case 7:
			d.OSDropped = n
		case 8:
			d.Delivered = n
		}
	}
	r.on.Drops(d, r.place())
	return nil
}

// resync looks for a block of a known type that ends with its own length.
func (f *pcapng) resync(r *Reader) bool {
	// A candidate's end is looked at only within this many bytes, so that
	// looking for it costs no memory.
	const reach = 1 << 20
	if f.framed {
		f.framed = false
		return true
	}
	for r.use(1); r.have(12); r.use(1) {
		b := r.buf[r.lo:r.hi]
		if isSection(b) {
			return true
		}
		kind, size := f.u32(b), f.u32(b[4:])
		switch kind {
		case blockInterface, blockPacketOld, blockSimple, blockNames, blockStatistics, blockPacket, blockSecrets, blockCustom, blockCustomOnly, blockProcess:
		default:
			continue
		}
		if size < 12 || size > reach || size%4 != 0 || !f.open || !r.have(int(size)) {
			continue
		}
		if f.u32(r.buf[r.lo+int(size)-4:]) == size {
			return true
		}
	}
	return false
}
