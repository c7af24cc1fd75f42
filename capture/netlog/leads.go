package netlog

import (
	"net/netip"
	"strings"

	"github.com/constat/constat/capture/line"
)

// lead notes who is served by whom, and the names that sockets are opened for.
func (rd *reader) lead(e *event) {
	if e.kind == jobCreated {
		if len(rd.names) >= maxLeads {
			clear(rd.names)
		}
		if name := hostOfGroup(text(member(e.params, "group_id"))); name != "" {
			rd.names[e.source] = name
		}
		return
	}
	if to, ok := integer(member(member(e.params, "source_dependency"), "id")); ok {
		rd.follow(e.source, to)
	}
}

func (rd *reader) follow(from, to int64) { rd.leads.set(from, to) }

// leads say who is served by whom. The ones that were not asked for longest are
// forgotten when there are too many.
type leads struct{ now, before map[int64]int64 }

func (l *leads) set(from, to int64) {
	if l.now == nil || len(l.now) >= maxLeads {
		l.before, l.now = l.now, map[int64]int64{}
	}
	l.now[from] = to
}

func (l *leads) get(from int64) (to int64, ok bool) {
	if to, ok = l.now[from]; ok {
		return to, true
	}
	if to, ok = l.before[from]; ok {
		l.set(from, to)
	}
	return to, ok
}

// maxSteps is how far a request is from its socket: job, session, socket.
const maxSteps = 6

// socketOf is the socket that serves a source, nil if the log does not tell.
func (rd *reader) socketOf(id int64) *socket {
	for range maxSteps {
		if s := rd.sockets[id]; s != nil {
			return s
		}
		to, ok := rd.leads.get(id)
		if !ok {
			return nil
		}
		id = to
	}
	return nil
}

// nameOf is the name that a socket was opened for.
func (rd *reader) nameOf(id int64) string {
	for range maxSteps {
		if name := rd.names[id]; name != "" {
			return name
		}
		to, ok := rd.leads.get(id)
		if !ok {
			return ""
		}
		id = to
	}
	return ""
}

// hostOfGroup takes the host out of the name of a group of sockets:
// "pm/https://app.quinze.test <https://quinze.test same_site>", or
// "ssl/app.quinze.test:443" until 2020.
func hostOfGroup(group string) string {
	group, _, _ = strings.Cut(group, " ")
	if _, after, ok := strings.Cut(group, "://"); ok {
		group = after
	} else if i := strings.LastIndexByte(group, '/'); i >= 0 {
		group = group[i+1:]
	}
	if a, err := netip.ParseAddrPort(group); err == nil {
		return a.Addr().String()
	}
	if i := strings.LastIndexByte(group, ':'); i >= 0 && !strings.HasSuffix(group, "]") {
		group = group[:i]
	}
	return line.Clip(strings.ToLower(strings.Trim(group, "[]")), maxText)
}
