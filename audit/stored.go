package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// schemaPrefix is what the ids of all versions of the document begin with.
const schemaPrefix = "https://constat.dev/schema/audit-"

// maxStored bounds what a stored document may hold beside its ledger, and each
// row of that. A page that a person can read is a hundred times smaller.
const maxStored = 64 << 20

// Stored reports whether a file that begins so is an Audit document: an object
// whose first member is its schema.
func Stored(head []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(head))
	for _, want := range []func(json.Token) bool{
		func(t json.Token) bool { return t == json.Delim('{') },
		func(t json.Token) bool { return t == "schema" },
		func(t json.Token) bool { s, ok := t.(string); return ok && strings.HasPrefix(s, schemaPrefix) },
	} {
		if t, err := dec.Token(); err != nil || !want(t) {
			return false
		}
	}
	return true
}

// Read reads a document that was written as JSON (constat audit --json). The
// ledger may be longer than memory; the caller closes the document's Transfers.
// A row that is none is an error of the iteration over them.
func Read(r io.Reader) (*Document, error) {
	a := &allowance{r: r, left: maxStored}
	dec := json.NewDecoder(a)
	d := &Document{Transfers: &Ledger{tail: func(_ int64, _, _ uint32, row []byte) []byte { return row }}}
	if err := d.read(dec, a); err != nil {
		d.Transfers.Close()
		return nil, fmt.Errorf("not an Audit document (offset %d): %w; expected what constat audit --json writes", dec.InputOffset(), err)
	}
	return d, nil
}

func (d *Document) read(dec *json.Decoder, a *allowance) error {
	if err := delim(dec, '{'); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if name == "transfers" {
			err = d.Transfers.read(dec, a)
		} else {
			err = d.member(dec, name.(string)) // the name of a member is a string
		}
		if err != nil {
			return err
		}
	}
	if err := delim(dec, '}'); err != nil {
		return err
	}
	if d.Schema == "" {
		return errors.New("it names no schema")
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows the document")
	}
	return nil
}

// member reads one member into its field.
func (d *Document) member(dec *json.Decoder, name string) error {
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(bytes.Join([][]byte{{'{'}, key, {':'}, raw, {'}'}}, nil), d); err != nil {
		return err
	}
	if name == "schema" && d.Schema != SchemaID {
		return fmt.Errorf("its schema is %.80q, and this program reads %q: audit the capture again", d.Schema, SchemaID)
	}
	return nil
}

// read takes the rows in one by one. What is in them is looked at when they are
// read: to decode a long ledger twice takes as long as the rest.
func (l *Ledger) read(dec *json.Decoder, a *allowance) error {
	if err := delim(dec, '['); err != nil {
		return err
	}
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		if len(raw) > spoolAfter {
			return errTooLong
		}
		if err := l.append(raw, noTime, 0, 0); err != nil {
			return err
		}
		a.left = max(a.left, maxStored/2)
	}
	return delim(dec, ']')
}

func delim(dec *json.Decoder, want json.Delim) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%.40q instead of %q", fmt.Sprint(t), want.String())
	}
	return nil
}

var errTooLong = fmt.Errorf("it holds more than %d MB beside its transfers, or in one of them", maxStored>>20)

// allowance reads no more than is left.
type allowance struct {
	r    io.Reader
	left int
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errTooLong
	}
	n, err := a.r.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}
