package encode

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math/rand/v2"

	"github.com/andybalholm/brotli"
	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// must is for writers into memory with settings that are right.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func deflateAt(level int) func(*rand.Rand, []byte) []byte {
	return squeeze(func(w io.Writer) io.WriteCloser { return must(flate.NewWriter(w, level)) })
}

func brotliAt(quality, window int) func(*rand.Rand, []byte) []byte {
	return squeeze(func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: quality, LGWin: window})
	})
}

// squeezed are the compressors at other settings than their usual ones, and
// those that are met less often.
var squeezed = []Step{
	{Name: "deflate, fast", Binary: true, do: deflateAt(1)},
	{Name: "deflate, huffman only", Binary: true, do: deflateAt(flate.HuffmanOnly)},
	{Name: "deflate, stored", Binary: true, do: deflateAt(flate.NoCompression)},
	{Name: "deflate, flushed", Binary: true, do: fixed(func(in []byte) []byte {
		var b bytes.Buffer // as permessage-deflate leaves it (RFC 7692, 7.2.1)
		w := must(flate.NewWriter(&b, 6))
		w.Write(in)
		w.Flush()
		return bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})
	})},
	{Name: "zlib, best", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return must(zlib.NewWriterLevel(w, 9)) })},
	{Name: "zlib, fast", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return must(zlib.NewWriterLevel(w, 1)) })},
	{Name: "gzip, named", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser {
		z := must(gzip.NewWriterLevel(w, 1))
		z.Name, z.Comment = "events.json", "batch"
		return z
	})},
	{Name: "gzip, two members", Binary: true, do: fixed(func(in []byte) []byte {
		var b bytes.Buffer
		for _, half := range [][]byte{in[:len(in)/2], in[len(in)/2:]} {
			z := gzip.NewWriter(&b)
			z.Write(half)
			z.Close()
		}
		return b.Bytes()
	})},
	{Name: "brotli, fast", Binary: true, do: brotliAt(0, 16)},
	{Name: "brotli, best", Binary: true, do: brotliAt(11, 22)},
	{Name: "zstd, best", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser {
		return must(zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true)))
	})},
	{Name: "lz4 block", Binary: true, do: fixed(lz4Block)},
	{Name: "lz4 block, size in front", Binary: true, do: fixed(func(in []byte) []byte {
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(in))), lz4Block(in)...)
	})},
	{Name: "bzip2", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser {
		return must(bzip2.NewWriter(w, &bzip2.WriterConfig{Level: 1}))
	})},
	{Name: "xz", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return must(xz.WriterConfig{DictCap: 1 << 16}.NewWriter(w)) })},
	{Name: "lzma", Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return must(lzma.WriterConfig{DictCap: 1 << 16}.NewWriter(w)) })},
	{Name: "zip", Binary: true, do: zipped(zip.Deflate)},
	{Name: "zip, stored", Binary: true, do: zipped(zip.Store)},
	{Name: "tar", Binary: true, do: fixed(func(in []byte) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Name: "log/events.txt", Mode: 0o600, Size: int64(len(in))})
		w.Write(in)
		w.Close()
		return b.Bytes()
	})},
}

func zipped(method uint16) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range []string{"info.txt", "events.log"} {
			w := must(z.CreateHeader(&zip.FileHeader{Name: name, Method: method}))
			if name == "info.txt" {
				w.Write([]byte("v1"))
			} else {
				w.Write(in)
			}
		}
		z.Close()
		return b.Bytes()
	})
}

// lz4Block is a block of LZ4 without a frame, from the format's description
// (lz4_Block_format.md): sequences of a token, literals, an offset of 16 bits.
func lz4Block(in []byte) []byte {
	var out []byte
	last := map[[4]byte]int{}
	long := func(n int) {
		for ; n >= 255; n -= 255 {
			out = append(out, 255)
		}
		out = append(out, byte(n))
	}
	sequence := func(literals []byte, offset, match int) {
		token := byte(min(len(literals), 15)) << 4
		if offset > 0 {
			token |= byte(min(match-4, 15))
		}
		out = append(out, token)
		if len(literals) >= 15 {
			long(len(literals) - 15)
		}
		out = append(out, literals...)
		if offset > 0 {
			out = append(out, byte(offset), byte(offset>>8))
			if match-4 >= 15 {
				long(match - 4 - 15)
			}
		}
	}
	from := 0
	for i := 0; i+12 < len(in); { // the last match begins 12 bytes before the end
		at := [4]byte(in[i:])
		before, met := last[at]
		last[at] = i
		if !met || i-before > 0xffff {
			i++
			continue
		}
		n := 4
		for i+n < len(in)-5 && in[before+n] == in[i+n] { // the last 5 bytes are literals
			n++
		}
		sequence(in[from:i], i-before, n)
		i += n
		from = i
	}
	sequence(in[from:], 0, 0)
	return out
}
