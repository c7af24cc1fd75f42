package stream

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // the compressor
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/constat/constat/flow"
)

// say is a service without generated code: Echo answers once, Repeat thrice,
// Fail not at all.
var say = grpc.ServiceDesc{
	ServiceName: "say.Say", HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		{MethodName: "Echo", Handler: func(_ any, ctx context.Context, dec func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			in := new(wrapperspb.StringValue)
			grpc.SetTrailer(ctx, metadata.Pairs("x-after", "t"))
			return in, dec(in)
		}},
		{MethodName: "Fail", Handler: func(any, context.Context, func(any) error, grpc.UnaryServerInterceptor) (any, error) {
			return nil, status.Error(codes.PermissionDenied, "no")
		}},
	},
	Streams: []grpc.StreamDesc{{StreamName: "Repeat", ServerStreams: true, ClientStreams: true, Handler: func(_ any, s grpc.ServerStream) error {
		for {
			in := new(wrapperspb.StringValue)
			if s.RecvMsg(in) != nil {
				return nil
			}
			for range 3 {
				s.SendMsg(in)
			}
		}
	}}},
}

// messages reads a gRPC body: a flag, a length and a message, again and again.
func messages(t *testing.T, b []byte) (out []string) {
	t.Helper()
	for len(b) > 0 {
		n := binary.BigEndian.Uint32(b[1:])
		m, zipped := b[5:5+n], b[0] == 1
		b = b[5+n:]
		if zipped {
			r, err := gzip.NewReader(bytes.NewReader(m))
			if err != nil {
				t.Fatal(err)
			}
			m, _ = io.ReadAll(r)
		}
		var v wrapperspb.StringValue
		if err := proto.Unmarshal(m, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%.20s(%d,%v)", v.Value, len(v.Value), zipped))
	}
	return out
}

// TestRealGRPC: unary, streaming and compressed calls of the real library.
func TestRealGRPC(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	s.RegisterService(&say, nil)
	go s.Serve(l)
	defer s.Stop()
	var tp tape
	conn, err := grpc.NewClient("passthrough:"+l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(_ context.Context, addr string) (net.Conn, error) { return tp.dial("tcp", addr) }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer t")
	call := func(method, text string, opts ...grpc.CallOption) error {
		return conn.Invoke(ctx, "/say.Say/"+method, wrapperspb.String(text), new(wrapperspb.StringValue), opts...)
	}
	long := strings.Repeat("lea@courriel.example ", 10_000)
	for _, err := range []error{call("Echo", "short"), call("Echo", long), call("Echo", long, grpc.UseCompressor("gzip"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := call("Fail", "x"); status.Code(err) != codes.PermissionDenied {
		t.Fatal(err)
	}
	str, err := conn.NewStream(ctx, &say.Streams[0], "/say.Say/Repeat")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"one", "two"} {
		str.SendMsg(wrapperspb.String(m))
		for range 3 {
			if err := str.RecvMsg(new(wrapperspb.StringValue)); err != nil {
				t.Fatal(err)
			}
		}
	}
	str.CloseSend()
	str.RecvMsg(new(wrapperspb.StringValue))
	conn.Close()

	flows := sameInPieces(t, tp.events[0], Info{}, Limits{Response: 1 << 20})
	var got []string
	for _, f := range flows {
		if flow.Header(f.Request.Headers, "authorization") != "Bearer t" || len(f.Notes) > 0 && !strings.HasSuffix(f.Request.URL, "Fail") {
			t.Errorf("%s: %v %v", f.Request.URL, f.Request.Headers, f.Notes)
		}
		grpcStatus := flow.Header(f.Response.Trailer, "grpc-status") + flow.Header(f.Response.Headers, "grpc-status") // alone: in the head
		got = append(got, fmt.Sprint(strings.TrimPrefix(f.Request.URL, "http://"+l.Addr().String()+"/say.Say/"), messages(t, f.Request.Body.Data), messages(t, f.Response.Body.Data), grpcStatus, flow.Header(f.Response.Trailer, "x-after")))
	}
	l0 := long[:20]
	want := []string{
		"Echo[short(5,false)] [short(5,false)]0t",
		"Echo[" + l0 + "(210000,false)] [" + l0 + "(210000,false)]0t",
		"Echo[" + l0 + "(210000,true)] [" + l0 + "(210000,true)]0t",
		"Fail[x(1,false)] []7",
		"Repeat[one(3,false) two(3,false)] [one(3,false) one(3,false) one(3,false) two(3,false) two(3,false) two(3,false)]0",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
