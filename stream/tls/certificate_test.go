package tls

import (
	"bytes"
	"compress/zlib"
	"io"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// TestCompressedCertificate undoes the three ways of RFC 8879, and believes
// none of the sizes that are claimed.
func TestCompressedCertificate(t *testing.T) {
	want := bytes.Repeat([]byte("certificate "), 300)
	for how, pack := range map[byte]func(io.Writer) io.WriteCloser{
		1: func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		2: func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		3: func(w io.Writer) io.WriteCloser { e, _ := zstd.NewWriter(w); return e },
	} {
		message := func(text []byte, size int) []byte {
			var b bytes.Buffer
			w := pack(&b)
			w.Write(text)
			w.Close()
			n := b.Len()
			return append([]byte{0, how, byte(size >> 16), byte(size >> 8), byte(size), byte(n >> 16), byte(n >> 8), byte(n)}, b.Bytes()...)
		}
		if got := InflateCertificate(message(want, len(want))); !bytes.Equal(got, want) {
			t.Errorf("%d: %d bytes of %d", how, len(got), len(want))
		}
		bomb := make([]byte, 30<<20)
		for _, wrong := range [][]byte{message(want, len(want)-1), message(want, len(want)+1), message(bomb, 1000), message(bomb, maxMessage+1), message(want, len(want))[:20]} {
			if got := InflateCertificate(wrong); got != nil {
				t.Errorf("%d: %d bytes of what is wrong", how, len(got))
			}
		}
	}
	if InflateCertificate([]byte{0, 9, 0, 0, 1, 0, 0, 1, 0}) != nil || InflateCertificate(nil) != nil {
		t.Error("no such compression")
	}
}
