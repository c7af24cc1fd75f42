// Package nametable is a compact table from host names to short labels (an
// owner, with its role).
//
// A row speaks for a name and for every name below it. Like package iptable,
// it does not know what a label means or how old it is: that is written in the
// TOML file that lies beside each packed table.
//
// # File form
//
//	"cnam" 0x01                     magic and version
//	zstd frame (RFC 8878) of:
//	  labels   uvarint n, then n × (uvarint length, bytes)
//	  names    uvarint n, n × uvarint length, all bytes in one piece,
//	           n × uvarint label (0-based)
//
// Names are in lower case, sorted by their bytes, each once.
package nametable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/constat/constat/recipient/internal/packed"
)

const (
	magic = "cnam\x01"

	// maxPayload bounds what a packed table may decompress to, in bytes: some
	// two million names.
	maxPayload = 64 << 20
)

// ErrFormat says that the bytes are not a packed table of this version.
var ErrFormat = errors.New("not a packed table of names")

// Table answers look-ups. It is immutable and safe for concurrent use.
type Table struct {
	labels []string
	all    string   // every name, one after the other
	ends   []uint32 // of each name in all
	label  []uint32
}

// Len is the number of names.
func (t *Table) Len() int { return len(t.ends) }

func (t *Table) name(i int) string {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]]
}

// Lookup returns the label of the longest row that host is or stands below.
// It does not allocate.
func (t *Table) Lookup(host string) (suffix, label string, ok bool) {
	for s := host; s != ""; {
		i := sort.Search(len(t.ends), func(i int) bool { return t.name(i) >= s })
		if i < len(t.ends) && t.name(i) == s {
			return s, t.labels[t.label[i]], true
		}
		dot := strings.IndexByte(s, '.')
		if dot < 0 {
			break
		}
		s = s[dot+1:]
	}
	return "", "", false
}

// Encode packs rows of name and label. Equal input gives equal bytes.
func Encode(rows map[string]string) ([]byte, error) {
	names := make([]string, 0, len(rows))
	number := map[string]uint64{}
	var labels []string
	for name, label := range rows {
		if name == "" {
			return nil, errors.New("a row without a name")
		}
		names = append(names, name)
		if _, ok := number[label]; !ok {
			number[label] = 0
			labels = append(labels, label)
		}
	}
	sort.Strings(names)
	sort.Strings(labels)
	p := binary.AppendUvarint(nil, uint64(len(labels)))
	for i, l := range labels {
		number[l] = uint64(i)
		p = append(binary.AppendUvarint(p, uint64(len(l))), l...)
	}
	p = binary.AppendUvarint(p, uint64(len(names)))
	for _, n := range names {
		p = binary.AppendUvarint(p, uint64(len(n)))
	}
	for _, n := range names {
		p = append(p, n...)
	}
	for _, n := range names {
		p = binary.AppendUvarint(p, number[rows[n]])
	}
	if len(p) > maxPayload {
		return nil, fmt.Errorf("%d names take %d MB, more than a table may have (%d MB)", len(names), len(p)>>20, maxPayload>>20)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(p, []byte(magic)), nil
}

// Decode reads a packed table. The error wraps ErrFormat when the bytes are
// damaged; memory stays within a small multiple of maxPayload whatever they
// claim.
func Decode(file []byte) (*Table, error) {
	payload, err := packed.Unpack(file, magic, maxPayload, ErrFormat)
	if err != nil {
		return nil, err
	}
	return parse(payload)
}

// parse reads what Decode has unpacked.
func parse(payload []byte) (*Table, error) {
	c := packed.Cursor{Buf: payload}
	t := &Table{labels: make([]string, c.Count("number of labels"))}
	for i := range t.labels {
		t.labels[i] = string(c.Bytes(c.Count("length of a label"), "a label"))
	}
	n := c.Count("number of names")
	t.ends, t.label = make([]uint32, n), make([]uint32, n)
	end := uint64(0)
	for i := range t.ends {
		l := c.Uvarint("length of a name")
		if l == 0 || l > uint64(len(payload)) {
			c.Fail("a length of a name")
		}
		end += l
		t.ends[i] = uint32(end)
		if c.Bad != "" {
			break
		}
	}
	if end > uint64(len(payload)) {
		c.Fail("names within the payload")
	}
	if c.Bad == "" {
		t.all = string(c.Bytes(int(end), "the names"))
	}
	for i := range t.label {
		l := c.Uvarint("number of a label")
		if l >= uint64(len(t.labels)) {
			c.Fail("the number of a label in the table")
		}
		if c.Bad != "" {
			break
		}
		if i > 0 && t.name(i-1) >= t.name(i) {
			c.Fail("names in order")
			break
		}
		t.label[i] = uint32(l)
	}
	if err := c.End(ErrFormat); err != nil {
		return nil, err
	}
	return t, nil
}
