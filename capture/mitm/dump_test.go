package mitm

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
)

// A small writer of dumps as each version of mitmproxy wrote them, from the
// names in its converters. It shares nothing with the reader.

type (
	dict  []any  // key, value, key, value, …
	list  []any  //
	float string // a decimal, as written
	raw   string // a netstring already made
)

// encode writes v as a tagged netstring; with py2, text is bytes, as in dumps
// that Python 2 wrote (up to 0.17).
func encode(v any, py2 bool) string {
	wrap := func(payload, tag string) string { return strconv.Itoa(len(payload)) + ":" + payload + tag }
	switch v := v.(type) {
	case nil:
		return "0:~"
	case raw:
		return string(v)
	case bool:
		return wrap(strconv.FormatBool(v), "!")
	case int:
		return wrap(strconv.Itoa(v), "#")
	case float:
		return wrap(string(v), "^")
	case []byte:
		return wrap(string(v), ",")
	case string:
		if py2 {
			return wrap(v, ",")
		}
		return wrap(v, ";")
	case list:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(encode(item, py2))
		}
		return wrap(b.String(), "]")
	case dict:
		var b strings.Builder
		for i := 0; i < len(v); i += 2 {
			b.WriteString(encode(v[i].(string), py2))
			b.WriteString(encode(v[i+1], py2))
		}
		return wrap(b.String(), "}")
	}
	panic(fmt.Sprintf("encode %T", v))
}

// certificate is a real one, in PEM, always the same.
var certificate = sync.OnceValue(func() []byte {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app.quinze.test"}}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
})

// at is a moment of the sample exchange, in milliseconds.
func at(ms int) float { return float(fmt.Sprintf("1700000000.%03d", ms)) }

