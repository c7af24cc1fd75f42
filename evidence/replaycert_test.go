package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"testing"
)

// A certificate is given back by its hash, and only if it is the one.
func TestChainsOfALog(t *testing.T) {
	entry := func(der string, h Hash) *Entry {
		body, err := json.Marshal(certificate{PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(der)})), SHA256: h})
		if err != nil {
			t.Fatal(err)
		}
		return &Entry{Body: body}
	}
	leaf, root := Hash(sha256.Sum256([]byte("leaf"))), Hash(sha256.Sum256([]byte("root")))
	var cs chains
	if err := cs.learn(entry("leaf", leaf)); err != nil {
		t.Fatal(err)
	}
	if err := cs.learn(entry("other", root)); err == nil {
		t.Error("a hash of another certificate is believed")
	}
	if got := cs.of([]Hash{leaf, root}); len(got) != 1 || string(got[0]) != "leaf" {
		t.Errorf("%q", got)
	}
	if got := cs.of([]Hash{root, leaf}); got != nil {
		t.Errorf("a chain without its leaf: %q", got)
	}
	cs.size = maxChains
	if err := cs.learn(entry("root", root)); err != nil || len(cs.of([]Hash{root})) != 0 {
		t.Error("certificates are held without a bound")
	}
}
