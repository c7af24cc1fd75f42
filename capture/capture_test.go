package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/constat/constat/flow"
)

const archive = `{"log":{"creator":{"name":"WebInspector","version":"537.36"},"entries":[` +
	`{"startedDateTime":"2026-11-23T10:00:00Z","request":{"method":"POST","url":"https://api.example/","postData":{"text":"a=b"}}},` +
	`{"startedDateTime":"2026-11-23T10:00:01Z","request":{"method":"GET","url":"https://cdn.example/"}}]}}`

func gzipped(data string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(data))
	z.Close()
	return b.String()
}

func zstandard(data string) string {
	z, _ := zstd.NewWriter(nil)
	return string(z.EncodeAll([]byte(data), nil))
}

func write(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func drain(c *Capture) (flows int, damages []*flow.Damage) {
	for _, err := range c.Flows() {
		var d *flow.Damage
		if errors.As(err, &d) {
			damages = append(damages, d)
		} else if err == nil {
			flows++
		}
	}
	return flows, damages
}

func TestOpen(t *testing.T) {
	gz := gzipped(archive)
	for _, tt := range []struct {
		name, data     string
		flows, damages int
	}{
		{"plain", archive, 2, 0},
		{"BOM", "\ufeff" + archive, 2, 0},
		{"gzip", gz, 2, 0},
		{"zstd", zstandard(archive), 2, 0},
		{"gzip in zstd", zstandard(gz), 2, 0},
		{"two gzip members", gzipped(archive[:100]) + gzipped(archive[100:]), 2, 0},
		{"gzip cut short", gz[:len(gz)-12], 2, 1},
		{"gzip with a wrong sum", gz[:len(gz)-8] + "\x00\x00\x00\x00" + gz[len(gz)-4:], 2, 1},
		{"damaged at the front, long after", "{?" + strings.Repeat("x", 1<<20), 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Open(write(t, tt.data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			flows, damages := drain(c)
			if flows > tt.flows || flows < tt.flows-1 && tt.damages > 0 || flows != tt.flows && tt.damages == 0 || len(damages) != tt.damages {
				t.Errorf("%d flows, damages %v; want %d and %d", flows, damages, tt.flows, tt.damages)
			}
			for _, d := range damages {
				if d.File != c.Path {
					t.Errorf("damage names file %q", d.File)
				}
			}
			sum := sha256.Sum256([]byte(tt.data))
			if got, n := c.Sum(); got != hex.EncodeToString(sum[:]) || n != int64(len(tt.data)) {
				t.Errorf("sum %s of %d bytes, want %x of %d", got, n, sum, len(tt.data))
			}
			if read, total := c.Progress(); read != total || total != int64(len(tt.data)) {
				t.Errorf("progress %d of %d", read, total)
			}
			if tt.flows > 0 && (c.Format != "har" || c.Creator() != "WebInspector 537.36") {
				t.Errorf("format %q, creator %q", c.Format, c.Creator())
			}
			if _, again := drain(c); len(again) > 0 {
				t.Error("a second read damages")
			}
		})
	}
}

// The small formats, each by a sample in its shape.
func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name, data, creator string
		flows, accesses     int
		host                string
	}{
		{"appreport", `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"camera","identifier":"U","kind":"event","timeStamp":"2026-11-23T09:00:00Z","type":"access"}` + "\n" +
			`{"domain":"log.tracker.test","firstTimeStamp":"2026-11-23T09:00:01Z","timeStamp":"2026-11-23T09:00:02Z","hits":2,"type":"networkActivity","bundleID":"test.quinze.app"}` + "\n", "iOS App Privacy Report", 1, 13, "log.tracker.test"},
		{"pcapdroid", "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,PackageName,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen\n" +
			"6,10.215.173.1,41522,198.51.100.7,443,10231,Quinze,test.quinze.app,TLS,Closed,log.tracker.test,100,200,3,4,1795858801250,1795858809000\n", "PCAPdroid CSV export", 1, 0, "log.tracker.test"},
		{"netlog", `{"constants":{"clientInfo":{"name":"Chromium","version":"156"},"logCaptureMode":"Default","logEventTypes":{"HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS":7},"timeTickOffset":1795811018569},` + "\n\"events\": [\n" +
			`{"params":{"headers":[":method: GET",":authority: log.tracker.test",":scheme: https",":path: /"]},"phase":0,"source":{"id":1,"type":1},"time":"5","type":7}],` + "\n\"polledData\": {}}\n", "Chromium 156 net-log", 1, 0, "log.tracker.test"},
		{"hooks", `[{"type":"socket_trace_log","timestamp":1795858801250,"data":{"socket_type":"tcp","socket_event_type":"write","dest_ip":"198.51.100.7","dest_port":443,"local_ip":"192.0.2.10","local_port":41522}}]`, "PiRogue socket trace", 1, 0, "198.51.100.7"},
		{"har", archive, "WebInspector 537.36", 2, 0, "api.example"},
	} {
		for _, data := range []string{tt.data, zstandard(tt.data)} {
			c, err := Open(write(t, data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if c.Format != tt.name {
				t.Errorf("%s is taken for %s", tt.name, c.Format)
			}
			n := 0
			for f, err := range c.Flows() {
				if err != nil {
					t.Errorf("%s: %v", tt.name, err)
				} else if n++; n == 1 && f.Host() != tt.host {
					t.Errorf("%s: to %s", tt.name, f.Host())
				}
			}
			if n != tt.flows || c.Creator() != tt.creator || len(c.Accesses()) != tt.accesses || len(c.Events()) != 0 {
				t.Errorf("%s by %q: %d flows, %v", tt.name, c.Creator(), n, c.Accesses())
			}
		}
	}
}

func TestNotACapture(t *testing.T) {
	for _, tt := range []struct{ name, data, says string }{
		{"empty", "", "the file is empty"},
		{"compressed nothing", gzipped(""), "the compressed file holds nothing"},
		{"Proxyman", "PK\x03\x04\x14\x00", "export it as HAR"},
		{"Charles XML", "<?xml version='1.0'?>", "export the session as HAR"},
		{"Charles JSON", "\n [{\"status\":", "(.chlsj)"},
		{"page", "<!doctype html><title>", "a web page"},
		{"text", "hello there\nworld", `text "hello there"`},
		{"bytes", "\x00\x01\x02\x03", "00 01 02 03"},
		{"gzip three times", gzipped(gzipped(gzipped(archive))), "compressed too many times"},
		{"gzip header only", "\x1f\x8b\x08", "gzip around the capture"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.data)
			c, err := Open(path, Options{})
			if err == nil {
				c.Close()
				t.Fatal("opened as ", c.Format)
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("%v, want %q", err, tt.says)
			}
			if tt.name != "gzip header only" && !errors.Is(err, ErrFormat) {
				t.Error("not ErrFormat")
			}
		})
	}
	if _, err := Open(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Error(err)
	}
	if _, err := Open("no/such/file", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// Leaving Flows early still lets Sum cover the file.
func TestSumAfterBreak(t *testing.T) {
	data := archive + strings.Repeat(" ", 1<<20)
	c, err := Open(write(t, data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range c.Flows() {
		break
	}
	sum := sha256.Sum256([]byte(data))
	if got, _ := c.Sum(); got != hex.EncodeToString(sum[:]) {
		t.Errorf("sum %s, want %x", got, sum)
	}
}

func TestRealCaptures(t *testing.T) {
	for _, name := range []string{"chrome.har", "charles.har", "postdata.har", "successful_log.har", "websocket.har"} {
		c, err := Open(filepath.Join("../../shared/captures", name), Options{})
		if errors.Is(err, os.ErrNotExist) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if flows, damages := drain(c); flows == 0 || len(damages) > 0 || c.Format != "har" || c.Creator() == "" {
			t.Errorf("%s: %d flows, %v, format %q by %q", name, flows, damages, c.Format, c.Creator())
		}
		c.Close()
	}
	c, err := Open("../../shared/captures/two_flows.pcap", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if flows, damages := drain(c); flows != 2 || len(damages) > 0 || c.Format != "pcap" {
		t.Errorf("two_flows.pcap: %d flows, %v, format %q", flows, damages, c.Format)
	}
}
