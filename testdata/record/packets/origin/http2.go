package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/constat/constat/internal/oracle"
)

// session is one HTTP/2 connection.
type session struct {
	o      *origin
	c      *conn
	framer *http2.Framer

	mu      sync.Mutex // guards all below, and writing
	room    *sync.Cond // flow control windows have grown, or the connection has ended
	ended   bool
	encoder *hpack.Encoder
	block   bytes.Buffer
	window  int64 // bytes the client takes on the connection
	initial int64 // bytes the client takes on a new stream
	frame   int   // largest frame the client takes
	streams map[uint32]*stream
}

// stream is one HTTP/2 stream, or one of HTTP/3.
type stream struct {
	id     uint32
	x      *oracle.Exchange
	body   bytes.Buffer
	window int64
	pipe   *io.PipeWriter // of a WebSocket or gRPC stream: what the client sends
	reset  bool

	answered bool // all of the response was sent
}

// serveHTTP2 serves HTTP/2 on c. After an upgrade to h2c, settings are those
// of the upgrading request and first is that request, answered on stream 1.
func (o *origin) serveHTTP2(c *conn, r *bufio.Reader, settings []byte, first *oracle.Exchange) {
	preface := make([]byte, len(http2.ClientPreface))
	s := &session{o: o, c: c, framer: http2.NewFramer(c, r), window: 65535, initial: 65535, frame: 16384, streams: map[uint32]*stream{}}
	s.room = sync.NewCond(&s.mu)
	s.encoder = hpack.NewEncoder(&s.block)
	s.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	s.framer.SetReuseFrames()
	defer func() {
		s.mu.Lock()
		s.ended = true
		s.room.Broadcast()
		for _, st := range s.streams {
			if st.pipe != nil {
				st.pipe.CloseWithError(io.ErrUnexpectedEOF)
			}
		}
		s.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}()
	s.mu.Lock()
	s.framer.WriteSettings(
		http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 100},
		http2.Setting{ID: http2.SettingEnableConnectProtocol, Val: 1})
	s.framer.WriteWindowUpdate(0, 1<<20)
	s.mu.Unlock()
	if _, err := io.ReadFull(r, preface); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	for ; len(settings) >= 6; settings = settings[6:] {
		s.set(http2.Setting{ID: http2.SettingID(binary.BigEndian.Uint16(settings)), Val: binary.BigEndian.Uint32(settings[2:])})
	}
	if first != nil {
		x := *first
		id := int64(1)
		x.Protocol, x.Stream, x.Status, x.Note = "HTTP/2", &id, 0, "asked for by the HTTP/1.1 request that upgraded"
		st := &stream{id: 1, x: &x, window: s.initial}
		s.streams[1] = st
		go s.answer(st)
	}
	for {
		f, err := s.framer.ReadFrame()
		var se http2.StreamError
		if errors.As(err, &se) {
			log.Printf("%s: %v", c.id, err)
			continue
		}
		if err != nil {
			return
		}
		s.mu.Lock()
		err = s.receive(f)
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *session) set(v http2.Setting) {
	switch v.ID {
	case http2.SettingInitialWindowSize:
		for _, st := range s.streams {
			st.window += int64(v.Val) - s.initial
		}
		s.initial = int64(v.Val)
		s.room.Broadcast()
	case http2.SettingMaxFrameSize:
		s.frame = min(int(v.Val), 1<<16)
	case http2.SettingHeaderTableSize:
		s.encoder.SetMaxDynamicTableSizeLimit(v.Val)
	}
}

