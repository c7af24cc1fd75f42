package oracle

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// ReadTshark runs tshark on a capture with a key log and a server's RSA key
// (either may be "") and returns what it makes of it, in the order of packets.
func ReadTshark(ctx context.Context, capture, keylog, rsaKey string) ([]*Exchange, []*Connection, error) {
	args := []string{"-n", "-r", capture,
		// Without it, what arrives out of order is silently lost.
		"-o", "tcp.reassemble_out_of_order:TRUE",
		// Bodies are compared as they were on the wire.
		"-o", "http.decompress_body:FALSE",
		// Otherwise a body in which a dissector sees something is no data.
		"-o", "http.dechunk_body:TRUE",
		"-T", "pdml", "-J", "frame ip ipv6 tcp udp tls quic http http2 websocket data dns mqtt"}
	if keylog != "" {
		args = append(args, "-o", "tls.keylog_file:"+keylog)
	}
	if rsaKey != "" {
		args = append(args, "-o", `uat:rsa_keys:"`+rsaKey+`",""`)
	}
	cmd := exec.CommandContext(ctx, "tshark", args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	d := &dissection{connections: map[string]*connection{}}
	err = d.read(out)
	io.Copy(io.Discard, out)
	if werr := cmd.Wait(); err == nil && werr != nil {
		err = fmt.Errorf("%w: %s", werr, bytes.TrimSpace(complaint.Bytes()))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("tshark of %s: %w", capture, err)
	}
	exchanges, connections := d.finish()
	return exchanges, connections, nil
}

// dissection gathers what the packets say.
type dissection struct {
	connections map[string]*connection // by "tcp 3"
	order       []*connection
	exchanges   []*exchange
}

// exchange is an Exchange whose bodies are still growing.
type exchange struct {
	Exchange
	body, response []byte
	connection     *connection
}

// connection is a Connection with what is open on it.
type connection struct {
	Connection
	waiting   []*exchange          // HTTP/1 requests without a response
	orphans   []func(*exchange)    // HTTP/1 responses that overtook the end of their request
	streams   map[int64]*exchange  // HTTP/2
	socket    *exchange            // after an upgrade to WebSocket
	partial   map[string][]byte    // WebSocket: fragments by sender
	kind      map[string]string    // of those
	questions map[string]*exchange // DNS, by id
}

func (d *dissection) read(r io.Reader) error {
	for protocols, err := range packets(r) {
		if err != nil {
			return err
		}
		d.packet(protocols)
	}
	return nil
}

// packet takes the protocols of one packet.
func (d *dissection) packet(protocols []*node) {
	var frame int
	var from, to net.IP
	var c *connection
	var up bool
	for i, p := range protocols {
		switch p.name {
		case "frame":
			frame = p.first("frame.number").number()
		case "icmp", "icmpv6":
			return // what follows is the packet that the message is about
		case "ip":
			from, to = net.ParseIP(p.first("ip.src").show), net.ParseIP(p.first("ip.dst").show)
		case "ipv6":
			from, to = net.ParseIP(p.first("ipv6.src").show), net.ParseIP(p.first("ipv6.dst").show)
		case "tcp", "udp":
			source := net.JoinHostPort(from.String(), p.first(p.name+".srcport").show)
			target := net.JoinHostPort(to.String(), p.first(p.name+".dstport").show)
			key := p.name + " " + p.first(p.name+".stream").show
			c = d.connections[key]
			if c == nil {
				c = &connection{streams: map[int64]*exchange{}, partial: map[string][]byte{}, kind: map[string]string{}, questions: map[string]*exchange{}}
				c.Connection = Connection{Kind: "connection", Transport: p.name, Stream: p.first(p.name + ".stream").number(), Client: source, Server: target, First: frame}
				d.connections[key] = c
				d.order = append(d.order, c)
			}
			up = source == c.Client
			c.Last = frame
			c.Packets++
			length := p.first("tcp.len").number()
			if p.name == "udp" {
				length = p.first("udp.length").number() - 8
			}
			if up {
				c.Up += int64(length)
			} else {
				c.Down += int64(length)
			}
		case "tls", "quic":
			c.hellos(p, p.name == "quic")
		case "http":
			d.http1(c, p, up, frame)
		case "http2":
			for s := range p.all("http2.stream") {
				if s.has("http2.type") {
					d.http2(c, s, up, frame)
				}
			}
		case "websocket":
			// What has no text stands after the frame, as data.
			var data []byte
			for _, q := range protocols[i:] {
				if q != p && q.name == "websocket" {
					break
				}
				n := q.first("data.data")
				if n.value == "" {
					n = q.first("websocket.payload.continue")
				}
				if n.value != "" {
					data = n.bytes()
					break
				}
			}
			c.webSocket(p, data, up)
		case "dns":
			d.dns(c, p, up, frame)
		case "mqtt":
			if p.first("mqtt.msgtype").number() == 3 && up {
				x := d.add(c, "mqtt", frame)
				x.Method, x.Path, x.body = "PUBLISH", string(p.first("mqtt.topic").bytes()), p.first("mqtt.msg").bytes()
			}
		}
	}
}

func (d *dissection) add(c *connection, protocol string, frame int) *exchange {
	x := &exchange{connection: c}
	x.Exchange = Exchange{Kind: "exchange", Protocol: protocol, Client: c.Client, Server: c.Server, Frame: frame}
	if c.Transport == "tcp" {
		x.TCPStream = &c.Stream
	}
	d.exchanges = append(d.exchanges, x)
	return x
}

// hellos takes what the TLS handshake says, of TCP and of QUIC.
func (c *connection) hellos(p *node, quic bool) {
	for h := range p.all("tls.handshake") {
		switch h.first("tls.handshake.type").number() {
		case 1:
			if c.TLS == nil {
				c.TLS = &TLS{}
			}
			c.TLS.SNI = h.first("tls.handshake.extensions_server_name").show
			c.JA3 = h.first("tls.handshake.ja3").show
		case 2:
			if c.TLS == nil {
				c.TLS = &TLS{}
			}
			version := h.first("tls.handshake.version").number()
			if v := h.first("tls.handshake.extensions.supported_version"); v.show != "" {
				version = v.number()
			}
			c.TLS.Version = map[int]string{0x300: "SSL 3.0", 0x301: "TLS 1.0", 0x302: "TLS 1.1", 0x303: "TLS 1.2", 0x304: "TLS 1.3"}[version]
			// "Cipher Suite: TLS_AES_128_GCM_SHA256 (0x1301)"
			suite := strings.TrimPrefix(h.first("tls.handshake.ciphersuite").showname, "Cipher Suite: ")
			c.TLS.Suite, _, _ = strings.Cut(suite, " ")
			if a := h.first("tls.handshake.extensions_alpn_str"); a.show != "" {
				c.TLS.ALPN = a.show
			}
		case 8:
			if a := h.first("tls.handshake.extensions_alpn_str"); a.show != "" && c.TLS != nil {
				c.TLS.ALPN = a.show
			}
		}
	}
}

// http1 takes a message of HTTP/1.
func (d *dissection) http1(c *connection, p *node, up bool, frame int) {
	var trailers [][2]string
	for t := range p.all("http.chunked_trailer_part") {
		for line := range strings.SplitSeq(string(t.bytes()), "\r\n") {
			if name, value, ok := strings.Cut(line, ":"); ok {
				trailers = append(trailers, [2]string{name, strings.Trim(value, " \t")})
			}
		}
	}
	body := p.first("http.file_data").bytes()
	if b, ok := p.encoded(); ok {
		body = b
	}
	if p.has("http.request.method") {
		x := d.add(c, p.first("http.request.version").show, frame)
		x.Method, x.Path = string(p.first("http.request.method").bytes()), string(p.first("http.request.uri").bytes())
		for l := range p.all("http.request.line") {
			x.Headers = append(x.Headers, l.field())
		}
		x.Scheme, x.Authority = "http", valueOf(x.Headers, "host")
		if c.TLS != nil {
			x.Scheme = "https"
		}
		x.body, x.Trailers = body, trailers
		if len(c.orphans) > 0 {
			c.orphans[0](x)
			c.orphans = c.orphans[1:]
			return
		}
		c.waiting = append(c.waiting, x)
		return
	}
	status := p.first("http.response.code").number()
	if status == 100 && len(c.waiting) > 0 {
		c.waiting[0].Continue = true
	}
	if status == 0 || status >= 100 && status < 200 && status != 101 {
		return
	}
	answer := func(x *exchange) {
		x.Status, x.ResponseFrame = status, frame
		for l := range p.all("http.response.line") {
			x.ResponseHeaders = append(x.ResponseHeaders, l.field())
		}
		x.response, x.ResponseTrailers = body, trailers
		if status == 101 {
			c.socket = x
		}
	}
	if len(c.waiting) == 0 {
		c.orphans = append(c.orphans, answer)
		return
	}
	answer(c.waiting[0])
	c.waiting = c.waiting[1:]
}

// encoded is a body with a content coding, as it was on the wire.
func (n *node) encoded() ([]byte, bool) {
	for _, c := range n.children {
		if c.name == "" && strings.HasPrefix(c.show, "Content-encoded entity body") {
			return c.bytes(), true
		}
	}
	return nil, false
}

func valueOf(fields [][2]string, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f[0], name) {
			return f[1]
		}
	}
	return ""
}

