// Package pcapdroid reads the list of connections that PCAPdroid exports as
// CSV (Connections, menu, Export). Its packet captures are package pcap's.
//
// A line is a connection: addresses, the app, the protocol that was recognised,
// the name that was seen in clear (SNI, Host field or name asked for), bytes and
// packets each way, the first and last moment. Contents are not in it, so each
// line is a flow of kind Opaque, or of kind DNS where the name asked for is told.
//
// The CSV has no quoting at all, and app names and the column Info may hold
// commas. A line is therefore taken apart from both ends: the columns before App
// and those after Info hold no commas. In between, the package name (no spaces,
// a dot in it) says where App ends.
//
// Status is in the language of the phone, so it goes into the notes as it is.
//
// Source: PCAPdroid's ConnectionsAdapter and ConnectionDescriptor, read 2026-11.
package pcapdroid

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
)

// Options say whom to tell.
type Options struct {
	// Wrote is called once with the name of the program.
	Wrote func(creator string)
}

// Source is what App.Source says of these flows.
const Source = "pcapdroid csv"

// Reason is why nothing of a connection could be read.
const Reason = "metadata only: CSV export"

// Limits on what hostile input can cost.
const (
	maxLine   = 1 << 20 // bytes of a line; Info may be a long URL
	maxText   = 512     // bytes of a column that is kept
	maxDamage = 64      // lines that are reported one by one
	maxCommas = 4096    // in App, PackageName, Proto, Status and Info together
)

// start is how the header begins, in all versions.
const start = "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,"

// Match reports whether head begins PCAPdroid's CSV.
func Match(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), []byte(start))
}

// left are the columns before App.
const left = 6

// columns are what a header promises.
type columns struct {
	named bool     // there is a column PackageName
	right []string // after Info
}

// header reads the first line.
func header(text string) (c columns, ok bool) {
	names := strings.Split(text, ",")
	middle := names[min(left, len(names)):]
	c.named = slices.Contains(middle, "PackageName")
	info := slices.Index(middle, "Info")
	want := []string{"App", "Proto", "Status", "Info"}
	if c.named {
		want = slices.Insert(want, 1, "PackageName")
	}
	if !strings.HasPrefix(text, start) || info < 0 || !slices.Equal(middle[:info+1], want) {
		return c, false
	}
	c.right = middle[info+1:]
	return c, slices.Contains(c.right, "FirstSeen")
}

// connection is one line.
type connection struct {
	ipProto                  int
	client, server           netip.AddrPort
	uid, app, id             string
	proto, status, info      string
	sent, received           int64 // bytes, -1 unknown
	packetsSent, packetsBack int64
	first, last              time.Time
	malicious                string
}

// Read yields a flow for each line in r, in file order. A line that cannot be
// read is a *flow.Damage, and reading goes on with the next.
func Read(r io.Reader, opt Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		in := line.NewReader(r, maxLine)
		l, err := in.Read()
		c, ok := header(string(l.Text))
		if err != nil || !ok {
			yield(nil, &flow.Damage{Offset: l.Offset, Expected: "the header of PCAPdroid's CSV: " + start + "…", Found: strconv.Quote(line.Clip(string(l.Text), maxText)), Remedy: "export the connections again and leave the first line as it is", Err: err})
			return
		}
		if opt.Wrote != nil {
			opt.Wrote("PCAPdroid CSV export")
		}
		index, damages := 0, int64(0)
		for {
			l, err := in.Read()
			if err == io.EOF {
				break
			}
			var d *flow.Damage
			if err != nil {
				d = &flow.Damage{Offset: l.Offset, Expected: "more lines", Found: err.Error(), Remedy: "copy the file again; everything before this place was read", Err: err}
			} else if len(l.Text) == 0 {
				continue
			} else if x, bad := c.parse(l); bad == "" {
				f := x.flow()
				f.Index, f.Source = index, flow.Provenance{Offset: l.Offset, Length: l.Length}
				index++
				if !yield(f, nil) {
					return
				}
				continue
			} else {
				d = &flow.Damage{Offset: l.Offset, Expected: "a connection, in the columns of the header", Found: bad, Remedy: "the line is left out; export the connections again"}
				if l.Cut {
					d.Remedy = "the file was cut short there; copy or export it again"
				}
			}
			if damages++; (damages <= maxDamage || err != nil) && !yield(nil, d) {
				return
			}
			if err != nil {
				break
			}
		}
		if n := damages - maxDamage; n > 0 {
			yield(nil, &flow.Damage{Missing: true, Expected: "lines that can be read", Found: fmt.Sprintf("%d more that cannot", n), Remedy: "export the connections again"})
		}
	}
}

