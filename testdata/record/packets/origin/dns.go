package main

import (
	"encoding/base64"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/constat/constat/internal/oracle"
)

// resolve answers a DNS query: names under quinze.test have addresses, "www"
// is an alias, "long" has more text than a datagram holds, "missing" does not
// exist. Over UDP a long answer is cut (TC).
func resolve(query []byte, udp bool) (name, kind string, reply []byte) {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		return "", "", nil
	}
	q, err := p.Question()
	if err != nil {
		return "", "", nil
	}
	name, kind = strings.TrimSuffix(q.Name.String(), "."), strings.TrimPrefix(q.Type.String(), "Type")
	h.Response, h.Authoritative, h.RecursionAvailable = true, true, true
	label, _, _ := strings.Cut(name, ".")
	if label == "missing" || !strings.HasSuffix(name, ".test") {
		h.RCode = dnsmessage.RCodeNameError
	}
	build := func(h dnsmessage.Header, records bool) []byte {
		b := dnsmessage.NewBuilder(nil, h)
		b.EnableCompression()
		b.StartQuestions()
		b.Question(q)
		b.StartAnswers()
		if !records || h.RCode != 0 {
			out, _ := b.Finish()
			return out
		}
		r := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
		if label == "www" {
			to := dnsmessage.MustNewName("app.quinze.test.")
			b.CNAMEResource(r, dnsmessage.CNAMEResource{CNAME: to})
			r.Name = to
		}
		switch q.Type {
		case dnsmessage.TypeA:
			b.AResource(r, dnsmessage.AResource{A: [4]byte{198, 51, 100, 1}})
			b.AResource(r, dnsmessage.AResource{A: [4]byte{198, 51, 100, 2}})
		case dnsmessage.TypeAAAA:
			b.AAAAResource(r, dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 1, 0xd, 0xb8, 0, 1, 15: 1}})
		case dnsmessage.TypeMX:
			b.MXResource(r, dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName("mail.quinze.test.")})
		case dnsmessage.TypeTXT:
			text := []string{"v=quinze1"}
			if label == "long" {
				for range 12 {
					text = append(text, strings.Repeat("quinze ", 30))
				}
			}
			b.TXTResource(r, dnsmessage.TXTResource{TXT: text})
		case 65: // HTTPS (RFC 9460): priority 1, target ".", alpn=h3,h2
			b.UnknownResource(r, dnsmessage.UnknownResource{Type: 65, Data: []byte("\x00\x01\x00\x00\x01\x00\x06\x02h3\x02h2")})
		}
		out, err := b.Finish()
		if err != nil {
			log.Print(err)
		}
		return out
	}
	reply = build(h, true)
	if udp && len(reply) > 1232 {
		h.Truncated = true
		reply = build(h, false)
	}
	return name, kind, reply
}

// answerDNS completes x with a look-up.
func answerDNS(x *oracle.Exchange, query []byte, udp bool) []byte {
	name, kind, reply := resolve(query, udp)
	x.Method, x.Authority, x.Path = "QUERY", name, kind
	x.Messages = []oracle.Message{{From: "client", Type: "dns", Body: oracle.Digest(query)}, {From: "server", Type: "dns", Body: oracle.Digest(reply)}}
	var m dnsmessage.Message
	if m.Unpack(reply) == nil {
		for _, r := range m.Answers {
			switch b := r.Body.(type) {
			case *dnsmessage.AResource:
				x.Answers = append(x.Answers, "A "+netip.AddrFrom4(b.A).String())
			case *dnsmessage.AAAAResource:
				x.Answers = append(x.Answers, "AAAA "+netip.AddrFrom16(b.AAAA).String())
			case *dnsmessage.CNAMEResource:
				x.Answers = append(x.Answers, "CNAME "+strings.TrimSuffix(b.CNAME.String(), "."))
			}
		}
	}
	return reply
}

// listenDNS answers over UDP.
func (o *origin) listenDNS(address string) {
	pc, err := net.ListenPacket("udp", address)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			x := &oracle.Exchange{Time: now(), Conn: "udp", Client: from.String(), Server: pc.LocalAddr().String(), Protocol: "dns"}
			pc.WriteTo(answerDNS(x, b[:n], true), from)
			o.log.Write(x)
		}
	}()
}

// serveDNSStream answers over TCP and TLS: each message after its length.
func (o *origin) serveDNSStream(c *conn) {
	for {
		var n uint16
		if binary.Read(c, binary.BigEndian, &n) != nil {
			return
		}
		query := make([]byte, n)
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		x := c.exchange("dns")
		reply := answerDNS(x, query, false)
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
		o.log.Write(x)
	}
}

// respondDNS answers DNS over HTTPS (RFC 8484), or returns nil.
func (o *origin) respondDNS(x *oracle.Exchange, body []byte) *answer {
	u, err := url.Parse(x.Path)
	if err != nil || u.Path != "/dns-query" {
		return nil
	}
	if x.Method == "GET" {
		body, _ = base64.RawURLEncoding.DecodeString(u.Query().Get("dns"))
	}
	name, kind, reply := resolve(body, false)
	x.Note = "DNS over HTTPS: " + name + " " + kind
	return &answer{status: 200, fields: [][2]string{{"server", "origin"}, {"content-type", "application/dns-message"}}, pieces: [][]byte{reply}}
}