// http2 takes a frame of HTTP/2.
func (d *dissection) http2(c *connection, s *node, up bool, frame int) {
	id := int64(s.first("http2.streamid").number())
	x := c.streams[id]
	kind := s.first("http2.type").number()
	if kind == 0 {
		if x == nil {
			return
		}
		b := &x.response
		if up {
			b = &x.body
		}
		// The last frame of a body that tshark put together shows all of it.
		if whole := s.first("http2.body.reassembled.data"); whole.value != "" {
			*b = whole.bytes()
		} else if part, ok := s.encoded(); ok {
			*b = append(*b, part...)
		} else {
			*b = append(*b, s.first("http2.data.data").bytes()...)
		}
		return
	}
	var fields [][2]string
	for h := range s.all("http2.header") {
		fields = append(fields, [2]string{string(h.first("http2.header.name").bytes()), string(h.first("http2.header.value").bytes())})
	}
	if len(fields) == 0 {
		return
	}
	if x == nil {
		x = d.add(c, "HTTP/2", frame)
		x.Stream = &id
		c.streams[id] = x
		if !up { // stream 1 of a connection that was upgraded
			if n := len(d.exchanges); n > 1 && d.exchanges[n-2].Status == 101 && d.exchanges[n-2].connection == c {
				old := d.exchanges[n-2]
				x.Method, x.Scheme, x.Authority, x.Path, x.Headers = old.Method, old.Scheme, old.Authority, old.Path, old.Headers
			}
		}
	}
	pseudo := func(name string) string {
		v := ""
		for _, f := range fields {
			if f[0] == name {
				v = f[1]
			}
		}
		return v
	}
	rest := slices.DeleteFunc(slices.Clone(fields), func(f [2]string) bool { return strings.HasPrefix(f[0], ":") })
	if kind == 9 { // CONTINUATION: tshark shows the fields with the frame they are complete in
		switch {
		case up && x.Status == 0:
			x.Headers = append(x.Headers, rest...)
		case !up && x.ResponseTrailers == nil:
			x.ResponseHeaders = append(x.ResponseHeaders, rest...)
		}
		return
	}
	switch status, _ := strconv.Atoi(pseudo(":status")); {
	case up && pseudo(":method") != "":
		x.Method, x.Scheme, x.Authority, x.Path = pseudo(":method"), pseudo(":scheme"), pseudo(":authority"), pseudo(":path")
		x.Headers = rest
		if x.Authority == "" {
			x.Authority = valueOf(rest, "host")
		}
	case up:
		x.Trailers = rest
	case status == 100:
		x.Continue = true
	case status > 100 && status < 200:
	case status != 0:
		x.Status, x.ResponseHeaders, x.ResponseFrame = status, rest, frame
	default:
		x.ResponseTrailers = rest
	}
}

