package evidence

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// signCheckpoint returns a C2SP checkpoint (c2sp.org/tlog-checkpoint: origin,
// size, root) as a signed note, and an empty line after it.
func signCheckpoint(s note.Signer, size int64, root Hash) ([]byte, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", s.Name(), size, base64.StdEncoding.EncodeToString(root[:]))
	b, err := note.Sign(&note.Note{Text: text}, s)
	return append(b, '\n'), err
}

// checkpoint is a tree head that somebody signed.
type checkpoint struct {
	size int64
	root Hash
}

// parseCheckpoint checks the signature of a note and reads it.
func parseCheckpoint(msg []byte, v note.Verifier) (checkpoint, error) {
	var c checkpoint
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return c, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != v.Name() {
		return c, fmt.Errorf("not a checkpoint of %s", v.Name())
	}
	if c.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.size < 0 {
		return c, fmt.Errorf("a checkpoint of size %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.root) {
		return c, fmt.Errorf("a checkpoint with the root %q", lines[2])
	}
	c.root = Hash(root)
	return c, nil
}

// splitNotes cuts a file of notes apart. A note is a text, an empty line and
// signatures, each line of which begins with an em dash; another empty line
// follows. What comes after the last whole note is rest.
func splitNotes(b []byte) (notes [][]byte, rest []byte) {
	for {
		i := bytes.Index(b, []byte("\n\n\u2014 "))
		if i < 0 {
			return notes, b
		}
		end := bytes.Index(b[i+2:], []byte("\n\n"))
		if end < 0 {
			return notes, b
		}
		end += i + 3
		notes = append(notes, b[:end])
		b = b[end+1:]
	}
}