// parse takes a line apart. bad says what is wrong with it.
func (c *columns) parse(l line.Line) (x connection, bad string) {
	if l.Long {
		return x, fmt.Sprintf("a line of %d bytes", l.Length)
	}
	rest := string(l.Text)
	var head [left]string
	for i := range head {
		var ok bool
		if head[i], rest, ok = strings.Cut(rest, ","); !ok {
			return x, fmt.Sprintf("a line of %d columns", i+1)
		}
	}
	tail := make([]string, len(c.right))
	for i := len(tail) - 1; i >= 0; i-- {
		at := strings.LastIndexByte(rest, ',')
		if at < 0 {
			return x, "a line with too few columns"
		}
		rest, tail[i] = rest[:at], rest[at+1:]
	}
	if n := strings.Count(rest, ","); n < c.middle()-1 || n > maxCommas {
		return x, fmt.Sprintf("%d columns from App to Info", n+1)
	}
	return x, x.fill(head, c.split(rest), tail, c.right)
}

// middle is how many columns there are from App to Info.
func (c *columns) middle() int {
	if c.named {
		return 5
	}
	return 4
}

// split takes App, PackageName, Proto, Status and Info apart, of which the
// first and the last may hold commas.
func (c *columns) split(s string) (m [5]string) {
	p := strings.Split(s, ",")
	more := len(p) - c.middle() // commas that divide no columns
	app := 1                    // pieces of the app's name
	for i := 1; i <= more+1; i++ {
		if c.named && isPackage(p[i]) && isProtocol(p[i+1]) || !c.named && protocols[p[i]] {
			app = i
			break
		}
	}
	m[0], p = strings.Join(p[:app], ","), p[app:]
	if c.named {
		m[1], p = p[0], p[1:]
	}
	m[2], m[3], m[4] = p[0], p[1], strings.Join(p[2:], ",")
	return m
}

// isPackage reports whether s may be the name of an Android package.
func isPackage(s string) bool {
	dot := false
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '.':
			dot = true
		case ch != '_' && (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9'):
			return false
		}
	}
	return dot && s[0] != '.' && s[len(s)-1] != '.'
}

// isProtocol reports whether s may be the name of a protocol, as nDPI gives it.
func isProtocol(s string) bool {
	for i := 0; i < len(s); i++ {
		if ch := s[i]; ch <= ' ' || ch >= 0x7f {
			return false
		}
	}
	return len(s) <= 32
}

// protocols tell where the app's name ends in exports without package names.
var protocols = map[string]bool{
	"TLS": true, "HTTPS": true, "HTTP": true, "DNS": true, "QUIC": true, "TCP": true, "UDP": true, "ICMP": true, "NTP": true, "MDNS": true, "STUN": true,
	"MQTT": true, "WebSocket": true, "DoH": true, "DoT": true, "SSDP": true, "DHCP": true, "Unknown": true,
}

// fill sets the columns. bad names one that is not what it should be.
func (x *connection) fill(head [left]string, middle [5]string, tail, names []string) (bad string) {
	var err error
	if x.ipProto, err = strconv.Atoi(head[0]); err != nil {
		return fmt.Sprintf("%q for IPProto", line.Clip(head[0], maxText))
	}
	if x.client, err = endpoint(head[1], head[2]); err != nil {
		return "a source address that is none: " + err.Error()
	}
	if x.server, err = endpoint(head[3], head[4]); err != nil {
		return "a destination address that is none: " + err.Error()
	}
	x.uid, x.app, x.id, x.proto, x.status, x.info = head[5], middle[0], middle[1], middle[2], middle[3], middle[4]
	x.sent, x.received, x.packetsSent, x.packetsBack = -1, -1, -1, -1
	for i, v := range tail {
		if names[i] == "Malicious" {
			x.malicious = v
			continue
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			return fmt.Sprintf("%q for %s", line.Clip(v, maxText), line.Clip(names[i], maxText))
		}
		switch names[i] {
		case "BytesSent":
			x.sent = n
		case "BytesRcvd":
			x.received = n
		case "PktsSent":
			x.packetsSent = n
		case "PktsRcvd":
			x.packetsBack = n
		case "FirstSeen":
			x.first = moment(n)
		case "LastSeen":
			x.last = moment(n)
		}
	}
	return ""
}

