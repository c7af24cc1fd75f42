package oracle

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Manifest is manifest.json of testdata/packets.
type Manifest struct {
	Licence  string            `json:"licence"`
	Versions map[string]string `json:"versions"` // of the programs that took part
	Captures []*Capture        `json:"captures"`
}

// Capture is one stored capture and what stands beside it. File names are
// relative to the manifest.
type Capture struct {
	Name      string         `json:"name"`
	File      string         `json:"file"`
	SHA256    string         `json:"sha256"` // of the file as stored
	Bytes     int64          `json:"bytes"`  // of the capture, not compressed
	How       string         `json:"how"`
	From      string         `json:"from,omitempty"`    // the recording this was made of: synthesised, not recorded
	Recorded  string         `json:"recorded"`          // RFC 3339
	Keys      string         `json:"keys"`              // "inside", "inside, after the packets", "beside", "server's RSA key beside", "none"
	KeyLog    string         `json:"keylog,omitempty"`  // beside it
	RSAKey    string         `json:"rsa_key,omitempty"` // beside it, PEM
	Origin    string         `json:"origin"`            // what the origin served
	Tshark    string         `json:"tshark"`            // what tshark makes of it
	NetLog    string         `json:"netlog,omitempty"`  // Chromium's, of the same exchanges
	Exchanges map[string]int `json:"exchanges"`         // by protocol, that the origin served

	dir string
}

// ReadManifest reads manifest.json in dir.
func ReadManifest(dir string) (*Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	for _, c := range m.Captures {
		c.dir = dir
	}
	return m, nil
}

// Capture is the capture of a name, or nil.
func (m *Manifest) Capture(name string) *Capture {
	for _, c := range m.Captures {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Path is that of a file beside the capture, or "" for none.
func (c *Capture) Path(name string) string {
	if name == "" {
		return ""
	}
	return filepath.Join(c.dir, name)
}

// Data is the capture, not compressed.
func (c *Capture) Data() ([]byte, error) {
	b, err := os.ReadFile(c.Path(c.File))
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(c.File, ".zst"):
		d, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		return io.ReadAll(d)
	case strings.HasSuffix(c.File, ".gz"):
		d, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(d)
	}
	return b, nil
}

// Secrets are the key log lines in the Decryption Secrets Blocks of a
// little-endian pcapng. tshark uses them for the packets that follow; where
// they stand after the packets it must be given them as a key log.
func Secrets(capture []byte) (keys []byte) {
	le := binary.LittleEndian
	for b := capture; len(b) >= 20; {
		n := le.Uint32(b[4:])
		if n < 12 || uint64(n) > uint64(len(b)) {
			return keys
		}
		if length := le.Uint32(b[12:]); le.Uint32(b) == 10 && uint64(length)+20 <= uint64(n) {
			keys = append(keys, b[16:16+length]...)
		}
		b = b[n:]
	}
	return keys
}

// Truth is what the origin served. Not all of it need be in the capture: see
// Fault and How.
func (c *Capture) Truth() ([]*Exchange, error) {
	x, _, err := c.read(c.Origin)
	return x, err
}

// Seen is what tshark made of the capture when it was stored.
func (c *Capture) Seen() ([]*Exchange, []*Connection, error) { return c.read(c.Tshark) }

func (c *Capture) read(name string) ([]*Exchange, []*Connection, error) {
	f, err := os.Open(c.Path(name))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	x, k, err := Read(f)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return x, k, err
}
