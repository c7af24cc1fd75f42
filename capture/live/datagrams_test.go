package live

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// deaf is a client that cannot be written to.
type deaf struct{ net.Conn }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("deaf") }

// TestDatagramsEnd: when one direction ends, so does the other, and at once.
func TestDatagramsEnd(t *testing.T) {
	echo, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer echo.Close()
	go func() {
		b := make([]byte, 100)
		for {
			n, from, err := echo.ReadFrom(b)
			if err != nil {
				return
			}
			echo.WriteTo(b[:n], from)
		}
	}()
	r := newRig(t, rigOptions{engine: func(c *Config) { c.Local = func(string) bool { return true } }})
	target := Target{Host: "origin.test", Port: uint16(echo.LocalAddr().(*net.UDPAddr).Port), UDP: true}
	for _, broken := range []string{"write", "read"} {
		phone, relayed := net.Pipe()
		defer phone.Close()
		client := relayed
		if broken == "write" {
			client = deaf{relayed}
		}
		done := make(chan bool)
		go func() {
			r.engine.RelayDatagrams(client, target)
			close(done)
		}()
		io.WriteString(phone, "stun")
		if broken == "read" {
			phone.Close()
		}
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Errorf("a %s failed, and the flow goes on", broken)
		}
	}
	flows := r.flows()
	if len(flows) != 2 {
		t.Errorf("%d flows", len(flows))
	}
	for _, f := range flows {
		if f.Unread == nil || f.Unread.Up != 4 {
			t.Errorf("%+v", f)
		}
	}
}
