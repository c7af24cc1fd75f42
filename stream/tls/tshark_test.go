package tls

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/constat/constat/stream"
)

// pcap writes a session as packets: raw IPv4, TCP without checksums.
func (s *session) pcap() []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b2c3d4)
	out = le.AppendUint16(out, 2)
	out = le.AppendUint16(out, 4)
	out = append(out, make([]byte, 8)...)
	out = le.AppendUint32(out, 1<<16)
	out = le.AppendUint32(out, 101)
	seq := [2]uint32{1000, 2000}
	at := uint32(0)
	packet := func(side stream.Side, flags byte, data []byte) {
		be := binary.BigEndian
		ip := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
		ports := []uint16{40000, 443}
		if side == stream.Down {
			ip[15], ip[19] = 2, 1
			ports[0], ports[1] = ports[1], ports[0]
		}
		be.PutUint16(ip[2:], uint16(40+len(data)))
		tcp := be.AppendUint16(be.AppendUint16(nil, ports[0]), ports[1])
		tcp = be.AppendUint32(tcp, seq[side])
		tcp = be.AppendUint32(tcp, seq[1-side])
		tcp = append(tcp, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
		n := uint32(40 + len(data))
		out = le.AppendUint32(out, uint32(start.Unix())+at/1000)
		out = le.AppendUint32(out, at%1000*1000)
		out = le.AppendUint32(le.AppendUint32(out, n), n)
		out = append(append(append(out, ip...), tcp...), data...)
		seq[side] += uint32(len(data))
		if flags&2 != 0 {
			seq[side]++
		}
		at++
	}
	packet(stream.Up, 0x02, nil)
	packet(stream.Down, 0x12, nil)
	packet(stream.Up, 0x10, nil)
	for _, e := range s.events {
		for b := e.data; len(b) > 0; {
			n := min(len(b), 1400)
			packet(e.side, 0x18, b[:n])
			b = b[n:]
		}
	}
	return out
}

// TestTshark compares with what tshark reads of the same packets.
func TestTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	t.Parallel()
	dir := t.TempDir()
	for i, s := range kinds(t) {
		if i%2 == 1 {
			continue // each run of tshark takes most of a second
		}
		file, keys := filepath.Join(dir, "s.pcap"), filepath.Join(dir, "keys")
		os.WriteFile(file, s.pcap(), 0o600)
		os.WriteFile(keys, s.log, 0o600)
		run := func(args ...string) string {
			out, err := exec.Command("tshark", append([]string{"-r", file, "-o", "tls.keylog_file:" + keys}, args...)...).Output()
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		h := play(s.events, logOf(s.log), Limits{}, 0, nil)

		var said [2]strings.Builder
		first := 0 // tshark's node 0 is who was decrypted first
		for line := range strings.Lines(run("-q", "-z", "follow,tls,raw,0")) {
			if strings.HasPrefix(line, "Node 0: 10.0.0.2") {
				first = 1
			}
			side := first
			if rest, other := strings.CutPrefix(line, "\t"); other {
				side, line = 1-first, rest
			}
			if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
				said[side].Write(b)
			}
		}
		for side := range said {
			if got := said[side].String(); got != string(h.said[side]) || len(got) == 0 {
				t.Errorf("%s: %s: tshark reads %d bytes, we %d", s.name, sides[side], len(got), len(h.said[side]))
			}
		}
		var lines []string
		for line := range strings.Lines(run("-Y", "tls.handshake.type==1||tls.handshake.certificate", "-T", "fields", "-e", "tls.handshake.ja3", "-e", "tls.handshake.extensions_server_name", "-e", "tls.handshake.random", "-e", "tls.handshake.certificate")) {
			lines = append(lines, strings.TrimSpace(line))
		}
		random := hex.EncodeToString(h.state.Random)
		if len(lines) != 2 || len(h.state.Certificates) != 1 || lines[0] != h.state.JA3+"\t"+h.state.SNI+"\t"+random || !strings.HasSuffix(lines[1], hex.EncodeToString(h.state.Certificates[0])) {
			t.Errorf("%s: tshark reads %.200q; JA3 %s", s.name, lines, h.state.JA3)
		}
	}
}