// receive takes a frame. The session's lock is held.
func (s *session) receive(f http2.Frame) error {
	st := s.streams[f.Header().StreamID]
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			return nil
		}
		f.ForeachSetting(func(v http2.Setting) error { s.set(v); return nil })
		return s.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if !f.IsAck() {
			return s.framer.WritePing(true, f.Data)
		}
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 {
			s.window += int64(f.Increment)
		} else if st != nil {
			st.window += int64(f.Increment)
		}
		s.room.Broadcast()
	case *http2.RSTStreamFrame:
		if st != nil {
			st.reset = true
			if !st.answered {
				st.x.Aborted = "the client reset the stream: " + f.ErrCode.String()
			}
			if st.pipe != nil {
				st.pipe.CloseWithError(io.ErrUnexpectedEOF)
			}
			s.room.Broadcast()
		}
	case *http2.MetaHeadersFrame:
		if st != nil { // trailers
			for _, h := range f.Fields {
				st.x.Trailers = append(st.x.Trailers, [2]string{h.Name, h.Value})
			}
			s.complete(st)
			return nil
		}
		st = &stream{id: f.StreamID, x: s.c.exchange("HTTP/2"), window: s.initial}
		id := int64(f.StreamID)
		st.x.Stream = &id
		s.streams[f.StreamID] = st
		place(st.x, fieldsOf(f.Fields))
		switch {
		case st.x.Method == "CONNECT":
			var r *io.PipeReader
			r, st.pipe = io.Pipe()
			go s.o.serveWebSocket2(s, st, r)
		case strings.HasPrefix(st.x.Path, "/quinze.Clips/"):
			var r *io.PipeReader
			r, st.pipe = io.Pipe()
			go s.serveCalls(st, r)
		}
		if strings.EqualFold(field(st.x.Headers, "expect"), "100-continue") {
			st.x.Continue = true
			s.writeHeaders(st.id, 100, nil, false)
		}
		if f.StreamEnded() {
			s.complete(st)
		}
	case *http2.DataFrame:
		if st == nil {
			return nil
		}
		data := f.Data()
		if n := f.Header().Length; n > 0 {
			s.framer.WriteWindowUpdate(0, n)
			s.framer.WriteWindowUpdate(st.id, n)
		}
		st.body.Write(data)
		if st.pipe != nil {
			w, b := st.pipe, bytes.Clone(data)
			s.mu.Unlock() // the reader may be writing
			w.Write(b)
			s.mu.Lock()
		}
		if f.StreamEnded() {
			s.complete(st)
		}
	}
	return nil
}

func fieldsOf(in []hpack.HeaderField) (out [][2]string) {
	for _, h := range in {
		out = append(out, [2]string{h.Name, h.Value})
	}
	return out
}

// place sorts pseudo-header fields from the others.
func place(x *oracle.Exchange, fields [][2]string) {
	for _, h := range fields {
		switch h[0] {
		case ":method":
			x.Method = h[1]
		case ":scheme":
			x.Scheme = h[1]
		case ":authority":
			x.Authority = h[1]
		case ":path":
			x.Path = h[1]
		case ":protocol":
			x.Note = ":protocol " + h[1]
		default:
			x.Headers = append(x.Headers, h)
		}
	}
	if x.Authority == "" {
		x.Authority = field(x.Headers, "host")
	}
}

// complete ends what the client says on st. The lock is held.
func (s *session) complete(st *stream) {
	st.x.Body = oracle.Digest(st.body.Bytes())
	if st.pipe != nil {
		st.pipe.Close()
		return
	}
	go s.answer(st)
}

// answer responds on st.
func (s *session) answer(st *stream) {
	a := s.o.respondWith(st.x, st.body.Bytes())
	if err := s.write(st, a); err != nil && st.x.Aborted == "" {
		st.x.Aborted = err.Error()
	}
	s.done(st)
}

func (s *session) done(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, st.id)
	s.o.log.Write(st.x)
}

func (s *session) write(st *stream, a *answer) error {
	if a.hints != nil {
		s.mu.Lock()
		s.writeHeaders(st.id, 103, a.hints, false)
		s.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
	bare := st.x.Method == "HEAD" || a.status == 204 || a.status == 304
	fields := a.fields
	if !a.chunked && !a.close && a.status != 204 && a.status != 304 {
		fields = append(fields, [2]string{"content-length", strconv.Itoa(len(a.body()))})
	}
	st.x.Status, st.x.ResponseHeaders = a.status, fields
	empty := bare || len(a.body()) == 0 && a.trailers == nil
	s.mu.Lock()
	err := s.writeHeaders(st.id, a.status, fields, empty)
	s.mu.Unlock()
	st.x.Response = oracle.Digest(nil)
	if err != nil || empty {
		return err
	}
	var sent []byte
	for i, p := range a.pieces {
		last := i == len(a.pieces)-1 && a.trailers == nil
		if err := s.writeData(st, p, last, a.padded); err != nil {
			st.x.Response = oracle.Digest(sent)
			return err
		}
		sent = append(sent, p...)
		time.Sleep(a.pause)
	}
	st.x.Response = oracle.Digest(sent)
	if a.trailers != nil {
		return s.writeTrailers(st, a.trailers)
	}
	return nil
}

func (s *session) writeTrailers(st *stream, fields [][2]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.x.ResponseTrailers, st.answered = fields, true
	return s.writeHeaders(st.id, 0, fields, true)
}

// writeHeaders writes a header block, in CONTINUATION frames where it is
// large. The lock is held. Status 0 makes trailers.
func (s *session) writeHeaders(id uint32, status int, fields [][2]string, end bool) error {
	s.block.Reset()
	if status != 0 {
		s.encoder.WriteField(hpack.HeaderField{Name: ":status", Value: strconv.Itoa(status)})
	}
	for _, f := range fields {
		s.encoder.WriteField(hpack.HeaderField{Name: strings.ToLower(f[0]), Value: f[1], Sensitive: strings.EqualFold(f[0], "set-cookie")})
	}
	block := s.block.Bytes()
	n := min(len(block), 2000)
	err := s.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:n], EndStream: end, EndHeaders: n == len(block)})
	for block = block[n:]; err == nil && len(block) > 0; block = block[n:] {
		n = min(len(block), 2000)
		err = s.framer.WriteContinuation(id, n == len(block), block[:n])
	}
	return err
}

