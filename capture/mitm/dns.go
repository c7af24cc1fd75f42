package mitm

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/constat/constat/capture/dns"
	"github.com/constat/constat/flow"
)

// lookup fills a DNS flow (RFC 1035).
func (rec *record) lookup(s *scanner) {
	f := rec.flow
	f.Kind, f.Protocol = flow.DNS, "dns"
	l := &flow.Lookup{}
	f.Lookup = l
	for _, q := range rec.request.member["questions"].list(s) {
		var question flow.Question
		q.each(s, func(key string, v value) {
			switch key {
			case "name":
				question.Name = v.text()
			case "type":
				question.Type = dns.Type(int(v.integer()))
			}
		})
		l.Questions = append(l.Questions, question)
	}
	if !rec.response.present {
		return
	}
	l.Code = dns.Code(int(rec.response.member["response_code"].integer()))
	for _, a := range rec.response.member["answers"].list(s) {
		var answer flow.Answer
		var kind int64
		var data []byte
		a.each(s, func(key string, v value) {
			switch key {
			case "name":
				answer.Name = v.text()
			case "type":
				kind = v.integer()
				answer.Type = dns.Type(int(kind))
			case "ttl":
				answer.TTL = uint32(max(0, min(v.integer(), 1<<32-1)))
			case "data":
				data = v.data
			}
		})
		answer.Data = presentation(kind, data)
		l.Answers = append(l.Answers, answer)
	}
}

// presentation writes record data as a zone file does, in the unknown-type
// form of RFC 3597 where it is not an address, name or text.
func presentation(kind int64, data []byte) string {
	switch kind {
	case 1, 28:
		if ip, ok := netip.AddrFromSlice(data); ok {
			return ip.String()
		}
	case 2, 5, 12, 39:
		if name, ok := domainName(data); ok {
			return name
		}
	case 16:
		return strconv.Quote(string(data))
	}
	return fmt.Sprintf(`\# %d %x`, len(data), data)
}

// domainName reads the labels of an uncompressed name, which is how mitmproxy
// stores them.
func domainName(b []byte) (string, bool) {
	var labels []string
	for len(b) > 0 {
		n := int(b[0])
		if n == 0 {
			return strings.Join(labels, "."), len(b) == 1
		}
		if n > 63 || n >= len(b) {
			break
		}
		labels = append(labels, string(b[1:1+n]))
		b = b[1+n:]
	}
	return "", false
}
