package oracle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/internal/oracle"
)

const dir = "../../testdata/packets"

func manifest(t *testing.T) *oracle.Manifest {
	t.Helper()
	m, err := oracle.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Captures) == 0 {
		t.Fatal("no captures")
	}
	return m
}

func TestStoredFilesAreTheManifests(t *testing.T) {
	var all int64
	for _, c := range manifest(t).Captures {
		b, err := os.ReadFile(c.Path(c.File))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:]); got != c.SHA256 {
			t.Errorf("%s: SHA-256 %s, the manifest says %s", c.File, got, c.SHA256)
		}
		data, err := c.Data()
		if err != nil {
			t.Fatalf("%s: %v", c.File, err)
		}
		if int64(len(data)) != c.Bytes {
			t.Errorf("%s: %d bytes, the manifest says %d", c.File, len(data), c.Bytes)
		}
		all += int64(len(b))
		// What a recording must not tell of the machine it was made on.
		for _, word := range []string{"/root", "/home/", "/tmp/wt"} {
			if bytes.Contains(data, []byte(word)) {
				t.Errorf("%s holds %q", c.File, word)
			}
		}
	}
	if all > 6<<20 {
		t.Errorf("the captures take %d bytes in the repository, more than 6 MiB", all)
	}
}

// Every exchange that the origin served is what tshark sees, field by field
// and body by hash, but for the stated faults of tshark or of the capture.
func TestTsharkSeesWhatTheOriginServed(t *testing.T) {
	whole := 0
	for _, c := range manifest(t).Captures {
		truth, err := c.Truth()
		if err != nil {
			t.Fatal(err)
		}
		seen, _, err := c.Seen()
		if err != nil {
			t.Fatal(err)
		}
		differences := oracle.Compare(truth, seen)
		switch fault := oracle.Fault(c.Name); {
		case fault == "" && len(differences) > 0:
			for _, d := range differences {
				t.Errorf("%s: %v", c.Name, d)
			}
		case fault != "" && len(differences) == 0:
			t.Errorf("%s: tshark sees all, and yet the fault %q is stated", c.Name, fault)
		case fault == "":
			whole += len(truth)
		}
	}
	if whole < 300 {
		t.Errorf("%d exchanges equal in all, want at least 300", whole)
	}
}

// The stored differences are those there are, so that they can be read.
func TestDifferencesAreWrittenDown(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(dir, "differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := oracle.Differences(manifest(t))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("differences.txt is not what oracle.Differences writes: run testdata/record/packets/pack again")
	}
}

// tshark asked again says what is stored. All captures with ORACLE=all.
func TestTsharkSaysSoAgain(t *testing.T) {
	out, err := exec.Command("tshark", "--version").Output()
	if err != nil {
		t.Skip("no tshark here: apt-get install tshark")
	}
	if !strings.HasPrefix(string(out), "TShark (Wireshark) 4.0.") {
		t.Skipf("stored is what tshark 4.0 says; here is %.40q", out)
	}
	m := manifest(t)
	for _, c := range m.Captures {
		switch c.Name {
		case "h1-pipeline", "grpc-go", "dns", "tls12-openssl-ccm", "pcap-any":
		default:
			if os.Getenv("ORACLE") != "all" {
				continue
			}
		}
		t.Run(c.Name, func(t *testing.T) {
			data, err := c.Data()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "capture")
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			keylog := c.Path(c.KeyLog)
			if strings.Contains(c.Keys, "after") {
				keylog = file + ".keys"
				if err := os.WriteFile(keylog, oracle.Secrets(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			exchanges, connections, err := oracle.ReadTshark(ctx, file, keylog, c.Path(c.RSAKey))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := oracle.Write(&got, exchanges, connections); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(c.Path(c.Tshark))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("tshark now says otherwise than %s: %d bytes, want %d", c.Tshark, got.Len(), len(want))
			}
		})
	}
}

// Compare tells of each field that differs, of what is missing and of what
// nobody served.
func TestCompare(t *testing.T) {
	exchange := func(port int, change func(*oracle.Exchange)) *oracle.Exchange {
		x := &oracle.Exchange{Client: fmt.Sprint("192.0.2.10:", port), Server: "198.51.100.1:443", Protocol: "HTTP/1.1", Method: "GET", Path: "/a",
			Headers: [][2]string{{"Host", "a"}, {"A", "b"}}, Body: oracle.Digest(nil), Status: 200, Response: oracle.Digest([]byte("r"))}
		if change != nil {
			change(x)
		}
		return x
	}
	for _, tt := range []struct {
		name   string
		change func(*oracle.Exchange)
		want   string
	}{
		{"nothing", nil, "[]"},
		{"path", func(x *oracle.Exchange) { x.Path = "/b" }, "[path]"},
		{"order of headers", func(x *oracle.Exchange) { x.Headers[0], x.Headers[1] = x.Headers[1], x.Headers[0] }, "[headers]"},
		{"body", func(x *oracle.Exchange) { x.Body = oracle.Digest([]byte("x")) }, "[body]"},
		{"response", func(x *oracle.Exchange) { x.Response = oracle.Digest([]byte("s")) }, "[response]"},
		{"status", func(x *oracle.Exchange) { x.Status = 0 }, "[status]"},
		{"another connection", func(x *oracle.Exchange) { x.Client = "192.0.2.10:9" }, "[missing not served]"},
		{"messages", func(x *oracle.Exchange) { x.Messages = []oracle.Message{{From: "client", Type: "text"}} }, "[messages]"},
	} {
		var whats []string
		for _, d := range oracle.Compare([]*oracle.Exchange{exchange(1, nil)}, []*oracle.Exchange{exchange(1, tt.change)}) {
			whats = append(whats, d.What)
		}
		if got := fmt.Sprint(whats); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func Example() {
	m, err := oracle.ReadManifest(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := m.Capture("h1-pipeline")
	truth, err := c.Truth()
	if err != nil {
		fmt.Println(err)
		return
	}
	seen, connections, err := c.Seen()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(truth), "served,", len(seen), "seen by tshark on", len(connections), "connections,", len(oracle.Compare(truth, seen)), "differences")
	// Output: 20 served, 20 seen by tshark on 2 connections, 0 differences
}
