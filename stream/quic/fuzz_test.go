package quic

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// tight are limits that a fuzzer reaches.
var tight = Limits{
	Connections: 4, Undecrypted: 6000, Unordered: 10_000, Held: 20_000, Idle: time.Minute,
	Stream: stream.Limits{Head: 4096, Body: 1000, Response: 500, Held: 10_000, Streams: 10, Messages: 1000},
}

var fuzzed = sync.OnceValue(func() (talks []talk) {
	for _, name := range []string{"aes128", "early", "updates", "oddities", "version2"} {
		talks = append(talks, stored(panicker{}, name))
	}
	return talks
})

// panicker stands for a test where there is none.
type panicker struct{ testing.TB }

func (panicker) Helper()           {}
func (panicker) Fatal(args ...any) { panic(args) }

// FuzzTracker plays a script of steps: what is done, on which datagram of a
// conversation, how many bytes of what follows belong to it. A step replays a
// datagram, replays it changed, makes one of the bytes alone, or seals the
// bytes as frames of a packet that opens.
func FuzzTracker(f *testing.F) {
	f.Add(uint8(0), uint8(20), []byte("\x00\x05\x00\x01\x05\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x02\x00\x08\xc0\x00\x00\x01\x00\x00\x00\x00"))
	f.Add(uint8(0), uint8(9), append([]byte("\x03\x00\x1c"), streamOf(400, 0, []byte(post), true)...))
	f.Add(uint8(0), uint8(9), append([]byte("\x07\x00\x1e"), append(streamOf(400, 50, []byte(post), true), 4, 8, 1, 0)...))
	f.Add(uint8(1), uint8(40), []byte("\x03\x00\x10\x02\x44\x00\x00\x03\x10\x02\x03\x18\x09\x00\x04abcd0123\x03\x00\x08\x1c\x00\x00\x00\x30\x31\x02ab"))
	f.Add(uint8(2), uint8(200), []byte("\x08\x00\x00\x00\x03\x00\x0c\x00\x00"))
	f.Add(uint8(3), uint8(200), []byte{})
	f.Add(uint8(0x40), uint8(90), []byte("\x03\x00\x05\x02\x44\x00\x00\x03"))
	f.Add(uint8(4), uint8(7), []byte("\x01\x02\x04\xff\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, which, n uint8, script []byte) {
		talks := fuzzed()
		tk := talks[int(which)%len(talks)]
		log := keylog.New()
		if which&0x80 == 0 {
			log.Add(tk.keys)
		}
		var flows []*flow.Flow
		var sent [2]int64
		tracker := New(log, tight, func(f *flow.Flow) { flows = append(flows, f) })
		client, server := tk.record[0].src, tk.record[0].dst
		now := tk.record[0].at
		give := func(up bool, b []byte) {
			src, dst := client, server
			if !up {
				src, dst = dst, src
			}
			now = now.Add(time.Millisecond)
			if tracker.Datagram(src, dst, stream.Mark{Time: now, Offset: 1}, b, nil) {
				if up {
					sent[0] += int64(len(b))
				} else {
					sent[1] += int64(len(b))
				}
			}
			if tracker.held > tight.Held || tracker.held < 0 || tracker.recent.Len()+tracker.closing.Len() > tight.Connections {
				t.Fatalf("%d bytes held, %d connections", tracker.held, tracker.recent.Len()+tracker.closing.Len())
			}
		}
		from := 0
		if which&0x40 != 0 { // begins to listen when the connection is under way
			from = 12
		}
		for _, d := range tk.record[from:max(from, min(int(n), len(tk.record)))] {
			give(d.dst == server, d.data)
		}
		number := int64(5000)
		for len(script) >= 3 {
			op, at, k := script[0], int(script[1]), min(int(script[2]), len(script)-3)
			b := script[3 : 3+k]
			script = script[3+k:]
			d := tk.record[at%len(tk.record)]
			up := op&4 == 0
			switch op & 3 {
			case 0:
				give(d.dst == server, d.data)
			case 1:
				changed := bytes.Clone(d.data)
				for i, x := range b {
					changed[(i+int(op>>3)*20)%len(changed)] ^= x
				}
				give(d.dst == server, changed[:max(1, len(changed)-int(op>>5)*50)])
			case 2:
				give(up, b)
			case 3:
				side := stream.Up
				if !up {
					side = stream.Down
				}
				for e := tracker.recent.Front(); e != nil; e = e.Next() {
					c := e.Value.(*conn)
					o := c.opened[side][application]
					if o == nil || o.choice != nil {
						continue
					}
					id := make([]byte, 0, maxID)
					for _, known := range c.ids {
						if known.side == side {
							id = append(id[:0], known.id...)
						}
					}
					number++
					give(up, o.now.seal(append([]byte{0x40 | o.phase<<2}, id...), number, append(bytes.Clone(b), make([]byte, 4)...)))
					break
				}
			}
			if op&0x40 != 0 {
				now = now.Add(time.Duration(at) * time.Second)
				tracker.Expire(now)
			}
			if op&0x80 != 0 {
				log.Add(tk.keys)
				tracker.Flush(stream.Mark{Time: now}, func(*flow.Flow) {})
			}
		}
		tracker.Close()
		clean(t, tracker)
		var unread [2]int64
		for _, f := range flows {
			if u := f.Unread; u != nil {
				unread[0] += max(0, u.Up)
				unread[1] += u.Down
			}
		}
		if unread[0] > sent[0] || unread[1] > sent[1] {
			t.Fatalf("%d bytes unread of %d", unread, sent)
		}
	})
}
