package quic

import (
	"bytes"
	ctls "crypto/tls"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// TestDumpcap reads a capture of the loopback interface, where the kernel does
// not cut what was handed to it for segmentation.
func TestDumpcap(t *testing.T) {
	dumpcap, err := exec.LookPath("dumpcap")
	if err != nil {
		t.Skip("no dumpcap")
	}
	if testing.Short() {
		t.Skip("takes two seconds")
	}
	o := serve(t, &quicgo.Transport{}, &quicgo.Config{}, nil)
	file := filepath.Join(t.TempDir(), "lo.pcap")
	cmd := exec.Command(dumpcap, "-q", "-P", "-i", "lo", "-s", "0", "-f", "udp", "-w", file)
	if err := cmd.Start(); err != nil {
		t.Skip("dumpcap: ", err)
	}
	time.Sleep(800 * time.Millisecond) // until it listens
	var log secrets
	rt := &http3.Transport{TLSClientConfig: &ctls.Config{InsecureSkipVerify: true, KeyLogWriter: &log, ServerName: "a.example"}}
	for i := range 6 {
		ask(t, rt, "POST", fmt.Sprintf("https://%s/n/700000?i=%d", o.addr, i), bytes.Repeat([]byte("up"), 200_000))
	}
	rt.Close()
	time.Sleep(1200 * time.Millisecond) // until it has written
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Skip("dumpcap may not capture here: ", err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	record, super := loopback(b, o.addr.String())
	if len(record) == 0 {
		t.Skip("nothing was captured")
	}
	flows := play(t, record, log.text(), testLimits)
	compare(t, exchanges(flows), o.asked())
	for _, l := range others(flows) {
		t.Error(l)
	}
	t.Logf("%d datagrams, %d of them of several packets for the network card to cut", len(record), super)
}

// loopback reads a little-endian pcap of Ethernet and IPv4, as far as it has
// to do with an address.
func loopback(b []byte, address string) (record []seen, super int) {
	for b = b[min(24, len(b)):]; len(b) > 16; {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		if n > len(b) {
			return record, super
		}
		at := time.Unix(int64(binary.LittleEndian.Uint32(b)), 1000*int64(binary.LittleEndian.Uint32(b[4:])))
		ip := b[16+14 : n]
		b = b[n:]
		if len(ip) < 28 || ip[0] != 0x45 || ip[9] != 17 {
			continue
		}
		s := seen{
			src: netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:])), binary.BigEndian.Uint16(ip[20:])),
			dst: netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[16:])), binary.BigEndian.Uint16(ip[22:])),
			at:  at, data: bytes.Clone(ip[28:]),
		}
		if s.src.String() == address || s.dst.String() == address {
			record = append(record, s)
			if len(s.data) > maxSegment {
				super++
			}
		}
	}
	return record, super
}
