package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/constat/constat/capture/live/gate"
	"github.com/constat/constat/capture/live/gate/gatetest"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
)

// TestQUIC has a phone by WireGuard send a datagram to port 443 of this
// machine's own address: refused, or passed and counted.
func TestQUIC(t *testing.T) {
	local := netip.AddrPortFrom(ownAddress(t), 443)
	// Nobody may answer: then the relay ends at once, with its count.
	if c, err := net.ListenPacket("udp", local.String()); err == nil {
		c.Close()
	} else if errors.Is(err, syscall.EADDRINUSE) {
		t.Skip(err)
	}
	for quic, want := range map[string]struct {
		entry  string
		unread flow.Unread
	}{
		"":       {`"kind":"datagrams"`, flow.Unread{Reason: "QUIC was refused, so that the client falls back to TCP"}},
		"refuse": {`"kind":"datagrams"`, flow.Unread{Reason: "QUIC was refused, so that the client falls back to TCP"}},
		"pass":   {`"up":7},"kind":"closed"`, flow.Unread{Up: 7, Reason: "datagrams of an unknown protocol"}},
	} {
		t.Run("--quic "+quic, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("CONSTAT_HOME", dir)
			// The keys that the capture will find, and what its code will say.
			g, err := gate.Open(gate.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			config, at := g.ClientConfig(), g.Addr()
			g.Close()

			log := filepath.Join(dir, "log")
			args := []string{"capture", "--listen", "127.0.0.1:0", "--out", log, "--wireguard", at.String(), "--headless", "--json", "--plain"}
			if quic != "" {
				args = append(args, "--quic", quic)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			out, in := io.Pipe()
			root := newRoot()
			root.SetArgs(args)
			root.SetOut(in)
			done := make(chan error, 1)
			go func() {
				err := root.ExecuteContext(ctx)
				in.CloseWithError(err)
				done <- err
			}()
			lines := bufio.NewScanner(out)
			if !lines.Scan() {
				t.Fatal(lines.Err())
			}
			go io.Copy(io.Discard, out)

			c, err := gatetest.Phone(t, config).DialContext(ctx, "udp", local.String())
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(c, "initial")
			for range 500 {
				if b, _ := os.ReadFile(filepath.Join(log, "log.jsonl")); bytes.Contains(b, []byte(want.entry)) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			stop()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(filepath.Join(log, "log.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			v := evidence.OpenVault(log)
			defer v.Close()
			var got []flow.Unread
			for f, err := range evidence.Flows(f, v, evidence.ReadOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				if f.Unread != nil && f.Host() == local.Addr().String() {
					got = append(got, *f.Unread)
				}
			}
			if len(got) != 1 || got[0] != want.unread {
				t.Errorf("%+v, want %+v", got, want.unread)
			}
		})
	}
}

// ownAddress is an address of this machine that is not its loopback, which the
// capture keeps from phones.
func ownAddress(t *testing.T) netip.Addr {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Skip(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			ip, _ := netip.AddrFromSlice(n.IP.To4())
			return ip
		}
	}
	t.Skip("this machine has its loopback only")
	return netip.Addr{}
}
