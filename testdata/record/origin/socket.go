package main

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
)

// echo accepts a WebSocket (RFC 6455) and answers each message with a short
// one of its own, until the browser closes.
func echo(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	accept := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
		base64.StdEncoding.EncodeToString(accept[:])+"\r\n\r\n")
	for {
		opcode, _, err := frame(rw)
		if err != nil {
			return
		}
		if opcode == 8 {
			conn.Write([]byte{0x88, 0x02, 0x03, 0xe8})
			return
		}
		conn.Write(append([]byte{0x81, 4}, "seen"...))
	}
}

// frame reads one unfragmented frame, which is all the page sends.
func frame(r io.Reader) (opcode byte, payload []byte, err error) {
	var head [14]byte
	if _, err = io.ReadFull(r, head[:2]); err != nil {
		return 0, nil, err
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		if _, err = io.ReadFull(r, head[2:4]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint16(head[2:4]))
	} else if n == 127 {
		return 0, nil, io.ErrShortBuffer
	}
	payload = make([]byte, 4+n)
	_, err = io.ReadFull(r, payload)
	return head[0] & 0x0f, payload[4:], err
}
