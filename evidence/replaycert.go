package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"errors"
)

// maxChains bounds the bytes of certificates that a reader holds. What does
// not fit is left out of the flows; the log has it.
const maxChains = 32 << 20

// chains are the certificates of servers that a log has told of so far. A log
// holds each once and names it by its hash afterwards.
type chains struct {
	der  map[Hash][]byte
	size int
}

// learn takes in a certificate entry.
func (cs *chains) learn(e *Entry) error {
	var c certificate
	if err := json.Unmarshal(e.Body, &c); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(c.PEM))
	if block == nil || Hash(sha256.Sum256(block.Bytes)) != c.SHA256 {
		return errors.New("a certificate that is not the one its hash names")
	}
	if cs.der == nil {
		cs.der = map[Hash][]byte{}
	}
	if _, ok := cs.der[c.SHA256]; !ok && cs.size+len(block.Bytes) <= maxChains {
		cs.der[c.SHA256] = block.Bytes
		cs.size += len(block.Bytes)
	}
	return nil
}

// of gives the chain that the hashes name, nil without its leaf. Flows share
// the bytes: a log has thousands of connections to a few servers.
func (cs *chains) of(hashes []Hash) [][]byte {
	var out [][]byte
	for i, h := range hashes {
		der, ok := cs.der[h]
		if !ok {
			if i == 0 {
				return nil
			}
			continue
		}
		out = append(out, der)
	}
	return out
}
