package peel

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// texts are inputs that make compressors use every kind of block.
func texts(r *rand.Rand) []byte {
	in := make([]byte, r.IntN(1<<r.IntN(18)+1))
	letters := 1 + r.IntN(256)
	for i := range in {
		in[i] = byte(r.IntN(letters) * 7)
	}
	for range r.IntN(40) { // what repeats, near and far
		if n := r.IntN(len(in)/2 + 1); n > 0 {
			copy(in[r.IntN(len(in)-n):], in[r.IntN(len(in)-n):][:1+r.IntN(n)])
		}
	}
	if r.IntN(4) == 0 {
		in = bytes.Repeat(in[:min(len(in), 1+r.IntN(9))], 1+r.IntN(3000))
	}
	return in
}

// TestInflate: the bytes of Go's own compressor come back, whole, cut, and up
// to a limit.
func TestInflate(t *testing.T) {
	r := rand.New(rand.NewPCG(rand.Uint64(), 1))
	var d inflater
	for range 400 {
		in := texts(r)
		var raw, z, g bytes.Buffer
		level := r.IntN(12) - 2
		fw, _ := flate.NewWriter(&raw, level)
		zw, _ := zlib.NewWriterLevel(&z, level)
		gw, _ := gzip.NewWriterLevel(&g, level)
		gw.Name, gw.Extra = "a name", []byte{1, 2, 3}
		for _, w := range []io.WriteCloser{fw, zw, gw} {
			half := len(in) / 2
			w.Write(in[:half])
			w.(interface{ Flush() error }).Flush()
			w.Write(in[half:])
			w.Close()
		}
		for _, c := range []struct {
			step string
			b    []byte
		}{{"deflate", raw.Bytes()}, {"zlib", z.Bytes()}, {"gzip", g.Bytes()}, {"gzip", append(bytes.Clone(g.Bytes()), g.Bytes()...)}} {
			want := in
			if len(c.b) == 2*g.Len() {
				want = append(bytes.Clone(in), in...)
			}
			do := d.of(c.step)
			out, used, err := do(nil, c.b, 1<<24)
			if err != nil || used != len(c.b) || !bytes.Equal(out, want) {
				t.Fatalf("%s, level %d: %d bytes of %d, used %d of %d: %v", c.step, level, len(out), len(want), used, len(c.b), err)
			}
			if len(want) == 0 {
				continue
			}
			limit := r.IntN(len(want))
			if out, _, err = do(make([]byte, 0, r.IntN(limit+1)), c.b, limit); !errors.Is(err, errBomb) || !bytes.Equal(out, want[:limit]) {
				t.Fatalf("%s: at a limit of %d, %d bytes: %v", c.step, limit, len(out), err)
			}
			cut := r.IntN(len(c.b))
			out, _, err = do(nil, c.b[:cut], 1<<24)
			if err == nil && len(c.b) != 2*g.Len() || !bytes.HasPrefix(want, out) {
				t.Fatalf("%s: cut after %d of %d, %d bytes: %v", c.step, cut, len(c.b), len(out), err)
			}
		}
	}
}

// FuzzInflate compares with compress/flate on whatever comes.
func FuzzInflate(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		in := texts(r)
		var raw bytes.Buffer
		w, _ := flate.NewWriter(&raw, r.IntN(12)-2)
		w.Write(in[:min(len(in), 2000)])
		w.Close()
		f.Add(raw.Bytes())
	}
	var d inflater
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		out, used, err := d.inflate(nil, b, limit)
		src := bytes.NewReader(b)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(src), limit+1))
		if len(want) > limit {
			want, wantErr = want[:limit], errBomb
		}
		switch {
		case wantErr == nil && (err != nil || !bytes.Equal(out, want) || used != len(b)-src.Len()):
			t.Fatalf("%x: %d bytes, used %d: %v; want %d bytes, %d", b, len(out), used, err, len(want), len(b)-src.Len())
		case wantErr != nil && err == nil:
			t.Fatalf("%x: no error, want %v", b, wantErr)
		case wantErr == errBomb && !bytes.Equal(out, want):
			t.Fatalf("%x: %d bytes at the limit, want %d", b, len(out), len(want))
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	in := bytes.Repeat([]byte(`{"event":"start","ts":1700609959402,"props":{"screen":"sheet","ratio":0.065,"label":"09DSl9ZdVU"}},`), 1)
	r := rand.New(rand.NewPCG(1, 1))
	var text []byte
	for len(text) < 8000 {
		x := bytes.Clone(in)
		for range 20 {
			x[22+r.IntN(13)] = '0' + byte(r.IntN(10))
			x[85+r.IntN(10)] = 'A' + byte(r.IntN(50))
		}
		text = append(text, x...)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(text)
	w.Close()
	var d inflater
	out := make([]byte, 0, len(text)+512)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := d.gunzip(out, z.Bytes(), 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
