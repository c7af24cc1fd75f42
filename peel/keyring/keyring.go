// Package keyring opens messages that are encrypted under keys which somebody
// knows: found among an app's strings, written down by a hook, derived from
// the message itself as a rule file describes, or published.
//
// A rule file is TOML:
//
//	[[key]]                       # tried with every cipher that its length fits
//	name    = "log SDK 3.1"
//	source  = "string in libfoo.so 3.1, 2026-11-02"
//	text    = "0123456789abcdef"  # or hex = "…", or base64 = "…"
//	ciphers = ["aes-cbc"]         # optional
//	iv_hex  = "…"                 # optional: besides zeros and the first block
//
//	[[salt]]                      # joined to a value before it is hashed
//	text = "pepper"
//	[[hmac]]                      # key of a keyed digest
//	hex = "…"
//	[[alphabet]]                  # of a base64 with its letters in another order
//	name = "shop pixel"
//	letters = "…64 letters, and one that pads if there is one"
//
//	[[envelope]]                  # a message that carries what opens it
//	name      = "second layer of the lab's app"
//	magic_hex = "717a05100000"    # how the message begins
//	[envelope.constants]
//	phrase = "quinze"             # text, or hex:… or base64:…
//	[[envelope.steps]] …          # see Envelope
//
// Keys of real vendors are not shipped: they are the user's to find and to
// answer for. The one envelope that is (data/quinze.toml) is the lab's own.
//
// No key is believed because decryption gave something: what comes out must
// carry its own proof (a tag, a digest, padding and readable text).
package keyring

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/quinze.toml
var quinze string

// Ring is a set of keys and of rules to derive them. It is safe for use by
// many at once; a nil Ring opens nothing.
type Ring struct {
	keys      []*key
	trials    int // keys, each as often as it fits a cipher
	envelopes []envelope
	salts     []Secret
	macs      []Secret
	alphabets []Alphabet
}

// key is a symmetric key and what to try it with.
type key struct {
	name   string
	bytes  []byte
	iv     []byte
	trials []*trial
}

// trial is a key under a cipher, prepared when it is first needed.
type trial struct {
	row  *cipherRow
	once sync.Once
	open opener
}

func (k *key) try(t *trial, b []byte, good func([]byte) bool) ([]byte, bool) {
	t.once.Do(func() { t.open = t.row.open(k) })
	if t.open == nil {
		return nil, false
	}
	return t.open(b, good)
}

// Secret is a salt or the key of a keyed digest.
type Secret struct {
	Name  string
	Bytes []byte
}

// Alphabet is an order of the letters of base64.
type Alphabet struct {
	Name    string
	Letters string // 64, and a 65th that pads if there is one
}

// material is bytes in one of three spellings.
type material struct {
	Text   string `toml:"text"`
	Hex    string `toml:"hex"`
	Base64 string `toml:"base64"`
}

func (m material) bytes() ([]byte, error) {
	n := 0
	for _, s := range []string{m.Text, m.Hex, m.Base64} {
		if s != "" {
			n++
		}
	}
	switch {
	case n != 1:
		return nil, fmt.Errorf("wants one of text, hex and base64")
	case m.Hex != "":
		return hex.DecodeString(strings.ReplaceAll(m.Hex, " ", ""))
	case m.Base64 != "":
		return base64.RawStdEncoding.DecodeString(strings.TrimRight(m.Base64, "="))
	}
	return []byte(m.Text), nil
}

// named is what every row may say of itself.
type named struct {
	Name   string `toml:"name"`
	Source string `toml:"source"`
	Date   string `toml:"date"`
}

type ruleFile struct {
	Key []struct {
		named
		material
		Ciphers []string `toml:"ciphers"`
		IV      string   `toml:"iv_hex"`
	} `toml:"key"`
	Salt []struct {
		named
		material
	} `toml:"salt"`
	HMAC []struct {
		named
		material
	} `toml:"hmac"`
	Alphabet []struct {
		named
		Letters string `toml:"letters"`
	} `toml:"alphabet"`
	Envelope []struct {
		named
		Magic     string            `toml:"magic_hex"`
		Constants map[string]string `toml:"constants"`
		Steps     []string          `toml:"steps"`
	} `toml:"envelope"`
}

