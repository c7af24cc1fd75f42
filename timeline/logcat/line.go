package logcat

import (
	"bytes"
	"time"
)

// entry is one line of a log.
type entry struct {
	at           time.Time
	zoned, dated bool // the line tells its zone, its year
	pid          int  // -1 not told
	tag, message string
	heading      string // of the long format: the tag, while the message is awaited
}

// shape keeps the tags of a log, which are few.
type shape struct{ tags map[string]string }

// intern returns b as a string that is made once.
func (s *shape) intern(b []byte) string {
	if t, ok := s.tags[string(b)]; ok {
		return t
	}
	if s.tags == nil || len(s.tags) > 4096 {
		s.tags = map[string]string{}
	}
	t := string(b)
	s.tags[t] = t
	return t
}

// parse reads a line in any of the formats:
//
//	threadtime  [DATE] TIME [ZONE] [UID] PID TID P TAG: MESSAGE
//	time        DATE TIME P/TAG( [UID:]PID): MESSAGE
//	long        [ DATE TIME [UID:]PID:TID P/TAG ]      and the message below: tag is ""
//	studio      DATE TIME PID-TID/PACKAGE P/TAG: MESSAGE
func parse(l []byte, s *shape) (e entry, ok bool) {
	if bytes.IndexByte(l, 0x1b) >= 0 {
		l = colourless(l)
	}
	l = trimLeft(l)
	long := len(l) > 1 && l[0] == '[' && l[1] == ' '
	if long {
		l = trimLeft(l[1:])
	}
	if l, ok = e.time(l); !ok {
		return e, false
	}
	if long {
		return e.long(l, s)
	}
	if len(l) > 2 && l[1] == '/' && priority(l[0]) {
		return e.brief(l[2:], s)
	}
	if ids, rest := word(l); bytes.IndexByte(ids, '-') > 0 && bytes.IndexByte(ids, '/') > 0 {
		return e.studio(ids, rest, s)
	}
	// Up to three words stand before the priority: user id, pid, tid.
	var words [4][]byte
	n := 0
	for ; n < len(words); n++ {
		var w []byte
		if w, l = word(l); len(w) == 0 {
			return e, false
		}
		if words[n] = w; len(w) == 1 && priority(w[0]) && n >= 2 {
			break
		}
	}
	if n < 2 || n == len(words) {
		return e, false
	}
	tid, isTid := digits(words[n-1])
	pid, isPid := digits(words[n-2])
	if e.pid = pid; !isTid || !isPid || tid < 0 {
		return e, false
	}
	return e.text(l, s)
}

// text is "TAG: MESSAGE".
func (e *entry) text(l []byte, s *shape) (entry, bool) {
	i := bytes.Index(l, []byte(": "))
	if i < 0 {
		if i = len(l) - 1; i < 0 || l[i] != ':' {
			if i = bytes.IndexByte(l, ':'); i < 0 { // some copies lose the space
				return *e, false
			}
		}
	}
	tag := bytes.TrimSpace(l[:i])
	if len(tag) == 0 {
		return *e, false
	}
	e.tag, e.message = s.intern(tag), string(bytes.TrimLeft(l[i+1:], " "))
	return *e, true
}

// studio is "PID-TID/PACKAGE" and "P/TAG: MESSAGE", as Android Studio showed a
// log until 2022. In 2015 its colon was a small one.
func (e *entry) studio(ids, l []byte, s *shape) (entry, bool) {
	pid, rest, _ := bytes.Cut(ids, []byte("-"))
	tid, _, _ := bytes.Cut(rest, []byte("/"))
	var ok bool
	if e.pid, ok = digits(pid); !ok {
		return *e, false
	}
	if _, ok = digits(tid); !ok || len(l) < 3 || l[1] != '/' || !priority(l[0]) {
		return *e, false
	}
	return e.text(bytes.Replace(l[2:], []byte("\ufe55"), []byte(":"), 1), s)
}

// brief is "TAG( [UID:]PID): MESSAGE".
func (e *entry) brief(l []byte, s *shape) (entry, bool) {
	end := bytes.Index(l, []byte("): "))
	if end < 0 {
		if end = len(l) - 2; end < 0 || string(l[end:]) != "):" {
			return *e, false
		}
	}
	open := bytes.LastIndexByte(l[:end], '(')
	if open < 1 {
		return *e, false
	}
	ids := l[open+1 : end]
	if i := bytes.LastIndexByte(ids, ':'); i >= 0 {
		ids = ids[i+1:]
	}
	var ok bool
	if e.pid, ok = digits(trimLeft(ids)); !ok {
		return *e, false
	}
	e.tag, e.message = s.intern(bytes.TrimSpace(l[:open])), string(trimLeft(l[end+2:]))
	return *e, e.tag != ""
}

