package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// envelope is a message that carries what opens it, once its making is known:
//
//	random = message[6:38]                           a name for bytes
//	k      = sha512(sha512(random), secret)          a digest of arguments joined
//	plain  = aes-cbc(k[:16], k[16:32], message[38:]) key, IV, ciphertext
//	check sha512(plain[64:]) = plain[:64]            or the message is not opened
//	return plain[64:]
//
// Bytes are named: message, the constants, and what steps before have named.
// A range counts from the front, or with a minus from the end. Functions are
// those of the table functions. A rule needs at least one check, or a cipher
// that checks itself (aes-gcm, padding of aes-cbc and aes-ecb).
type envelope struct {
	name      string
	magic     []byte
	constants map[string][]byte
	steps     []step
}

// step is one line of the rule.
type step struct {
	name string // of what it makes; "" for check and return
	expr expr
	is   expr // of a check: what it must equal
}

// expr is a name, or a function of others, and a range of it.
type expr struct {
	name     string
	args     []expr // nil: the name is of bytes
	call     bool
	ranged   bool
	from, to int
	open     bool // no end given
}

// functions that rules may use. Each says how many arguments it wants, -1
// for any number that it joins.
var functions = map[string]struct {
	args int
	do   func(a [][]byte) ([]byte, error)
}{
	"md5":         {-1, digest(md5.New)},
	"sha1":        {-1, digest(sha1.New)},
	"sha256":      {-1, digest(sha256.New)},
	"sha512":      {-1, digest(sha512.New)},
	"sm3":         {-1, digest(sm3.New)},
	"hmac-sha256": {2, func(a [][]byte) ([]byte, error) { return mac(sha256.New, a[0], a[1]), nil }},
	"hmac-sha1":   {2, func(a [][]byte) ([]byte, error) { return mac(sha1.New, a[0], a[1]), nil }},
	"hmac-md5":    {2, func(a [][]byte) ([]byte, error) { return mac(md5.New, a[0], a[1]), nil }},
	"join":        {-1, func(a [][]byte) ([]byte, error) { return bytes.Join(a, nil), nil }},
	"hex": {1, func(a [][]byte) ([]byte, error) {
		return hex.AppendEncode(nil, a[0]), nil
	}},
	"unhex": {1, func(a [][]byte) ([]byte, error) { return hex.AppendDecode(nil, a[0]) }},
	"unbase64": {1, func(a [][]byte) ([]byte, error) {
		return base64.RawStdEncoding.AppendDecode(nil, bytes.TrimRight(a[0], "="))
	}},
	"reverse": {1, func(a [][]byte) ([]byte, error) {
		out := bytes.Clone(a[0])
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
		return out, nil
	}},
	"xor": {2, func(a [][]byte) ([]byte, error) {
		if len(a[0]) == 0 {
			return nil, errEmpty
		}
		out := make([]byte, len(a[1]))
		(&repeating{key: a[0]}).XORKeyStream(out, a[1])
		return out, nil
	}},
	"rc4": {2, func(a [][]byte) ([]byte, error) {
		c, err := rc4.NewCipher(a[0])
		if err != nil {
			return nil, err
		}
		out := make([]byte, len(a[1]))
		c.XORKeyStream(out, a[1])
		return out, nil
	}},
	"aes-cbc": {3, func(a [][]byte) ([]byte, error) { return openCBC(aes.NewCipher, a) }},
	"sm4-cbc": {3, func(a [][]byte) ([]byte, error) { return openCBC(sm4.NewCipher, a) }},
	"aes-ecb": {2, func(a [][]byte) ([]byte, error) {
		open := codebook(aes.NewCipher)(&key{bytes: a[0]})
		if open == nil {
			return nil, errSize
		}
		out, ok := open(a[1], anything)
		if !ok {
			return nil, errPadding
		}
		return out, nil
	}},
	"aes-ctr": {3, func(a [][]byte) ([]byte, error) {
		c, err := aes.NewCipher(a[0])
		if err != nil || len(a[1]) != c.BlockSize() {
			return nil, errSize
		}
		out := make([]byte, len(a[2]))
		cipher.NewCTR(c, a[1]).XORKeyStream(out, a[2])
		return out, nil
	}},
	"aes-gcm": {3, func(a [][]byte) ([]byte, error) {
		c, err := aes.NewCipher(a[0])
		if err != nil || len(a[1]) != 12 {
			return nil, errSize
		}
		g, err := cipher.NewGCM(c)
		if err != nil {
			return nil, err
		}
		return g.Open(nil, a[1], a[2], nil)
	}},
	"xxtea": {2, func(a [][]byte) ([]byte, error) {
		out, ok := openXXTEA(&key{bytes: a[0]})(a[1], anything)
		if !ok || len(a[0]) > 16 {
			return nil, errSize
		}
		return out, nil
	}},
}

