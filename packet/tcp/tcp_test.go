package tcp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
)

// An ordinary connection: bytes in order, both ends, and the physics.
func TestOrdinary(t *testing.T) {
	r := newRig(tcp.Limits{})
	app := &flow.App{ID: "com.example.quinze", Source: "test"}
	r.up(syn, 100, 0, "", func(s *packet.Segment) { s.TCP.Options = []byte{2, 4, 5, 180}; s.Resolution = time.Microsecond })
	r.down(syn|ack, 500, 101, "", func(s *packet.Segment) { s.Time += 19e6; r.now += 19e6; s.TTL = 50 })
	r.up(ack, 101, 501, "", func(s *packet.Segment) { s.Time += 1e6; r.now += 1e6 })
	r.up(ack, 101, 501, "hello ", func(s *packet.Segment) { s.App = app })
	r.up(ack, 107, 501, "world")
	r.down(ack, 501, 112, "hi")
	r.up(fin, 112, 503, "")
	r.down(fin, 503, 113, "bye")
	r.up(ack, 113, 507, "")
	r.want(t, `> "hello "`, `> "world"`, `< "hi"`, `> eof`, `< "bye"`, `< eof`, `close finished`)

	c := r.logs[0].conn
	rtt := c.RTT()
	if rtt == nil || rtt.D != 20*time.Millisecond || rtt.Resolution != time.Microsecond || rtt.Leg != flow.Direct || rtt.Basis != "tcp syn to syn/ack, packet capture" {
		t.Errorf("RTT %+v", rtt)
	}
	if d, ok := c.Near(); !ok || d != 2*time.Millisecond {
		t.Errorf("near %v %v", d, ok)
	}
	up, down := c.Sent[stream.Up], c.Sent[stream.Down]
	if up.Packets != 6 || up.Bytes != 11 || up.Stream != 11 || up.MSS != 1460 || !up.EOF || down.Packets != 3 || down.Bytes != 5 || down.MinTTL != 50 || down.MaxTTL != 64 {
		t.Errorf("%+v\n%+v", up, down)
	}
	if !c.Certain || c.Midway || c.Client != client || c.Server != server || c.App != app || c.FirstFrame != 1 || c.Last-c.First != 28e6 {
		t.Errorf("%+v", c)
	}
	info := c.Info()
	if info.Timing.TCP == nil || info.Client.Addr != client || info.Leg != flow.Direct || info.Timing.Start.UnixNano() != c.First {
		t.Errorf("%+v", info)
	}
	if m := r.logs[0].marks[1]; m.Frame != 5 || m.Offset != 500 || m.Time.UnixNano() != c.First+24e6 {
		t.Errorf("mark %+v", m)
	}
}