// writeData writes b as the windows allow.
func (s *session) writeData(st *stream, b []byte, end, padded bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for s.window <= 0 || st.window <= 0 {
			if s.ended || st.reset {
				return errors.New("the connection or stream ended before the response was sent")
			}
			s.room.Wait()
		}
		if s.ended || st.reset {
			return errors.New("the connection or stream ended before the response was sent")
		}
		n := int(min(s.window, st.window, int64(s.frame)))
		if padded {
			if n < 300 {
				return fmt.Errorf("a window of %d is too small for padding", n)
			}
			n -= 256
		}
		n = min(n, len(b))
		last := n == len(b)
		var err error
		if padded {
			pad := make([]byte, 1+n%255)
			err = s.framer.WriteDataPadded(st.id, last && end, b[:n], pad)
			s.window -= int64(len(pad) + 1)
			st.window -= int64(len(pad) + 1)
		} else {
			err = s.framer.WriteData(st.id, last && end, b[:n])
		}
		s.window -= int64(n)
		st.window -= int64(n)
		b = b[n:]
		if err != nil || last {
			st.answered = err == nil && end
			return err
		}
	}
}

// serveCalls answers a gRPC-like stream: to each message one, to the fourth
// none; then the trailers.
func (s *session) serveCalls(st *stream, r io.Reader) {
	defer s.done(st)
	fields := [][2]string{{"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}}
	st.x.Status, st.x.ResponseHeaders = 200, fields
	s.mu.Lock()
	s.writeHeaders(st.id, 200, fields, false)
	s.mu.Unlock()
	var sent []byte
	for i := 0; ; i++ {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			break
		}
		m := make([]byte, binary.BigEndian.Uint32(head[1:]))
		if _, err := io.ReadFull(r, m); err != nil {
			break
		}
		kind := "grpc"
		if head[0] == 1 {
			kind = "grpc-compressed"
		}
		st.x.Messages = append(st.x.Messages, oracle.Message{From: "client", Type: kind, Body: oracle.Digest(m)})
		if i%4 == 3 {
			continue
		}
		// Field 1: the number; field 2: what came. Every second one compressed.
		reply := append([]byte{8, byte(i + 1), 18, byte(min(len(m), 100))}, m[:min(len(m), 100)]...)
		head[0], kind = 0, "grpc"
		if i%2 == 1 {
			head[0], kind, reply = 1, "grpc-compressed", gzipped(reply)
		}
		binary.BigEndian.PutUint32(head[1:], uint32(len(reply)))
		frame := append(head[:], reply...)
		if err := s.writeData(st, frame, false, false); err != nil {
			st.x.Aborted = err.Error()
			return
		}
		sent = append(sent, frame...)
		st.x.Messages = append(st.x.Messages, oracle.Message{From: "server", Type: kind, Body: oracle.Digest(reply)})
	}
	st.x.Response = oracle.Digest(sent)
	s.mu.Lock()
	st.x.Body = oracle.Digest(st.body.Bytes())
	s.mu.Unlock()
	s.writeTrailers(st, [][2]string{{"grpc-status", "0"}, {"grpc-message", ""}})
}
