package peel

import "bytes"

// base64Alphabets are orders of the 64 letters other than RFC 4648's.
var base64Alphabets = []struct{ step, letters string }{
	{"base64, lower case first", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"},
	{"base64, lower case first", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"},
	{"base64, digits first", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/"},
	{"base64, digits first", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"},
	{"base64, digits and lower case first", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"},
	{"base64, digits and lower case first", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"},
	{"crypt(3) base64", "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
	{"bcrypt base64", "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
	{"base64 with . and _", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"},
	{"IMAP base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,"},
	{"base64 backwards", "/+9876543210zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA"},
}

var base64Values = func() (t [][256]uint8) {
	for _, a := range base64Alphabets {
		var v [256]uint8
		for i := range 64 {
			v[a.letters[i]] = uint8(i)
		}
		t = append(t, v)
	}
	return t
}()

// squeezedHead reports whether three bytes begin gzip, zlib or zstd.
func squeezedHead(b [3]byte) bool {
	return b == [3]byte{0x1f, 0x8b, 8} || b[0] == 0x78 && (uint(b[0])<<8|uint(b[1]))%31 == 0 || b == [3]byte{0x28, 0xb5, 0x2f}
}

// otherBase64 undoes base64 in other alphabets: those above, and those that
// the keyring lists.
func (w *Walker) otherBase64(p *Part, s letters) (sure bool) {
	if s&(spaces|others) != 0 || !s.mixed() || s.only(hexOnly|dash) {
		return false
	}
	b := p.Data
	for i := range base64Alphabets {
		// Three bytes tell nearly always that it is another alphabet.
		v := &base64Values[i]
		x := uint(v[b[0]])<<18 | uint(v[b[1]])<<12 | uint(v[b[2]])<<6 | uint(v[b[3]])
		if head := [3]byte{byte(x >> 16), byte(x >> 8), byte(x)}; classOf[head[0]]&classOf[head[1]]&classOf[head[2]]&cText == 0 && !squeezedHead(head) {
			continue
		}
		if w.base64In(p, base64Alphabets[i].step, "", base64Alphabets[i].letters) {
			return true
		}
	}
	if w.keys != nil {
		for _, a := range w.keys.Alphabets() {
			if w.base64In(p, "base64 in an alphabet of its own", a.Name, a.Letters) {
				return true
			}
		}
	}
	return false
}

// base64In undoes base64 with 64 given letters, and a 65th that pads if there
// is one.
func (w *Walker) base64In(p *Part, step, name, letters string) bool {
	b := bytes.TrimRight(p.Data, "=")
	if len(letters) > 64 {
		b = bytes.TrimRight(b, letters[64:])
	}
	if len(b)%4 == 1 {
		return false
	}
	var value [256]byte
	for i := range 64 {
		value[letters[i]] = byte(i) + 1
	}
	out := make([]byte, 0, len(b)*3/4)
	acc, bits := uint(0), 0
	for _, c := range b {
		v := value[c]
		if v == 0 {
			return false
		}
		acc = acc<<6 | uint(v-1)
		if bits += 6; bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	good := w.proofOf(out)
	if good == unproven && name != "" {
		good = possible // somebody told the alphabet: it may be locked, too
	}
	if good == unproven || !w.spend(p, step, len(out)) {
		return false
	}
	w.later(good.cost(), w.made(p, step, name, p.Key, out, 0, len(p.Data)), hint{inner: true})
	return good == proven
}
