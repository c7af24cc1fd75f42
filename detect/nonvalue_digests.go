package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// nonvalueDigests answers "is this the digest of a non-value?": vendors do send
// the SHA-256 of their own <user_email_address>. Like digestSet it keeps 8 bytes
// of each digest and computes the rest again before it believes them.
type nonvalueDigests struct {
	texts []sample // in the form that is hashed
	of    []string // the text as the row has it
	by64  map[uint64]nonvalueDigest
}

type nonvalueDigest struct {
	text  uint32 // index into texts
	chain uint8  // index into nonvalueChains
}

// nonvalueChains are the functions that platforms ask for, and Criteo's two in
// a row.
var nonvalueChains = []struct {
	name string
	sum  func(dst, text []byte) []byte
}{
	{"sha256", digestAlgorithms[2].sum},
	{"md5", digestAlgorithms[0].sum},
	{"sha1", digestAlgorithms[1].sum},
	{"sha512", digestAlgorithms[3].sum},
	{"sha256 of md5", func(dst, text []byte) []byte {
		var buf [64]byte
		return digestAlgorithms[2].sum(dst, hex.AppendEncode(buf[:0], digestAlgorithms[0].sum(nil, text)))
	}},
}

func newNonvalueDigests(n *nonvalues, rows []*nonvalue) *nonvalueDigests {
	d := &nonvalueDigests{
		texts: make([]sample, 0, 10_000), of: make([]string, 0, 10_000), by64: make(map[uint64]nonvalueDigest, 40_000),
	}
	var sum []byte
	seen := make(map[string]bool, 1<<14)
	add := func(row *nonvalue, text string, chains int, forms []string) {
		for _, form := range forms {
			if seen[form] {
				continue
			}
			seen[form] = true
			at := uint32(len(d.texts))
			d.texts, d.of = append(d.texts, sample{row, form}), append(d.of, text)
			for i := range nonvalueChains[:chains] {
				sum = nonvalueChains[i].sum(sum[:0], []byte(form))
				d.by64[binary.BigEndian.Uint64(sum)] = nonvalueDigest{at, uint8(i)}
			}
		}
	}
	for _, r := range rows {
		for _, text := range r.Exact {
			add(r, text, len(nonvalueChains), append(normalForms(text), strings.ToUpper(text)))
		}
	}
	n.tags.each(func(row *nonvalue, text string) { add(row, text, len(nonvalueChains)-1, normalForms(text)) })
	return d
}

// normalForms are those in which platforms hash a text that they take for a
// value: as it is, lower-cased, without punctuation, letters only, and a mailbox
// without dots. (Upper case is asked for identifiers only.)
func normalForms(text string) []string {
	low := strings.ToLower(text)
	forms := []string{text, low}
	if local, domain, ok := strings.Cut(low, "@"); ok {
		return append(forms, strings.Map(onlyClass(isAlpha|isDigit), local)+"@"+domain)
	}
	if bare := strings.Map(onlyClass(isAlpha|isDigit), low); bare != "" && bare != low {
		forms = append(forms, bare)
		if letters := strings.Map(onlyClass(isAlpha), low); len(letters) > 2 && letters != bare {
			forms = append(forms, letters)
		}
	}
	return forms
}

func onlyClass(class uint8) func(rune) rune {
	return func(r rune) rune {
		if r < 0x80 && classOf[r]&class != 0 {
			return r
		}
		return -1
	}
}

// find reports which non-value v is the digest of, in hex or base64, and by
// which function.
func (d *nonvalueDigests) find(v []byte) (s sample, function string, ok bool) {
	var buf [64]byte
	raw := digestBytes(buf[:0], v)
	if raw == nil {
		return sample{}, "", false
	}
	x, ok := d.by64[binary.BigEndian.Uint64(raw)]
	if !ok {
		return sample{}, "", false
	}
	chain := &nonvalueChains[x.chain]
	if !bytes.Equal(chain.sum(nil, []byte(d.texts[x.text].text)), raw) {
		return sample{}, "", false
	}
	return sample{d.texts[x.text].row, d.of[x.text]}, chain.name, true
}

// digestBytes reads text of the length of a digest of 16, 20, 32 or 64 bytes,
// in hexadecimal digits or base64; nil if it is none.
func digestBytes(dst, v []byte) []byte {
	switch len(v) {
	case 32, 40, 64, 128:
		raw, err := hex.AppendDecode(dst, v)
		if err == nil {
			return raw
		}
		return nil
	case 22, 24, 27, 28, 43, 44, 86, 88:
	default:
		return nil
	}
	v = bytes.TrimRight(v, "=")
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(v, "-_") {
		enc = base64.RawURLEncoding
	}
	raw, err := enc.AppendDecode(dst, v)
	if err != nil {
		return nil
	}
	switch len(raw) {
	case 16, 20, 32, 64:
		return raw
	}
	return nil
}
