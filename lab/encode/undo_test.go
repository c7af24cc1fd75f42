package encode

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rc4"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/cespare/xxhash/v2"
	"github.com/dchest/siphash"
	other "github.com/jzelinskie/whirlpool"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/spaolacci/murmur3"
	"github.com/zeebo/blake3"
	"golang.org/x/crypto/chacha20poly1305"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/tea"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/xtea"
)

// inGo reports whether Python has no decoder for a step: it is undone in
// TestUndoneInGo, or its function is held against others in TestFunctions.
func inGo(name string) bool {
	function, _, _ := strings.Cut(name, ",")
	return undoneInGo[name] != nil || rareFunctions[function] != nil
}

// TestUndone has other people's decoders undo every step.
func TestUndone(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	var in bytes.Buffer
	for i, s := range Steps {
		for j, value := range []string{
			"camille.ferrand.ab12cd@courriel.example", "+33 6 39 98 12 34", "02:1f:aa:0c:9e:7b", "48.856614,-2.352222", "Zélie d'Où \"x\" <\\> & 中文 😀 100%+1",
			strings.Repeat("brandade lucarne 0123456789 ", 40) + "end.",
		} {
			if s.Fits != nil && !s.Fits([]byte(value)) {
				continue
			}
			b, _ := json.Marshal(map[string]string{"name": s.Name, "in": fmt.Sprintf("%x", value), "out": fmt.Sprintf("%x", s.Apply(source(i*10+j), []byte(value)))})
			in.Write(append(b, '\n'))
		}
		if s.Binary && !s.Digest {
			value := []byte{0, 1, 0xff, 0xfe, 0x80, 0, 0, 7, '\n', 0xc3}
			b, _ := json.Marshal(map[string]string{"name": s.Name, "in": fmt.Sprintf("%x", value), "out": fmt.Sprintf("%x", s.Apply(source(i), value))})
			in.Write(append(b, '\n'))
		}
	}
	cmd := exec.Command(python, "testdata/undo.py")
	cmd.Stdin = &in
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	unknown := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "? "); ok {
			if !inGo(name) && !unknown[name] {
				t.Errorf("nothing undoes %s", name)
			}
			unknown[name] = true
			continue
		}
		t.Error(line)
	}
	for name := range undoneInGo {
		if !unknown[name] {
			t.Errorf("%s is undone in Python: take it out of the list", name)
		}
	}
}

func reader(open func(io.Reader) io.Reader) func([]byte) []byte {
	return func(b []byte) []byte { return must(io.ReadAll(open(bytes.NewReader(b)))) }
}

func opened(a cipher.AEAD, err error) func([]byte) []byte {
	return func(b []byte) []byte { return must(a.Open(nil, b[:a.NonceSize()], b[a.NonceSize():], nil)) }
}

// blocks decrypts ECB.
func blocks(c cipher.Block, err error) func([]byte) []byte {
	return func(b []byte) []byte {
		out := bytes.Clone(b)
		for i := 0; i < len(b); i += c.BlockSize() {
			c.Decrypt(out[i:], b[i:])
		}
		return out[:len(out)-int(out[len(out)-1])]
	}
}