// Bounds on what a rule file may make every message cost.
const (
	maxFile      = 16 << 20
	maxKeys      = 4096
	maxEnvelopes = 256
	maxSecrets   = 16
	maxAlphabets = 64
)

// New returns a Ring with the rules that the program brings.
func New() *Ring {
	r := &Ring{}
	if err := r.Rules(strings.NewReader(quinze), "quinze.toml"); err != nil {
		panic("keyring: " + err.Error())
	}
	return r
}

// Rules adds a rule file. Errors name the file and the row, never a key.
func (r *Ring) Rules(in io.Reader, name string) error {
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxFile {
		return fmt.Errorf("%s: more than %d MB; a rule file lists keys, it does not hold captures", name, maxFile>>20)
	}
	var f ruleFile
	meta, err := toml.Decode(string(text), &f)
	if err != nil {
		return fmt.Errorf("%s: not a rule file: %w", name, hideText(err))
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		return fmt.Errorf("%s: unknown key %q; see constat audit --help", name, bad[0].String())
	}
	fail := func(kind string, i int, n named, err error) error {
		if n.Name != "" {
			kind += " " + fmt.Sprintf("%q", n.Name)
		}
		return fmt.Errorf("%s: %s (row %d): %w", name, kind, i+1, err)
	}
	for i, row := range f.Key {
		k := key{name: row.Name}
		if k.bytes, err = row.bytes(); err != nil {
			return fail("key", i, row.named, err)
		}
		if row.IV != "" {
			if k.iv, err = hex.DecodeString(row.IV); err != nil {
				return fail("key", i, row.named, fmt.Errorf("iv_hex: %w", err))
			}
		}
		if err := r.add(k, row.Ciphers); err != nil {
			return fail("key", i, row.named, err)
		}
	}
	for i, row := range f.Salt {
		b, err := row.bytes()
		if err != nil {
			return fail("salt", i, row.named, err)
		}
		r.salts = append(r.salts, Secret{row.Name, b})
	}
	for i, row := range f.HMAC {
		b, err := row.bytes()
		if err != nil {
			return fail("hmac", i, row.named, err)
		}
		r.macs = append(r.macs, Secret{row.Name, b})
	}
	if len(r.salts) > maxSecrets || len(r.macs) > maxSecrets {
		return fmt.Errorf("%s: more than %d salts or keys of digests: each multiplies the digests of every value", name, maxSecrets)
	}
	for i, row := range f.Alphabet {
		if n := len(row.Letters); n != 64 && n != 65 || repeats(row.Letters) {
			return fail("alphabet", i, row.named, fmt.Errorf("wants 64 different ASCII letters, or 65 with the one that pads"))
		}
		r.alphabets = append(r.alphabets, Alphabet{row.Name, row.Letters})
	}
	for i, row := range f.Envelope {
		e := envelope{name: row.Name}
		if e.magic, err = hex.DecodeString(row.Magic); err != nil || len(e.magic) < 2 {
			return fail("envelope", i, row.named, fmt.Errorf("magic_hex wants at least 2 bytes in hex, or every message would be tried"))
		}
		if err := e.compile(row.Constants, row.Steps); err != nil {
			return fail("envelope", i, row.named, err)
		}
		r.envelopes = append(r.envelopes, e)
	}
	if len(r.alphabets) > maxAlphabets || len(r.envelopes) > maxEnvelopes {
		return fmt.Errorf("%s: more than %d alphabets or %d envelopes", name, maxAlphabets, maxEnvelopes)
	}
	return nil
}

// hideText strips an error of the line it quotes, which may hold a key.
func hideText(err error) error {
	if e, ok := err.(toml.ParseError); ok {
		return fmt.Errorf("line %d: %s", e.Position.Line, e.Message)
	}
	return err
}

func repeats(s string) bool {
	var seen [256]bool
	for i := range len(s) {
		if seen[s[i]] || s[i] >= 0x80 {
			return true
		}
		seen[s[i]] = true
	}
	return false
}

