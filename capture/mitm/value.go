package mitm

import (
	"bytes"
	"math"
	"net/netip"
	"strconv"
	"time"
)

// value is a netstring in memory. The zero value, tag 0, is a key that was
// not there.
type value struct {
	tag  byte
	at   int64 // offset of data in the dump
	data []byte
}

func (v value) null() bool { return v.tag == 0 || v.tag == '~' }

// text returns bytes or text.
func (v value) text() string {
	if v.tag == ',' || v.tag == ';' {
		return string(v.data)
	}
	return ""
}

func (v value) yes() bool { return v.tag == '!' && string(v.data) == "true" }

// integer returns -1 for anything but an integer.
func (v value) integer() int64 {
	if v.tag != '#' {
		return -1
	}
	n, err := strconv.ParseInt(string(v.data), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// time reads seconds since 1970, as integer or decimal, to the nanosecond
// without passing through a float. Times before 1980 or after 2200 are no
// times of a capture and come back zero.
func (v value) time() time.Time {
	if v.tag != '#' && v.tag != '^' {
		return time.Time{}
	}
	whole, fraction, _ := bytes.Cut(v.data, []byte("."))
	sec, err := strconv.ParseInt(string(whole), 10, 64)
	var nsec int64
	for i := range 9 {
		nsec *= 10
		if i < len(fraction) {
			if fraction[i] < '0' || fraction[i] > '9' {
				err = strconv.ErrSyntax
				break
			}
			nsec += int64(fraction[i] - '0')
		}
	}
	if err != nil || bytes.ContainsAny(fraction, "eE") {
		f, err := strconv.ParseFloat(string(v.data), 64)
		if err != nil || math.IsNaN(f) || math.Abs(f) > 1e11 {
			return time.Time{}
		}
		w, frac := math.Modf(f)
		sec, nsec = int64(w), int64(frac*1e9)
	}
	const year1980, year2200 = 315532800, 7258118400
	if sec < year1980 || sec >= year2200 {
		return time.Time{}
	}
	return time.Unix(sec, nsec).UTC()
}

// next takes the first netstring off the payload v. ok is false at its end
// and, with bad set to the offset, where it is malformed.
func (v *value) next() (item value, bad int64, ok bool) {
	if len(v.data) == 0 {
		return value{}, -1, false
	}
	n, rest, ok := digits(v.data)
	if !ok || n >= int64(len(rest)) || bytes.IndexByte([]byte(anyTag), rest[n]) < 0 {
		return value{}, v.at, false
	}
	at := v.at + int64(len(v.data)-len(rest))
	item = value{rest[n], at, rest[:n:n]}
	v.data, v.at = rest[n+1:], at+n+1
	return item, -1, true
}

// list returns the items of a list, nil for anything else. A malformed list
// ends at its fault, whose offset is reported to s.
func (v value) list(s *scanner) []value {
	if v.tag != ']' {
		return nil
	}
	var items []value
	for {
		item, bad, ok := v.next()
		if bad >= 0 {
			s.fail(bad, "a value of a list", "")
		}
		if !ok {
			return items
		}
		items = append(items, item)
	}
}

// each calls f for the members of a dictionary.
func (v value) each(s *scanner, f func(key string, v value)) {
	if v.tag != '}' {
		return
	}
	for {
		key, bad, ok := v.next()
		if !ok && bad < 0 {
			return
		}
		if ok {
			var member value
			if member, bad, ok = v.next(); ok {
				f(string(key.data), member)
				continue
			}
		}
		s.fail(max(bad, v.at), "a key and its value", "")
		return
	}
}

// address is a (host, port) pair as mitmproxy keeps them.
type address struct {
	host string
	port uint16
}

// address reads [host, port], with scope and flow label behind for IPv6, or
// the dictionary around it that versions before 2.0 have.
func (v value) address(s *scanner) address {
	if v.tag == '}' {
		var inner value
		v.each(s, func(key string, m value) {
			if key == "address" {
				inner = m
			}
		})
		if inner.tag != ']' {
			return address{}
		}
		v = inner
	}
	items := v.list(s)
	if len(items) < 2 {
		return address{}
	}
	a := address{host: items[0].text()}
	if p := items[1].integer(); p > 0 && p < 1<<16 {
		a.port = uint16(p)
	}
	return a
}

// ip returns the address and port if the host is an address.
func (a address) ip() netip.AddrPort {
	ip, err := netip.ParseAddr(a.host)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap().WithZone(""), a.port)
}

// name returns the host if it is a name.
func (a address) name() string {
	if a.ip().IsValid() {
		return ""
	}
	return a.host
}
