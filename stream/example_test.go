package stream_test

import (
	"fmt"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// The bytes of a connection go in as they are seen, in whatever pieces, and
// exchanges come out.
func Example() {
	conn := stream.New(stream.Info{Leg: flow.Outer, Basis: "example"}, stream.Limits{Response: 1 << 20}, func(f *flow.Flow) {
		fmt.Printf("%s %s %q\n", f.Request.Method, f.Request.URL, f.Request.Body.Data)
		fmt.Printf("%d %q after %v\n", f.Response.Status, f.Response.Body.Data, f.Timing.FirstByte.D)
	})
	sent := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	answered := sent.Add(20 * time.Millisecond)

	conn.Data(stream.Up, stream.Mark{Time: sent}, []byte("POST /signup HTTP/1.1\r\nHost: shop.example\r\nContent-Le"))
	conn.Data(stream.Up, stream.Mark{Time: sent}, []byte("ngth: 25\r\n\r\nmail=lea@courriel.example"))
	conn.Data(stream.Down, stream.Mark{Time: answered}, []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	conn.Close(stream.Mark{Time: answered})
	// Output:
	// POST http://shop.example/signup "mail=lea@courriel.example"
	// 200 "ok" after 20ms
}

// What cannot be parsed is not passed over: it is counted, with the reason.
func ExampleConn_unread() {
	conn := stream.New(stream.Info{}, stream.Limits{}, func(f *flow.Flow) {
		if f.Unread != nil {
			fmt.Printf("%d bytes of the client unread: %s\n", f.Unread.Up, f.Unread.Reason)
		} else {
			fmt.Println(f.Request.Method, f.Request.URL, f.Notes)
		}
	})
	conn.Data(stream.Up, stream.Mark{}, []byte("POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\nmail=lea@courriel.example\r\n"))
	conn.Close(stream.Mark{})
	// Output:
	// POST http://shop.example/ [request cut short no response]
	// 27 bytes of the client unread: a chunk that is none
}

// The streams of an HTTP/3 connection go in, by their numbers.
func ExampleHTTP3() {
	conn := stream.NewHTTP3(stream.Info{}, stream.Limits{}, func(f *flow.Flow) {
		fmt.Printf("%s %s %s %q %d\n", f.Protocol, f.Request.Method, f.Request.URL, f.Request.Body.Data, f.Response.Status)
	})
	// Frames: HEADERS of POST, https, :authority and :path by QPACK's static table; DATA.
	conn.Stream(0, stream.Up, stream.Mark{}, []byte("\x01\x13\x00\x00\xd4\xd7\x50\x0cshop.example\xc1"), false)
	conn.Stream(0, stream.Up, stream.Mark{}, []byte("\x00\x19mail=lea@courriel.example"), true)
	conn.Stream(0, stream.Down, stream.Mark{}, []byte("\x01\x03\x00\x00\xd9"), true)
	conn.Close(stream.Mark{})
	// Output:
	// HTTP/3 POST https://shop.example/ "mail=lea@courriel.example" 200
}
