package peel

import "github.com/constat/constat/peel/keyring"

// Kind says what a layer is for.
type Kind int

const (
	Syntax      Kind = iota // structure, escapes, charsets: how messages are written
	Coding                  // somebody chose to write it so: base64, backwards
	Compression             // to make it smaller
	Cipher                  // to hide it: undone with a key
)

// kinds of the steps that are no syntax.
var kinds = func() map[string]Kind {
	m := map[string]Kind{
		"base64": Coding, "base64url": Coding, "hex": Coding, "jwt": Coding, "ascii85": Coding, "quoted-printable": Coding,
		"reverse": Coding, "lz-string": Compression, "uuencode": Coding, "base64 in an alphabet of its own": Coding,
		"gzip": Compression, "zlib": Compression, "deflate": Compression, "br": Compression, "zstd": Compression,
		"lz4": Compression, "snappy": Compression, "bzip2": Compression, "zip": Compression, "xz": Compression, "lzma": Compression,
		"xor": Cipher, "envelope": Cipher,
	}
	for _, a := range base32Alphabets {
		m[a.step] = Coding
	}
	for _, a := range base64Alphabets {
		m[a.step] = Coding
	}
	for _, a := range positional {
		m[a.step] = Coding
	}
	for _, a := range dense {
		m[a.step] = Coding
	}
	for i := range spellings {
		a := &spellings[i]
		m[a.step] = Coding
	}
	for i := range movedAlphabets {
		m[movedAlphabets[i].step] = Coding
	}
	for _, name := range keyring.Ciphers() {
		m[name] = Cipher
	}
	return m
}()

// KindOf says what the layer is for that a Part's Step names.
func KindOf(step string) Kind { return kinds[step] }