// webSocket takes a frame of WebSocket.
func (c *connection) webSocket(p *node, data []byte, up bool) {
	if c.socket == nil {
		return
	}
	from := "server"
	if up {
		from = "client"
	}
	if n := p.first("websocket.payload.text"); n.value != "" {
		data = n.bytes()
	}
	switch opcode := p.first("websocket.opcode").number(); opcode {
	case 0:
		c.partial[from] = append(c.partial[from], data...)
	case 1, 2:
		c.partial[from] = data
		c.kind[from] = map[int]string{1: "text", 2: "binary"}[opcode]
	default:
		return
	}
	if p.first("websocket.fin").number() == 1 {
		c.socket.Messages = append(c.socket.Messages, Message{From: from, Type: c.kind[from], Body: Digest(c.partial[from])})
		c.partial[from] = nil
	}
}

// dns takes a message of DNS, however it came.
func (d *dissection) dns(c *connection, p *node, up bool, frame int) {
	id := p.first("dns.id").show
	if p.first("dns.flags.response").number() == 0 {
		x := d.add(c, "dns", frame)
		x.Method, x.Authority = "QUERY", p.first("dns.qry.name").show
		// "Type: A (Host Address) (1)"
		x.Path, _, _ = strings.Cut(strings.TrimPrefix(p.first("dns.qry.type").showname, "Type: "), " ")
		c.questions[id] = x
		return
	}
	x := c.questions[id]
	if x == nil {
		return
	}
	delete(c.questions, id)
	x.ResponseFrame = frame
	for a := range p.all("") {
		if kind, ok := map[string]string{"dns.a": "A ", "dns.aaaa": "AAAA ", "dns.cname": "CNAME "}[a.name]; ok {
			x.Answers = append(x.Answers, kind+a.show)
		}
	}
}

