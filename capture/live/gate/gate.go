// Package gate is a WireGuard endpoint inside the program: a phone's WireGuard
// app scans a code, and from then on its IP packets come here, where a TCP/IP
// stack in user space (gVisor) ends each connection and hands it over. It
// needs no root, no network interface and no proxy setting on the phone.
//
// A connection is handed over with the address that the phone meant to reach.
// Datagrams are handed over, or refused with ICMP "port unreachable" (RFC 792,
// type 3 code 3), upon which QUIC clients fall back to TCP. DNS queries are
// answered by the caller.
//
// Phones keep some of the system's own traffic outside a VPN (Android:
// connectivity checks; iOS: Apple's services), so this is not "all traffic".
//
// Memory: WireGuard's buffers are 64 KB each and up to about 2,000 may be in
// flight under full load; TCP windows are bounded here to 1 MB a connection.
package gate

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/skip2/go-qrcode"
	"golang.zx2c4.com/wireguard/device"
)

// Config says where to listen and what to do with what comes.
type Config struct {
	Listen   netip.AddrPort // UDP; exactly this address
	Endpoint string         // host:port that the phone connects to; "" is the address listened on
	Dir      string         // where the keys are kept, so that a phone is set up once; "" makes new ones

	// TCP gets each connection that the phone wants to make, in a goroutine of
	// its own. One that it does not accept before it returns is refused, with
	// the reset that the phone would have got from the server.
	TCP func(c *Call, to netip.AddrPort)
	// UDP decides about a flow of datagrams to an address: nil refuses them,
	// otherwise the function gets them in a goroutine of its own.
	UDP func(to netip.AddrPort) func(c net.Conn)
	// DNS answers a message (RFC 1035), nil if it has no answer.
	DNS func(query []byte) []byte
}

// Gate is an open endpoint.
type Gate struct {
	cfg    Config
	bind   *bind
	net    *netTun
	device *device.Device
	ours   *ecdh.PrivateKey
	phone  *ecdh.PrivateKey
	Stats  Stats
}

// Stats counts what came.
type Stats struct {
	TCP     atomic.Int64 // connections
	UDP     atomic.Int64 // flows of datagrams
	DNS     atomic.Int64 // queries
	Refused atomic.Int64 // datagrams refused
	Busy    atomic.Int64 // connections and flows beyond the bounds
}

// Address is ours in the tunnel: the phone's resolver, and where its set-up
// page is.
var Address = netip.MustParseAddr("10.199.199.1")

// The phone's addresses in the tunnel (RFC 1918, RFC 4193).
var (
	phone4 = netip.MustParseAddr("10.199.199.2")
	phone6 = netip.MustParseAddr("fdc0:57a7::2")
)

const (
	mtu     = 1420 // WireGuard over an Ethernet's 1,500 bytes, also over IPv6
	maxTCP  = 4096 // connections at once
	maxUDP  = 1024 // flows of datagrams at once
	keyFile = "wireguard.key"
)

// Open opens an endpoint.
func Open(cfg Config) (*Gate, error) {
	g := &Gate{cfg: cfg}
	if err := g.keys(); err != nil {
		return nil, err
	}
	var err error
	if g.bind, err = listen(cfg.Listen); err != nil {
		return nil, err
	}
	if g.net, err = newTun(g); err != nil {
		g.bind.Close()
		return nil, err
	}
	g.device = device.NewDevice(g.net, g.bind, device.NewLogger(device.LogLevelSilent, ""))
	err = g.device.IpcSet(fmt.Sprintf("private_key=%s\npublic_key=%s\nallowed_ip=%s/32\nallowed_ip=%s/128\n",
		hex.EncodeToString(g.ours.Bytes()), hex.EncodeToString(g.phone.PublicKey().Bytes()), phone4, phone6))
	if err == nil {
		err = g.device.Up()
	}
	if err != nil {
		g.device.Close()
		return nil, err
	}
	return g, nil
}

// Close closes the endpoint and every connection.
func (g *Gate) Close() error {
	g.device.Close()
	return nil
}

// Addr is the address listened on.
func (g *Gate) Addr() netip.AddrPort { return g.bind.addr }

// keys reads the two private keys, or makes them. The phone's is kept here
// because it is in the code that the phone scans.
func (g *Gate) keys() error {
	path := filepath.Join(g.cfg.Dir, keyFile)
	if g.cfg.Dir != "" {
		b, err := os.ReadFile(path)
		if err == nil {
			return g.parseKeys(path, string(b))
		}
		if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	var err error
	if g.ours, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		return err
	}
	if g.phone, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		return err
	}
	if g.cfg.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(g.cfg.Dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(encode(g.ours.Bytes())+"\n"+encode(g.phone.Bytes())+"\n"), 0o600)
}

func (g *Gate) parseKeys(path, s string) error {
	for i, line := range strings.Fields(s) {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		k, err := ecdh.X25519().NewPrivateKey(b)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		switch i {
		case 0:
			g.ours = k
		case 1:
			g.phone = k
		}
	}
	if g.phone == nil {
		return fmt.Errorf("%s does not hold two keys: remove it, and set the phone up again", path)
	}
	return nil
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// ClientConfig is the phone's configuration, in the form of wg-quick(8).
func (g *Gate) ClientConfig() string {
	endpoint := g.cfg.Endpoint
	if endpoint == "" {
		endpoint = g.Addr().String()
	}
	return fmt.Sprintf(`[Interface]
PrivateKey = %s
Address = %s/32, %s/128
DNS = %s
MTU = %d

[Peer]
PublicKey = %s
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = %s
PersistentKeepalive = 25
`, encode(g.phone.Bytes()), phone4, phone6, Address, mtu, encode(g.ours.PublicKey().Bytes()), endpoint)
}

// QR is ClientConfig as a code for a terminal.
func (g *Gate) QR() (string, error) {
	q, err := qrcode.New(g.ClientConfig(), qrcode.Low)
	if err != nil {
		return "", err
	}
	return q.ToSmallString(false), nil
}
