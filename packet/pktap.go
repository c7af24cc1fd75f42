package packet

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/constat/constat/flow"
)

// pktapKey is what a process is remembered by.
type pktapKey struct {
	pid, actsFor   int32
	name, onBehalf [17]byte
}

// pktap reads the header that Apple's systems put before packets of their
// pktap and rvi devices (xnu, bsd/net/pktap.h, version 1): its length, record
// type, link type, interface (24), flags, protocol family, lengths of link
// header and trailer, pid, command (17, padded to 20), service class,
// interface type and unit, effective pid and command. Numbers are in the byte
// order of the machine.
//
// The effective process is the app on whose behalf another one sends, as
// background transfers do.
func (d *Decoder) pktap(v view) {
	const least, record = 108, 1
	if len(v.b) < least {
		d.Counts.Malformed++
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	size := order.Uint32(v.b)
	if size > 0xffff {
		order = binary.BigEndian
		size = order.Uint32(v.b)
	}
	if size < least || uint64(size) > uint64(len(v.b)) {
		d.Counts.Malformed++
		return
	}
	h := v.b[:size]
	if order.Uint32(h[4:]) != record {
		d.Counts.NotIP++
		return
	}
	switch flags := order.Uint32(h[36:]); {
	case flags&1 != 0:
		d.dir = Inbound
	case flags&2 != 0:
		d.dir = Outbound
	}
	k := pktapKey{int32(order.Uint32(h[52:])), int32(order.Uint32(h[84:])), [17]byte(h[56:]), [17]byte(h[88:])}
	if d.app == nil && (k.name[0] != 0 || k.onBehalf[0] != 0) {
		if d.app = d.pktaps[k]; d.app == nil {
			d.app = remember(d.pktaps, k, k.app())
		}
	}
	kind := LinkType(order.Uint32(h[8:]))
	if kind == 12 || kind == 14 { // DLT_RAW
		kind = 101
	}
	d.layer(kind, v.skip(int(size)))
}

func (k pktapKey) app() *flow.App {
	name, _, _ := bytes.Cut(k.name[:], []byte{0})
	behalf, _, _ := bytes.Cut(k.onBehalf[:], []byte{0})
	if len(behalf) == 0 || k.actsFor < 0 {
		return process(string(name), k.pid, "pktap")
	}
	a := process(string(behalf), k.actsFor, "pktap")
	if len(name) > 0 && k.pid != k.actsFor {
		a.Source += ", sent by " + string(name) + " (pid " + strconv.Itoa(int(k.pid)) + ")"
	}
	return a
}
