package qpack

import (
	"errors"
	"fmt"

	"github.com/constat/constat/flow"
)

// Limits bound a Decoder. Zero fields take the defaults.
type Limits struct {
	Table   int // bytes of the dynamic table, counted as RFC 9204, 3.2.1 does; default 1 MiB
	Grace   int // bytes of evicted entries that are kept beside it; default 64 KiB
	Section int // bytes of the fields of a section, counted likewise; default 1 MiB
}

// Decoder decodes the field sections of one direction. The zero Decoder is
// not usable: see New.
type Decoder struct {
	limits Limits
	table  table
	most   uint64 // the largest capacity that the other side allows
	told   bool   // most is known
	guess  bool   // most will never be known
	lost   bool   // what comes after is not to be trusted
	held   []byte // an instruction as far as it came
}

// What a caller branches on.
var (
	// ErrBlocked: the section needs entries that the encoder stream has not
	// brought yet, or a capacity that is not known yet. Try it again later.
	ErrBlocked = errors.New("QPACK: waits for entries of the dynamic table")
	// ErrMissing is wrapped by an error that comes with the fields which could
	// be read: others refer to entries that were not captured.
	ErrMissing = errors.New("refer to entries of the QPACK table that were not captured")
)

var (
	errCapacity    = errors.New("QPACK: a dynamic table larger than the limit")
	errInstruction = errors.New("QPACK: an instruction longer than the limit")
	errReference   = errors.New("QPACK: a reference to an entry that there is not")
	errSection     = errors.New("QPACK: fields longer than the limit")
	errPrefix      = errors.New("QPACK: a required insert count that cannot be")
)

// New returns a Decoder.
func New(l Limits) *Decoder {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Table, 1<<20)
	set(&l.Grace, 64<<10)
	set(&l.Section, 1<<20)
	return &Decoder{limits: l, table: table{grace: l.Grace}}
}

// SetCapacity tells the SETTINGS_QPACK_MAX_TABLE_CAPACITY of the endpoint that
// the sections are sent to, in bytes; 0 if its SETTINGS do not hold it.
func (d *Decoder) SetCapacity(n uint64) { d.most, d.told = n, true }

// Assume tells that the other side's SETTINGS will not be seen. The capacity
// that the encoder has set is at most what it was allowed; as long as fewer
// entries were inserted than make an index wrap at that size, sections can be
// read without knowing more.
func (d *Decoder) Assume() { d.guess = true }

// Lost tells that bytes of the encoder stream are missing. Which entry an
// index means cannot be told from then on.
func (d *Decoder) Lost() { d.lost, d.held = true, nil }

// Size returns the bytes that the table holds, counted as RFC 9204, 3.2.1
// does.
func (d *Decoder) Size() int { return d.table.size }

// Instructions takes bytes of the encoder stream (RFC 9204, 4.3), in order and
// in whatever pieces. It returns how many bytes the instructions had that it
// carried out, also those that began in earlier pieces. After an error the
// Decoder is as after Lost.
func (d *Decoder) Instructions(b []byte) (done int, err error) {
	if d.lost {
		return 0, nil
	}
	if len(d.held) > 0 {
		d.held = append(d.held, b...)
		b = d.held
	}
	for len(b) > 0 {
		n, err := d.instruction(b)
		if err == nil && n == 0 && len(b) > 2*d.limits.Table+64 {
			err = errInstruction
		}
		if err != nil {
			d.Lost()
			return done, err
		}
		if n == 0 {
			break
		}
		done += n
		b = b[n:]
	}
	if d.held = append(d.held[:0], b...); len(b) == 0 && cap(d.held) > 4096 {
		d.held = nil
	}
	return done, nil
}

// instruction does one instruction, and returns its length, 0 if b ends
// within it.
func (d *Decoder) instruction(b []byte) (int, error) {
	t := &d.table
	switch {
	case b[0]&0x80 != 0: // insert with name reference
		index, n, err := integer(b, 6)
		if err != nil || n == 0 {
			return 0, err
		}
		value, k, err := text(b[n:], 7, d.limits.Table)
		if err != nil || k == 0 {
			return 0, err
		}
		name, ok := named(index)
		if b[0]&0x40 == 0 {
			name, ok = t.back(index)
		}
		if !ok {
			return 0, errReference
		}
		t.insert(flow.Field{Name: name.Name, Value: value})
		return n + k, nil
	case b[0]&0x40 != 0: // insert with literal name
		name, n, err := text(b, 5, d.limits.Table)
		if err != nil || n == 0 {
			return 0, err
		}
		value, k, err := text(b[n:], 7, d.limits.Table)
		if err != nil || k == 0 {
			return 0, err
		}
		t.insert(flow.Field{Name: name, Value: value})
		return n + k, nil
	case b[0]&0x20 != 0: // set dynamic table capacity
		size, n, err := integer(b, 5)
		if err != nil || n == 0 {
			return 0, err
		}
		if size > uint64(d.limits.Table) {
			return 0, errCapacity
		}
		t.capacity = int(size)
		t.trim()
		return n, nil
	}
	index, n, err := integer(b, 5) // duplicate
	if err != nil || n == 0 {
		return 0, err
	}
	f, ok := t.back(index)
	if !ok {
		return 0, errReference
	}
	t.insert(f)
	return n, nil
}

// named returns an entry of the static table.
func named(index uint64) (flow.Field, bool) {
	if index >= uint64(len(static)) {
		return flow.Field{}, false
	}
	return static[index], true
}

