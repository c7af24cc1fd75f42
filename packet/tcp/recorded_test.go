package tcp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
)

// replay reads a capture and returns what was handed on of each connection.
func replay(t testing.TB, file string) *rig {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := newRig(tcp.Limits{})
	d := packet.NewDecoder(r.Segment)
	in := packet.NewReader(f, packet.Options{})
	for {
		p, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		d.Decode(p)
	}
	d.Close()
	r.Close()
	return r
}

// made is what testdata/record/talk.py makes of a seed.
func made(seed string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", seed, i))
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}

// TestRecorded: what programs sent each other comes out, byte for byte, by
// their own account.
func TestRecorded(t *testing.T) {
	for _, file := range []string{"lo.pcap", "sll.pcap", "sll2.pcap"} {
		r := replay(t, "../testdata/"+file)
		var want []string
		for _, host := range []string{"127.0.0.1", "::1"} {
			for i := range 3 {
				want = append(want, made(fmt.Sprintf("question %s %d", host, i), 5000*(i+1))+"|"+made(fmt.Sprintf("answer %s %d", host, i), 3000+7*i)+"|finished")
			}
			want = append(want, made("unread", 900)+"||reset", "||reset")
		}
		compareLogs(t, file, r, want)
	}
	// Each packet was captured twice here, those of the second interface in a
	// batch after those of the first.
	for _, l := range replay(t, "../testdata/two.pcapng").logs {
		for side, d := range l.conn.Sent {
			if d.Repeated.Segments != 0 || d.Bytes != d.Stream || d.Copies.Bytes != d.Stream || d.Stray != (tcp.Count{}) || d.Lost != 0 {
				t.Errorf("two.pcapng: %v > %v, side %d: %+v", l.conn.Client, l.conn.Server, side, d)
			}
		}
	}
	r := replay(t, "../testdata/lossy.pcap")
	var want []string
	for i := range 4 {
		want = append(want, made(fmt.Sprintf("up %d", i), 60000)+"|"+made(fmt.Sprintf("down %d", i), 30000)+"|finished")
	}
	compareLogs(t, "lossy.pcap", r, want)
	var all tcp.Direction
	for _, l := range r.logs {
		for _, d := range l.conn.Sent {
			all.Repeated.Segments += d.Repeated.Segments
			all.Early += d.Early
			all.Lost += d.Lost
		}
		if l.conn.Conflicts != 0 {
			t.Errorf("%d conflicts", l.conn.Conflicts)
		}
	}
	if all.Repeated.Segments == 0 || all.Early == 0 || all.Lost != 0 {
		t.Errorf("a lossy path without repetitions: %+v", all)
	}
	t.Logf("lossy.pcap: %d segments repeated, %d early", all.Repeated.Segments, all.Early)
}

func compareLogs(t *testing.T, file string, r *rig, want []string) {
	t.Helper()
	if len(r.logs) != len(want) {
		t.Fatalf("%s: %d connections, want %d", file, len(r.logs), len(want))
	}
	for i, l := range r.logs {
		got := fmt.Sprintf("%s|%s|%s", l.bytes[stream.Up], l.bytes[stream.Down], l.conn.End)
		if got != want[i] || !l.conn.Certain {
			t.Errorf("%s, connection %d: %d bytes, %.60q… end %s, want %d bytes, %.60q…", file, i, len(got), got, l.conn.End, len(want[i]), want[i])
		}
		if rtt := l.conn.RTT(); l.conn.End == tcp.Finished && (rtt == nil || rtt.D <= 0 || rtt.Resolution <= 0) {
			t.Errorf("%s, connection %d: RTT %+v", file, i, rtt)
		}
	}
}

// TestTsharkFollow: tshark puts the same streams together.
func TestTsharkFollow(t *testing.T) {
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	for _, file := range []string{"lo.pcap", "lossy.pcap"} {
		r := replay(t, "../testdata/"+file)
		args := []string{"-r", "../testdata/" + file, "-n", "-q", "-o", "tcp.reassemble_out_of_order:TRUE"}
		for i := range r.logs {
			args = append(args, "-z", fmt.Sprintf("follow,tcp,raw,%d", i))
		}
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		theirs := map[string][2][]byte{} // by client and server
		for _, part := range strings.Split(string(out), "Follow: tcp,raw\n")[1:] {
			var nodes [2]string
			var b [2][]byte
			for _, l := range strings.Split(part, "\n") {
				switch {
				case strings.HasPrefix(l, "Node 0: "):
					nodes[0] = strings.TrimPrefix(l, "Node 0: ")
				case strings.HasPrefix(l, "Node 1: "):
					nodes[1] = strings.TrimPrefix(l, "Node 1: ")
				case strings.HasPrefix(l, "Filter") || strings.HasPrefix(l, "==="):
				default:
					side := 0
					if strings.HasPrefix(l, "\t") {
						side = 1
					}
					raw, err := hex.DecodeString(strings.TrimSpace(l))
					if err != nil {
						t.Fatalf("tshark: %q", l)
					}
					b[side] = append(b[side], raw...)
				}
			}
			theirs[node(nodes[0])+" "+node(nodes[1])] = b
		}
		compared := 0
		for _, l := range r.logs {
			b, ok := theirs[node(l.conn.Client.String())+" "+node(l.conn.Server.String())]
			if !ok {
				if len(l.bytes[0])+len(l.bytes[1]) > 0 {
					t.Errorf("%s: tshark has no %v > %v", file, l.conn.Client, l.conn.Server)
				}
				continue
			}
			for side := range b {
				if !bytes.Equal(b[side], l.bytes[side]) {
					t.Errorf("%s: %v > %v, side %d: %d bytes, tshark %d", file, l.conn.Client, l.conn.Server, side, len(l.bytes[side]), len(b[side]))
				}
				compared += len(b[side])
			}
		}
		t.Logf("%s: %d bytes of %d connections compared", file, compared, len(r.logs))
	}
}

// node is an address and port as tshark writes them: IPv6 without brackets.
func node(s string) string { return strings.NewReplacer("[", "", "]", "").Replace(s) }