// TestCases: what connections do that is not ordinary.
func TestCases(t *testing.T) {
	cut := func(n int) func(*packet.Segment) { return func(s *packet.Segment) { s.Cut = n } }
	after := func(r *rig, d time.Duration) { r.now += int64(d) }
	for _, test := range []struct {
		name string
		play func(r *rig)
		want []string
	}{
		{"out of order", func(r *rig) {
			r.open()
			r.up(ack, 104, 501, "def")
			r.up(ack, 107, 501, "ghi")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, `> "def"`, `> "ghi"`, "close end of capture"}},
		{"repeated and overlapping", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(ack, 101, 501, "abc")
			r.up(ack, 102, 501, "bcdef")
			r.up(ack, 99, 501, "??abcdefgh")
		}, []string{`> "abc"`, `> "def"`, `> "gh"`, "close end of capture"}},
		{"overlapping while held", func(r *rig) {
			r.open()
			r.up(ack, 103, 501, "cd")
			r.up(ack, 107, 501, "gh")
			r.up(ack, 102, 501, "BCDEFGHI") // what was first stays
			r.up(ack, 101, 501, "a")
		}, []string{`> "a"`, `> "B"`, `> "cd"`, `> "EF"`, `> "gh"`, `> "I"`, "close end of capture"}},
		{"sequence numbers wrap", func(r *rig) {
			r.up(syn, 0xfffffffd, 0, "")
			r.down(syn|ack, 0xffffffff, 0xfffffffe, "")
			r.up(ack, 1, 0, "def")
			r.up(ack, 0xfffffffe, 0, "abc")
			r.down(ack, 0, 4, "xyz")
		}, []string{`> "abc"`, `> "def"`, `< "xyz"`, "close end of capture"}},
		{"a hole that was acknowledged", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(ack, 107, 501, "ghi")
			r.down(ack, 501, 110, "")
			after(r, time.Second)
			r.up(ack, 110, 501, "jkl")
			r.up(ack, 113, 501, "mno")
		}, []string{`> "abc"`, `> gap 3`, `> "ghi"`, `> "jkl"`, `> "mno"`, "close end of capture"}},
		{"a hole that was acknowledged, filled in time", func(r *rig) {
			r.open()
			r.up(ack, 107, 501, "ghi")
			r.down(ack, 501, 110, "")
			r.up(ack, 101, 501, "abcdef")
		}, []string{`> "abcdef"`, `> "ghi"`, "close end of capture"}},
		{"a hole at the end", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 200, "")
		}, []string{`> "abc"`, `> gap 96`, "close end of capture"}},
		{"a hole and what is behind it at the end, without acknowledgement", func(r *rig) {
			r.open()
			r.up(ack, 111, 501, "abc")
		}, []string{`> gap 10`, `> "abc"`, "close end of capture"}},
		{"a FIN that was not captured", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 105, "")
		}, []string{`> "abc"`, "close end of capture"}},
		{"one direction only was captured", func(r *rig) {
			r.down(ack, 501, 101, "ab")
			r.down(ack, 503, 201, "cd")
		}, []string{`< "ab"`, `< "cd"`, `> gap 100`, "close end of capture"}},
		{"captured short", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc", cut(7))
			r.up(ack, 111, 501, "klm", cut(7))
		}, []string{`> "abc"`, `> gap 7`, `> "klm"`, `> gap 7`, "close end of capture"}},
		{"captured short and out of order", func(r *rig) {
			r.open()
			r.up(ack, 111, 501, "klm", cut(7))
			r.up(ack, 101, 501, "", cut(10))
		}, []string{`> gap 10`, `> "klm"`, `> gap 7`, "close end of capture"}},
		{"the last byte of a FIN that comes first", func(r *rig) {
			r.open()
			r.up(fin, 104, 501, "def")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, `> "def"`, `> eof`, "close end of capture"}},
		{"half closed", func(r *rig) {
			r.open()
			r.up(fin, 101, 501, "get")
			r.down(ack, 501, 105, "a long")
			r.down(ack, 507, 105, " answer")
			r.down(fin, 514, 105, "")
		}, []string{`> "get"`, `> eof`, `< "a long"`, `< " answer"`, `< eof`, "close finished"}},
		{"reset, with what was under way", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(rst, 104, 0, "")
			r.down(ack, 501, 104, "late")
			after(r, 5*time.Second)
			r.send(netip.MustParseAddrPort("192.0.2.9:1"), server, syn, 1, 0, "")
			after(r, 5*time.Second)
			r.send(netip.MustParseAddrPort("192.0.2.9:1"), server, syn, 1, 0, "")
		}, []string{`0: > "abc"`, `0: < "late"`, "0: close reset", "1: close end of capture"}},
		{"a reset with words", func(r *rig) {
			r.open()
			r.down(rst|ack, 501, 101, "go away")
		}, []string{"close reset"}},
		{"a forged reset", func(r *rig) {
			r.open()
			r.up(rst, 99999999, 0, "")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, "close end of capture"}},
		{"a reset that nobody believed", func(r *rig) {
			r.open()
			r.up(rst, 101, 0, "")
			for range 3 {
				after(r, 5*time.Second)
				r.up(ack, 101, 501, "")
			}
			r.up(ack, 101, 501, "secret")
		}, []string{"0: close reset", `1: > "secret"`, "1: close end of capture"}},
		{"an end that nobody believed", func(r *rig) {
			r.open()
			r.up(fin, 101, 501, "abc")
			r.down(fin, 501, 105, "")
			r.up(ack, 101, 501, "abc")
			r.up(ack, 105, 501, "secret")
		}, []string{`0: > "abc"`, "0: > eof", "0: < eof", "0: close finished", `1: > "secret"`, "1: close end of capture"}},
		{"a forged FIN that is far ahead", func(r *rig) {
			r.open()
			r.up(fin, 0x7fff0000, 501, "")
			r.up(fin, 90000, 501, "")
			r.up(fin, 101, 501, "abc")
		}, []string{`> "abc"`, `> eof`, "close end of capture"}},
		{"refused", func(r *rig) {
			r.up(syn, 100, 0, "")
			r.down(rst|ack, 0, 101, "")
		}, []string{"close reset"}},
		{"never answered", func(r *rig) {
			r.up(syn, 100, 0, "")
			after(r, time.Second)
			r.up(syn, 100, 0, "")
		}, []string{"close end of capture"}},
		{"fast open", func(r *rig) {
			r.up(syn, 100, 0, "early")
			r.down(syn|ack, 500, 106, "")
			r.up(ack, 106, 501, " late")
		}, []string{`> "early"`, `> " late"`, "close end of capture"}},
		{"fast open, refused", func(r *rig) {
			r.up(syn, 100, 0, "early")
			r.down(syn|ack, 500, 101, "")
			r.up(ack, 101, 501, "early late")
		}, []string{`> "early"`, `> " late"`, "close end of capture"}},
		{"keep-alive", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(ack, 103, 501, "\x00")
			r.down(ack, 501, 104, "")
			r.up(ack, 103, 501, "")
			r.up(ack, 104, 501, "d")
		}, []string{`> "abc"`, `> "d"`, "close end of capture"}},
		{"ports reused after the end", func(r *rig) {
			r.open()
			r.up(fin, 101, 501, "one")
			r.down(fin, 501, 105, "")
			r.up(syn, 70000, 0, "")
			r.down(syn|ack, 90000, 70001, "")
			r.up(ack, 70001, 90001, "two")
		}, []string{`0: > "one"`, "0: > eof", "0: < eof", "0: close finished", `1: > "two"`, "1: close end of capture"}},
		{"ports reused after silence", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "one")
			after(r, time.Minute)
			r.up(syn, 70000, 0, "")
			r.up(ack, 70001, 90001, "two")
		}, []string{`0: > "one"`, "0: close ports reused", `1: > "two"`, "1: close end of capture"}},
		{"a forged SYN in the middle", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "one")
			r.up(syn, 70000, 0, "")
			r.up(ack, 104, 501, "two")
		}, []string{`> "one"`, `> "two"`, "close end of capture"}},
		{"ports reused at once", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "one")
			r.up(syn, 70000, 0, "")
			r.down(syn|ack, 90000, 70001, "")
			r.up(ack, 70001, 90001, "two")
			r.down(ack, 90001, 70004, "three")
		}, []string{`0: > "one"`, "0: close ports reused", `1: > "two"`, `1: < "three"`, "1: close end of capture"}},
		{"ports reused, without a SYN", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "one")
			r.up(ack, 0x70000000, 0x90000000, "lost")
			r.up(ack, 0x70000004, 0x90000000, "two")
			r.down(ack, 0x90000000, 0x70000007, "three")
		}, []string{`0: > "one"`, "0: close ports reused", `1: > "two"`, `1: < "three"`, "1: close end of capture"}},
		{"the capture began in the middle", func(r *rig) {
			r.down(ack, 5000, 900, "answer")
			r.up(ack, 900, 5006, "question")
			r.down(ack, 5006, 908, "answer")
		}, []string{`< "answer"`, `> "question"`, `< "answer"`, "close end of capture"}},
		{"the capture began in the middle, out of order", func(r *rig) {
			r.up(ack, 903, 5000, "def")
			r.up(ack, 900, 5000, "abc")
			r.down(ack, 5000, 906, "ok")
		}, []string{`> "abc"`, `> "def"`, `< "ok"`, "close end of capture"}},
		{"the SYN comes after data", func(r *rig) {
			r.up(ack, 104, 501, "def")
			r.up(syn, 100, 0, "")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, `> "def"`, "close end of capture"}},
		{"the SYN/ACK comes first", func(r *rig) {
			r.down(syn|ack, 500, 101, "")
			r.up(syn, 100, 0, "")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, "close end of capture"}},
		{"idle", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			for range 3 {
				after(r, 2*time.Hour)
				r.send(netip.MustParseAddrPort("192.0.2.9:1"), server, ack, 1, 0, "")
			}
		}, []string{`0: > "abc"`, "0: close idle", "1: close end of capture"}},
		{"a clock that jumps for one packet", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(ack, 104, 501, "def", func(s *packet.Segment) { s.Time += 1e18 })
			r.up(ack, 107, 501, "ghi")
		}, []string{`> "abc"`, `> "def"`, `> "ghi"`, "close end of capture"}},
		{"a clock that is set back", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			after(r, -20*365*24*time.Hour)
			for i := range uint32(3) {
				r.up(ack, 104+3*i, 501, "def")
			}
		}, []string{`> "abc"`, `> "def"`, `> "def"`, `> "def"`, "close end of capture"}},
		{"a first packet with a time far ahead", func(r *rig) {
			r.send(netip.MustParseAddrPort("192.0.2.9:1"), server, ack, 1, 0, "", func(s *packet.Segment) { s.Time += 1e18 })
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(ack, 104, 501, "def")
		}, []string{`0: > "abc"`, `0: > "def"`, "0: close end of capture", "1: close end of capture"}},
		{"no times", func(r *rig) {
			never := func(s *packet.Segment) { s.Time = packet.NoTime }
			r.up(syn, 100, 0, "", never)
			r.down(syn|ack, 500, 101, "", never)
			r.up(ack, 104, 501, "def", never)
			r.up(ack, 101, 501, "abc", never)
		}, []string{`> "abc"`, `> "def"`, "close end of capture"}},
		{"an answer before its question", func(r *rig) {
			r.open()
			r.down(ack, 501, 104, "answer")
			r.down(ack, 507, 104, "!")
			r.up(ack, 101, 501, "abc")
			r.up(ack, 104, 508, "def")
		}, []string{`> "abc"`, `< "answer"`, `< "!"`, `> "def"`, "close end of capture"}},
		{"a question before the answer that it follows", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.up(ack, 104, 507, "def")
			r.down(ack, 501, 104, "answer")
		}, []string{`> "abc"`, `< "answer"`, `> "def"`, "close end of capture"}},
		{"an answer before half of its question", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 104, "continue")
			r.down(ack, 509, 107, "done")
			r.down(ack, 513, 110, "more")
			r.up(ack, 107, 501, "ghi")
			r.up(ack, 104, 509, "def")
		}, []string{`> "abc"`, `< "continue"`, `> "def"`, `< "done"`, `> "ghi"`, `< "more"`, "close end of capture"}},
		{"each waits for the other", func(r *rig) {
			r.open()
			r.down(ack, 501, 104, "answer")
			r.up(ack, 101, 507, "abc") // repeated, says that it has the answer to itself
		}, []string{`< "answer"`, `> "abc"`, "close end of capture"}},
		{"repeated, and captured before it was sent first", func(r *rig) {
			r.open()
			r.up(ack, 101, 503, "abc")
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 101, "ok")
		}, []string{`> "abc"`, `< "ok"`, "close end of capture"}},
		{"a FIN, repeated, and captured before it was sent first", func(r *rig) {
			r.open()
			r.up(fin, 101, 503, "")
			r.up(fin, 101, 501, "")
			r.down(ack, 501, 101, "ok")
		}, []string{`> eof`, `< "ok"`, "close end of capture"}},
		{"the end of each waits for the other", func(r *rig) {
			r.open()
			r.down(fin, 501, 102, "")
			r.up(fin, 101, 502, "")
		}, []string{`< eof`, `> eof`, "close finished"}},
		{"a question that was not captured", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 200, "answer")
			r.up(ack, 200, 507, "")
			after(r, time.Second)
			r.down(ack, 507, 200, "more")
			r.up(ack, 200, 511, "")
			r.up(ack, 200, 511, "def")
		}, []string{`> "abc"`, `> gap 96`, `< "answer"`, `< "more"`, `> "def"`, "close end of capture"}},
		{"questions that were not captured, each with its answer", func(r *rig) {
			r.open()
			for i := range uint32(3) {
				r.down(ack, 501+2*i, 111+10*i, "ok")
				r.up(ack, 111+10*i, 503+2*i, "")
				after(r, 100*time.Millisecond)
			}
			after(r, 100*time.Millisecond)
			r.up(ack, 131, 507, "")
			r.up(ack, 131, 507, "abc")
		}, []string{`> gap 10`, `< "ok"`, `> gap 10`, `< "ok"`, `> gap 10`, `< "ok"`, `> "abc"`, "close end of capture"}},
		{"a question that was not captured, at the end", func(r *rig) {
			r.open()
			r.down(ack, 501, 200, "answer")
		}, []string{`> gap 99`, `< "answer"`, "close end of capture"}},
		{"a question with a hole, and its answer", func(r *rig) {
			r.open()
			r.up(ack, 111, 501, "klm")
			r.down(ack, 501, 117, "answer")
			r.up(ack, 114, 501, "nop")
		}, []string{`> gap 10`, `> "klm"`, `> "nop"`, `< "answer"`, "close end of capture"}},
		{"the client does not wait for gaps", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 511, 104, "end of the answer")
			r.up(ack, 104, 528, "def")
			after(r, time.Second)
			r.up(ack, 107, 528, "ghi")
			r.up(ack, 110, 528, "jkl")
		}, []string{`> "abc"`, `> "def"`, `> "ghi"`, `< gap 10`, `< "end of the answer"`, `> "jkl"`, "close end of capture"}},
		{"what nobody sent is acknowledged", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 100_000, "forged")
			after(r, time.Second)
			r.up(ack, 104, 507, "")
			r.up(ack, 104, 507, "")
			r.up(ack, 104, 507, "def")
			r.up(ack, 107, 507, "ghi")
			r.down(ack, 507, 100_000, "again")
			r.up(ack, 110, 507, "jkl")
		}, []string{`> "abc"`, `< "forged"`, `> "def"`, `> "ghi"`, `< "again"`, `> "jkl"`, `> gap 99887`, "close end of capture"}},
		{"a question that was not captured, and that nothing else tells of at first", func(r *rig) {
			r.open()
			r.down(ack, 501, 200, "an")
			after(r, time.Second)
			r.down(ack, 503, 200, "")
			r.down(ack, 503, 200, "sw")
			r.up(ack, 200, 505, "")
			r.down(ack, 505, 200, "er")
			after(r, time.Second)
			r.up(ack, 200, 507, "")
			r.up(ack, 200, 507, "")
			r.up(ack, 200, 507, "abc")
		}, []string{`< "an"`, `< "sw"`, `> gap 99`, `< "er"`, `> "abc"`, "close end of capture"}},
		{"an acknowledgement far off", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 0x7000_0000, "hi")
			r.down(ack, 503, 0xf000_0000, "ho")
			r.up(ack, 104, 501, "def")
		}, []string{`> "abc"`, `< "hi"`, `< "ho"`, `> "def"`, "close end of capture"}},
		{"no acknowledgement", func(r *rig) {
			r.open()
			r.down(0, 501, 110, "answer")
			r.up(ack, 101, 501, "abc")
		}, []string{`< "answer"`, `> "abc"`, "close end of capture"}},
		{"of one direction the SYN only was captured", func(r *rig) {
			r.up(syn, 100, 0, "")
			r.down(syn|ack, 500, 101, "")
			r.down(ack, 501, 201, "ab")
			after(r, time.Second)
			r.down(ack, 503, 301, "cd")
			r.down(ack, 505, 401, "ef")
		}, []string{`< "ab"`, `< "cd"`, `< "ef"`, `> gap 300`, "close end of capture"}},
		{"of one direction the SYN/ACK only was captured", func(r *rig) {
			r.down(syn|ack, 500, 101, "")
			r.down(ack, 501, 201, "ab")
		}, []string{`< "ab"`, `> gap 100`, "close end of capture"}},
		{"an answer before the end of its question", func(r *rig) {
			r.open()
			r.down(fin, 501, 105, "answer")
			r.up(ack, 105, 508, "")
			r.up(fin, 101, 501, "abc")
		}, []string{`> "abc"`, `> eof`, `< "answer"`, `< eof`, "close finished"}},
		{"a FIN before the question that it answers", func(r *rig) {
			r.open()
			r.down(fin, 501, 104, "")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, `< eof`, "close end of capture"}},
		{"a FIN of the client that was not captured", func(r *rig) {
			r.open()
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 105, "an")
			r.up(ack, 105, 503, "")
			after(r, time.Second)
			r.down(ack, 503, 105, "swer")
			r.down(fin, 507, 105, "")
		}, []string{`> "abc"`, `< "an"`, `< "swer"`, `< eof`, "close end of capture"}},
		{"a reset before the question that it answers", func(r *rig) {
			r.open()
			r.down(ack, 501, 104, "no")
			r.down(rst|ack, 503, 104, "")
			r.up(ack, 101, 501, "abc")
		}, []string{`> "abc"`, `< "no"`, "close reset"}},
		{"ports reused while an answer waits", func(r *rig) {
			r.open()
			r.down(ack, 501, 104, "answer")
			after(r, time.Minute)
			r.up(syn, 70000, 0, "")
			r.down(syn|ack, 90000, 70001, "")
			r.up(ack, 70001, 90001, "two")
			r.down(ack, 90001, 70004, "three")
		}, []string{`0: > gap 3`, `0: < "answer"`, "0: close ports reused", `1: > "two"`, `1: < "three"`, "1: close end of capture"}},
		{"an end that nobody believed, and that waits", func(r *rig) {
			r.open()
			r.up(ack, 101, 510, "abc")
			r.up(fin, 104, 510, "def")
			r.up(ack, 107, 510, "secret")
		}, []string{`0: > "abc"`, `0: > "def"`, "0: > eof", "0: < gap 9", "0: close ports reused", `1: > "secret"`, "1: close end of capture"}},
		{"an answer before its question, without times", func(r *rig) {
			never := func(s *packet.Segment) { s.Time = packet.NoTime }
			r.up(syn, 100, 0, "", never)
			r.down(syn|ack, 500, 101, "", never)
			r.down(ack, 501, 104, "answer", never)
			r.up(ack, 101, 501, "abc", never)
			r.down(ack, 507, 110, "more", never)
			for range 300 {
				r.up(ack, 104, 507, "", never)
			}
			r.up(ack, 104, 507, "def", never)
		}, []string{`> "abc"`, `< "answer"`, `< "more"`, `> "def"`, `> gap 3`, "close end of capture"}},
		{"the capture began in the middle, with an answer before its question", func(r *rig) {
			r.down(ack, 5000, 906, "answer")
			r.up(ack, 900, 5000, "abcdef")
			r.down(ack, 5006, 909, "more")
			r.up(ack, 906, 5006, "ghi")
		}, []string{`> "abcdef"`, `< "answer"`, `> "ghi"`, `< "more"`, "close end of capture"}},
		{"both begin", func(r *rig) {
			r.up(syn, 100, 0, "")
			r.down(syn, 500, 0, "")
			r.up(syn|ack, 100, 501, "")
			r.down(syn|ack, 500, 101, "")
			r.up(ack, 101, 501, "abc")
			r.down(ack, 501, 104, "def")
		}, []string{`> "abc"`, `< "def"`, "close end of capture"}},
		{"bytes behind the end", func(r *rig) {
			r.open()
			r.up(fin, 101, 501, "abc")
			r.up(ack, 104, 501, "x")
			r.up(ack, 104, 501, "def")
		}, []string{`0: > "abc"`, `0: > eof`, "0: close ports reused", `1: > "def"`, "1: close end of capture"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(tcp.Limits{})
			test.play(r)
			r.want(t, test.want...)
		})
	}
}