var undoneInGo = map[string]func([]byte) []byte{
	"brotli":                         reader(func(r io.Reader) io.Reader { return brotli.NewReader(r) }),
	"brotli, fast":                   reader(func(r io.Reader) io.Reader { return brotli.NewReader(r) }),
	"brotli, best":                   reader(func(r io.Reader) io.Reader { return brotli.NewReader(r) }),
	"zstd":                           reader(func(r io.Reader) io.Reader { return must(zstd.NewReader(r)) }),
	"zstd, best":                     reader(func(r io.Reader) io.Reader { return must(zstd.NewReader(r)) }),
	"lz4":                            reader(func(r io.Reader) io.Reader { return lz4.NewReader(r) }),
	"snappy frames":                  reader(func(r io.Reader) io.Reader { return snappy.NewReader(r) }),
	"snappy block":                   func(b []byte) []byte { return must(snappy.Decode(nil, b)) },
	"base64, shuffled, told":         func(b []byte) []byte { return must(base64.NewEncoding(Told).DecodeString(string(b))) },
	"aes-256-gcm":                    opened(cipher.NewGCM(must(aes.NewCipher(key("aes-256-gcm"))))),
	"aes-128-gcm, key among strings": opened(cipher.NewGCM(must(aes.NewCipher(key("strings, aes-128"))))),
	"chacha20-poly1305":              opened(chacha20poly1305.New(key("chacha20"))),
	"tea":                            blocks(tea.NewCipher(key("tea"))),
	"xtea":                           func(b []byte) []byte { return blocks(must(xtea.NewCipher(key("tea"))), nil)(b) },
	"rc4": func(b []byte) []byte {
		out := make([]byte, len(b))
		must(rc4.NewCipher(key("rc4"))).XORKeyStream(out, b)
		return out
	},
	"xxtea": func(b []byte) []byte { // from the reference code's description, backwards
		v := make([]uint32, len(b)/4)
		for i := range v {
			v[i] = binary.LittleEndian.Uint32(b[4*i:])
		}
		var k [4]uint32
		for i := range k {
			k[i] = binary.LittleEndian.Uint32(key("xxtea")[4*i:])
		}
		n := len(v)
		for sum := uint32(6+52/n) * 0x9e3779b9; sum != 0; sum -= 0x9e3779b9 {
			for p := n - 1; p >= 0; p-- {
				y, z := v[(p+1)%n], v[(p+n-1)%n]
				mx := ((z >> 5) ^ (y << 2)) + ((y >> 3) ^ (z << 4))
				mx ^= (sum ^ y) + (k[uint32(p&3)^(sum>>2&3)] ^ z)
				v[p] -= mx
			}
		}
		var out []byte
		for _, x := range v[:n-1] {
			out = binary.LittleEndian.AppendUint32(out, x)
		}
		return out[:v[n-1]]
	},
	"xor, one byte": func(b []byte) []byte { return xor(b, []byte{b[0] ^ 'c'}) }, // the text begins with c
	"xor, repeating": func(b []byte) []byte {
		for n := 2; n <= 16; n++ { // the key's length is the only one that makes text of it
			guess := xor(b, xor(b[:n], []byte(trial)))
			if string(guess) == trial {
				return guess
			}
		}
		return nil
	},
	"envelope": func(b []byte) []byte {
		inner := sha512.Sum512(b[6:38])
		k := sha512.Sum512(append(inner[:], envelopeKey[:]...))
		out := make([]byte, len(b)-38)
		cipher.NewCBCDecrypter(must(aes.NewCipher(k[:16])), k[16:32]).CryptBlocks(out, b[38:])
		out = out[64 : len(out)-int(out[len(out)-1])]
		return must(io.ReadAll(must(gzip.NewReader(bytes.NewReader(out)))))
	},
}

const trial = "camille.ferrand.ab12cd@courriel.example, brandade et lucarne"

func TestUndoneInGo(t *testing.T) {
	for name, undo := range undoneInGo {
		s, ok := ByName(name)
		if !ok {
			t.Errorf("no step %s", name)
			continue
		}
		for i := range 50 {
			made := s.Apply(source(i), []byte(trial))
			if got := undo(made); string(got) != trial {
				t.Fatalf("%s: %q", name, got)
			}
		}
	}
}

// rareFunctions are those that Python does not have: other implementations.
var rareFunctions = map[string]func([]byte) []byte{
	"keccak-256": byVector, "md4": byVector, "fnv1-64": byVector, "fnv1a-64": byVector, "crc64-ecma": byVector, "crc64-iso": byVector, // by vectors only
	"blake3": func(b []byte) []byte { s := blake3.Sum256(b); return s[:] },
	"murmur3-128": func(b []byte) []byte {
		x, y := murmur3.Sum128(b)
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, x), y)
	},
	"xxhash64":    func(b []byte) []byte { return binary.BigEndian.AppendUint64(nil, xxhash.Sum64(b)) },
	"siphash-2-4": func(b []byte) []byte { return binary.LittleEndian.AppendUint64(nil, siphash.Hash(0, 0, b)) },
	"whirlpool":   of(func() hash.Hash { return other.New() }),
}

func byVector([]byte) []byte { return nil }

// TestFunctions holds the functions against published vectors and against
// other implementations.
func TestFunctions(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"keccak-256", "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
		{"md4", "abc", "a448017aaf21d8525fc10ae87aa6729d"},
		{"blake3", "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
		{"xxhash64", "", "ef46db3751d8e999"},
		{"fnv1-64", "a", "af63bd4c8601b7be"},
		{"fnv1a-64", "a", "af63dc4c8601ec8c"},
		{"crc64-ecma", "123456789", "995dc9bbdf1939fa"},
		{"crc64-iso", "123456789", "b90956c775a41001"},
		{"sm3", "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
		{"murmur3-128", "The quick brown fox jumps over the lazy dog", "e34bbc7bbc071b6c7a433ca9c49a9347"},
	} {
		if got := fmt.Sprintf("%x", fn(c.name)([]byte(c.in))); got != c.want {
			t.Errorf("%s of %q is %s", c.name, c.in, got)
		}
	}
	r := source(1)
	for name, f := range rareFunctions {
		for n := range 200 {
			in := random(r, n)
			if want := f(in); want != nil && !bytes.Equal(fn(name)(in), want) {
				t.Errorf("%s of %d bytes: %x, not %x", name, n, fn(name)(in), want)
			}
		}
	}
}
