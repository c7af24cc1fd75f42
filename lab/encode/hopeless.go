package encode

import (
	"crypto/aes"
	"crypto/rc4"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Hopeless are layers that a reader of traffic is not expected to undo: how
// many it undoes all the same is told apart, by their names. They keep a
// figure of recall honest: what would have to be known, or guessed, is named.
var Hopeless = []Step{
	{Name: "base64, shuffled, untold", Text: true, Binary: true, do: b64Letters(untold, base64.NoPadding)},
	{Name: "sha256, salt untold", Text: true, Digest: true, do: func(r *rand.Rand, in []byte) []byte {
		return lowerHex(fn("sha256")(append(lowerHex(random(r, 8)), in...)))
	}},
	{Name: "md5, salt untold", Text: true, Digest: true, do: func(r *rand.Rand, in []byte) []byte {
		return lowerHex(fn("md5")(append(append([]byte{}, in...), lowerHex(random(r, 8))...)))
	}},
	sum("sha256, first 6 digits", fn("sha256"), lowerHex, first(6)),
	sum("sha256, first 12 digits", fn("sha256"), lowerHex, first(12)),
	sum("md5, last 8 digits", fn("md5"), lowerHex, func(b []byte) []byte { return b[24:] }),
	{Name: "crc32", Text: true, Digest: true, do: fixed(func(in []byte) []byte { return fmt.Appendf(nil, "%08x", crc32.ChecksumIEEE(in)) })},
	sum("md5, three times", fn("md5"), lowerHex, fn("md5"), lowerHex, fn("md5"), lowerHex),
	{Name: "aes, key untold", Binary: true, Cipher: true, do: func(r *rand.Rand, in []byte) []byte {
		return cbc(must(aes.NewCipher(random(r, 16))), "front")(r, in)
	}},
	{Name: "rc4, key untold", Binary: true, Cipher: true, do: func(r *rand.Rand, in []byte) []byte {
		out := make([]byte, len(in))
		must(rc4.NewCipher(random(r, 16))).XORKeyStream(out, in)
		return out
	}},
	{Name: "xor, key as long as the text", Binary: true, Cipher: true, do: func(r *rand.Rand, in []byte) []byte { return xor(in, random(r, len(in))) }},
	{Name: "every byte plus its position", Binary: true, do: fixed(func(in []byte) []byte {
		out := make([]byte, len(in))
		for i, c := range in {
			out[i] = c + byte(7*i+3)
		}
		return out
	})},
	{Name: "split over two fields", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		all := []rune(string(in))
		k, cut := word(r), len(all)/2
		return marshal(map[string]any{k + "_1": string(all[:cut]), k + "_2": string(all[cut:])})
	}},
	{Name: "split over three fields", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		all := []rune(string(in))
		a, b := len(all)/3, len(all)*2/3
		return marshal(map[string]any{word(r) + "z": string(all[b:]), "a" + word(r): string(all[:a]), "m" + word(r): string(all[a:b])})
	}},
	{Name: "every second letter", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		var b strings.Builder
		for _, c := range string(in) {
			b.WriteRune(c)
			b.WriteByte(goDigits[r.IntN(len(goDigits))])
		}
		return []byte(b.String())
	}},
	{Name: "first letters of words", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		var all []string
		for _, c := range string(in) {
			all = append(all, string(c)+word(r))
		}
		return []byte(strings.Join(all, " "))
	}},
	{Name: "lowest bits of noise", Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := random(r, 8*len(in)) // as in the samples of a sound or a picture
		for i := range out {
			out[i] = out[i]&^1 | in[i/8]>>(i%8)&1
		}
		return out
	}},
	{Name: "spaces and tabs", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		var b strings.Builder
		for _, c := range in {
			b.WriteString(word(r) + strings.NewReplacer("0", " ", "1", "\t").Replace(fmt.Sprintf("%08b", c)) + "\n")
		}
		return []byte(b.String())
	}},
	{Name: "coordinates with noise", Text: true, Fits: position, do: func(r *rand.Rand, in []byte) []byte {
		var out []string
		for part := range strings.SplitSeq(string(in), ",") {
			x, _ := strconv.ParseFloat(part, 64)
			out = append(out, fmt.Sprintf("%.6f", x+(r.Float64()-0.5)*0.02)) // about a kilometre
		}
		return []byte(strings.Join(out, ","))
	}},
}

// position reports whether in is a latitude and a longitude.
func position(in []byte) bool {
	a, b, ok := strings.Cut(string(in), ",")
	_, err1 := strconv.ParseFloat(a, 64)
	_, err2 := strconv.ParseFloat(b, 64)
	return ok && err1 == nil && err2 == nil
}
