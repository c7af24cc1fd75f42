package statement

import (
	"encoding/base64"

	"google.golang.org/protobuf/encoding/protowire"
)

// readToken reads the machine room out of a session token of ByteDance's. In
// Base64 it is a signature of 40 hex digits with its length before it, and a
// protobuf message whose field 3 is the room in clear. Nothing else of the
// token is kept: it is a secret of the person's.
func readToken(st *Statement, m match, _ *scan) bool {
	raw, err := base64.RawURLEncoding.DecodeString(m.group("token"))
	if err != nil || len(raw) < 41 || raw[0] != 40 {
		return false
	}
	room := ""
	for rest := raw[41:]; len(rest) > 0; {
		num, kind, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return false
		}
		rest = rest[n:]
		if num == 3 && kind == protowire.BytesType {
			text, n := protowire.ConsumeBytes(rest)
			if n < 0 || room != "" {
				return false
			}
			room, rest = string(text), rest[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(num, kind, rest); n < 0 {
			return false
		}
		rest = rest[n:]
	}
	l, ok := places().labels[[2]string{m.row.Table, room}]
	if !ok {
		return false
	}
	st.Value, st.Country, st.Place, st.Confidence = room, l.country, l.place, l.confidence
	return true
}
