package recipient

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Certificate is what a server's own certificate says of its holder. It says
// nothing of where the machine stands.
//
// O and C are only worth something when the authority says that it looked at
// papers. The CA/Browser Forum's policy identifiers say so, and they tell a
// public certificate from one that a proxy made up with the subject copied.
// The chain is not verified here: whoever completed the handshake did that.
type Certificate struct {
	Organization string   // subject O, "" in a domain-validated certificate
	Country      string   // subject C: the holder's seat
	Names        []string // names it is for, lower case; the common name if there are no others
	Validation   Validation
	NotBefore    string // "2026-01-31"
}

// Validation is what an authority says that it checked before it signed.
type Validation string

// The kinds of validation (CA/Browser Forum, Baseline Requirements 7.1.6.1).
const (
	NotSaid      Validation = ""   // nobody says that anything was checked
	DomainOnly   Validation = "DV" // the holder controls the names
	Organization Validation = "OV" // and is the organisation named
	Extended     Validation = "EV" // checked more closely
)

// Bounds on what is taken from a certificate, which a stranger wrote.
const (
	maxDER    = 64 << 10
	maxNames  = 64
	maxString = 128
)

var validations = map[string]Validation{
	"2.23.140.1.1":   Extended,
	"2.23.140.1.2.1": DomainOnly,
	"2.23.140.1.2.2": Organization,
}

// ReadCertificate reads the leaf of a chain, DER or PEM, as captured.
func ReadCertificate(captured []byte) (Certificate, error) {
	if len(captured) > maxDER {
		return Certificate{}, errors.New("certificate: longer than 64 KiB")
	}
	der := captured
	if bytes.HasPrefix(bytes.TrimSpace(der), []byte("-----BEGIN")) {
		block, _ := pem.Decode(bytes.TrimSpace(der))
		if block == nil {
			return Certificate{}, errors.New("certificate: expected PEM, found a broken block")
		}
		der = block.Bytes
	}
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{
		Organization: first(x.Subject.Organization),
		Country:      realCountry(strings.ToUpper(first(x.Subject.Country))),
		NotBefore:    x.NotBefore.UTC().Format("2006-01-02"),
	}
	names := x.DNSNames
	if len(names) == 0 {
		names = []string{x.Subject.CommonName}
	}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSuffix(clean(n), "."))
		if n != "" && !slices.Contains(c.Names, n) && len(c.Names) < maxNames {
			c.Names = append(c.Names, n)
		}
	}
	if bytes.Equal(x.RawIssuer, x.RawSubject) {
		return c, nil // its holder signed it: nobody checked anything
	}
	for _, p := range x.PolicyIdentifiers {
		if v, ok := validations[p.String()]; ok {
			c.Validation = v
		}
	}
	return c, nil
}

// Covers reports whether the certificate is for the host (RFC 9525, 6.3).
func (c *Certificate) Covers(host string) bool {
	for _, n := range c.Names {
		if n == host {
			return true
		}
		if rest, ok := strings.CutPrefix(n, "*."); ok {
			if _, after, dot := strings.Cut(host, "."); dot && after == rest {
				return true
			}
		}
	}
	return false
}

// checked reports whether an authority says that it looked who the holder is.
func (c *Certificate) checked() bool {
	return c.Organization != "" && (c.Validation == Organization || c.Validation == Extended)
}

// domains are the registrable domains of its names, in order.
func (c *Certificate) domains() []string {
	var out []string
	for _, n := range c.Names {
		d, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimPrefix(n, "*."))
		if err == nil && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return clean(list[0])
}

// clean makes a stranger's text one short line.
func clean(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	for i := range s {
		if i >= maxString {
			return s[:i] + "…"
		}
	}
	return s
}
