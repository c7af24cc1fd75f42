package keyring

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Add adds what a file holds, whichever it is: a rule file, a hook's log, or
// the strings of an app.
func (r *Ring) Add(in io.Reader, name string) error {
	b := bufio.NewReaderSize(in, 64<<10)
	head, err := b.Peek(32 << 10)
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case strings.HasSuffix(name, ".toml"), bytes.Contains(head, []byte("[[")) && bytes.Contains(head, []byte("]]")) && bytes.Contains(head, []byte(" = ")):
		return r.Rules(b, name)
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")), bytes.HasPrefix(bytes.TrimSpace(head), []byte("[{")):
		return r.Hooks(b, name)
	}
	return r.Strings(b, name)
}

// Strings adds every line of a text that may be a key: strings(1) of an app's
// libraries gives such a text. Keys are 16, 24 or 32 bytes, as they are, in hex
// or in base64.
func (r *Ring) Strings(in io.Reader, name string) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for n := 1; lines.Scan(); n++ {
		s := strings.TrimSpace(lines.Text())
		for _, k := range candidates(s) {
			if len(r.keys) >= maxKeys {
				return fmt.Errorf("%s: more than %d strings may be keys: each is tried on every unread message; leave out what is no key", name, maxKeys)
			}
			if err := r.add(key{name: fmt.Sprintf("%s line %d", base(name), n), bytes: k}, blockCiphers); err != nil {
				return fmt.Errorf("%s: line %d: %w", name, n, err)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// blockCiphers are those that say when a key is wrong.
var blockCiphers = []string{"aes-gcm", "chacha20-poly1305", "aes-cbc", "aes-ecb", "sm4-cbc", "sm4-ecb", "xxtea", "3des-cbc"}

func base(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// candidates are the keys that a string may be.
func candidates(s string) (keys [][]byte) {
	if aesKey(len(s)) && !strings.ContainsAny(s, " \t") {
		keys = append(keys, []byte(s))
	}
	if n := len(s) / 2; len(s)%2 == 0 && aesKey(n) {
		if b, err := hex.DecodeString(s); err == nil {
			keys = append(keys, b)
		}
	}
	if t := strings.TrimRight(s, "="); len(t) == 22 || len(t) == 32 || len(t) == 43 {
		if b, err := base64.RawStdEncoding.DecodeString(t); err == nil && aesKey(len(b)) {
			keys = append(keys, b)
		}
	}
	return keys
}

// Hooks adds the keys of a log that a hook on the device's cipher functions
// wrote: JSON objects, one a line or in an array, with a key and perhaps an IV
// under names such as key, secretKey, iv or nonce, in hex or base64.
func (r *Ring) Hooks(in io.Reader, name string) error {
	d := json.NewDecoder(io.LimitReader(in, maxFile))
	found := 0
	for n := 1; ; n++ {
		var v any
		if err := d.Decode(&v); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("%s: record %d: not JSON: %w", name, n, err)
		}
		for _, o := range objects(v, 0) {
			k, iv := bytesOf(o, "key", "secretkey", "aeskey", "key_hex", "secret"), bytesOf(o, "iv", "nonce", "iv_hex")
			if len(k) == 0 {
				continue
			}
			if err := r.add(key{name: fmt.Sprintf("%s record %d", base(name), n), bytes: k, iv: iv}, nil); err != nil {
				return fmt.Errorf("%s: record %d: %w", name, n, err)
			}
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("%s: no key in it: expected JSON objects with a field named key, in hex or base64", name)
	}
	return nil
}

// objects lists the objects in v.
func objects(v any, depth int) (list []map[string]any) {
	if depth > 8 {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		list = append(list, v)
		for _, x := range v {
			list = append(list, objects(x, depth+1)...)
		}
	case []any:
		for _, x := range v {
			list = append(list, objects(x, depth+1)...)
		}
	}
	return list
}

// bytesOf reads the first of some fields that is there as bytes.
func bytesOf(o map[string]any, names ...string) []byte {
	for _, want := range names {
		for name, v := range o {
			s, ok := v.(string)
			if !ok || !strings.EqualFold(name, want) || s == "" {
				continue
			}
			if b, err := hex.DecodeString(s); err == nil {
				return b
			}
			if b, err := base64.StdEncoding.DecodeString(s); err == nil {
				return b
			}
			return []byte(s)
		}
	}
	return nil
}