// add files a key under the ciphers named, or all that it fits.
func (r *Ring) add(k key, names []string) error {
	for _, n := range names {
		if !slices.ContainsFunc(cipherTable, func(c cipherRow) bool { return c.name == n }) {
			return fmt.Errorf("unknown cipher %q", n)
		}
	}
	for i := range cipherTable {
		c := &cipherTable[i]
		if (len(names) == 0 || slices.Contains(names, c.name)) && c.fits(len(k.bytes)) {
			k.trials = append(k.trials, &trial{row: c})
		}
	}
	if len(k.trials) == 0 {
		return fmt.Errorf("%d bytes fit none of its ciphers", len(k.bytes))
	}
	if len(r.keys) >= maxKeys {
		return fmt.Errorf("more than %d keys", maxKeys)
	}
	if !slices.ContainsFunc(r.keys, func(o *key) bool { return bytes.Equal(o.bytes, k.bytes) && bytes.Equal(o.iv, k.iv) }) {
		r.keys = append(r.keys, &k)
		r.trials += len(k.trials)
	}
	return nil
}

// Salts are joined to values before they are hashed.
func (r *Ring) Salts() []Secret {
	if r == nil {
		return nil
	}
	return r.salts
}

// MACs are keys of keyed digests.
func (r *Ring) MACs() []Secret {
	if r == nil {
		return nil
	}
	return r.macs
}

// Alphabets are orders of the letters of base64.
func (r *Ring) Alphabets() []Alphabet {
	if r == nil {
		return nil
	}
	return r.alphabets
}

// Opened is what was in a message.
type Opened struct {
	Data []byte
	Step string // "aes-cbc", "envelope"
	Name string // of the key or envelope
}

// Envelope opens b if it begins like an envelope of the ring and what is in it
// passes the envelope's own check.
func (r *Ring) Envelope(b []byte) (Opened, bool) {
	if r == nil {
		return Opened{}, false
	}
	for i := range r.envelopes {
		e := &r.envelopes[i]
		if !bytes.HasPrefix(b, e.magic) {
			continue
		}
		if out, ok := e.open(b); ok {
			return Opened{out, "envelope", e.name}, true
		}
	}
	return Opened{}, false
}

// Trials is how many keys under how many ciphers are tried on a message.
func (r *Ring) Trials() int {
	if r == nil {
		return 0
	}
	return r.trials
}

// Open tries the ring's keys on b, and returns what the first one gives that
// good accepts, or that a tag vouches for: more than once if the cipher can be
// meant in more than one way. Then it tries those of streams, in which nothing
// shows that a key is wrong: what comes of few bytes, or of text, reads well by
// chance, and proven has to accept it too. nil: streams are not tried.
func (r *Ring) Open(b []byte, good, proven func([]byte) bool) (found []Opened) {
	if r == nil || len(b) < 8 {
		return nil
	}
	letters := narrow(b)
	for _, streams := range []bool{false, true} {
		if streams && proven == nil {
			break
		}
		for _, k := range r.keys {
			for _, t := range k.trials {
				if len(found) > 0 && found[0].Step != t.row.name {
					return found
				}
				if t.row.stream != streams || letters && t.row.name != "xor" {
					continue // no cipher but that one gives letters
				}
				if out, ok := k.try(t, b, good); ok && (!streams || len(out) >= 16 && !letters || proven(out)) {
					found = append(found, Opened{out, t.row.name, k.name})
				}
			}
			if len(found) > 0 {
				return found
			}
		}
	}
	return nil
}

// Streams gives what each key makes of b under the ciphers that need nothing but
// a key, whatever it looks like, until visit has enough. What it gives is
// overwritten afterwards.
func (r *Ring) Streams(b []byte, visit func(Opened) (enough bool)) {
	if r == nil {
		return
	}
	out := make([]byte, len(b))
	for _, k := range r.keys {
		for _, t := range k.trials {
			open := keystreams[t.row.name]
			if open == nil {
				continue
			}
			c, err := open(k.bytes)
			if err != nil {
				continue
			}
			c.XORKeyStream(out, b)
			if visit(Opened{out, t.row.name, k.name}) {
				return
			}
		}
	}
}

// narrow reports whether b has seven bits a byte, as text has, and what comes of
// text and a key that is text.
func narrow(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
