package tls

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// ECH is what became of an Encrypted Client Hello (RFC 9849).
type ECH string

// What is known of an ECH. A client that has no key for a server sends random
// bytes that look like one, and nobody else can tell (RFC 9849, 6.2).
const (
	ECHOffered  ECH = "offered"
	ECHAccepted ECH = "accepted"                // the secrets are those of the inner hello: SNI is only the public name
	ECHOutside  ECH = "not accepted, or grease" // the secrets are those of the hello that is seen
)

// Early is what became of early data (0-RTT).
type Early string

// What is known of early data.
const (
	EarlyIsOffered  Early = "offered"
	EarlyIsAccepted Early = "accepted"
	EarlyIsRefused  Early = "refused"
)

// State is what the handshake of a connection tells. Strings are empty and
// times zero as long as it has not.
type State struct {
	// Of the client's hello.
	Hello    *ClientHello // the first one
	Random   []byte       // the client's, as in the key log; of the inner hello if ECH was accepted
	SNI      string       // RFC 6066, lower case
	Offered  []string     // ALPN protocols
	JA3, JA4 string
	ECH      ECH
	Early    Early

	// Of the server's.
	Version  string // "TLS 1.3"
	Suite    string // IANA name
	ALPN     string // the protocol that was chosen
	Resumed  bool   // a session goes on, so there are no certificates
	Retried  bool   // the server asked for a second hello
	EMS, EtM bool   // extended master secret, encrypt-then-MAC (TLS 1.2)
	Closed   string // why nothing can be opened, "" if there is no such reason so far

	Certificates       [][]byte // DER, leaf first
	ClientCertificates [][]byte

	Done         bool // both sides have finished the handshake, as far as can be seen: without secrets, by the size of what they sent last
	Opened       bool // some record was decrypted
	Renegotiated int
	Alerts       []Alert // the first ones

	// Times. A server can answer no sooner than the last byte of the hello
	// has reached it.
	HelloAt  stream.Mark // last byte of the (second) ClientHello
	AnswerAt stream.Mark // first byte of the ServerHello's record
	FlightAt stream.Mark // last byte of the message that only the holder of the key can make
	FlightBy string      // which message that is
}

// Alert is one alert (RFC 8446, 6).
type Alert struct {
	From      stream.Side
	At        stream.Mark
	Level     uint8
	Code      uint8
	Protected bool
	Closed    bool // it could not be opened: neither level nor code are known
}

// Name returns the name of the alert as RFC 8446 (and its predecessors) write
// it, "unknown_ca".
func (a Alert) Name() string {
	if a.Closed {
		return "encrypted"
	}
	if n, ok := alertNames[a.Code]; ok {
		return n
	}
	return fmt.Sprintf("alert %d", a.Code)
}

var alertNames = map[uint8]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
	30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
	60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
	110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
	116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
}

// TLS returns what a flow says of its secure channel.
func (s *State) TLS() *flow.TLS {
	return &flow.TLS{Version: s.Version, Cipher: s.Suite, SNI: s.SNI, ALPN: s.ALPN, Certificates: slices.Clone(s.Certificates)}
}

// RTT returns the time from the client's hello to the server's authenticated
// flight, or to its hello if no more could be read, with what it rests on;
// nil if there was no answer. resolution is that of the capture's clock. It
// is a bound on a round trip if the capture was taken beside the client.
func (s *State) RTT(leg flow.Leg, resolution time.Duration) *flow.RTT {
	answer, by := s.FlightAt, s.FlightBy
	if answer.Time.IsZero() {
		answer, by = s.AnswerAt, "ServerHello, not authenticated"
	}
	d := answer.Time.Sub(s.HelloAt.Time)
	if s.HelloAt.Time.IsZero() || answer.Time.IsZero() || d < 0 {
		return nil
	}
	return &flow.RTT{D: d, Resolution: resolution, Leg: leg, Basis: "tls ClientHello to " + by}
}

// Clone returns a State that does not change any more.
func (s *State) Clone() *State {
	t := *s
	t.Alerts = slices.Clone(s.Alerts)
	t.Random = bytes.Clone(s.Random)
	t.Certificates = slices.Clone(s.Certificates)
	t.ClientCertificates = slices.Clone(s.ClientCertificates)
	return &t
}

// versionName returns "TLS 1.2" for 0x0303.
func versionName(v uint16) string {
	switch {
	case v == ssl30:
		return "SSL 3.0"
	case v >= tls10 && v <= tls13:
		return fmt.Sprintf("TLS 1.%d", v-tls10)
	case v>>8 == 0x7f:
		return fmt.Sprintf("TLS 1.3 draft %d", v&0xff)
	}
	return fmt.Sprintf("TLS version 0x%04x", v)
}
