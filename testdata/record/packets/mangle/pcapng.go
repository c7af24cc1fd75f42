package main

import (
	"encoding/binary"
	"fmt"
)

// writer writes blocks of pcapng (draft-ietf-opsawg-pcapng).
type writer struct {
	out   []byte
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
}

type option struct {
	code uint16
	data []byte
}

// block writes a block of a type with a body and options.
func (w *writer) block(kind uint32, body []byte, options ...option) {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	for _, o := range options {
		body = w.order.AppendUint16(w.order.AppendUint16(body, o.code), uint16(len(o.data)))
		body = append(body, o.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	if len(options) > 0 {
		body = append(body, 0, 0, 0, 0)
	}
	n := uint32(len(body) + 12)
	w.out = w.order.AppendUint32(w.order.AppendUint32(w.out, kind), n)
	w.out = append(w.out, body...)
	w.out = w.order.AppendUint32(w.out, n)
}

func (w *writer) section(application string) {
	b := w.order.AppendUint32(nil, 0x1a2b3c4d)
	b = w.order.AppendUint16(w.order.AppendUint16(b, 1), 0)
	b = w.order.AppendUint64(b, ^uint64(0))
	w.block(0x0a0d0d0a, b, option{4, []byte(application)})
}

func (w *writer) iface(link uint16, snap uint32, options ...option) {
	b := w.order.AppendUint16(w.order.AppendUint16(nil, link), 0)
	w.block(1, w.order.AppendUint32(b, snap), options...)
}

func (w *writer) secrets(keys []byte) {
	b := w.order.AppendUint32(nil, 0x544c534b)
	w.block(10, append(w.order.AppendUint32(b, uint32(len(keys))), keys...))
}

func (w *writer) packet(iface uint32, ticks uint64, p packet, options ...option) {
	b := w.order.AppendUint32(nil, iface)
	b = w.order.AppendUint32(w.order.AppendUint32(b, uint32(ticks>>32)), uint32(ticks))
	b = w.order.AppendUint32(w.order.AppendUint32(b, uint32(len(p.data))), uint32(p.full))
	w.block(6, append(b, p.data...), options...)
}

// pcapdroid is PCAPdroid's pcapng: raw IP, a custom block (0x0BAD, PEN 62652)
// that maps uids to packages, "u-UID" as each packet's comment, and TLS secrets
// after the packets that need them.
func pcapdroid(in []packet, keys []byte) []byte {
	w := &writer{order: binary.LittleEndian}
	w.section("PCAPdroid, synthesised")
	w.iface(101, 262144, option{2, []byte("pcapd")})
	mapping := func(uid int32, pkg, app string) {
		b := w.order.AppendUint32(nil, 62652)
		b = append(b, 1, 1) // version 1, type 1; the fields after it follow without padding
		b = w.order.AppendUint32(b, uint32(uid))
		b = append(b, byte(len(pkg)), byte(len(app)))
		b = append(append(b, pkg...), app...)
		w.block(0x0bad, b)
	}
	for i, p := range each(in, ip) {
		if i == 0 {
			mapping(10215, "test.quinze.app", "Quinze")
		}
		if i == len(in)/2 {
			mapping(1051, "netd", "netd")
			w.secrets(keys[:0])
		}
		uid := 10215
		if i%10 == 9 {
			uid = 1051
		}
		w.packet(0, uint64(p.ns/1000), p, option{1, fmt.Appendf(nil, "u-%d", uid)})
	}
	w.secrets(keys)
	return w.out
}

// sections has two sections of both byte orders: the first holds the secrets
// before its interface, as editcap writes it, and half of the packets, each on
// one of two interfaces with clocks of 10^-9 and 2^-20 s and an offset; the
// second names of addresses, statistics and custom blocks, and the rest.
func sections(in []packet, keys []byte) []byte {
	w := &writer{order: binary.LittleEndian}
	w.section("constat mangle")
	w.secrets(keys)
	w.iface(1, 262144, option{2, []byte("wlan0")}, option{9, []byte{9}})
	const epoch = 1_700_000_000
	w.iface(1, 0, option{2, []byte("rmnet0")}, option{9, []byte{0x80 | 20}}, option{14, w.order.AppendUint64(nil, epoch)})
	half := len(in) / 2
	for i, p := range in[:half] {
		if i%2 == 0 {
			w.packet(0, uint64(p.ns), p, option{1, []byte("a comment")}, option{2, w.order.AppendUint32(nil, uint32(1+i%2))})
			continue
		}
		since := p.ns - epoch*1e9
		w.packet(1, uint64(since/1e9)<<20|uint64(since%1e9)<<20/1e9, p)
	}
	w.order = binary.BigEndian
	w.section("constat mangle")
	w.block(4, []byte("\x00\x01\x00\x14\xc6\x33\x64\x01app.quinze.test\x00\x00\x00\x00\x00")) // names: 198.51.100.1
	w.iface(1, 262144, option{9, []byte{6}})
	for i, p := range in[half:] {
		w.packet(0, uint64(p.ns/1000), p)
		if i == 3 {
			w.block(0xbad, append(w.order.AppendUint32(nil, 32473), "a custom block"...))
			w.block(0x7fffff15, []byte("a block of a type that nobody knows"))
		}
	}
	w.block(5, make([]byte, 12), option{4, w.order.AppendUint64(nil, uint64(len(in)))}) // statistics
	return w.out
}

// simple has Simple Packet Blocks, which tell no time, in a section whose
// interface has a snap length.
func simple(in []packet, keys []byte) []byte {
	w := &writer{order: binary.LittleEndian}
	w.section("constat mangle")
	w.iface(1, 262144)
	w.secrets(keys)
	for _, p := range in {
		w.block(3, append(w.order.AppendUint32(nil, uint32(p.full)), p.data...))
	}
	return w.out
}
