package live

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/constat/constat/capture/dns"
	"github.com/constat/constat/flow"
)

// Resolver answers a phone's DNS queries, by asking the engine's resolver and
// the system, and remembers which name an address was given for: a connection
// to the address is then to that name.
//
// HTTPS and SVCB records (RFC 9460) are answered as if there were none: they
// offer HTTP/3 and encrypted hellos, which could not be read; clients go on
// with the addresses. Every exchange is logged.
type Resolver struct {
	Engine *Engine
	Client netip.AddrPort // for the log

	mu    sync.Mutex
	names map[netip.Addr]string
}

// maxNames bounds what is remembered.
const maxNames = 1 << 16

// dnsTTL is short, so that later look-ups are seen too.
const dnsTTL = 30

// Name is the name that an address was last given for, "" if for none.
func (r *Resolver) Name(a netip.Addr) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[a]
}

func (r *Resolver) remember(a netip.Addr, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names == nil || len(r.names) >= maxNames {
		r.names = map[netip.Addr]string{}
	}
	r.names[a] = name
}

// Answer answers a message, nil if it is none.
func (r *Resolver) Answer(query []byte) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil || h.Response {
		return nil
	}
	begun := time.Now()
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: h.ID, Response: true, OpCode: h.OpCode, RecursionDesired: h.RecursionDesired, RecursionAvailable: true}}
	if m.Questions, err = p.AllQuestions(); err != nil || len(m.Questions) != 1 {
		m.RCode, m.Questions = dnsmessage.RCodeFormatError, nil
	} else if h.OpCode != 0 || m.Questions[0].Class != dnsmessage.ClassINET {
		m.RCode = dnsmessage.RCodeNotImplemented
	} else {
		r.lookUp(&m)
		r.log(&m, begun)
	}
	b, err := m.Pack()
	if err != nil {
		m.Answers, m.RCode = nil, dnsmessage.RCodeServerFailure
		b, _ = m.Pack()
	}
	return b
}

// lookUp fills in the answers to the one question of m.
func (r *Resolver) lookUp(m *dnsmessage.Message) {
	ctx, cancel := context.WithTimeout(r.Engine.ctx, 5*time.Second)
	defer cancel()
	q := m.Questions[0]
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	add := func(body dnsmessage.ResourceBody) {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: dnsTTL}, Body: body})
	}
	var err error
	switch q.Type {
	case dnsmessage.TypeA, dnsmessage.TypeAAAA:
		var addrs []netip.Addr
		addrs, err = r.Engine.cfg.Resolve(ctx, name)
		for _, a := range addrs {
			a = a.Unmap()
			if a.Is4() != (q.Type == dnsmessage.TypeA) {
				continue
			}
			r.remember(a, name)
			if a.Is4() {
				add(&dnsmessage.AResource{A: a.As4()})
			} else {
				add(&dnsmessage.AAAAResource{AAAA: a.As16()})
			}
		}
	case dnsmessage.TypeTXT:
		var txt []string
		txt, err = net.DefaultResolver.LookupTXT(ctx, name)
		for _, t := range txt {
			var parts []string
			for len(t) > 255 {
				parts, t = append(parts, t[:255]), t[255:]
			}
			add(&dnsmessage.TXTResource{TXT: append(parts, t)})
		}
	case dnsmessage.TypeMX:
		var mx []*net.MX
		mx, err = net.DefaultResolver.LookupMX(ctx, name)
		for _, x := range mx {
			if host, nerr := dnsmessage.NewName(x.Host); nerr == nil {
				add(&dnsmessage.MXResource{Pref: x.Pref, MX: host})
			}
		}
	case dnsmessage.TypeSRV:
		var srv []*net.SRV
		_, srv, err = net.DefaultResolver.LookupSRV(ctx, "", "", name)
		for _, x := range srv {
			if host, nerr := dnsmessage.NewName(x.Target); nerr == nil {
				add(&dnsmessage.SRVResource{Priority: x.Priority, Weight: x.Weight, Port: x.Port, Target: host})
			}
		}
	}
	var d *net.DNSError
	switch {
	case err == nil:
	case errors.As(err, &d) && d.IsNotFound:
		m.RCode = dnsmessage.RCodeNameError
	default:
		m.RCode = dnsmessage.RCodeServerFailure
	}
}

func (r *Resolver) log(m *dnsmessage.Message, begun time.Time) {
	q := m.Questions[0]
	kind := dns.Type(int(q.Type))
	l := &flow.Lookup{Questions: []flow.Question{{Name: strings.TrimSuffix(q.Name.String(), "."), Type: kind}}, Code: dns.Code(int(m.RCode))}
	for _, a := range m.Answers {
		answer := flow.Answer{Name: l.Questions[0].Name, Type: kind, TTL: a.Header.TTL}
		switch b := a.Body.(type) {
		case *dnsmessage.AResource:
			answer.Data = netip.AddrFrom4(b.A).String()
		case *dnsmessage.AAAAResource:
			answer.Data = netip.AddrFrom16(b.AAAA).String()
		}
		l.Answers = append(l.Answers, answer)
	}
	f := &flow.Flow{Kind: flow.DNS, Protocol: "dns", Lookup: l, Timing: flow.Timing{Start: begun, End: time.Now()}}
	f.Client.Addr = r.Client
	r.Engine.check(r.Engine.cfg.Log.Lookup(f))
}
