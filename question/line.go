package question

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/constat/constat/audit"
)

// line is a row of the ledger of which only the places of some fields are known:
// a ledger has a million rows, and most questions look at four or five words of
// them.
type line struct {
	raw                                      []byte
	id, flow, alias, at, since, within, size []byte // JSON values, as they stand
	told                                     [fields][]byte
	run                                      int // stretches of rows of one flow before it
	of                                       whose
}

// telling are the fields that rows of one kind have in common: all that
// expressions can see, but for what atRow names.
var telling = map[string]int{
	"data_type": 0, "form": 1, "detail": 2, "anonymity": 3, "grade": 4, "flow.method": 5, "flow.protocol": 6, "part": 7, "app": 8,
	"state": 9, "act": 10, "consent": 11, "draft_open": 12, "clip_fate": 13, "clip_ended": 14, "signed_up": 15, "moment_unsure": 16,
	"moment_open": 17, "recipient": 18, "persona_value": 19, "flow.url": 20, "app_confidence": 21, "moment_unmarked": 22,
}

// fields is how many those are.
const fields = 23

// opening are the telling fields that say what of a moment is open. All that looks at
// moments needs them, so that they are numbered as one.
var opening = [...]int{10, 16, 17, 22}

// opened are those that what looks at a moment needs at least, one bit each; without
// an act before (10), nobody knows some things.
const opened = 1<<16 | 1<<17 | 1<<22

// needed are the telling fields that a variable is made of, one bit each; every
// variable over rows is here.
var needed = func() map[string]uint32 {
	const open = opened
	const acts = open | 1<<10
	m := map[string]uint32{
		"data_type": 1 << 0, "form": 1 << 1, "detail": 1 << 2, "anonymity": 1 << 3, "grade": 1 << 4, "method": 1 << 5, "protocol": 1 << 6, "part": 1 << 7, "app": 1 << 8, "app_confidence": 1 << 21,
		"state": 1<<9 | open, "act": 1<<10 | open, "consent": 1<<11 | open, "draft_open": 1<<12 | acts, "clip_fate": 1<<13 | acts, "clip_ended": 1<<14 | acts, "signed_up": 1<<15 | acts,
		"moment_unsure": open, "planted": 1 << 19, "scheme": 1 << 20, "since_act_s": acts, "offset_s": open, "law": 1<<18 | 1<<0,
		"flow": 0, "alias": 0, "companies": 0, "bytes": 0,
	}
	for _, v := range known {
		m[v.Name] = 0
	}
	for _, v := range join(party, legal) {
		if _, ok := m[v.Name]; !ok {
			m[v.Name] = 1 << 18
		}
	}
	return m
}()

// atRow are the variables that differ from row to row within a kind.
var atRow = map[string]bool{"flow": true, "alias": true, "companies": true, "bytes": true, "since_act_s": true, "offset_s": true}

// scan finds the fields of a row. key gets what tells its kind.
func (l *line) scan(key []byte) ([]byte, error) {
	told := &l.told
	err := members(l.raw, func(name, value []byte) error {
		switch string(name) {
		case "id":
			l.id = value
		case "alias":
			l.alias = value
		case "offset_s":
			l.at = value
		case "since_act_s":
			l.since = value
		case "since_act_bound_s":
			l.within = value
		case "bytes":
			l.size = value
		case "anonymity":
			return members(value, func(name, value []byte) error {
				if string(name) == "verdict" {
					told[3] = value
				}
				return nil
			})
		case "flow":
			return members(value, func(name, value []byte) error {
				switch string(name) {
				case "id":
					l.flow = value
				case "url":
					if scheme, _, ok := bytes.Cut(value, []byte("://")); ok && !bytes.ContainsAny(scheme, pathly) {
						told[20] = scheme
					}
				case "method":
					told[5] = value
				case "protocol":
					told[6] = value
				}
				return nil
			})
		case "other_app":
			if string(value) == "true" {
				l.of = others
			}
		case "app_open":
			if string(value) == "true" && l.of == mine {
				l.of = anyones
			}
		case "persona_value":
			if string(value) != "null" {
				told[19] = planted
			}
		default:
			if i, ok := telling[string(name)]; ok {
				told[i] = value
			}
		}
		return nil
	})
	for _, value := range told {
		key = append(append(key, value...), 0)
	}
	return key, err
}

// hint reports whether the row is one by shape alone.
func (l *line) hint() bool { return spelled(l.told[telling["grade"]]) == "C" }

// pathly are characters that a scheme does not have, but a path before "://" may.
const pathly = "/?#"

var planted = []byte("1")

// spelled is a JSON string.
func spelled(value []byte) string {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : n-1])
	}
	var s string
	_ = json.Unmarshal(value, &s) // no string: ""
	return s
}

// measured is a JSON number.
func measured(value []byte) float64 {
	f, _ := strconv.ParseFloat(string(value), 64) // no number: 0
	return f
}

// transfer decodes the row.
func (l *line) transfer() (*audit.Transfer, error) {
	t := &audit.Transfer{}
	return t, json.Unmarshal(l.raw, t)
}

var errRow = errors.New("a row of the ledger is damaged")

// members calls yield with the names and values of a JSON object, as they stand.
func members(b []byte, yield func(name, value []byte) error) error {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		if string(b) == "null" {
			return nil
		}
		return errRow
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return nil
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return errRow
		}
		end := quoted(b, i)
		if end < 0 {
			return errRow
		}
		name := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return errRow
		}
		from := space(b, i+1)
		if end = value(b, from); end < 0 {
			return errRow
		}
		if err := yield(name, b[from:end]); err != nil {
			return err
		}
		if i = space(b, end); i >= len(b) {
			return errRow
		}
		switch b[i] {
		case '}':
			return nil
		case ',':
			i = space(b, i+1)
		default:
			return errRow
		}
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// quoted is where the string that begins at i ends, -1 if it does not.
func quoted(b []byte, i int) int {
	for at := i + 1; ; at++ {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return -1
		}
		at += n
		slashes := 0
		for at-slashes > i+1 && b[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at + 1
		}
	}
}

// value is where the value that begins at i ends, -1 if it does not.
func value(b []byte, i int) int {
	from, depth := i, 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = quoted(b, i); i < 0 || depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return ended(from, i)
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return ended(from, i)
			}
		}
		i++
	}
	return -1
}

func ended(from, i int) int {
	if i == from {
		return -1
	}
	return i
}