// long is "[UID:]PID:TID P/TAG ]"; what it tags follows.
func (e *entry) long(l []byte, s *shape) (entry, bool) {
	l = bytes.TrimSpace(l)
	l, ok := bytes.CutSuffix(l, []byte("]"))
	i := bytes.IndexByte(l, '/')
	if !ok || i < 2 || !priority(l[i-1]) {
		return *e, false
	}
	ids := bytes.Split(bytes.TrimSpace(l[:i-1]), []byte(":"))
	if len(ids) < 2 {
		return *e, false
	}
	if e.pid, ok = digits(bytes.TrimSpace(ids[len(ids)-2])); !ok {
		return *e, false
	}
	e.heading = s.intern(bytes.TrimSpace(l[i+1:]))
	return *e, e.heading != ""
}

// time reads "[YYYY-]MM-DD HH:MM:SS[.FRACTION] [±HHMM]" or seconds since 1970.
func (e *entry) time(l []byte) (rest []byte, ok bool) {
	w, rest := word(l)
	if i := bytes.IndexByte(w, '.'); i >= 9 || i < 0 && len(w) == 10 && len(l) > 10 { // 9 digits: 1973
		if i < 0 {
			i = len(w)
		}
		sec, ok := digits(w[:i])
		ns, good := fraction(w[i:])
		if ok && good && sec < 1<<32 {
			e.at, e.zoned, e.dated = time.Unix(int64(sec), ns).UTC(), true, true
			return rest, true
		}
	}
	var year, month, day int
	switch {
	case len(w) == 5 && w[2] == '-':
		year, month, day = 2000, two(w), two(w[3:])
	case len(w) == 10 && w[4] == '-' && w[7] == '-':
		year, month, day = two(w)*100+two(w[2:]), two(w[5:]), two(w[8:])
		e.dated = true
	default:
		return nil, false
	}
	w, rest = word(rest)
	if len(w) < 8 || w[2] != ':' || w[5] != ':' {
		return nil, false
	}
	h, m, s := two(w), two(w[3:]), two(w[6:])
	ns, ok := fraction(w[8:])
	if !ok || e.dated && (year < 1970 || year > 2200) || month < 1 || month > 12 || day < 1 || day > 31 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60 {
		return nil, false
	}
	e.at = time.Date(year, time.Month(month), day, h, m, s, int(ns), time.UTC)
	if len(rest) > 5 && (rest[0] == '+' || rest[0] == '-') && rest[5] == ' ' {
		if zh, zm := two(rest[1:]), two(rest[3:]); zh >= 0 && zm >= 0 && zh <= 14 {
			offset := time.Duration(zh)*time.Hour + time.Duration(zm)*time.Minute
			if rest[0] == '-' {
				offset = -offset
			}
			e.at, e.zoned = e.at.Add(-offset), true
			rest = trimLeft(rest[5:])
		}
	}
	return rest, true
}

// fraction reads ".123" as nanoseconds.
func fraction(b []byte) (ns int64, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != '.' || len(b) > 10 || len(b) == 1 {
		return 0, false
	}
	n, ok := digits(b[1:])
	for i := len(b); i < 10; i++ {
		n *= 10
	}
	return int64(n), ok
}

// two reads two digits, -1 if there are none.
func two(b []byte) int {
	if len(b) < 2 || b[0] < '0' || b[0] > '9' || b[1] < '0' || b[1] > '9' {
		return -1 << 20
	}
	return int(b[0]-'0')*10 + int(b[1]-'0')
}

func digits(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 12 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func priority(c byte) bool { return c != 0 && bytes.IndexByte([]byte("VDIWEFAS"), c) >= 0 }

// word cuts the first word off; rest begins at the next.
func word(b []byte) (w, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	return b[:i], trimLeft(b[i:])
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

// colourless leaves the escape sequences of "-v color" out.
func colourless(l []byte) []byte {
	out := make([]byte, 0, len(l))
	for i := 0; i < len(l); i++ {
		if l[i] == 0x1b && i+1 < len(l) && l[i+1] == '[' {
			for i += 2; i < len(l) && l[i] != 'm'; i++ {
			}
			continue
		}
		out = append(out, l[i])
	}
	return out
}