// Counts of what was repeated, early, strange.
func TestDirectionCounts(t *testing.T) {
	r := newRig(tcp.Limits{})
	r.open()
	r.up(ack, 101, 501, "abc")
	r.up(ack, 101, 501, "abc")
	r.up(ack, 101, 501, "aXc") // says something else
	r.up(ack, 107, 501, "ghi")
	r.up(ack, 107, 501, "gXi") // as well
	r.up(ack, 104, 501, "def")
	r.up(ack, 109, 501, "\x00") // keep-alive
	r.up(ack, 110, 501, "j", func(s *packet.Segment) { s.Cut = 4 })
	r.up(ack, 0x40000000, 501, "stray")
	r.Close()
	c := r.logs[0].conn
	up := c.Sent[stream.Up]
	want := tcp.Direction{Packets: 11, Bytes: 3*6 + 1 + 5 + 5, Stream: 10, Lost: 4, Cut: 4, Repeated: tcp.Count{Segments: 3, Bytes: 9},
		Early: 1, Probes: 1, Stray: tcp.Count{Segments: 1, Bytes: 5}, MinTTL: 64, MaxTTL: 64, Short: 4}
	want.Early = 2
	if up != want {
		t.Errorf("got  %+v\nwant %+v", up, want)
	}
	if c.Conflicts != 2 || c.ConflictAt.Frame != 6 {
		t.Errorf("%d conflicts, first at %+v", c.Conflicts, c.ConflictAt)
	}
}

