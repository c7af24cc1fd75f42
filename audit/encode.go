package audit

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/constat/constat/timeline"
)

// noTime stands for a row whose capture does not say when.
const noTime = int64(-1 << 63)

// appendRow encodes the fields of t that are known when the row is made,
// leaving the object open for appendTail. It is written out by hand because
// a ledger has a row for every finding: encoding/json is five times slower
// here (see BenchmarkRow).
func appendRow(dst []byte, t *Transfer) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendString(dst, t.ID)
	dst = append(dst, `,"data_type":`...)
	dst = appendString(dst, t.DataType)
	dst = append(dst, `,"value_redacted":`...)
	dst = appendString(dst, t.Redacted.s)
	dst = append(dst, `,"alias":`...)
	dst = appendString(dst, t.Alias)
	dst = append(dst, `,"persona_value":`...)
	if t.PersonaValue == nil {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, int64(*t.PersonaValue), 10)
	}
	dst = append(dst, `,"form":`...)
	dst = appendString(dst, t.Form)
	if t.Detail != "" {
		dst = append(dst, `,"detail":`...)
		dst = appendString(dst, t.Detail)
	}
	dst = append(dst, `,"anonymity":`...)
	dst = appendAnonymity(dst, &t.Anonymity)
	dst = append(dst, `,"grade":`...)
	dst = appendString(dst, t.Grade)
	dst = append(dst, `,"method":`...)
	dst = appendString(dst, t.Method)
	dst = append(dst, `,"confidence":`...)
	dst = strconv.AppendFloat(dst, t.Confidence, 'g', 4, 64)
	dst = append(dst, `,"reason":`...)
	dst = appendString(dst, t.Reason)
	dst = append(dst, `,"derivation":[`...)
	for i, s := range t.Derivation {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s.s)
	}
	dst = append(dst, `],"flow":{"id":`...)
	dst = appendString(dst, t.Flow.ID)
	dst = append(dst, `,"method":`...)
	dst = appendString(dst, t.Flow.Method)
	dst = append(dst, `,"url":`...)
	dst = appendString(dst, t.Flow.URL.s)
	dst = append(dst, `,"protocol":`...)
	dst = appendString(dst, t.Flow.Protocol)
	dst = append(dst, `,"input":`...)
	dst = strconv.AppendInt(dst, int64(t.Flow.Input), 10)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, t.Flow.Offset, 10)
	dst = append(dst, `,"length":`...)
	dst = strconv.AppendInt(dst, t.Flow.Length, 10)
	dst = append(dst, `},"part":`...)
	dst = appendString(dst, t.Part)
	dst = append(dst, `,"range":{"offset":`...)
	dst = strconv.AppendInt(dst, int64(t.Range.Offset), 10)
	dst = append(dst, `,"length":`...)
	dst = strconv.AppendInt(dst, int64(t.Range.Length), 10)
	dst = append(dst, `},"bytes":`...)
	dst = strconv.AppendInt(dst, t.Bytes, 10)
	return dst
}

// appendTail closes a row: when it happened, which app it is of and who received it.
func appendTail(dst []byte, ns int64, start time.Time, when *timeline.Timeline, app, ref []byte) []byte {
	at, offset := time.Time{}, -1.0
	if ns != noTime {
		at = time.Unix(0, ns).UTC()
		offset = at.Sub(start).Seconds()
	}
	dst = append(dst, `,"time":"`...)
	dst = at.AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","offset_s":`...)
	dst = strconv.AppendFloat(dst, offset, 'f', -1, 64)
	dst = circumstance(when, at, 0).append(dst)
	dst = append(dst, app...)
	dst = append(dst, `,"recipient":`...)
	dst = append(dst, ref...)
	return append(dst, '}')
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf || c == '<' || c == '>' || c == '&' {
			plain = false
			break
		}
	}
	if plain {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	b, err := json.Marshal(s)
	if err != nil { // a string always encodes
		panic(err)
	}
	return append(dst, b...)
}