// finish digests the bodies.
func (d *dissection) finish() (exchanges []*Exchange, connections []*Connection) {
	for _, x := range d.exchanges {
		if x.Protocol != "dns" {
			x.Body, x.Response = Digest(x.body), Digest(x.response)
		}
		if x.connection.TLS != nil {
			t := *x.connection.TLS
			x.TLS = &t
		}
		if strings.HasPrefix(valueOf(x.Headers, "content-type"), "application/grpc") {
			x.Messages = append(calls("client", x.body), calls("server", x.response)...)
		}
		exchanges = append(exchanges, &x.Exchange)
	}
	for _, c := range d.order {
		connections = append(connections, &c.Connection)
	}
	return exchanges, connections
}

// calls are the length-prefixed messages of a gRPC body.
func calls(from string, b []byte) (out []Message) {
	for len(b) >= 5 {
		n := binary.BigEndian.Uint32(b[1:])
		if uint64(n) > uint64(len(b)-5) {
			return out
		}
		kind := "grpc"
		if b[0] == 1 {
			kind = "grpc-compressed"
		}
		out = append(out, Message{From: from, Type: kind, Body: Digest(b[5 : 5+n])})
		b = b[5+n:]
	}
	return out
}

// Write writes exchanges and connections a line each.
func Write(w io.Writer, exchanges []*Exchange, connections []*Connection) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, c := range connections {
		if err := e.Encode(c); err != nil {
			return err
		}
	}
	for _, x := range exchanges {
		if err := e.Encode(x); err != nil {
			return err
		}
	}
	return nil
}