// A packet that was captured twice is no repetition by its sender.
func TestCopies(t *testing.T) {
	id := func(n uint16) func(*packet.Segment) { return func(s *packet.Segment) { s.ID = n } }
	r := newRig(tcp.Limits{})
	r.open()
	r.up(ack, 101, 501, "abc", id(7))
	r.up(ack, 101, 501, "abc", id(7))
	r.up(ack, 101, 501, "abc", id(8))
	r.up(ack, 101, 501, "aXc", id(7))
	r.down(ack, 501, 107, "waits", id(7))
	r.down(ack, 501, 107, "waits", id(7))
	r.down(ack, 501, 107, "waits", id(8))
	r.down(ack, 506, 107, "too") // behind what waits, but not early
	r.up(ack, 104, 501, "def")
	r.Close()
	c := r.logs[0].conn
	if down := c.Sent[stream.Down]; down.Copies != (tcp.Count{Segments: 1, Bytes: 5}) || down.Repeated != (tcp.Count{Segments: 1, Bytes: 5}) || down.Packets != 4 || down.Bytes != 13 || down.Stream != 8 || down.Early != 0 {
		t.Errorf("%+v", down)
	}
	if up := c.Sent[stream.Up]; up.Copies != (tcp.Count{Segments: 1, Bytes: 3}) || up.Repeated != (tcp.Count{Segments: 2, Bytes: 6}) || c.Conflicts != 1 || up.Stream != 6 {
		t.Errorf("%+v, %d conflicts", up, c.Conflicts)
	}
}

