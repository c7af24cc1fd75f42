package quic

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// pcap writes a record as a capture of raw IPv4.
func pcap(record []seen) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	for _, s := range record {
		n := len(s.data)
		for _, v := range []uint32{uint32(s.at.Unix()), uint32(s.at.Nanosecond() / 1000), uint32(n + 28), uint32(n + 28)} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		b = append(b, 0x45, 0, byte((n+28)>>8), byte(n+28), 0, 0, 0, 0, 64, 17, 0, 0)
		b = append(b, s.src.Addr().AsSlice()...)
		b = append(b, s.dst.Addr().AsSlice()...)
		b = binary.BigEndian.AppendUint16(b, s.src.Port())
		b = binary.BigEndian.AppendUint16(b, s.dst.Port())
		b = append(b, byte((n+8)>>8), byte(n+8), 0, 0)
		b = append(b, s.data...)
	}
	return b
}

// sides puts bytes of streams in place, by stream and side.
type sides map[string][]byte

func (s sides) put(id uint64, side stream.Side, at int, b []byte) {
	key := fmt.Sprintf("stream %d, side %d", id, side)
	if need := at + len(b); len(s[key]) < need {
		s[key] = append(s[key], make([]byte, need-len(s[key]))...)
	}
	copy(s[key][at:], b)
}

// listener is an upper that keeps what it is given.
type listener struct {
	got sides
	at  map[string]int
}

func (l *listener) Stream(id uint64, side stream.Side, _ stream.Mark, b []byte, _ bool) {
	key := fmt.Sprint(id, side)
	l.got.put(id, side, l.at[key], b)
	l.at[key] += len(b)
}
func (l *listener) Reset(uint64, stream.Side, stream.Mark, uint64) {}
func (l *listener) Gap(uint64, stream.Side, stream.Mark, int64)    {}
func (l *listener) Datagram(stream.Side, stream.Mark, []byte)      {}
func (l *listener) Flush(stream.Mark, func(*flow.Flow))            {}
func (l *listener) Close(stream.Mark)                              {}

// TestTshark compares the bytes of all streams with what Wireshark's dissector
// makes of the same datagrams.
func TestTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark")
	}
	for _, name := range []string{"aes128", "aes256", "chacha20", "loss", "updates"} {
		t.Run(name, func(t *testing.T) {
			talk := stored(t, name)
			dir := t.TempDir()
			file, keys := filepath.Join(dir, "a.pcap"), filepath.Join(dir, "keys")
			os.WriteFile(file, pcap(talk.record), 0o600)
			os.WriteFile(keys, talk.keys, 0o600)
			cmd := exec.Command(tshark, "-r", file, "-o", "tls.keylog_file:"+keys, "-T", "json", "--no-duplicate-keys")
			cmd.Env = append(os.Environ(), "HOME="+dir)
			out, err := cmd.Output()
			if err != nil {
				t.Skip("tshark: ", err)
			}
			want := theirs(t, out)

			log := keylog.New()
			log.Add(talk.keys)
			tracker := New(log, testLimits, func(*flow.Flow) {})
			l := &listener{sides{}, map[string]int{}}
			for _, s := range talk.record {
				tracker.Datagram(s.src, s.dst, stream.Mark{Time: s.at}, s.data, nil)
				if c := tracker.recent.Front(); c != nil && c.Value.(*conn).upper == nil {
					c.Value.(*conn).upper = l
				}
			}
			tracker.Close()
			for _, key := range slices.Sorted(maps.Keys(want)) {
				if string(l.got[key]) != string(want[key]) {
					t.Errorf("%s: %d bytes, tshark %d", key, len(l.got[key]), len(want[key]))
				}
			}
			if len(l.got) != len(want) || len(want) < 20 {
				t.Errorf("%d streams, tshark %d", len(l.got), len(want))
			}
			t.Logf("%d streams", len(want))
		})
	}
}

// theirs reads the STREAM frames out of tshark's JSON.
func theirs(t *testing.T, out []byte) sides {
	t.Helper()
	var frames []struct {
		Source struct {
			Layers struct {
				UDP  map[string]any  `json:"udp"`
				QUIC json.RawMessage `json:"quic"`
			} `json:"layers"`
		} `json:"_source"`
	}
	if err := json.Unmarshal(out, &frames); err != nil {
		t.Fatal(err)
	}
	got := sides{}
	for _, f := range frames {
		side := stream.Up
		if f.Source.Layers.UDP["udp.srcport"] == "443" {
			side = stream.Down
		}
		var quic any
		json.Unmarshal(f.Source.Layers.QUIC, &quic)
		each(quic, func(frame map[string]any) {
			text := func(v any) string { s, _ := v.(string); return s }
			s, ok := frame["quic.stream"].(map[string]any)
			if !ok {
				s = frame
			}
			data, ok := s["quic.stream_data"].(string)
			if !ok {
				return
			}
			id, _ := strconv.ParseUint(text(s["quic.stream.stream_id"]), 10, 64)
			at, _ := strconv.Atoi(text(s["quic.stream.offset"]))
			raw := ""
			for _, c := range data {
				if c != ':' {
					raw += string(c)
				}
			}
			b, err := hex.DecodeString(raw)
			if err != nil {
				t.Fatal(err)
			}
			got.put(id, side, at, b)
		})
	}
	return got
}

// each visits the objects of a JSON value that hold stream data.
func each(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			each(x, f)
		}
	case map[string]any:
		if _, ok := v["quic.stream_data"]; ok {
			f(v)
		}
		for _, x := range v {
			each(x, f)
		}
	}
}
