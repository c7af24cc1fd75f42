package quic

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
	"github.com/constat/constat/stream/tls"
)

// seal protects a payload: the opposite of opener. head is the header up to
// the packet number, of which four bytes are written. Long headers must have
// the length already.
func (k *keys) seal(head []byte, number int64, payload []byte) []byte {
	b := slices.Clone(head)
	b[0] |= 3
	b = binary.BigEndian.AppendUint32(b, uint32(number))
	nonce := k.iv
	for i := range 8 {
		nonce[4+i] ^= byte(number >> (56 - 8*i))
	}
	b = k.aead.Seal(b, nonce[:], payload, b)
	at := len(head)
	m := k.mask.of(b[at+4 : at+4+sampleSize])
	if b[0]&0x80 != 0 {
		b[0] ^= m[0] & 0x0f
	} else {
		b[0] ^= m[0] & 0x1f
	}
	for i := range 4 {
		b[at+i] ^= m[1+i]
	}
	return b
}

func appendVarint(b []byte, v uint64) []byte {
	switch {
	case v < 1<<6:
		return append(b, byte(v))
	case v < 1<<14:
		return binary.BigEndian.AppendUint16(b, uint16(v)|1<<14)
	case v < 1<<30:
		return binary.BigEndian.AppendUint32(b, uint32(v)|2<<30)
	}
	return binary.BigEndian.AppendUint64(b, v|3<<62)
}

// streamOf makes a STREAM frame.
func streamOf(id, at uint64, data []byte, fin bool) []byte {
	kind := byte(0x0e)
	if fin {
		kind = 0x0f
	}
	b := appendVarint([]byte{kind}, id)
	b = appendVarint(b, at)
	b = appendVarint(b, uint64(len(data)))
	return append(b, data...)
}

// live is a connection of a stored conversation whose handshake is done, to
// which packets can be added.
type live struct {
	tracker *Tracker
	flows   []*flow.Flow
	first   seen // of the client
	ids     [2][]byte
	keys    [2]*keys
	number  [2]int64
}

func begin(t testing.TB, name string, s suite, l Limits) *live {
	t.Helper()
	talk := stored(t, name)
	log := keylog.New()
	log.Add(talk.keys)
	v := &live{first: talk.record[0], number: [2]int64{1000, 1000}}
	v.tracker = New(log, l, func(f *flow.Flow) { v.flows = append(v.flows, f) })
	for _, d := range talk.record[:8] {
		v.tracker.Datagram(d.src, d.dst, stream.Mark{Time: d.at}, d.data, nil)
		if p, ok := readLong(d.data); ok && d.src == talk.record[0].dst {
			v.ids[stream.Up], v.ids[stream.Down] = bytes.Clone(p.scid), bytes.Clone(p.dcid)
		}
	}
	for line := range strings.Lines(string(talk.keys)) {
		f := strings.Fields(line)
		for side := range v.keys {
			if f[0] == labels[side][application] {
				secret, err := hex.DecodeString(f[2])
				if err != nil {
					t.Fatal(err)
				}
				v.keys[side] = newKeys(&version1, s, secret)
			}
		}
	}
	return v
}

// packet makes the next packet of a side.
func (v *live) packet(side stream.Side, payload []byte) []byte {
	v.number[side]++
	return v.keys[side].seal(append([]byte{0x40}, v.ids[side]...), v.number[side], payload)
}

// send hands a packet to the tracker.
func (v *live) send(side stream.Side, b []byte) bool {
	src, dst := v.first.src, v.first.dst
	if side == stream.Down {
		src, dst = dst, src
	}
	return v.tracker.Datagram(src, dst, stream.Mark{Time: v.first.at, Offset: 1}, b, nil)
}

// post is the head of a request and the beginning of a body without an end.
const post = "\x01\x08\x00\x00\xd4\xd7\x50\x01a\xc1\x00\xc0\x00\x00\x10\x00\x00\x00\x00"

// BenchmarkTracker opens packets of 1,350 bytes that carry a body, which is
// counted and not kept.
func BenchmarkTracker(b *testing.B) {
	for name, s := range map[string]suite{"aes128": aes128, "aes256": aes256, "chacha20": chacha} {
		b.Run(name, func(b *testing.B) {
			v := begin(b, name, s, Limits{Stream: stream.Limits{Body: 1}})
			v.send(stream.Up, v.packet(stream.Up, streamOf(4000, 0, []byte(post), false)))
			at := uint64(len(post))
			data := bytes.Repeat([]byte("x"), 1350-1-len(v.ids[stream.Up])-4-16-1-2-8-2)
			const batch = 1000
			packets := make([][]byte, batch)
			b.SetBytes(1350)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				if i%batch == 0 {
					b.StopTimer()
					for k := range packets {
						f := append(appendVarint([]byte{0x0e}, 4000), 0xc0, 0, 0, 0, 0, 0, 0, 0)
						binary.BigEndian.PutUint64(f[len(f)-8:], at|3<<62)
						f = append(appendVarint(f, uint64(len(data))), data...)
						packets[k] = v.packet(stream.Up, f)
						at += uint64(len(data))
					}
					if len(packets[0]) != 1350 {
						b.Fatalf("packets of %d bytes", len(packets[0]))
					}
					b.StartTimer()
				}
				v.send(stream.Up, packets[i%batch])
			}
			b.StopTimer()
			v.tracker.Close()
			var size int64
			for _, f := range v.flows {
				if f.Request != nil {
					size = max(size, f.Request.Body.Size)
				}
			}
			if size < int64(b.N/batch*batch)*int64(len(data)) {
				b.Fatalf("%d bytes read", size)
			}
		})
	}
}

// BenchmarkAEAD is what opening the same packets costs at least.
func BenchmarkAEAD(b *testing.B) {
	for _, s := range []suite{aes128, aes256, chacha} {
		b.Run(tls.SuiteName(uint16(s)), func(b *testing.B) {
			k := newKeys(&version1, s, make([]byte, s.hash()().Size()))
			sealed := k.aead.Seal(nil, k.iv[:], make([]byte, 1320), nil)
			out := make([]byte, 0, 1500)
			b.SetBytes(1350)
			for b.Loop() {
				if _, err := k.aead.Open(out, k.iv[:], sealed, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRequests reads HTTP/3 requests of 1 KB and their answers, a packet
// each.
func BenchmarkRequests(b *testing.B) {
	flows := 0
	v := begin(b, "aes128", aes128, Limits{})
	v.tracker.emit = func(f *flow.Flow) { flows++ }
	head := "\x01\x18\x00\x00\xd4\xd7\x50\x09a.example\x51\x07/n/1000"
	request := []byte(head + "\x00\x44\x00" + strings.Repeat("x", 1<<10))
	answer := []byte("\x01\x03\x00\x00\xd9\x00\x02ok")
	const batch = 1000
	var packets [2 * batch][]byte
	b.SetBytes(int64(len(request) + len(answer)))
	b.ReportAllocs()
	id := uint64(4000)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if i%batch == 0 {
			b.StopTimer()
			for k := 0; k < 2*batch; k += 2 {
				packets[k] = v.packet(stream.Up, streamOf(id, 0, request, true))
				packets[k+1] = v.packet(stream.Down, streamOf(id, 0, answer, true))
				id += 4
			}
			b.StartTimer()
		}
		v.send(stream.Up, packets[2*(i%batch)])
		v.send(stream.Down, packets[2*(i%batch)+1])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	if flows != b.N {
		b.Fatalf("%d flows of %d requests", flows, b.N)
	}
}