// sample is the exchange that every version is written with: the same facts,
// so that the reader must find the same flow.
func sample(major, minor int) string {
	v := version{major, minor, true}
	old := minor >= 0 // list versions
	below := func(n int) bool { return old || major < n }
	py2 := old && v.before(0, 18)
	addr := func(host string, port int) any {
		if old && v.before(2, 0) {
			return dict{"address", list{host, port}, "use_ipv6", false}
		}
		return list{host, port}
	}
	ssl, setup := "tls_established", "timestamp_tls_setup"
	if below(6) {
		ssl, setup = "ssl_established", "timestamp_ssl_setup"
	}

	client := dict{"timestamp_start", at(0), "timestamp_end", nil, setup, at(65)}
	server := dict{"timestamp_start", at(20), "timestamp_tcp_setup", at(32), setup, at(60), "timestamp_end", nil,
		"sni", "app.quinze.test"}
	switch {
	case below(19):
		client = append(client, "address", addr("192.0.2.7", 51234))
		server = append(server, "address", addr("app.quinze.test", 8443), "source_address", addr("192.0.2.1", 40000))
		peer := "ip_address"
		if old && v.before(0, 18) {
			peer = "peer_address"
		}
		if !(old && v.before(0, 17)) {
			server = append(server, peer, addr("198.51.100.9", 8443))
		}
	default:
		client = append(client, "peername", list{"192.0.2.7", 51234}, "sockname", list{"192.0.2.1", 8080}, "transport_protocol", "tcp", "state", 3)
		server = append(server, "address", list{"app.quinze.test", 8443}, "peername", list{"198.51.100.9", 8443}, "sockname", list{"192.0.2.1", 40000},
			"transport_protocol", "tcp", "state", 3)
	}
	if below(19) {
		client, server = append(client, ssl, true), append(server, ssl, true)
	}
	switch {
	case below(10):
		client, server = append(client, "clientcert", nil), append(server, "cert", certificate())
	default:
		extra := dict{"tls", true, "error", nil, "alpn_offers", list{[]byte("h2")}, "cipher_list", list{}}
		client = append(append(client, extra...), "certificate_list", list{})
		server = append(append(server, extra...), "certificate_list", list{certificate()})
		if below(19) {
			client = append(client, "state", 3, "sockname", list{"192.0.2.1", 8080})
			server = append(server, "state", 3, "via2", nil)
		}
	}
	if !(old && v.before(0, 14)) {
		server = append(server, "via", nil)
	} else {
		server = append(server, "state", list{})
	}
	if !(old && v.before(0, 19)) {
		alpn := "alpn"
		if below(11) {
			alpn = "alpn_proto_negotiated"
		}
		client = append(client, alpn, []byte("h2"))
		server = append(server, alpn, []byte("h2"))
		client = append(client, "sni", "app.quinze.test", "tls_version", "TLSv1.3")
		cipher := "cipher_name"
		if !below(19) {
			cipher = "cipher"
		}
		client = append(client, cipher, "TLS_AES_128_GCM_SHA256")
		if !below(10) {
			server = append(server, cipher, "TLS_AES_128_GCM_SHA256")
		}
	}
	if !old || !v.before(3, 0) {
		client = append(client, "mitmcert", nil)
		server = append(server, "tls_version", "TLSv1.3")
	}
	if !below(7) && below(19) {
		client = append(client, "tls_extensions", nil)
	}
	if !below(18) {
		client = append(client, "proxy_mode", "regular")
	}
	if !below(5) {
		client, server = append(client, "id", "c-1"), append(server, "id", "s-1")
	}

	headers := list{list{[]byte("Host"), []byte("app.quinze.test:8443")}, list{[]byte("Content-Encoding"), []byte("x-raw")}}
	content, httpVersion := "content", any([]byte("HTTP/1.1"))
	if old && v.before(0, 14) {
		httpVersion = list{1, 1}
	} else if old && v.before(0, 16) {
		content = "body"
	}
	request := dict{"method", []byte("POST"), "scheme", []byte("https"), "port", 8443, "path", []byte("/v1/log?x=1"), "headers", headers,
		content, []byte("\x00\xffbody"), "timestamp_start", at(10), "timestamp_end", at(70)}
	response := dict{"headers", list{}, content, []byte("ok"), "timestamp_start", at(110), "timestamp_end", at(120)}
	if below(9) {
		form, replay := "first_line_format", "is_replay"
		if old && v.before(0, 14) {
			form = "form_in"
		}
		request = append(request, form, "relative", replay, false, "host", "app.quinze.test")
		if old && v.before(0, 16) {
			request = append(request, "form_out", "relative")
		}
		if old && v.before(0, 19) {
			request = append(request, "stickyauth", false, "stickycookie", false)
		}
	} else {
		request = append(request, "authority", []byte(""), "host", "app.quinze.test")
	}
	if old && v.before(0, 14) {
		request, response = append(request, "httpversion", httpVersion), append(response, "httpversion", httpVersion, "code", 200, "msg", []byte("OK"))
	} else {
		request, response = append(request, "http_version", httpVersion), append(response, "http_version", httpVersion, "status_code", 200)
		if old && v.before(0, 16) {
			response = append(response, "msg", []byte("OK"))
		} else {
			response = append(response, "reason", []byte("OK"))
		}
	}
	if !below(8) {
		request, response = append(request, "trailers", nil), append(response, "trailers", nil)
	}

	f := dict{"type", "http", "id", "flow-1", "error", nil, "intercepted", false, "client_conn", client, "server_conn", server,
		"response", response, "request", request}
	if old {
		f = append(f, "version", list{major, minor})
		if !v.before(1, 0) {
			f[len(f)-1] = list{major, minor, 0}
		}
	} else {
		f = append(f, "version", major)
	}
	switch {
	case old && v.before(0, 18):
	case below(13):
		f = append(f, "marked", false)
	default:
		f = append(f, "marked", "")
	}
	if !(old && v.before(0, 19)) {
		f = append(f, "metadata", dict{})
		if below(17) {
			f = append(f, "mode", "regular")
		}
	}
	if !below(9) {
		f = append(f, "is_replay", nil)
	}
	if !below(12) {
		f = append(f, "websocket", nil)
	}
	if !below(14) {
		f = append(f, "comment", "")
	}
	if !below(16) {
		f = append(f, "timestamp_created", at(10), "backup", nil)
	}
	return encode(f, py2)
}

// every lists the versions that mitmproxy 12 converts.
func every() []version {
	vs := []version{{1, 0, true}, {2, 0, true}, {3, 0, true}}
	for minor := 11; minor <= 19; minor++ {
		vs = append(vs, version{0, minor, true})
	}
	for n := 4; n <= newest; n++ {
		vs = append(vs, version{n, -1, true})
	}
	return vs
}
