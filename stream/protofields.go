package stream

// protoFields walks over the fields of a message of protobuf (the wire format
// of protobuf.dev/programming-guides/encoding), without keeping or looking into
// any: it tells whether some bytes can be one.
type protoFields struct {
	want   byte // what comes next
	n      int  // bytes of the varint at hand
	number uint64
	left   uint64 // bytes of a field to pass over
	bad    bool
}

// What comes next.
const (
	protoTag = iota
	protoValue
	protoLength
)

func (p *protoFields) read(b []byte) {
	for len(b) > 0 && !p.bad {
		if p.left > 0 {
			k := min(p.left, uint64(len(b)))
			p.left -= k
			b = b[k:]
			continue
		}
		x := b[0]
		b = b[1:]
		p.number |= uint64(x&0x7f) << (7 * p.n)
		if p.n++; x >= 0x80 {
			p.bad = p.n >= 10 || p.n >= 5 && p.want != protoValue
			continue
		}
		switch p.want {
		case protoValue:
			p.want = protoTag
		case protoLength:
			p.want, p.left = protoTag, p.number
		default:
			p.tag(p.number)
		}
		p.n, p.number = 0, 0
	}
}

// tag takes a field's number and wire type. Groups are not in use any more.
func (p *protoFields) tag(t uint64) {
	p.bad = t>>3 == 0 || t>>32 != 0
	switch t & 7 {
	case 0:
		p.want = protoValue
	case 1:
		p.left = 8
	case 2:
		p.want = protoLength
	case 5:
		p.left = 4
	default:
		p.bad = true
	}
}

// whole reports whether what was read ends with a field.
func (p *protoFields) whole() bool {
	return !p.bad && p.want == protoTag && p.n == 0 && p.left == 0
}
