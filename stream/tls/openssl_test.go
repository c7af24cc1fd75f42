package tls

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// output is what a program prints, as it comes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// await waits until something is so, for as long as a slow machine needs.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s", what)
		}
	}
}

// pair is an `openssl s_server` and an `openssl s_client` with a relay
// between them that records.
type pair struct {
	t      testing.TB
	dir    string
	ln     net.Listener
	server string // its address

	mu    sync.Mutex
	tapes []*tape
}

// newPair starts a server. Its arguments may name files of the pair's as {name}.
func newPair(t testing.TB, serverArgs string) *pair {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	p := &pair{t: t, dir: t.TempDir()}
	for name, c := range map[string]struct{ der, key any }{"rsa": {certs().rsa.Certificate[0], certs().rsa.PrivateKey}, "ecdsa": {certs().ecdsa.Certificate[0], certs().ecdsa.PrivateKey}} {
		key, err := x509.MarshalPKCS8PrivateKey(c.key)
		if err != nil {
			t.Fatal(err)
		}
		text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der.([]byte)}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
		if err := os.WriteFile(filepath.Join(p.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *pair) args(s string) []string {
	return strings.Fields(strings.ReplaceAll(s, "@@", p.dir+"/"))
}

// program is a running endpoint.
type program struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *output
}

func (p *pair) run(args ...string) *program {
	p.t.Helper()
	o := &output{}
	cmd := exec.Command("openssl", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, o, o
	in, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &program{cmd, in, o}
}

// serve starts s_server and the relay before it.
func (p *pair) serve(args string) *program {
	p.t.Helper()
	s := p.run(append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", "rsa", "-key", "rsa", "-dcert", "ecdsa", "-dkey", "ecdsa"}, p.args(args)...)...)
	await(p.t, "listening server: "+s.out.String(), func() bool {
		for line := range strings.Lines(s.out.String()) {
			if a, ok := strings.CutPrefix(line, "ACCEPT "); ok && strings.HasSuffix(a, "\n") {
				p.server = strings.TrimSpace(a)
				return true
			}
		}
		return s.cmd.ProcessState != nil
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.ln = ln
	p.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			a, err := ln.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", p.server)
			if err != nil {
				a.Close()
				continue
			}
			tape := &tape{}
			tape.open.Add(2)
			relay := func(to, from net.Conn, side stream.Side) {
				defer tape.open.Done()
				buf := make([]byte, 32<<10)
				for {
					n, err := from.Read(buf)
					if n > 0 {
						tape.note(side, buf[:n])
						to.Write(buf[:n])
					}
					if err != nil {
						to.(*net.TCPConn).CloseWrite()
						return
					}
				}
			}
			p.mu.Lock()
			p.tapes = append(p.tapes, tape)
			p.mu.Unlock()
			go relay(b, a, stream.Up)
			go relay(a, b, stream.Down)
		}
	}()
	return s
}

// connect starts s_client through the relay.
func (p *pair) connect(args string) *program {
	p.t.Helper()
	return p.run(append([]string{"s_client", "-connect", p.ln.Addr().String(), "-servername", "server.test", "-keylogfile", "keys"}, p.args(args)...)...)
}

// say writes a line at one end and waits for it at the other.
func (p *pair) say(s *session, side stream.Side, from, to *program, what string) {
	p.t.Helper()
	line := what + "\n"
	if _, err := io.WriteString(from.in, line); err != nil {
		p.t.Fatalf("%v\n%.5000s\n%.5000s", err, from.out, to.out)
	}
	mark := what[max(0, len(what)-40):]
	await(p.t, fmt.Sprintf("%q at the other end (%s)\n%.3000s\n%.3000s", mark, sides[side], from.out, to.out), func() bool { return strings.Contains(to.out.String(), mark) })
	s.said[side] = append(s.said[side], line...)
}

// recorded returns the tape of the nth connection, when it is over.
func (p *pair) recorded(s *session, n int) *session {
	p.mu.Lock()
	tape := p.tapes[n]
	p.mu.Unlock()
	over := make(chan struct{})
	go func() {
		tape.open.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-time.After(20 * time.Second):
		p.t.Fatal("the connection did not end")
	}
	s.events = tape.events
	log, err := os.ReadFile(filepath.Join(p.dir, "keys"))
	if err != nil {
		p.t.Fatal(err)
	}
	s.log = log
	return s
}

// command gives an endpoint a command (a line of one letter), and waits
// until something has passed and nothing more passes. (OpenSSL takes a K soon
// after another for data.)
func (p *pair) command(n int, at *program, letter string) {
	p.t.Helper()
	p.mu.Lock()
	tape := p.tapes[n]
	p.mu.Unlock()
	was := tape.len()
	io.WriteString(at.in, letter+"\n")
	await(p.t, "effect of "+letter, func() bool { return tape.len() > was })
	for was := -1; was != tape.len(); time.Sleep(60 * time.Millisecond) { // a handshake takes turns
		was = tape.len()
	}
}

// speak is a conversation: some lines, with commands between them.
func speak(t testing.TB, name, serverArgs, clientArgs string, commands ...string) *session {
	t.Helper()
	p := newPair(t, serverArgs)
	server := p.serve(serverArgs)
	client := p.connect(clientArgs)
	s := &session{name: name}
	await(t, name+": handshake\n"+client.out.String(), func() bool {
		return strings.Contains(client.out.String(), "---\nread R BLOCK") || strings.Contains(client.out.String(), "Verify return code") || client.cmd.ProcessState != nil
	})
	turn := func(i int) {
		p.say(s, stream.Up, client, server, fmt.Sprintf("x client says %d %s", i, strings.Repeat("up ", 10*i)))
		p.say(s, stream.Down, server, client, fmt.Sprintf("x server says %d %s", i, strings.Repeat("down ", 10*i)))
	}
	turn(0)
	for i, c := range commands {
		switch side, letter, _ := strings.Cut(c, " "); side {
		case "client":
			p.command(0, client, letter)
		case "server":
			p.command(0, server, letter)
		}
		turn(i + 1)
	}
	p.say(s, stream.Up, client, server, strings.Repeat("x much ", 6000)+"end of much")
	p.say(s, stream.Down, server, client, strings.Repeat("y many ", 9000)+"end of many")
	turn(7)
	client.in.Close()
	client.cmd.Wait()
	return p.recorded(s, 0)
}

// TestOpenSSL opens what OpenSSL says to itself, in the suites and with the
// features that Go has not.
func TestOpenSSL(t *testing.T) {
	old := " -cipher ALL:eNULL:@SECLEVEL=0"
	for _, test := range []struct {
		name, server, client string
		commands             []string
		suite                string
		check                func(*State) bool
	}{
		{name: "CCM", server: "-cipher ALL", client: "-tls1_2 -cipher ECDHE-ECDSA-AES256-CCM", suite: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
		{name: "CCM 8", server: "-cipher ALL:@SECLEVEL=0", client: "-tls1_2 -cipher AES128-CCM8:@SECLEVEL=0", suite: "TLS_RSA_WITH_AES_128_CCM_8"},
		{name: "CBC SHA, MAC outside", client: "-tls1_2 -cipher ECDHE-RSA-AES128-SHA", suite: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", check: func(s *State) bool { return s.EtM && s.EMS }},
		{name: "CBC SHA-256, MAC outside", client: "-tls1_2 -cipher AES256-SHA256", suite: "TLS_RSA_WITH_AES_256_CBC_SHA256", check: func(s *State) bool { return s.EtM }},
		{name: "CBC SHA-384, MAC outside", client: "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384", suite: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", check: func(s *State) bool { return s.EtM }},
		{name: "CBC SHA-384, MAC inside", server: "-no_etm", client: "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384", suite: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", check: func(s *State) bool { return !s.EtM }},
		{name: "TLS 1.1, MAC outside", server: old, client: "-tls1_1" + old, check: func(s *State) bool { return s.EtM && s.Version == "TLS 1.1" }},
		{name: "TLS 1.0, MAC outside", server: old, client: "-tls1" + old, check: func(s *State) bool { return s.EtM && s.Version == "TLS 1.0" }},
		{name: "DHE", client: "-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384", suite: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
		{name: "DHE CCM", server: "-cipher ALL", client: "-tls1_2 -cipher DHE-RSA-AES128-CCM", suite: "TLS_DHE_RSA_WITH_AES_128_CCM"},
		{name: "NULL SHA-256", server: old, client: "-tls1_2 -cipher NULL-SHA256:@SECLEVEL=0", suite: "TLS_RSA_WITH_NULL_SHA256"},
		{name: "NULL SHA", server: old, client: "-tls1_2 -cipher ECDHE-RSA-NULL-SHA:@SECLEVEL=0", suite: "TLS_ECDHE_RSA_WITH_NULL_SHA"},
		{name: "NULL MD5", server: old, client: "-tls1_2 -cipher NULL-MD5:@SECLEVEL=0", suite: "TLS_RSA_WITH_NULL_MD5"},
		{name: "anonymous", server: old, client: "-tls1_2 -cipher ADH-AES128-GCM-SHA256:@SECLEVEL=0", suite: "TLS_DH_anon_WITH_AES_128_GCM_SHA256", check: func(s *State) bool { return len(s.Certificates) == 0 && s.FlightBy == "" }},
		{name: "PSK", server: "-psk 1a2b3c -cipher PSK", client: "-tls1_2 -psk 1a2b3c -cipher PSK-AES128-CCM8:PSK-CHACHA20-POLY1305"},
		{name: "PSK ChaCha20", server: "-psk 1a2b3c -cipher PSK", client: "-tls1_2 -psk 1a2b3c -cipher DHE-PSK-CHACHA20-POLY1305", suite: "TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256"},
		{name: "renegotiation", server: "-client_renegotiation", client: "-tls1_2", commands: []string{"client R", "client R"}, check: func(s *State) bool { return s.Renegotiated == 2 }},
		{name: "renegotiation, CBC", server: "-client_renegotiation", client: "-tls1_2 -cipher AES128-SHA256", commands: []string{"client R"}, check: func(s *State) bool { return s.Renegotiated == 1 }},
		{name: "renegotiation, client certificate", server: "-no_ticket -no_cache", client: "-tls1_2 -cert rsa -key rsa", commands: []string{"server R"}, check: func(s *State) bool { return len(s.ClientCertificates) == 1 }},
		{name: "TLS 1.3 CCM", server: "-ciphersuites TLS_AES_128_CCM_SHA256", client: "-ciphersuites TLS_AES_128_CCM_SHA256", suite: "TLS_AES_128_CCM_SHA256"},
		{name: "TLS 1.3 CCM 8", server: "-ciphersuites TLS_AES_128_CCM_8_SHA256", client: "-ciphersuites TLS_AES_128_CCM_8_SHA256", suite: "TLS_AES_128_CCM_8_SHA256"},
		{name: "TLS 1.3 ChaCha20", server: "-ciphersuites TLS_CHACHA20_POLY1305_SHA256", suite: "TLS_CHACHA20_POLY1305_SHA256"},
		{name: "TLS 1.3 AES-256", client: "-ciphersuites TLS_AES_256_GCM_SHA384", suite: "TLS_AES_256_GCM_SHA384"},
		{name: "key updates", client: "", commands: []string{"client K", "server K"}, suite: "TLS_AES_256_GCM_SHA384"},
		{name: "key updates, AES-128", client: "-ciphersuites TLS_AES_128_GCM_SHA256", commands: []string{"server K", "client K"}},
		{name: "padding", server: "-record_padding 512", client: "-record_padding 300"},
		{name: "small records", server: "-max_send_frag 512", client: "-max_send_frag 600"},
		{name: "small records, TLS 1.2", server: "-max_send_frag 512", client: "-tls1_2 -max_send_frag 600"},
		{name: "HelloRetryRequest", server: "-groups P-384", client: "-groups X25519:P-384", check: func(s *State) bool { return s.Retried && s.SNI == "server.test" }},
		{name: "PSK in TLS 1.3", server: "-psk 1a2b3c", client: "-psk 1a2b3c -ciphersuites TLS_AES_128_GCM_SHA256", check: func(s *State) bool { return s.Resumed && s.FlightBy == "Finished" }},
		{name: "certificate after the handshake", server: "-verify 1", client: "-enable_pha -cert rsa -key rsa", commands: []string{"server c"}},
	} {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := speak(t, test.name, test.server, test.client, test.commands...)
			h := play(s.events, logOf(s.log), Limits{}, 0, nil)
			h.want(t, s)
			if test.suite != "" && h.state.Suite != test.suite {
				t.Errorf("suite %s", h.state.Suite)
			}
			if test.check != nil && !test.check(h.state) {
				t.Errorf("%+v", h.state)
			}
			if !h.state.Done {
				t.Error("not done")
			}
		})
	}
}

// TestRSAKey opens connections with the server's key, without a log.
func TestRSAKey(t *testing.T) {
	t.Parallel()
	key, _ := x509.MarshalPKCS8PrivateKey(certs().rsaKey)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for _, client := range []string{"-tls1_2 -cipher AES128-GCM-SHA256", "-tls1_2 -cipher AES256-SHA256", "-tls1_1 -cipher AES128-SHA:@SECLEVEL=0", "-tls1_2 -cipher AES256-GCM-SHA384"} {
		s := speak(t, client, "-no_ticket -cipher ALL:@SECLEVEL=0", client)
		log := keylog.New()
		h := &heard{}
		c := New(log, Limits{}, h)
		feed(c, s.events, 0, nil)
		if err := log.AddRSA(text); err != nil { // late, too
			t.Fatal(err)
		}
		c.Close(stream.Mark{})
		h.want(t, s)
		if !h.state.EMS || len(c.hs.server.sessionID) == 0 {
			t.Error("no extended master secret, or no session id")
		}

		// The pre-master secret, as old NSS logs and hooks have it.
		pre := openPreMaster(certs().rsaKey, c.hs.sealed)
		for _, line := range []string{fmt.Sprintf("RSA %x %x", c.hs.sealed[:8], pre), fmt.Sprintf("PMS_CLIENT_RANDOM %x %x", c.hs.clientRandom, pre), fmt.Sprintf("RSA Session-ID:%x Master-Key:%x", c.hs.server.sessionID, c.hs.master)} {
			play(s.events, logOf([]byte(line)), Limits{}, 0, nil).want(t, s)
		}
	}
}

// TestEarlyData: 0-RTT that the server takes, refuses, or that has no key.
func TestEarlyData(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		taken          bool
		client, server string
	}{
		{"taken", true, "", ""},
		{"retried", false, "-groups X25519:P-384", "-groups P-384"},
		{"refused", false, "", "-no_early"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPair(t, "")
			early := strings.Repeat("x early data ", 300) + "end of early\n"
			os.WriteFile(filepath.Join(p.dir, "early"), []byte(early), 0o600)
			serve := "-early_data -no_anti_replay " + test.server
			if test.server == "-no_early" { // a second server with the same ticket key cannot be had; one that has forgotten the session can
				serve = "-early_data -no_anti_replay -num_tickets 1 -no_ticket"
			}
			server := p.serve(serve)
			first := p.connect("-sess_out @@session " + test.client)
			await(t, "session\n"+first.out.String(), func() bool { _, err := os.Stat(filepath.Join(p.dir, "session")); return err == nil })
			time.Sleep(50 * time.Millisecond)
			first.in.Close()
			first.cmd.Wait()
			n := 1
			if test.server == "-no_early" {
				p.ln.Close()
				server.cmd.Process.Kill()
				server = p.serve(serve)
			}

			client := p.connect("-sess_in @@session -early_data @@early " + test.client)
			s := &session{name: test.name}
			if test.taken {
				s.said[0] = append(s.said[0], early...)
			}
			await(t, "handshake\n"+client.out.String(), func() bool { return strings.Contains(client.out.String(), "Early data was") })
			p.say(s, stream.Up, client, server, "x client says")
			p.say(s, stream.Down, server, client, "x server says")
			client.in.Close()
			client.cmd.Wait()
			if took := strings.Contains(client.out.String(), "Early data was accepted"); took != test.taken {
				t.Fatalf("taken %v:\n%s", took, client.out)
			}
			p.recorded(s, n)
			for _, held := range []int{0, -1} {
				h := play(s.events, logOf(s.log), Limits{Held: held}, 0, nil)
				if test.taken {
					h.want(t, s)
					if h.state.Early != EarlyIsAccepted {
						t.Errorf("early data %s", h.state.Early)
					}
				} else if string(h.said[0]) != string(s.said[0]) || string(h.said[1]) != string(s.said[1]) || h.unread["up "+EarlyRefused] < int64(len(early)) || h.state.Early != EarlyIsRefused {
					t.Errorf("%d %d %v %s", len(h.said[0]), len(h.said[1]), h.unread, h.state.Early)
				}
			}
			// Without its key.
			var log []byte
			for line := range bytes.Lines(s.log) {
				if !bytes.HasPrefix(line, []byte(keylog.ClientEarly)) {
					log = append(log, line...)
				}
			}
			h := play(s.events, logOf(log), Limits{}, 0, nil)
			rest := strings.TrimPrefix(string(s.said[0]), early)
			if string(h.said[0]) != rest || string(h.said[1]) != string(s.said[1]) || test.taken && h.unread["up "+EarlyNoKey] < int64(len(early)) {
				t.Errorf("without its key: %d of %d, %v", len(h.said[0]), len(rest), h.unread)
			}
			// Only the client was recorded: the suite is told from the secrets.
			if test.taken {
				var up []event
				for _, e := range s.events {
					if e.side == stream.Up {
						up = append(up, e)
					}
				}
				if h := play(up, logOf(s.log), Limits{}, 0, nil); string(h.said[0]) != string(s.said[0]) {
					t.Errorf("of the client alone: %d of %d, %v", len(h.said[0]), len(s.said[0]), h.unread)
				}
			}
			// And with nothing of the server's that says whether it was taken.
			h = play(s.events, logOf(lines(s.log, keylog.ClientEarly, keylog.ClientHandshake, keylog.ClientTraffic)), Limits{}, 0, nil)
			if string(h.said[0]) != string(s.said[0]) {
				t.Errorf("of the client's keys: %d of %d, %v", len(h.said[0]), len(s.said[0]), h.unread)
			}
		})
	}
}

// TestLostKeyUpdate: the record that changes the keys is not in the capture.
func TestLostKeyUpdate(t *testing.T) {
	t.Parallel()
	s := speak(t, "lost key update", "", "", "client K")
	full := play(s.events, logOf(s.log), Limits{}, 0, nil)
	full.want(t, s)
	lost := 0
	for side := range full.marks {
		whole := s.whole()[side]
		for i, m := range full.marks[side][:len(full.marks[side])-1] {
			at := int(m.Offset - 1)
			end, next := at+5+int(whole[at+3])<<8+int(whole[at+4]), int(full.marks[side][i+1].Offset-1)
			if next == end {
				continue
			}
			lost++
			for _, known := range []bool{true, false} {
				h := play(lossy(s, stream.Side(side), end, next-end, known), logOf(s.log), Limits{}, 0, nil)
				h.want(t, s)
			}
		}
	}
	if lost < 2 {
		t.Errorf("%d key updates", lost)
	}
}

// TestRefusalOfOpenSSL: the client does not trust the server.
func TestRefusalOfOpenSSL(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		p := newPair(t, "")
		p.serve("")
		client := p.connect("-verify_return_error " + version)
		client.cmd.Wait()
		s := p.recorded(&session{name: version}, 0)
		h := play(s.events, logOf(s.log), Limits{}, 0, nil)
		found := false
		for _, a := range h.state.Alerts {
			found = found || a.From == stream.Up && a.Name() == "unknown_ca" && !a.At.Time.IsZero()
		}
		if !found || h.state.Done {
			t.Errorf("%s: done %v, alerts %v, unread %v", version, h.state.Done, h.state.Alerts, h.unread)
		}
	}
}