// required undoes the wrap of an encoded required insert count, against the
// entries inserted so far (RFC 9204, 4.5.1.1).
func (d *Decoder) required(encoded uint64) (uint64, error) {
	most := d.most / entryCost
	full := 2 * most
	if encoded > full {
		return 0, errPrefix
	}
	top := d.table.inserted + most
	count := top/full*full + encoded - 1
	if count > top {
		if count <= full {
			return 0, errPrefix
		}
		count -= full
	}
	if count == 0 {
		return 0, errPrefix
	}
	return count, nil
}

// count returns how many inserts a section needs, and whether its entries can
// be told at all.
func (d *Decoder) count(encoded uint64) (n uint64, blind bool, err error) {
	switch {
	case encoded == 0:
		return 0, false, nil
	case d.lost:
		return 0, true, nil
	case d.told:
		n, err = d.required(encoded)
	case !d.guess || d.table.capacity == 0:
		return 0, false, ErrBlocked
	case d.table.inserted >= 2*uint64(d.table.capacity)/entryCost:
		return 0, true, nil
	default:
		n = encoded - 1
	}
	if err == nil && n > d.table.inserted {
		err = ErrBlocked
	}
	return n, false, err
}

// section is a field section that is being read.
type section struct {
	d       *Decoder
	base    uint64
	blind   bool // no entry of the dynamic table can be told
	fields  []flow.Field
	size    int
	missing int // fields that refer to what is not known
}

// Section decodes a field section (RFC 9204, 4.5). It keeps nothing of b.
func (d *Decoder) Section(b []byte) ([]flow.Field, error) {
	encoded, n, err := integer(b, 8)
	if err != nil {
		return nil, err
	}
	if n == 0 || n == len(b) {
		return nil, errShort
	}
	count, blind, err := d.count(encoded)
	if err != nil {
		return nil, err
	}
	s := section{d: d, blind: blind}
	below := b[n]&0x80 != 0
	delta, k, err := integer(b[n:], 7)
	switch {
	case err != nil:
		return nil, err
	case k == 0:
		return nil, errShort
	case !below:
		s.base = count + delta
	case delta >= count && !s.blind:
		return nil, errPrefix
	default:
		s.base = count - delta - 1
	}
	s.fields = make([]flow.Field, 0, 16)
	for b = b[n+k:]; len(b) > 0; b = b[n:] {
		if n, err = s.line(b); err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errShort
		}
	}
	if s.missing > 0 {
		return s.fields, fmt.Errorf("%d fields %w", s.missing, ErrMissing)
	}
	return s.fields, nil
}

// line reads one field line (RFC 9204, 4.5.2 to 4.5.6), and returns its
// length, 0 if b ends within it.
func (s *section) line(b []byte) (int, error) {
	limit := s.d.limits.Section
	switch {
	case b[0]&0x80 != 0: // indexed
		index, n, err := integer(b, 6)
		if err != nil || n == 0 {
			return 0, err
		}
		f, ok, err := s.reference(b[0]&0x40 != 0, index)
		if err != nil {
			return 0, err
		}
		return n, s.add(f, ok)
	case b[0]&0x40 != 0: // literal with name reference
		index, n, err := integer(b, 4)
		if err != nil || n == 0 {
			return 0, err
		}
		value, k, err := text(b[n:], 7, limit)
		if err != nil || k == 0 {
			return 0, err
		}
		f, ok, err := s.reference(b[0]&0x10 != 0, index)
		if err != nil {
			return 0, err
		}
		return n + k, s.add(flow.Field{Name: f.Name, Value: value}, ok)
	case b[0]&0x20 != 0: // literal with literal name
		name, n, err := text(b, 3, limit)
		if err != nil || n == 0 {
			return 0, err
		}
		value, k, err := text(b[n:], 7, limit)
		if err != nil || k == 0 {
			return 0, err
		}
		return n + k, s.add(flow.Field{Name: name, Value: value}, true)
	case b[0]&0x10 != 0: // indexed, beyond the base
		index, n, err := integer(b, 4)
		if err != nil || n == 0 {
			return 0, err
		}
		f, ok, err := s.beyond(index)
		if err != nil {
			return 0, err
		}
		return n, s.add(f, ok)
	}
	index, n, err := integer(b, 3) // literal, name beyond the base
	if err != nil || n == 0 {
		return 0, err
	}
	value, k, err := text(b[n:], 7, limit)
	if err != nil || k == 0 {
		return 0, err
	}
	f, ok, err := s.beyond(index)
	if err != nil {
		return 0, err
	}
	return n + k, s.add(flow.Field{Name: f.Name, Value: value}, ok)
}

// reference returns the entry of the static table, or of the dynamic one
// counted back from the base. It is not ok if the entry was there once.
func (s *section) reference(fixed bool, index uint64) (f flow.Field, ok bool, err error) {
	if fixed {
		if f, ok = named(index); !ok {
			return f, false, errReference
		}
		return f, true, nil
	}
	if s.blind {
		return f, false, nil
	}
	if index >= s.base {
		return f, false, errReference
	}
	return s.dynamic(s.base - 1 - index)
}

// beyond returns an entry counted on from the base (RFC 9204, 3.2.6).
func (s *section) beyond(index uint64) (f flow.Field, ok bool, err error) {
	if s.blind {
		return f, false, nil
	}
	return s.dynamic(s.base + index)
}

func (s *section) dynamic(index uint64) (f flow.Field, ok bool, err error) {
	if index >= s.d.table.inserted {
		return f, false, errReference
	}
	f, ok = s.d.table.at(index)
	return f, ok, nil
}

// add adds a field. One whose name is not known keeps its value: it left its
// sender all the same.
func (s *section) add(f flow.Field, ok bool) error {
	if !ok {
		s.missing++
		if f.Value == "" {
			return nil
		}
	}
	if s.size += len(f.Name) + len(f.Value) + entryCost; s.size > s.d.limits.Section {
		return errSection
	}
	s.fields = append(s.fields, f)
	return nil
}
