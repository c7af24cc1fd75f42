// Package gatetest has a phone for the tests of package gate and of what stands
// behind a gate. Only tests import it.
package gatetest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/netstack"
)

// Phone is a WireGuard client in user space, set up by nothing but the text
// that a phone's app would scan.
func Phone(t testing.TB, config string) *netstack.Net {
	t.Helper()
	v := map[string]string{}
	for line := range strings.Lines(config) {
		if k, val, ok := strings.Cut(line, " = "); ok {
			v[k] = strings.TrimSpace(val)
		}
	}
	key := func(s string) string {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(b)
	}
	var addrs []netip.Addr
	for _, a := range strings.Split(v["Address"], ", ") {
		addrs = append(addrs, netip.MustParsePrefix(a).Addr())
	}
	tun, nt, err := netstack.CreateNetTUN(addrs, []netip.Addr{netip.MustParseAddr(v["DNS"])}, 1420)
	if err != nil {
		t.Fatal(err)
	}
	d := device.NewDevice(tun, conn.NewDefaultBind(), device.NewLogger(device.LogLevelSilent, ""))
	t.Cleanup(d.Close)
	ipc := fmt.Sprintf("private_key=%s\npublic_key=%s\nendpoint=%s\npersistent_keepalive_interval=%s\n", key(v["PrivateKey"]), key(v["PublicKey"]), v["Endpoint"], v["PersistentKeepalive"])
	for _, ip := range strings.Split(v["AllowedIPs"], ", ") {
		ipc += "allowed_ip=" + ip + "\n"
	}
	if err := d.IpcSet(ipc); err != nil {
		t.Fatal(err)
	}
	if err := d.Up(); err != nil {
		t.Fatal(err)
	}
	return nt
}
