package detect

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
)

// digestSet answers "is this the digest of a known value?" for every chain
// of at most two one-way steps. The key is the first 8 raw bytes of the
// digest, whatever text form it had in traffic, so hex, HEX, base64 and raw
// are one entry. What a key leads to is computed again and compared in full:
// no digest is stored.
type digestSet struct {
	forms []digestForm
	salts []keyring.Secret // joined to the text, or keys of an HMAC
	by64  map[uint64]chain
	by32  map[uint32]chain

	// filter has three bits for every key of by64: 256 kB that stay in cache,
	// where the map does not.
	filter []uint64
}

const filterBits = 21

// digestForm is a text that is hashed, and whose it is.
type digestForm struct {
	value int    // index into the engine's values
	name  string // of the form
	text  string
	weak  bool              // too common or short to be searched for in clear
	by    []persona.Hashing // who hashes it
}

// inner says what is hashed in the second step.
type inner uint8

const (
	direct inner = iota // the form itself
	ofHex               // the first digest in lower-case hex
	ofHEX               // in upper-case hex
	ofBase64
	ofRaw
	viaBase64 // not a digest: base64 of the form
	viaHex    // not a digest: lower-case hex of the form
)

var innerNames = [...]string{direct: "", ofHex: "hex", ofHEX: "upper-case hex", ofBase64: "base64", ofRaw: "raw bytes", viaBase64: "base64", viaHex: "hex"}

// chain is how a digest came to be: outer(inner(form)).
type chain struct {
	form   uint32
	first  uint8 // index into digestAlgorithms, when inner is of a digest
	inner  inner
	outer  uint8 // index into the algorithm list of kind
	kind   kind
	middle bool // the key is bytes 4 to 11 of the digest ("16-digit MD5")
	salted salted
	salt   uint8 // index into the set's salts
}

// salted says what a secret does to the text.
type salted uint8

const (
	unsalted salted = iota
	saltBefore
	saltAfter
	hmacKey
)

// kind is the list that chain.outer counts in.
type kind uint8

const (
	cryptographic kind = iota
	sum64
	sum32
)

var kinds = [...][]algorithm{cryptographic: digestAlgorithms, sum64: checksums64, sum32: checksums32}

// minDigestForm is the length of the shortest text whose digest is looked
// for, in bytes: the digests of "1" and "fr" are everywhere.
const minDigestForm = 4

// newDigestSet prepares the digests of forms, with the salts and keys of the
// ring.
func newDigestSet(forms []digestForm, keys *keyring.Ring) *digestSet {
	set := &digestSet{by64: make(map[uint64]chain), by32: make(map[uint32]chain), filter: make([]uint64, 1<<(filterBits-6))}
	set.salts = append(slices.Clone(keys.Salts()), keys.MACs()...)
	macs := len(keys.Salts()) // where they begin
	var buf, second, text []byte
	for _, f := range forms {
		if len(f.text) < minDigestForm {
			continue
		}
		n := uint32(len(set.forms))
		set.forms = append(set.forms, f)
		b := []byte(f.text)
		for a := range digestAlgorithms {
			c := chain{form: n, outer: uint8(a)}
			buf = digestAlgorithms[a].sum(buf[:0], b)
			set.put(buf, c)
			if a == 0 { // md5
				c.middle = true
				set.put(buf[4:12], c)
			}
			for in := ofHex; in <= ofRaw; in++ {
				text = in.of(text[:0], buf)
				for _, o := range outerAlgorithms {
					second = digestAlgorithms[o].sum(second[:0], text)
					set.put(second, chain{form: n, first: uint8(a), inner: in, outer: uint8(o)})
				}
			}
		}
		for _, in := range []inner{viaBase64, viaHex} {
			text = in.of(text[:0], b)
			for _, o := range outerAlgorithms {
				set.put(digestAlgorithms[o].sum(second[:0], text), chain{form: n, inner: in, outer: uint8(o)})
			}
		}
		for i := range set.salts {
			ways := []salted{saltBefore, saltAfter}
			if i >= macs {
				ways = []salted{hmacKey}
			}
			for _, way := range ways {
				for a := range saltedAlgorithms {
					c := chain{form: n, outer: uint8(a), salted: way, salt: uint8(i)}
					set.put(set.compute(c), c)
				}
			}
		}
		for a := range checksums64 {
			set.put(checksums64[a].sum(buf[:0], b), chain{form: n, outer: uint8(a), kind: sum64})
		}
		for a := range checksums32 {
			key := binary.BigEndian.Uint32(checksums32[a].sum(buf[:0], b))
			if _, taken := set.by32[key]; !taken {
				set.by32[key] = chain{form: n, outer: uint8(a), kind: sum32}
			}
		}
	}
	return set
}

