package quinze

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strconv"
	"sync/atomic"
	"time"
)

// ID is a 64-bit identifier that carries its date and the type of what it
// names, as those of large video services do (arXiv 2504.13279): bits 63-32 are
// the Unix second, 31-12 count, 11-8 are the Kind, 7-0 the machine.
type ID uint64

// Kind is what an ID names.
type Kind uint8

// The kinds.
const (
	KindUser    Kind = 4
	KindDevice  Kind = 6
	KindInstall Kind = 7
	KindClip    Kind = 13
	KindComment Kind = 14
)

const machine = 15

var counter atomic.Uint32

func init() {
	var b [4]byte
	rand.Read(b[:])
	counter.Store(binary.BigEndian.Uint32(b[:]) & 0xffff)
}

// NewID mints an identifier.
func NewID(k Kind, at time.Time) ID {
	return ID(uint64(at.Unix())<<32 | uint64(counter.Add(1)&0xfffff)<<12 | uint64(k)<<8 | machine)
}

// String is the identifier in decimal, as it stands in JSON: as a number it
// would lose digits in JavaScript.
func (i ID) String() string { return strconv.FormatUint(uint64(i), 10) }

// MarshalText implements encoding.TextMarshaler.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *ID) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return errors.New("not an identifier")
	}
	*i = ID(n)
	return nil
}

// key is the identifier as a key that sorts by age.
func (i ID) key() []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

func idOf(key []byte) ID { return ID(binary.BigEndian.Uint64(key)) }
