package encode

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// secrets are the lab's own keys: their length in bytes, and the ciphers that
// a rule file names for them. No app uses them. Those without a cipher are not
// in the rule file but among the strings of the invented app.
var secrets = []struct {
	name   string
	length int
	cipher string
}{
	{"xor", 11, "xor"},
	{"aes-128-cbc", 16, "aes-cbc"}, {"aes-128-cbc, iv", 16, "aes-cbc"}, {"aes-192", 24, "aes-cbc"}, {"aes-256-cbc", 32, "aes-cbc"},
	{"aes-128-ecb", 16, "aes-ecb"}, {"aes-256-ecb", 32, "aes-ecb"}, {"aes-128-ctr", 16, "aes-ctr"}, {"aes-256-ctr", 32, "aes-ctr"},
	{"aes-256-gcm", 32, "aes-gcm"}, {"chacha20", 32, "chacha20-poly1305"},
	{"sm4", 16, ""}, {"3des", 24, ""}, {"des", 8, "des-cbc"}, {"rc4", 13, "rc4"}, {"tea", 16, ""}, {"xxtea", 16, "xxtea"},
	{"passphrase", 21, ""}, {"strings, aes-256", 32, ""}, {"strings, aes-128", 16, ""},
}

// key is a secret by its name: printable, as keys in programs are.
func key(name string) []byte {
	n := 16 // an IV
	for _, s := range secrets {
		if s.name == name {
			n = s.length
		}
	}
	sum := sha256.Sum256([]byte("quinze, the lab's key: " + name))
	return []byte(base64.RawURLEncoding.EncodeToString(sum[:]))[:n]
}

// Salts and keys of digests.
const (
	salt   = "quinze-pepper-7f"
	macKey = "quinze: key of a digest"
)

// Rules is the rule file (constat audit --keys) that tells constat the lab's
// keys, salts and letters.
func Rules() []byte {
	var b strings.Builder
	b.WriteString("# Keys of the lab's invented app. No other uses them.\n")
	for _, s := range secrets {
		if strings.HasPrefix(s.name, "strings") {
			continue
		}
		fmt.Fprintf(&b, "\n[[key]]\nname = %q\nsource = \"lab/encode\"\nhex = %q\n", s.name, hex.EncodeToString(key(s.name)))
		switch {
		case s.name == "aes-128-cbc, iv":
			fmt.Fprintf(&b, "iv_hex = %q\n", hex.EncodeToString(key("iv")))
			fallthrough
		case s.cipher != "" && s.name != "des":
			fmt.Fprintf(&b, "ciphers = [%q]\n", s.cipher)
		}
	}
	fmt.Fprintf(&b, "\n[[salt]]\nname = \"pepper\"\nsource = \"lab/encode\"\ntext = %q\n", salt)
	fmt.Fprintf(&b, "\n[[hmac]]\nname = \"digests\"\nsource = \"lab/encode\"\ntext = %q\n", macKey)
	fmt.Fprintf(&b, "\n[[alphabet]]\nname = \"the lab's\"\nsource = \"lab/encode\"\nletters = %q\n", Told)
	return []byte(b.String())
}

// Strings are the strings of the invented app's library, as strings(1) would
// list them: a few keys among much else.
func Strings() []byte {
	lines := []string{"libquinze.so", "Java_example_quinze_Log_send", "/proc/self/maps", "AES/CBC/PKCS5Padding", "%s?v=%d&sig=%s", "okhttp/4.12", "quinze_events.db", "SELECT id, body FROM queue LIMIT 50"}
	for _, s := range secrets {
		if strings.HasPrefix(s.name, "strings") {
			lines = append(lines, string(key(s.name)), "on"+strings.ToUpper(s.name[9:12])+"Ready")
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n")
}
