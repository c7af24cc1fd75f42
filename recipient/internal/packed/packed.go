// Package packed reads the compact files of package recipient: a word that names
// the format, then a payload under zstd in which everything is counted.
package packed

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Unpack returns the payload of a file, which is at most max bytes however the
// file was made. Its errors wrap format.
func Unpack(file []byte, magic string, max uint64, format error) ([]byte, error) {
	if !strings.HasPrefix(string(file[:min(len(file), len(magic))]), magic) {
		return nil, fmt.Errorf("%w: no %q at byte 0", format, magic)
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(max))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	payload, err := z.DecodeAll(file[len(magic):], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: zstd: %w", format, err)
	}
	return payload, nil
}

// Cursor reads a payload; after the first fault it yields zeroes.
type Cursor struct {
	Buf []byte
	At  int
	Bad string // what was expected at the first fault
}

// Fail notes what was expected, if it is the first fault.
func (c *Cursor) Fail(expected string) {
	if c.Bad == "" {
		c.Bad = expected
	}
}

// Uvarint reads a number (encoding/binary).
func (c *Cursor) Uvarint(what string) uint64 {
	if c.Bad != "" {
		return 0
	}
	if c.At < len(c.Buf) && c.Buf[c.At] < 0x80 { // nearly always
		c.At++
		return uint64(c.Buf[c.At-1])
	}
	v, n := binary.Uvarint(c.Buf[c.At:])
	if n <= 0 {
		c.Fail(what)
		return 0
	}
	c.At += n
	return v
}

// Varint reads a number with a sign (encoding/binary).
func (c *Cursor) Varint(what string) int64 {
	v := c.Uvarint(what)
	return int64(v>>1) ^ -int64(v&1)
}

// Count reads a number of things that take at least one byte each.
func (c *Cursor) Count(what string) int {
	n := c.Uvarint(what)
	if n > uint64(len(c.Buf)-c.At) {
		c.Fail(what + " within the payload")
		return 0
	}
	return int(n)
}

// Bytes reads n bytes.
func (c *Cursor) Bytes(n int, what string) []byte {
	if c.Bad != "" || n > len(c.Buf)-c.At {
		c.Fail(what)
		return nil
	}
	c.At += n
	return c.Buf[c.At-n : c.At]
}

// End is the fault that was met, or that something is left over; it wraps format.
func (c *Cursor) End(format error) error {
	if c.Bad == "" && c.At != len(c.Buf) {
		c.Fail("the end")
	}
	if c.Bad != "" {
		return fmt.Errorf("%w: payload byte %d: expected %s", format, c.At, c.Bad)
	}
	return nil
}
