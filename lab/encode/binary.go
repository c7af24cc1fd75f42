package encode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"math/rand/v2"
	"unicode/utf16"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// squeeze runs in through a compressor.
func squeeze(open func(io.Writer) io.WriteCloser) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte {
		var b bytes.Buffer
		w := open(&b)
		w.Write(in)
		w.Close()
		return b.Bytes()
	})
}

// packers take any bytes and make bytes.
var packers = []Step{
	{Name: "gzip", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })},
	{Name: "zlib", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })},
	{Name: "deflate", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z })},
	{Name: "brotli", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })},
	{Name: "zstd", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser {
		z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		return z
	})},
	{Name: "lz4", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) })},
	{Name: "snappy frames", Squeeze: true, Binary: true, do: squeeze(func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterSnappyCompat()) })},
	{Name: "snappy block", Squeeze: true, Binary: true, do: fixed(func(in []byte) []byte { return s2.EncodeSnappy(nil, in) })},
	{Name: "envelope", Cipher: true, Binary: true, do: envelope},
	{Name: "xor with a key in front", Cipher: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		key := byte(1 + r.IntN(255))
		out := []byte{'X', 1, key}
		for _, c := range in {
			out = append(out, c^key)
		}
		return out
	}},
}

// envelopeMagic and envelopeKey are the lab's own: no app uses them.
var (
	envelopeMagic = []byte("qz\x05\x10\x00\x00")
	envelopeKey   = sha512.Sum512([]byte("quinze: the lab's second layer"))
)

// envelope is a second encryption layer with its key in the message, as the
// literature describes one: magic ‖ 32 random bytes ‖ AES-128-CBC(SHA-512(z) ‖
// z), z = gzip(in); key and IV are SHA-512(SHA-512(random) ‖ constant)[:32].
func envelope(r *rand.Rand, in []byte) []byte {
	var salt [32]byte
	for i := range salt {
		salt[i] = byte(r.Uint32())
	}
	inner := sha512.Sum512(salt[:])
	k := sha512.Sum512(append(inner[:], envelopeKey[:]...))
	z := squeeze(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })(r, in)
	sum := sha512.Sum512(z)
	plain := append(sum[:], z...)
	pad := aes.BlockSize - len(plain)%aes.BlockSize // PKCS #7
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(k[:16])
	if err != nil {
		panic(err) // the key is 16 bytes
	}
	cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(plain, plain)
	return append(append(bytes.Clone(envelopeMagic), salt[:]...), plain...)
}

// records take text and make binary records, or text in another encoding.
var records = []Step{
	{Name: "protobuf", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		out := binary.AppendUvarint(nil, 1<<3) // field 1, a number
		out = binary.AppendUvarint(out, uint64(r.IntN(1<<20)))
		return field(out, 2+r.IntN(8), in)
	}},
	{Name: "protobuf, nested", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		return field(nil, 1+r.IntN(9), field(nil, 1+r.IntN(9), field(nil, 2, in)))
	}},
	{Name: "grpc frame", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		p := field(nil, 1+r.IntN(9), in)
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(p))), p...)
	}},
	{Name: "messagepack", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r)
		out := append([]byte{0x82, 0xa0 | byte(len(k))}, k...)
		out = binary.BigEndian.AppendUint32(append(out, 0xdb), uint32(len(in)))
		out = append(out, in...)
		return append(out, 0xa1, 'n', 0xcd, 3, 0xe8)
	}},
	{Name: "cbor", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r)
		out := append([]byte{0xa1, 0x60 | byte(len(k))}, k...)
		out = binary.BigEndian.AppendUint32(append(out, 0x7a), uint32(len(in)))
		return append(out, in...)
	}},
	{Name: "utf-16le", do: fixed(func(in []byte) []byte {
		var out []byte
		for _, u := range utf16.Encode([]rune(string(in))) {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
		return out
	})},
	{Name: "utf-16be with mark", do: fixed(func(in []byte) []byte {
		out := []byte{0xfe, 0xff}
		for _, u := range utf16.Encode([]rune(string(in))) {
			out = binary.BigEndian.AppendUint16(out, u)
		}
		return out
	})},
	{Name: "length in front", Structure: true, do: fixed(func(in []byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(in))), in...)
	})},
}

// field appends a length-delimited protobuf field.
func field(out []byte, number int, in []byte) []byte {
	out = binary.AppendUvarint(out, uint64(number)<<3|2)
	out = binary.AppendUvarint(out, uint64(len(in)))
	return append(out, in...)
}

// digest writes a hash of the text in hex.
func digest(open func() hash.Hash, change func([]byte) []byte) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte {
		h := open()
		h.Write(change(in))
		return []byte(hex.EncodeToString(h.Sum(nil)))
	})
}

func same(b []byte) []byte { return b }

// digests make a value unreadable and leave it recognisable.
var digests = []Step{
	{Name: "md5", Text: true, Digest: true, do: digest(md5.New, same)},
	{Name: "md5 of lower case", Text: true, Digest: true, do: digest(md5.New, bytes.ToLower)},
	{Name: "sha1", Text: true, Digest: true, do: digest(sha1.New, same)},
	{Name: "sha256", Text: true, Digest: true, do: digest(sha256.New, same)},
	{Name: "sha256 of lower case", Text: true, Digest: true, do: digest(sha256.New, bytes.ToLower)},
	{Name: "sha512", Text: true, Digest: true, do: digest(sha512.New, same)},
}
