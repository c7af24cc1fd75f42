package packet

import (
	"encoding/binary"
	"strconv"

	"github.com/constat/constat/flow"
)

// Attributes of NFLOG (Linux, include/uapi/linux/netfilter/nfnetlink_log.h).
const (
	nfHeader  = 1 // of the packet: protocol, hook
	nfPayload = 9
	nfOwner   = 11 // uid of the socket's owner
)

// nflog reads what Linux's packet filter logs: family, version, resource, then
// attributes of length and type in the byte order of the machine. On Android
// the owner of a socket is its app, so a rule that logs is a capture with
// attribution.
func (d *Decoder) nflog(v view) {
	if len(v.b) < 4 || v.b[1] != 0 {
		d.Counts.Malformed++
		return
	}
	family := v.b[0]
	v = v.skip(4)
	var order binary.ByteOrder = binary.LittleEndian
	if len(v.b) >= 4 && v.b[0] == 0 && v.b[1] != 0 && v.b[2] == 0 { // lengths are below 256, types are small
		order = binary.BigEndian
	}
	for len(v.b) >= 4 {
		n, kind := int(order.Uint16(v.b)), order.Uint16(v.b[2:])&0x7fff
		if n < 4 {
			break
		}
		body := v.skip(4).limit(n - 4)
		switch {
		case kind == nfHeader && len(body.b) >= 3:
			switch body.b[2] { // the hook: input, output
			case 1:
				d.dir = Inbound
			case 3:
				d.dir = Outbound
			}
		case kind == nfOwner && len(body.b) >= 4 && d.app == nil:
			uid := binary.BigEndian.Uint32(body.b)
			if d.app = d.owners[uid]; d.app == nil {
				s := "uid " + strconv.FormatUint(uint64(uid), 10)
				d.app = remember(d.owners, uid, &flow.App{ID: s, Source: "nflog " + s})
			}
		case kind == nfPayload:
			if family == 2 || family == 10 || family == 0 {
				d.ip(body)
			} else {
				d.Counts.NotIP++
			}
			return
		}
		v = v.skip(min(len(v.b), (n+3)&^3))
	}
	d.Counts.Malformed++
}
