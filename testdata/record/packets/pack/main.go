// Command pack makes testdata/packets of what record.sh recorded: it puts key
// logs into the captures or beside them, mangles some, compresses, asks tshark,
// and writes manifest.json.
//
//	pack -from DIRECTORY -to DIRECTORY
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/internal/oracle"
)

// variant is a capture made from a recorded one.
type variant struct {
	name, from, as, how, suffix string
	keys                        bool // the file holds the secrets
}

// made are the variants: most of one small recording, those that need more
// packets of a larger.
func made() (out []variant) {
	small := func(name, as, how, suffix string, keys bool) {
		out = append(out, variant{name, "pcap-ns", as, how, suffix, keys})
	}
	small("pcap-big-endian", "big-endian", "pcap in big-endian byte order, µs", ".pcap", false)
	small("pcap-big-endian-ns", "big-endian-ns", "pcap in big-endian byte order, ns", ".pcap", false)
	small("link-raw", "raw", "link type 101: raw IP", ".pcap", false)
	small("link-raw-ipv4", "raw-ipv4", "link type 228: raw IPv4", ".pcap", false)
	small("link-null", "null", "link type 0: BSD loopback", ".pcap", false)
	small("link-loop", "loop", "link type 108: OpenBSD loopback", ".pcap", false)
	small("link-vlan", "vlan", "802.1Q", ".pcap", false)
	small("link-qinq", "qinq", "802.1ad and 802.1Q", ".pcap", false)
	small("link-gre", "gre", "in GRE, every second packet with a key", ".pcap", false)
	small("link-gtp-u", "gtp-u", "in GTP-U, every second packet with a sequence number", ".pcap", false)
	small("link-radiotap", "radiotap", "link type 127: 802.11 with radiotap, every second packet with QoS", ".pcap", false)
	small("link-pktap", "pktap", "link type 258: Apple's PKTAP, process Quinze (1515) for QuinzeKit (1560)", ".pcap", false)
	small("pcapdroid", "pcapdroid", "PCAPdroid's pcap with trailers: uid 10215 Quinze, every tenth packet uid 1051 netd", ".pcap", false)
	small("pcapdroid-pcapng", "pcapdroid-pcapng", "PCAPdroid's pcapng: uid map, u-UID comments, secrets last", ".pcapng", true)
	small("pcapng-sections", "sections", "two sections of both byte orders, two interfaces with other clocks, a DSB before its interface, names, unknown blocks", ".pcapng", true)
	small("pcapng-simple", "simple", "Simple Packet Blocks: no times", ".pcapng", true)
	big := func(name, as, how string) {
		out = append(out, variant{name, "h2-java", as, how, ".pcap", false})
	}
	big("net-shuffled", "shuffled", "packets overtake one another by up to six places")
	big("net-repeated", "repeated", "every fifth packet comes twice")
	big("net-overlapping", "overlapping", "segments sent again that overlap what came")
	big("net-dropped", "dropped", "one packet with data in ten is missing")
	big("net-fragments", "fragments", "IPv4 packets above 600 bytes in fragments, some in reverse order")
	big("net-midstream", "midstream", "the first third of the packets is missing, with the handshake")
	for as, how := range map[string]string{"dirty": "as many tools leave them: comments, line ends, case, backslashes", "application": "without those of the handshake",
		"client": "of the client's direction only", "foreign": "of other connections"} {
		out = append(out, variant{"keys-" + as, "pcap-ns", "keys", "the secrets " + how, ".pcap", false})
	}
	out = append(out, variant{"net-port-reuse", "tls12-openssl-ccm", "port-reuse", "four connections one after the other from the same port", ".pcap", false},
		variant{"net-plain-one-way", "h1-plain-curl", "one-way", "the client's packets only, HTTP/1.1 in the clear", ".pcap", false})
	out = append(out, variant{"link-no-length", "h2-curl-offload", "no-length", "packets of up to 64 kB with an IPv4 length of 0", ".pcap", false},
		variant{"hook-plain-443", "h1-plain-curl", "hook", "what a hook on TLS functions writes: plaintext on port 443, raw IP, no handshake, no acknowledgements", ".pcap", false})
	out = append(out, variant{"net-plain-shuffled", "h1-plain-curl", "shuffled", "packets overtake one another by up to six places, HTTP/1.1 in the clear", ".pcap", false},
		variant{"net-plain-dropped", "h1-plain-curl", "dropped", "one packet with data in ten is missing, HTTP/1.1 in the clear", ".pcap", false})
	return out
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("pack: ")
	from := flag.String("from", "", "`DIRECTORY` that record.sh wrote")
	to := flag.String("to", "", "`DIRECTORY` to write to")
	only := flag.String("only", "", "pack the `CAPTURE` of a name alone, and leave the rest of the manifest")
	flag.Parse()
	p := &packer{from: *from, to: *to, only: *only}
	if err := p.run(); err != nil {
		log.Fatal(err)
	}
}