// put keeps the first, that is the cheapest, chain for a key.
func (s *digestSet) put(digest []byte, c chain) {
	key := binary.BigEndian.Uint64(digest)
	if old, taken := s.by64[key]; !taken || c.inner == direct && old.inner != direct {
		s.by64[key] = c
		word, bits := filtered(key)
		s.filter[word] |= bits
	}
}

// filtered returns where the filter marks a key: three bits of one word (Bloom
// 1970, in blocks), which of keys that are not there pass one in a hundred.
func filtered(key uint64) (word, bits uint64) {
	h := key * mix
	return h >> (64 - filterBits + 6), 1<<(h>>40&63) | 1<<(h>>34&63) | 1<<(h>>28&63)
}

// of appends what inner makes of b.
func (in inner) of(dst, b []byte) []byte {
	switch in {
	case ofHex, viaHex:
		return hex.AppendEncode(dst, b)
	case ofHEX:
		return append(dst, strings.ToUpper(hex.EncodeToString(b))...)
	case ofBase64, viaBase64:
		return base64.StdEncoding.AppendEncode(dst, b)
	}
	return append(dst, b...)
}

// may reports whether eight bytes or more may begin a digest of a known value.
func (s *digestSet) may(raw []byte) bool {
	word, bits := filtered(binary.BigEndian.Uint64(raw))
	return s.filter[word]&bits == bits
}

// lookup reports whose digest raw is. truncated is set when raw is a
// beginning, or the middle 8 bytes, of it.
func (s *digestSet) lookup(raw []byte) (c chain, truncated, ok bool) {
	if len(raw) < 8 {
		return c, false, false
	}
	if !s.may(raw) {
		return c, false, false
	}
	c, ok = s.by64[binary.BigEndian.Uint64(raw)]
	if !ok {
		return c, false, false
	}
	full := s.compute(c)
	if c.middle {
		return c, true, len(raw) == 8 && bytes.Equal(full[4:12], raw)
	}
	if !bytes.HasPrefix(full, raw) {
		return c, false, false
	}
	return c, len(raw) < len(full), true
}

// lookup32 reports whose 32-bit checksum sum is.
func (s *digestSet) lookup32(sum uint32) (chain, bool) {
	c, ok := s.by32[sum]
	return c, ok
}

// compute walks the chain.
func (s *digestSet) compute(c chain) []byte {
	b := []byte(s.forms[c.form].text)
	switch secret := s.salts; c.salted {
	case saltBefore:
		b = append(slices.Clone(secret[c.salt].Bytes), b...)
	case saltAfter:
		b = append(b, secret[c.salt].Bytes...)
	case hmacKey:
		h := hmac.New(saltedAlgorithms[c.outer], secret[c.salt].Bytes)
		h.Write(b)
		return h.Sum(nil)
	}
	switch c.inner {
	case direct:
	case viaBase64, viaHex:
		b = c.inner.of(nil, b)
	default:
		b = c.inner.of(nil, digestAlgorithms[c.first].sum(nil, b))
	}
	return kinds[c.kind][c.outer].sum(nil, b)
}

// describe names the chain in field terms, outermost first: "md5 of sha256
// (hex) of contact.email, lower-cased".
func (s *digestSet) describe(c chain, typeName string) string {
	var b strings.Builder
	if c.salted == hmacKey {
		b.WriteString("hmac-")
	}
	b.WriteString(kinds[c.kind][c.outer].name)
	if c.salted != unsalted {
		b.WriteString(" with a known " + map[bool]string{true: "key", false: "salt"}[c.salted == hmacKey])
		if name := s.salts[c.salt].Name; name != "" {
			b.WriteString(" (" + name + ")")
		}
	}
	b.WriteString(" of ")
	switch c.inner {
	case direct:
	case viaBase64, viaHex:
		b.WriteString(innerNames[c.inner] + " of ")
	default:
		b.WriteString(digestAlgorithms[c.first].name + " (" + innerNames[c.inner] + ") of ")
	}
	b.WriteString(typeName)
	function := ""
	if c.salted == unsalted && c.inner <= ofHex && !c.middle {
		function = functions(c)
	}
	if name := s.forms[c.form].formName(function); name != "" {
		b.WriteString(", " + name)
	}
	return b.String()
}