// If the SYN was repeated, the time stamp tells which one was answered; else
// the round trip is counted from the first.
func TestRepeatedSYN(t *testing.T) {
	stamp := func(value, echo byte) func(*packet.Segment) {
		return func(s *packet.Segment) { s.TCP.Options = []byte{1, 1, 8, 10, 0, 0, 0, value, 0, 0, 0, echo} }
	}
	for _, test := range []struct {
		first, second, answer func(*packet.Segment)
		want                  time.Duration
		basis                 string
	}{
		{stamp(1, 0), stamp(9, 0), stamp(50, 9), time.Millisecond, "tcp syn to syn/ack, packet capture"},
		{stamp(1, 0), stamp(9, 0), stamp(50, 1), 1002 * time.Millisecond, "tcp syn to syn/ack, packet capture, syn repeated"},
		{func(*packet.Segment) {}, func(*packet.Segment) {}, func(*packet.Segment) {}, 1002 * time.Millisecond, "tcp syn to syn/ack, packet capture, syn repeated"},
	} {
		r := newRig(tcp.Limits{})
		r.up(syn, 100, 0, "", test.first)
		r.now += 1e9
		r.up(syn, 100, 0, "", test.second)
		r.down(syn|ack, 500, 101, "", test.answer)
		r.Close()
		if rtt := r.logs[0].conn.RTT(); rtt == nil || rtt.D != test.want || rtt.Basis != test.basis {
			t.Errorf("%+v, want %v %s", rtt, test.want, test.basis)
		}
	}
}