type packer struct {
	from, to, only string
	entries        []*oracle.Capture
}

func (p *packer) run() error {
	if err := os.MkdirAll(p.to, 0o755); err != nil {
		return err
	}
	hows, err := filepath.Glob(filepath.Join(p.from, "*.how"))
	if err != nil || len(hows) == 0 {
		return fmt.Errorf("no recordings in %s (%v)", p.from, err)
	}
	for _, f := range hows {
		name, ok := strings.CutSuffix(filepath.Base(f), ".how")
		if !ok || strings.HasSuffix(name, ".keys") {
			continue
		}
		if p.only != "" && p.only != name {
			continue
		}
		if err := p.recorded(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, v := range made() {
		if p.only != "" && p.only != v.name {
			continue
		}
		if err := p.variant(v); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	if p.only != "" {
		old, err := oracle.ReadManifest(p.to)
		if err != nil {
			return err
		}
		for _, c := range old.Captures {
			if c.Name != p.only {
				p.entries = append(p.entries, c)
			}
		}
	}
	slices.SortFunc(p.entries, func(a, b *oracle.Capture) int { return strings.Compare(a.Name, b.Name) })
	versions := map[string]string{}
	if b, err := os.ReadFile(filepath.Join(p.from, "versions")); err == nil {
		for line := range strings.Lines(string(b)) {
			k, v, _ := strings.Cut(strings.TrimSpace(line), " ")
			versions[k] = v
		}
	}
	b, err := json.MarshalIndent(&oracle.Manifest{Licence: "CC0-1.0", Versions: versions, Captures: p.entries}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.out("manifest.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	m, err := oracle.ReadManifest(p.to)
	if err != nil {
		return err
	}
	text, err := oracle.Differences(m)
	if err != nil {
		return err
	}
	return os.WriteFile(p.out("differences.txt"), []byte(text), 0o644)
}

func (p *packer) in(name string) string  { return filepath.Join(p.from, name) }
func (p *packer) out(name string) string { return filepath.Join(p.to, name) }

// source is the recorded capture of a name.
func (p *packer) source(name string) (string, string) {
	for _, suffix := range []string{".pcapng", ".pcap"} {
		if _, err := os.Stat(p.in(name + suffix)); err == nil {
			return p.in(name + suffix), suffix
		}
	}
	return "", ""
}

// recorded packs a recording.
func (p *packer) recorded(name string) error {
	source, suffix := p.source(name)
	if source == "" {
		return fmt.Errorf("no capture")
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	how, _ := os.ReadFile(p.in(name + ".how"))
	keysHow, _ := os.ReadFile(p.in(name + ".keys.how"))
	keys, _ := os.ReadFile(p.in(name + ".keys"))
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	e := &oracle.Capture{Name: name, How: strings.TrimSpace(string(how)), Recorded: info.ModTime().UTC().Format(time.RFC3339), Keys: "none"}
	if suffix == ".pcapng" {
		b = withoutMachine(b)
	}
	if len(keys) > 0 {
		switch strings.TrimSpace(string(keysHow)) {
		case "inject": // as a user would
			clean := p.in(name + ".clean.pcapng")
			if err := os.WriteFile(clean, b, 0o644); err != nil {
				return err
			}
			injected := p.in(name + ".injected.pcapng")
			if out, err := exec.Command("editcap", "--inject-secrets", "tls,"+p.in(name+".keys"), clean, injected).CombinedOutput(); err != nil {
				return fmt.Errorf("editcap: %w: %s", err, out)
			}
			if b, err = os.ReadFile(injected); err != nil {
				return err
			}
			e.Keys = "inside"
		case "late":
			b = append(b, secrets(keys)...)
			e.Keys = "inside, after the packets"
		default:
			e.Keys, e.KeyLog = "beside", name+".keys"
			if err := os.WriteFile(p.out(e.KeyLog), keys, 0o644); err != nil {
				return err
			}
		}
	}
	if key, err := os.ReadFile(p.in(name + ".rsa")); err == nil {
		// tshark and readers get the server's key here, and no key log.
		if e.RSAKey = name + ".rsa.pem"; e.KeyLog != "" {
			os.Remove(p.out(e.KeyLog))
			e.KeyLog, e.Keys = "", "server's RSA key beside"
		}
		if err := os.WriteFile(p.out(e.RSAKey), key, 0o644); err != nil {
			return err
		}
	}
	if netlog := p.in(name + ".netlog"); exists(netlog) {
		e.NetLog = name + ".netlog.json.zst"
		if err := compress(netlog, p.out(e.NetLog)); err != nil {
			return err
		}
	}
	return p.store(e, suffix, b, name)
}

func (p *packer) variant(v variant) error {
	source, _ := p.source(v.from)
	if source == "" {
		return nil // not recorded here
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	file := p.in(v.name + v.suffix)
	args := []string{}
	if v.as == "keys" {
		return p.keyLog(v, source, info.ModTime())
	}
	if v.keys {
		args = append(args, "-keylog", p.in(v.from+".keys"))
	}
	mangle, err := exec.LookPath(filepath.Join(p.from, "bin", "mangle"))
	if err != nil {
		return err
	}
	if out, err := exec.Command(mangle, append(args, v.as, source, file)...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	e := &oracle.Capture{Name: v.name, How: v.how, From: v.from, Recorded: info.ModTime().UTC().Format(time.RFC3339), Keys: "none"}
	if v.keys {
		e.Keys = "inside"
		if v.as == "pcapdroid-pcapng" {
			e.Keys = "inside, after the packets"
		}
	} else if keys, err := os.ReadFile(p.in(v.from + ".keys")); err == nil && len(keys) > 0 {
		e.Keys, e.KeyLog = "beside", v.from+".keys"
		if err := os.WriteFile(p.out(e.KeyLog), keys, 0o644); err != nil {
			return err
		}
	}
	truth := v.from
	if other := map[string]*regexp.Regexp{"hook": regexp.MustCompile(`:80",`), "port-reuse": regexp.MustCompile(`192\.0\.2\.10:[0-9]+",`)}[v.as]; other != nil {
		// A port is another, so the truth is.
		port := map[string]string{"hook": `:443",`, "port-reuse": `192.0.2.10:50000",`}[v.as]
		served, err := os.ReadFile(p.in(v.from + ".origin"))
		if err != nil {
			return err
		}
		truth = v.name
		if err := os.WriteFile(p.out(truth+".origin.jsonl"), other.ReplaceAll(served, []byte(port)), 0o644); err != nil {
			return err
		}
	}
	return p.store(e, v.suffix, b, truth)
}

// keyLog packs the packets of a recording with another key log.
func (p *packer) keyLog(v variant, source string, recorded time.Time) error {
	_, as, _ := strings.Cut(v.name, "-")
	file := p.out(v.name + ".keys")
	if out, err := exec.Command(p.in("bin/mangle"), "keys", as, p.in(v.from+".keys"), file).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	e := &oracle.Capture{Name: v.name, How: v.how, From: v.from, Recorded: recorded.UTC().Format(time.RFC3339), Keys: "beside", KeyLog: v.name + ".keys"}
	return p.store(e, v.suffix, b, v.from)
}

// store compresses a capture, copies the truth, asks tshark.
func (p *packer) store(e *oracle.Capture, suffix string, b []byte, truth string) error {
	plain := p.in("packed-" + e.Name + suffix)
	if err := os.WriteFile(plain, b, 0o644); err != nil {
		return err
	}
	e.Bytes = int64(len(b))
	e.File = e.Name + suffix + ".zst"
	switch {
	case e.Name == "pcap-us": // one of each as it is, and in gzip
		e.File = e.Name + suffix
		if err := os.WriteFile(p.out(e.File), b, 0o644); err != nil {
			return err
		}
	case e.Name == "h1-python":
		e.File = e.Name + suffix + ".gz"
		out, err := exec.Command("gzip", "-9nc", plain).Output()
		if err != nil {
			return err
		}
		if err := os.WriteFile(p.out(e.File), out, 0o644); err != nil {
			return err
		}
	default:
		if err := compress(plain, p.out(e.File)); err != nil {
			return err
		}
	}
	stored, err := os.ReadFile(p.out(e.File))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(stored)
	e.SHA256 = hex.EncodeToString(sum[:])

	e.Origin = truth + ".origin.jsonl"
	if e.From == "" {
		content, err := os.ReadFile(p.in(truth + ".origin"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(p.out(e.Origin), content, 0o644); err != nil {
			return err
		}
	}
	content, err := os.ReadFile(p.out(e.Origin))
	if err != nil {
		return err
	}
	exchanges, _, err := oracle.Read(bytes.NewReader(content))
	if err != nil {
		return err
	}
	e.Exchanges = map[string]int{}
	for _, x := range exchanges {
		e.Exchanges[x.Protocol]++
	}

	keylog, rsa := "", ""
	if e.KeyLog != "" {
		keylog = p.out(e.KeyLog)
	} else if strings.Contains(e.Keys, "after") { // tshark uses secrets for the packets that follow them only
		keylog = p.in(truth + ".keys")
	}
	if e.RSAKey != "" {
		rsa = p.out(e.RSAKey)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	seen, connections, err := oracle.ReadTshark(ctx, plain, keylog, rsa)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := oracle.Write(&out, seen, connections); err != nil {
		return err
	}
	e.Tshark = e.Name + ".tshark.jsonl"
	if err := os.WriteFile(p.out(e.Tshark), out.Bytes(), 0o644); err != nil {
		return err
	}
	log.Printf("%-46s %8d bytes, %3d exchanges, tshark sees %3d, %d differences", e.File, len(stored), len(exchanges), len(seen), len(oracle.Compare(exchanges, seen)))
	p.entries = append(p.entries, e)
	return nil
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func compress(from, to string) error {
	if out, err := exec.Command("zstd", "-q", "-f", "-19", from, "-o", to).CombinedOutput(); err != nil {
		return fmt.Errorf("zstd: %w: %s", err, out)
	}
	return nil
}

// secrets is a Decryption Secrets Block.
func secrets(keys []byte) []byte {
	le := binary.LittleEndian
	n := uint32(20 + (len(keys)+3)/4*4)
	b := le.AppendUint32(le.AppendUint32(nil, 10), n)
	b = le.AppendUint32(le.AppendUint32(b, 0x544c534b), uint32(len(keys)))
	b = append(b, keys...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return le.AppendUint32(b, n)
}

// withoutMachine takes the recording machine's hardware and system out of the
// section header of a pcapng that dumpcap wrote, and the system out of its
// interfaces.
func withoutMachine(b []byte) (out []byte) {
	le := binary.LittleEndian
	for len(b) >= 12 {
		kind, n := le.Uint32(b), le.Uint32(b[4:])
		if n < 12 || int(n) > len(b) {
			return append(out, b...)
		}
		head, drop := 0, []uint16{}
		switch kind {
		case 0x0a0d0d0a:
			head, drop = 24, []uint16{2, 3} // hardware, system
		case 1:
			head, drop = 16, []uint16{12} // system
		}
		if head == 0 {
			out = append(out, b[:n]...)
		} else {
			block := slices.Clone(b[:head])
			for o := b[head : n-4]; len(o) >= 4; {
				l := 4 + (int(le.Uint16(o[2:]))+3)/4*4
				if code := le.Uint16(o); !slices.Contains(drop, code) {
					block = append(block, o[:l]...)
				}
				o = o[l:]
			}
			le.PutUint32(block[4:], uint32(len(block)+4))
			out = append(out, le.AppendUint32(block, uint32(len(block)+4))...)
		}
		b = b[n:]
	}
	return out
}
