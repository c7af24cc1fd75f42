package packet

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strconv"

	"github.com/constat/constat/flow"
)

// PCAPdroid captures on Android by way of a VPN and knows the app of each
// packet. It says so in two ways (its pcap_dump.c, read 2026-11):
//
//   - pcapng: custom blocks of its enterprise map uids to packages, and each
//     packet has a comment "u-UID".
//   - pcap: a bogus Ethernet header before and a trailer behind each packet,
//     beyond the length that IP tells.
//
// A uid is that of an app and a user of the device together (user × 100000 +
// app); -1 is unknown. DNS look-ups go out under a uid of the system.
const (
	droidEnterprise = 62652
	droidVersion    = 1
	droidUIDMap     = 1
	droidTrailer    = 32 // magic, uid, name, CRC-32
	droidMagic      = 0x01072021
)

// uidMap reads the body of a custom block behind the enterprise: version, type,
// then entries of uid, lengths of package and of app name, and both. The
// numbers of the entries are in the byte order of the section.
func (f *pcapng) uidMap(b []byte) {
	if len(b) < 2 || b[0] != droidVersion || b[1] != droidUIDMap {
		return
	}
	f.droid = true
	if f.uids == nil {
		f.uids = map[int32]*flow.App{}
	}
	for b = b[2:]; len(b) >= 6 && len(f.uids) < maxProcesses; {
		uid := int32(f.u32(b))
		n, m := int(b[4]), int(b[5])
		if n+m == 0 || len(b) < 6+n+m {
			return
		}
		id := string(bytes.TrimRight(b[6:6+n], "\x00"))
		if id == "" {
			id = string(bytes.TrimRight(b[6+n:6+n+m], "\x00"))
		}
		f.uids[uid] = droidApp(uid, id, "pcapdroid uid map")
		b = b[6+n+m:]
	}
}

func droidApp(uid int32, id, source string) *flow.App {
	if id == "" {
		id = "uid " + strconv.Itoa(int(uid))
	}
	return &flow.App{ID: id, Source: source + ", uid " + strconv.Itoa(int(uid))}
}

// droidComment takes the uid from a packet's comment.
func (f *pcapng) droidComment(p *Packet, v []byte) {
	v = bytes.TrimRight(v, "\x00")
	if len(v) < 3 || len(v) > 12 || v[0] != 'u' || v[1] != '-' {
		return
	}
	uid, digits := int64(0), v[2:]
	for _, c := range digits {
		if c < '0' || c > '9' {
			return // also "u--1", unknown
		}
		uid = uid*10 + int64(c-'0')
	}
	if uid > 1<<31-1 {
		return
	}
	app := f.uids[int32(uid)]
	if app == nil {
		app = droidApp(int32(uid), "", "pcapdroid comment")
		if f.uids == nil {
			f.uids = map[int32]*flow.App{}
		}
		if len(f.uids) < maxProcesses {
			f.uids[int32(uid)] = app
		}
	}
	p.App = app
}

// uidKey is what an app is remembered by.
type uidKey struct {
	uid    int32
	name   [20]byte
	intact bool
}

// trailer takes PCAPdroid's trailer off an Ethernet frame, if there is one.
// An app can send what looks like it, so it counts only where no payload can
// stand: behind the end that IP tells. Of a packet that was captured short that
// cannot be seen; there it counts if the capture had one before, and the
// checksum is right.
func (d *Decoder) trailer(v view) view {
	n := len(v.b) - droidTrailer
	if n < 14+20 || binary.BigEndian.Uint64(v.b) != 0 || binary.BigEndian.Uint32(v.b[8:]) != 0 { // the bogus addresses
		return v
	}
	if binary.BigEndian.Uint32(v.b[n:]) != droidMagic {
		return v
	}
	end := 14 + int(binary.BigEndian.Uint16(v.b[16:]))
	if v.b[14]>>4 == 6 {
		end = 14 + 40 + int(binary.BigEndian.Uint16(v.b[18:]))
	}
	if end > n && !d.droid {
		return v
	}
	t := v.b[n:]
	sum := crc32.ChecksumIEEE(v.b[:len(v.b)-4])
	intact := sum == binary.LittleEndian.Uint32(t[28:]) || sum == binary.BigEndian.Uint32(t[28:])
	if end > n && !intact {
		return v
	}
	d.droid = d.droid || intact
	v.b = v.b[:n]
	k := uidKey{int32(binary.BigEndian.Uint32(t[4:])), [20]byte(t[8:]), intact}
	if k.uid < 0 {
		return v
	}
	app, ok := d.droids[k]
	if !ok {
		source := "pcapdroid trailer"
		if !k.intact {
			source += " (its checksum is wrong)"
		}
		name, _, _ := bytes.Cut(k.name[:], []byte{0})
		app = remember(d.droids, k, droidApp(k.uid, string(name), source))
	}
	d.app = app
	return v
}

// remember keeps an app, so that each is made once.
func remember[K comparable](m map[K]*flow.App, k K, app *flow.App) *flow.App {
	if len(m) < maxProcesses {
		m[k] = app
	}
	return app
}