// Who is the client, when no SYN says so.
func TestClient(t *testing.T) {
	at := netip.MustParseAddrPort
	for _, test := range []struct {
		src, dst  string
		direction packet.Direction
		client    string
	}{
		{"192.0.2.1:40000", "198.51.100.2:443", packet.Unknown, "192.0.2.1:40000"},
		{"198.51.100.2:443", "192.0.2.1:40000", packet.Unknown, "192.0.2.1:40000"},
		{"198.51.100.2:8443", "192.0.2.1:40000", packet.Unknown, "192.0.2.1:40000"},
		{"198.51.100.2:50000", "192.0.2.1:40000", packet.Inbound, "192.0.2.1:40000"},
		{"198.51.100.2:50000", "192.0.2.1:40000", packet.Outbound, "198.51.100.2:50000"},
		{"198.51.100.2:50000", "192.0.2.1:40000", packet.Unknown, "198.51.100.2:50000"},
	} {
		r := newRig(tcp.Limits{})
		r.send(at(test.src), at(test.dst), ack, 1, 1, "x", func(s *packet.Segment) { s.Direction = test.direction })
		r.Close()
		if c := r.logs[0].conn; c.Client != at(test.client) || c.Certain || !c.Midway {
			t.Errorf("%v: client %v", test, c.Client)
		}
	}
}
