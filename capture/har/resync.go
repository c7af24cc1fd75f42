package har

import "bytes"

// entryKeys are the members that writers put first in an entry and in no
// other object. Finding one right after a brace, unescaped, marks the start
// of an entry even when nothing is known of the bytes before.
var entryKeys = map[string]bool{
	"startedDateTime": true, "pageref": true, "request": true, "timings": true, "serverIPAddress": true,
	"connection": true, "cache": true, "_initiator": true, "_priority": true, "_resourceType": true,
	"_connectionId": true, "_fromCache": true, "_frameref": true, "_monotonicTime": true, "_webSocketMessages": true,
}

// resync looks for the start of the next entry after damage and stands on it.
// It reads on to the end of the file if there is none, once: each call starts
// where the last one stopped.
func (s *scanner) resync() bool {
	for {
		i := bytes.IndexByte(s.buf[s.p:s.n], '{')
		if i < 0 {
			s.p = s.n
			if !s.fill() {
				return false
			}
			continue
		}
		s.p += i
		s.need(256)
		if entryStart(s.buf[s.p:min(s.n, s.p+256)]) {
			s.dmg, s.told, s.depth = nil, false, s.listDepth
			return true
		}
		s.p++
	}
}

// entryStart reports whether w begins with a brace, a known member name and
// a colon.
func entryStart(w []byte) bool {
	w = bytes.TrimLeft(w[1:], " \t\r\n")
	if len(w) == 0 || w[0] != '"' {
		return false
	}
	name, rest, ok := bytes.Cut(w[1:], []byte{'"'})
	if !ok || !entryKeys[string(name)] {
		return false
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}
