package quic

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/andybalholm/brotli"
	"golang.org/x/crypto/chacha20"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// TestSequence puts pieces that overlap, in any order, into order.
func TestSequence(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 1))
		whole := make([]byte, 1+rng.IntN(200))
		for i := range whole {
			whole[i] = byte(i * 7)
		}
		s := sequence{final: -1}
		var got []byte
		for len(got) < len(whole) {
			from := rng.IntN(len(whole))
			to := from + 1 + rng.IntN(min(40, len(whole)-from))
			m := stream.Mark{Offset: int64(1 + from)}
			check := func(b []byte, at int64) {
				if at != 0 && at != int64(1+len(got)) {
					t.Fatalf("seed %d: bytes at %d are said to stand at %d", seed, len(got), at-1)
				}
				got = append(got, b...)
			}
			check(s.push(int64(from), m, whole[from:to]), 0)
			for b, m := s.pop(); b != nil; b, m = s.pop() {
				check(b, m.Offset)
			}
			held := 0
			for i, p := range s.pieces {
				held += len(p.data) + pieceCost
				if i > 0 && s.pieces[i-1].at+int64(len(s.pieces[i-1].data)) > p.at || p.at <= s.next {
					t.Fatalf("seed %d: pieces overlap", seed)
				}
			}
			if held != s.held {
				t.Fatalf("seed %d: %d bytes held, counted %d", seed, held, s.held)
			}
		}
		if !bytes.Equal(got, whole) || len(s.pieces) != 0 || s.held != 0 {
			t.Fatalf("seed %d: %x\nwant %x, %d held", seed, got, whole, s.held)
		}
	}
	// What came first stands.
	s := sequence{final: -1}
	s.push(2, stream.Mark{}, []byte("cd"))
	got := string(s.push(0, stream.Mark{}, []byte("abXXef")))
	for b, _ := s.pop(); b != nil; b, _ = s.pop() {
		got += string(b)
	}
	if got != "abcdef" {
		t.Errorf("%q", got)
	}
}

// TestRanges compares with a set that is written out.
func TestRanges(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		var a, b ranges
		var in, other [300]bool
		for range rng.IntN(80) {
			lo := rng.IntN(290)
			hi := lo + rng.IntN(10)
			r, set := &a, &in
			if rng.IntN(2) == 0 {
				r, set = &b, &other
			}
			r.add(int64(lo), int64(hi))
			for i := lo; i <= hi; i++ {
				set[i] = true
			}
		}
		want := int64(0)
		for i := range in {
			if a.has(int64(i)) != in[i] {
				t.Fatalf("seed %d: has(%d) = %v", seed, i, a.has(int64(i)))
			}
			if in[i] && !other[i] {
				want++
			}
		}
		if got := a.without(b); got != want {
			t.Fatalf("seed %d: %v without %v: %d, want %d", seed, a, b, got, want)
		}
	}
	var r ranges
	for i := range int64(10 * maxSpans) {
		r.add(3*i, 3*i)
	}
	if len(r) > maxSpans || !r.has(30*maxSpans-3) || r.has(30*maxSpans-2) {
		t.Errorf("%d spans", len(r))
	}
}

// TestChaChaBlock compares with x/crypto.
func TestChaChaBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		key, sample := make([]byte, 32), make([]byte, 16)
		for i := range key {
			key[i] = byte(rng.Uint32())
		}
		for i := range sample {
			sample[i] = byte(rng.Uint32())
		}
		c, err := chacha20.NewUnauthenticatedCipher(key, sample[4:])
		if err != nil {
			t.Fatal(err)
		}
		c.SetCounter(uint32(sample[0]) | uint32(sample[1])<<8 | uint32(sample[2])<<16 | uint32(sample[3])<<24)
		var want [5]byte
		c.XORKeyStream(want[:], want[:])
		if got := newMask(chacha, key).of(sample); !bytes.Equal(got, want[:]) {
			t.Fatalf("%x, want %x", got, want)
		}
	}
}

// TestDraft29 has the keys of draft-ietf-quic-tls-29, appendix A.1.
func TestDraft29(t *testing.T) {
	k := draft29.initialKeys(unhex(t, "8394c8f03e515708"), stream.Up)
	if got := hex.EncodeToString(k.secret) + " " + hex.EncodeToString(k.iv[:]); got != "0088119288f1d866733ceeed15ff9d50902cf82952eee27e9d4d4918ea371d87 6b26114b9cba2b63a9e8dd4f" {
		t.Error(got)
	}
}

// TestCompressedCertificate undoes brotli, which browsers ask for.
func TestCompressedCertificate(t *testing.T) {
	message := append([]byte{0, 0, 0, 10, 0, 0, 5}, "first\x00\x00"...)
	var packed bytes.Buffer
	w := brotli.NewWriter(&packed)
	w.Write(message)
	w.Close()
	n := packed.Len()
	body := append([]byte{0, 2, 0, 0, byte(len(message)), 0, 0, byte(n)}, packed.Bytes()...)
	c := &conn{tls: &flow.TLS{}}
	c.certificate(tls.InflateCertificate(body))
	if !slices.EqualFunc(c.tls.Certificates, [][]byte{[]byte("first")}, bytes.Equal) {
		t.Errorf("%q", c.tls.Certificates)
	}
	body[4]++
	if tls.InflateCertificate(body) != nil {
		t.Error("a size that is not true")
	}
}

// TestHandshakeTime measures from the client's last hello to the server's
// handshake, also over a Retry.
func TestHandshakeTime(t *testing.T) {
	talk := stored(t, "aes128")
	flows := play(t, talk.record, talk.keys, testLimits)
	want := talk.record[1].at.Sub(talk.record[0].at)
	if rtt := flows[0].Timing.TLS; rtt == nil || rtt.D != want || rtt.Leg != flow.Direct {
		t.Errorf("%+v, want %v", rtt, want)
	}
	// Without a key, the packets of the handshake still show what they are.
	flows = play(t, talk.record, nil, testLimits)
	if rtt := flows[0].Timing.TLS; rtt == nil || rtt.D != want {
		t.Errorf("without a key: %+v, want %v", rtt, want)
	}
}
