package internet

import (
	"net"
	"sync/atomic"
	"time"
)

// far is a listener whose connections answer as from far away.
type far struct {
	net.Listener
	rtt time.Duration
}

func (f far) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &delayed{Conn: c, rtt: f.rtt}, nil
}

// delayed imposes a round trip on each turn: what is written after something
// was read waits until a round trip has passed since then. The TCP handshake
// is the kernel's and cannot be delayed; the TLS flight is, and that is the
// class of time that placing relies on.
type delayed struct {
	net.Conn
	rtt  time.Duration
	turn atomic.Int64 // when the last bytes were read, Unix nanoseconds; 0: answered
}

func (d *delayed) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	if n > 0 {
		d.turn.Store(time.Now().UnixNano())
	}
	return n, err
}

func (d *delayed) Write(p []byte) (int, error) {
	if at := d.turn.Swap(0); at != 0 {
		time.Sleep(time.Until(time.Unix(0, at).Add(d.rtt)))
	}
	return d.Conn.Write(p)
}
