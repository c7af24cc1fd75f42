package oracle

import "strings"

// Fault says why tshark 4.0 does not see what the origin served in a stored
// capture, or "" where it should see all. A reader need not share the faults
// whose reason begins with "tshark": what the origin served is in the packets.
func Fault(capture string) string {
	if reason, ok := faults[capture]; ok {
		return reason
	}
	for prefix, reason := range faults {
		if p, ok := strings.CutSuffix(prefix, "*"); ok && strings.HasPrefix(capture, p) {
			return reason
		}
	}
	return ""
}

var faults = map[string]string{
	"h3-*": "tshark 4.0 reads the handshakes of QUIC (they are in the connections), and dissects no HTTP/3",

	"h1-curl": "tshark loses the response that the end of the connection ends, if TLS carries it",
	"h1-go":   "tshark loses the response that the end of the connection ends, if TLS carries it",

	"h2-chromium": "tshark does not read WebSocket in a stream of HTTP/2 (RFC 8441)",
	"h2-firefox":  "tshark does not read WebSocket in a stream of HTTP/2 (RFC 8441)",

	"ws-go":       "tshark does not decompress a WebSocket message of several frames, and shows the first frame of none",
	"ws-plain-go": "tshark does not decompress a WebSocket message of several frames, and shows the first frame of none",

	"push-go": "tshark has no dissector for the push socket; its bytes are in the connections",

	"resume-go": "Go writes no key log line when it resumes a session of TLS 1.2, and tshark does not carry the secret over with the ticket; " +
		"and tshark takes a connection without ALPN for HTTP/2 when one to that port was",

	"tls12-openssl-other": "tshark does not decrypt ARIA-GCM",

	"hook-plain-443": "no packet ends the connection, and tshark waits for the end of the response that the connection's end would end",

	"h2-go-ech":        "tshark looks for the client random of the outer hello; the key log names that of the inner one, which is encrypted",
	"keys-application": "tshark 4.0 decrypts nothing without the secrets of the handshake",
	"keys-client":      "there are no secrets for the server's direction",
	"keys-foreign":     "there are no secrets for these connections",

	"pcap-cut": "each packet is cut after 96 bytes: no exchange is whole",

	"net-midstream":     "the handshake is missing: nothing tells which secret is whose, nor where a record is in its sequence",
	"net-plain-one-way": "the server's packets are missing",
	"net-dropped":       "packets are missing",
	"net-plain-dropped": "packets are missing",
}
