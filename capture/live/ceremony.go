package live

import (
	"bytes"
	"crypto/tls"
	"net"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/evidence/witness"
)

// ceremony is the witness of one handshake with a server: what it left, or why
// there is none.
type ceremony struct {
	h     *witness.Handshake
	conn  net.Conn
	t     *witness.Testimony
	cause error
}

func newCeremony(w *evidence.Writer, conn net.Conn) *ceremony {
	_, head := w.Head()
	return &ceremony{h: witness.Begin(head[:]), conn: conn}
}

// prepare sets cfg up and returns the connection to hand to tls.Client.
func (c *ceremony) prepare(cfg *tls.Config) net.Conn { return c.h.Prepare(cfg, c.conn) }

func (c *ceremony) finish(state tls.ConnectionState) { c.t, c.cause = c.h.Finish(state) }

// state is what the connection's entry says of it.
func (c *ceremony) state() string {
	if c.cause != nil {
		return "no witness: " + c.cause.Error()
	}
	return "signed"
}

// log writes the testimony.
func (c *ceremony) log(w *evidence.Writer, conn int64) error {
	if c.t == nil {
		return nil
	}
	var b bytes.Buffer
	c.t.WriteTo(&b)
	return w.Witness(conn, b.Bytes())
}
