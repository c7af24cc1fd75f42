package score

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// members reads a JSON object and gives the elements of the arrays that want
// names to its functions, one by one. What is not wanted is stepped over, and
// nothing is held longer than an element. An array that is not there is an
// error: the document is another one.
func members(r io.Reader, want map[string]func(decode func(any) error) error) error {
	dec := json.NewDecoder(r)
	bad := func(err error) error {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("the Audit document, at byte %d: %w", dec.InputOffset(), err)
	}
	if t, err := dec.Token(); err != nil {
		return bad(err)
	} else if t != json.Delim('{') {
		return bad(errors.New("no object"))
	}
	met := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return bad(err)
		}
		f := want[name.(string)]
		if f == nil {
			if err := skip(dec); err != nil {
				return bad(err)
			}
			continue
		}
		met[name.(string)] = true
		switch t, err := dec.Token(); {
		case err != nil:
			return bad(err)
		case t == nil: // null is an empty array
			continue
		case t != json.Delim('['):
			return bad(fmt.Errorf("%s is no array", name))
		}
		for dec.More() {
			if err := f(dec.Decode); err != nil {
				return bad(err)
			}
		}
		if _, err := dec.Token(); err != nil {
			return bad(err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return bad(err)
	}
	for name := range want {
		if !met[name] {
			return fmt.Errorf("the Audit document has no %s", name)
		}
	}
	return nil
}

// skip steps over a value.
func skip(dec *json.Decoder) error {
	for depth := 0; ; {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