var (
	errEmpty   = errors.New("an empty key")
	errSize    = errors.New("a key, IV or message of the wrong length")
	errPadding = errors.New("no padding")
)

func anything([]byte) bool { return true }

func digest(open func() hash.Hash) func(a [][]byte) ([]byte, error) {
	return func(a [][]byte) ([]byte, error) {
		h := open()
		for _, b := range a {
			h.Write(b)
		}
		return h.Sum(nil), nil
	}
}

func mac(open func() hash.Hash, key, b []byte) []byte {
	h := hmac.New(open, key)
	h.Write(b)
	return h.Sum(nil)
}

func openCBC(open func([]byte) (cipher.Block, error), a [][]byte) ([]byte, error) {
	c, err := open(a[0])
	if err != nil || len(a[1]) != c.BlockSize() || len(a[2]) == 0 || len(a[2])%c.BlockSize() != 0 {
		return nil, errSize
	}
	out := make([]byte, len(a[2]))
	cipher.NewCBCDecrypter(c, a[1]).CryptBlocks(out, a[2])
	if !padded(out[len(out)-c.BlockSize():]) {
		return nil, errPadding
	}
	return out[:len(out)-int(out[len(out)-1])], nil
}

// compile reads the rule's steps. An error names the step.
func (e *envelope) compile(constants map[string]string, steps []string) error {
	known := map[string]bool{"message": true}
	e.constants = map[string][]byte{}
	for name, text := range constants {
		b := []byte(text)
		var err error
		if h, ok := strings.CutPrefix(text, "hex:"); ok {
			b, err = hex.DecodeString(h)
		} else if s, ok := strings.CutPrefix(text, "base64:"); ok {
			b, err = base64.StdEncoding.DecodeString(s)
		}
		if err != nil {
			return fmt.Errorf("constant %s: not what its prefix says", name)
		}
		e.constants[name], known[name] = b, true
	}
	if len(steps) == 0 || len(steps) > 64 {
		return fmt.Errorf("wants 1 to 64 steps")
	}
	proof, returns := false, false
	for i, line := range steps {
		fail := func(err error) error { return fmt.Errorf("step %d (%s): %w", i+1, line, err) }
		if returns {
			return fail(errors.New("stands after return"))
		}
		p := &parser{rest: strings.TrimSpace(line), known: known}
		var s step
		switch word := p.word(); word {
		case "return":
			returns = true
			s.expr = p.expr()
		case "check":
			proof = true
			s.expr = p.expr()
			p.expect("=")
			s.is = p.expr()
		default:
			s.name = word
			p.expect("=")
			s.expr = p.expr()
			known[word] = true
		}
		if p.err == nil && p.rest != "" {
			p.err = fmt.Errorf("what is %q?", p.rest)
		}
		if p.err != nil {
			return fail(p.err)
		}
		proof = proof || p.proof
		e.steps = append(e.steps, s)
	}
	if !returns {
		return errors.New("the last step must be return")
	}
	if !proof {
		return errors.New("nothing in it can fail: add a check")
	}
	return nil
}