func endpoint(ip, port string) (netip.AddrPort, error) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q", line.Clip(ip, maxText))
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port %q", line.Clip(port, maxText))
	}
	return netip.AddrPortFrom(addr, uint16(n)), nil
}

// moment is a time in milliseconds since 1970, in seconds from versions of
// before 2022 (time(NULL) in its vpnproxy.c).
func moment(n int64) time.Time {
	switch {
	case n == 0:
		return time.Time{}
	case n < 1e11: // 1973 in milliseconds, the year 5138 in seconds
		return time.Unix(n, 0).UTC()
	}
	return time.UnixMilli(n).UTC()
}

// flow makes a flow of the connection.
func (x *connection) flow() *flow.Flow {
	f := &flow.Flow{
		Kind: flow.Opaque, Protocol: x.protocol(), Client: flow.Endpoint{Addr: x.client}, Server: flow.Endpoint{Addr: x.server},
		Timing: flow.Timing{Start: x.first, End: x.last},
	}
	if id := x.id; id != "" || x.app != "" {
		if id == "" {
			id = x.app
		}
		f.App = &flow.App{ID: line.Clip(id, maxText), Source: Source}
	}
	host, whole := hostOf(x.info)
	note := func(format string, a ...any) { f.Notes = append(f.Notes, fmt.Sprintf(format, a...)) }
	if x.proto == "DNS" && host != "" {
		f.Kind = flow.DNS
		f.Lookup = &flow.Lookup{Questions: []flow.Question{{Name: host}}}
		note("%s; type of the question and answers are not told", Reason)
		note("%d bytes up, %d down", x.sent, x.received)
	} else {
		f.Server.Name = host
		f.Unread = &flow.Unread{Up: x.sent, Down: x.received, Reason: Reason}
	}
	if !whole && x.info != "" {
		note("info of %d bytes, of which a host was taken", len(x.info))
	}
	note("status: %s", line.Clip(x.status, maxText))
	if x.packetsSent >= 0 {
		note("%d packets up, %d down; bytes count their headers", x.packetsSent, x.packetsBack)
	}
	if x.app != "" && x.id != "" {
		note("app: %s", line.Clip(x.app, maxText))
	}
	note("uid %s", line.Clip(x.uid, maxText))
	if x.malicious != "" && x.malicious != "0" && x.malicious != "false" {
		note("marked as malicious by PCAPdroid: %s", line.Clip(x.malicious, maxText))
	}
	return f
}

// protocol is what was recognised, else the transport.
func (x *connection) protocol() string {
	if x.proto != "" {
		return strings.ToLower(line.Clip(x.proto, maxText))
	}
	switch x.ipProto {
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 1, 58:
		return "icmp"
	}
	return "ip " + strconv.Itoa(x.ipProto)
}

// hostOf takes a host name out of the column Info. whole: there is nothing
// else in it.
func hostOf(info string) (host string, whole bool) {
	host = info
	if _, after, ok := strings.Cut(host, "://"); ok {
		host = after
	}
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Count(host, ":") == 1 {
		host = host[:i]
	}
	for i := 0; i < len(host); i++ {
		if ch := host[i]; ch <= ' ' || ch == ',' || ch == '"' || ch == 0x7f {
			return "", false
		}
	}
	if len(host) > 253 { // RFC 1035, 2.3.4, in presentation form
		return "", false
	}
	return strings.ToLower(strings.TrimSuffix(host, ".")), host == info
}
