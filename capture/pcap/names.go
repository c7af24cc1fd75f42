package pcap

import (
	"net/netip"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
)

// names remembers which name an address was last given for.
type names struct{ byAddr map[netip.Addr]string }

// maxNames bounds what is remembered.
const maxNames = 1 << 17

// of is the name that an address was last given for, "" if for none.
func (n *names) of(a netip.Addr) string { return n.byAddr[a.Unmap()] }

func (n *names) add(a netip.Addr, name string) {
	if n.byAddr == nil {
		n.byAddr = map[netip.Addr]string{}
	}
	a = a.Unmap()
	if _, known := n.byAddr[a]; known || len(n.byAddr) < maxNames {
		n.byAddr[a] = strings.ToLower(strings.TrimSuffix(name, "."))
	}
}

// addName takes a name that the capture itself gives an address.
func (s *session) addName(addr []byte, name string, _ packet.Place) {
	if a, ok := netip.AddrFromSlice(addr); ok && s.names.of(a) == "" {
		s.names.add(a, name)
	}
}

// learn takes the addresses of an answer. They are those of the name that was
// asked for, whatever it is an alias of.
func (n *names) learn(l *flow.Lookup) {
	if len(l.Questions) != 1 {
		return
	}
	for _, a := range l.Answers {
		if a.Type == "A" || a.Type == "AAAA" {
			if addr, err := netip.ParseAddr(a.Data); err == nil {
				n.add(addr, l.Questions[0].Name)
			}
		}
	}
}

// fromHTTPS takes the answer of a look-up over HTTPS (RFC 8484).
func (n *names) fromHTTPS(f *flow.Flow) {
	if f.Response == nil || f.Response.Status != 200 || len(f.Response.Body.Data) == 0 ||
		!strings.EqualFold(flow.Header(f.Response.Headers, "content-type"), "application/dns-message") {
		return
	}
	if l := lookup(f.Response.Body.Data); l != nil {
		n.learn(l)
	}
}