// parser reads one step.
type parser struct {
	rest  string
	known map[string]bool
	proof bool // a function that can refuse is used
	depth int
	err   error
}

func (p *parser) fail(format string, a ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, a...)
	}
}

// word takes a name: letters, digits and dashes.
func (p *parser) word() string {
	p.rest = strings.TrimSpace(p.rest)
	i := 0
	for i < len(p.rest) && (p.rest[i] == '-' || p.rest[i] == '_' || '0' <= p.rest[i] && p.rest[i] <= '9' || 'a' <= p.rest[i]|0x20 && p.rest[i]|0x20 <= 'z') {
		i++
	}
	w := p.rest[:i]
	p.rest = strings.TrimSpace(p.rest[i:])
	return w
}

func (p *parser) next(s string) bool {
	if rest, ok := strings.CutPrefix(p.rest, s); ok {
		p.rest = strings.TrimSpace(rest)
		return true
	}
	return false
}

func (p *parser) expect(s string) {
	if !p.next(s) {
		p.fail("expected %q before %q", s, p.rest)
	}
}

func (p *parser) expr() (x expr) {
	if p.depth++; p.depth > 32 {
		p.fail("too deep")
		return x
	}
	defer func() { p.depth-- }()
	x.name = p.word()
	if p.next("(") {
		f, ok := functions[x.name]
		if !ok {
			p.fail("there is no function %q", x.name)
			return x
		}
		x.call = true
		for p.err == nil {
			x.args = append(x.args, p.expr())
			if !p.next(",") {
				break
			}
		}
		p.expect(")")
		if f.args >= 0 && len(x.args) != f.args {
			p.fail("%s takes %d arguments", x.name, f.args)
		}
		p.proof = p.proof || strings.HasPrefix(x.name, "aes-") && x.name != "aes-ctr" || x.name == "sm4-cbc"
	} else if !p.known[x.name] {
		p.fail("there is no %q before this", x.name)
	}
	if p.next("[") {
		x.ranged = true
		from := p.word()
		p.expect(":")
		to := p.word()
		p.expect("]")
		x.from, x.to, x.open = p.number(from), p.number(to), to == ""
	}
	return x
}

func (p *parser) number(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > 1<<30 || n < -1<<30 {
		p.fail("%q is no position", s)
	}
	return n
}

// open walks the steps. Any error means that this is no such envelope.
func (e *envelope) open(message []byte) ([]byte, bool) {
	names := map[string][]byte{"message": message}
	for i := range e.steps {
		s := &e.steps[i]
		b, err := e.eval(&s.expr, names)
		if err != nil {
			return nil, false
		}
		switch {
		case s.is.name != "":
			want, err := e.eval(&s.is, names)
			if err != nil || !bytes.Equal(b, want) || len(b) == 0 {
				return nil, false
			}
		case s.name != "":
			names[s.name] = b
		default:
			return bytes.Clone(b), len(b) > 0
		}
	}
	return nil, false
}

func (e *envelope) eval(x *expr, names map[string][]byte) ([]byte, error) {
	var b []byte
	if x.call {
		args := make([][]byte, len(x.args))
		for i := range x.args {
			var err error
			if args[i], err = e.eval(&x.args[i], names); err != nil {
				return nil, err
			}
		}
		var err error
		if b, err = functions[x.name].do(args); err != nil {
			return nil, err
		}
	} else {
		var ok bool
		if b, ok = names[x.name]; !ok {
			b = e.constants[x.name]
		}
	}
	if !x.ranged {
		return b, nil
	}
	from, to := x.from, x.to
	if from < 0 {
		from += len(b)
	}
	if x.open {
		to = len(b)
	} else if to < 0 {
		to += len(b)
	}
	if from < 0 || to > len(b) || from > to {
		return nil, errSize
	}
	return b[from:to], nil
}
