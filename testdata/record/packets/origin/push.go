package main

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/constat/constat/internal/oracle"
)

// servePush speaks the push socket: messages of protobuf, each after its
// length as a varint, as FCM's and other mobile push sockets do. After a first
// message of one byte 0xff, messages are type (1 byte), length (2 bytes, big
// endian), value. To each an acknowledgement with the count is sent.
func (o *origin) servePush(c *conn) {
	r := bufio.NewReader(c)
	x := c.exchange("push")
	x.Method = "PUSH"
	defer func() { o.log.Write(x) }()
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	tlv := first[0] == 0xff
	if tlv {
		r.Discard(1)
		x.Path = "tlv"
	}
	for i := byte(1); ; i++ {
		var m []byte
		kind := "protobuf"
		if tlv {
			var head [3]byte
			if _, err := io.ReadFull(r, head[:]); err != nil {
				return
			}
			m, kind = make([]byte, binary.BigEndian.Uint16(head[1:])), "tlv"
		} else {
			n, err := binary.ReadUvarint(r)
			if err != nil || n > 1<<20 {
				return
			}
			m = make([]byte, n)
		}
		if _, err := io.ReadFull(r, m); err != nil {
			x.Aborted = err.Error()
			return
		}
		x.Messages = append(x.Messages, oracle.Message{From: "client", Type: kind, Body: oracle.Digest(m)})
		reply := []byte{8, i & 0x7f, 18, 2, 'o', 'k'}
		if tlv {
			c.Write(append([]byte{2, 0, byte(len(reply))}, reply...))
		} else {
			c.Write(append([]byte{byte(len(reply))}, reply...))
		}
		x.Messages = append(x.Messages, oracle.Message{From: "server", Type: kind, Body: oracle.Digest(reply)})
	}
}
