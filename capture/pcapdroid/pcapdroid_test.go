package pcapdroid

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/flow"
)

const (
	plain     = "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,PackageName,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen\n"
	malicious = "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,PackageName,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen,Malicious\n"
	old       = "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen\n"

	end  = ",100,200,3,4,1795858801250,1795858809000"
	from = "6,10.215.173.1,41522,198.51.100.7,443,10231,"
	row  = from + "Quinze,test.quinze.app,TLS,Closed,api.quinze.test" + end + "\n"
)

func read(t testing.TB, r io.Reader) (flows []*flow.Flow, damages []*flow.Damage) {
	t.Helper()
	for f, err := range Read(r, Options{}) {
		var d *flow.Damage
		switch {
		case errors.As(err, &d):
			damages = append(damages, d)
		case err != nil || f.Index != len(flows):
			t.Fatalf("%v, %+v", err, f)
		default:
			flows = append(flows, f)
		}
	}
	return flows, damages
}

// Names and infos may hold commas, and nothing is quoted.
func TestCommas(t *testing.T) {
	for _, tt := range []struct{ header, middle, app, proto, host, status string }{
		{plain, "Quinze,test.quinze.app,TLS,Closed,api.quinze.test", "test.quinze.app", "tls", "api.quinze.test", "Closed"},
		{plain, "Clips, fast, free,test.quinze.app,TLS,Fermée,api.quinze.test", "test.quinze.app", "tls", "api.quinze.test", "Fermée"},
		{plain, "Quinze,test.quinze.app,HTTP,Closed,http://api.quinze.test:8080/a,b?c=d,e", "test.quinze.app", "http", "api.quinze.test", "Closed"},
		{plain, "A,B,test.quinze.app,HTTP,Open,api.quinze.test/x,y.z,TLS,w", "test.quinze.app", "http", "api.quinze.test", "Open"},
		{plain, ",,TLS,Closed,api.quinze.test", "", "tls", "api.quinze.test", "Closed"},
		{plain, "Root,root,TCP,Closed,", "root", "tcp", "198.51.100.7", "Closed"},
		{plain, "Quinze,test.quinze.app,,Error,", "test.quinze.app", "tcp", "198.51.100.7", "Error"},
		{old, "Quinze,TLS,Closed,api.quinze.test", "Quinze", "tls", "api.quinze.test", "Closed"},
		{old, "Clips, fast,HTTP,Closed,api.quinze.test/a,b", "Clips, fast", "http", "api.quinze.test", "Closed"},
		{old, "Clips,unheard-of,Closed,api.quinze.test", "Clips", "unheard-of", "api.quinze.test", "Closed"},
	} {
		flows, damages := read(t, strings.NewReader(tt.header+from+tt.middle+end+"\n"))
		if len(flows) != 1 || len(damages) != 0 {
			t.Errorf("%s: %d flows, %v", tt.middle, len(flows), damages)
			continue
		}
		f, app := flows[0], ""
		if f.App != nil {
			app = f.App.ID
		}
		if app != tt.app || f.Protocol != tt.proto || f.Host() != tt.host || !strings.Contains(strings.Join(f.Notes, ";"), "status: "+tt.status) {
			t.Errorf("%s: app %q, %q to %q, %q", tt.middle, app, f.Protocol, f.Host(), f.Notes)
		}
		if f.Unread.Up != 100 || f.Unread.Down != 200 || f.Timing.End.Sub(f.Timing.Start).Milliseconds() != 7750 || f.Client.Addr.Port() != 41522 || f.Server.Addr.Port() != 443 {
			t.Errorf("%+v", f)
		}
	}
}

func TestDNS(t *testing.T) {
	text := malicious + row[:len(row)-1] + ",0\n17,10.215.173.1,5353,10.215.173.2,53,1051,netd,android.netd,DNS,Closed,api.quinze.test" + end + ",1\n"
	flows, damages := read(t, strings.NewReader(text))
	if len(flows) != 2 || len(damages) != 0 {
		t.Fatal(flows, damages)
	}
	f := flows[1]
	if f.Kind != flow.DNS || f.Lookup.Questions[0].Name != "api.quinze.test" || f.Host() != "10.215.173.2" || f.Unread != nil {
		t.Errorf("%+v", f)
	}
	notes := strings.Join(f.Notes, "; ")
	for _, want := range []string{"metadata only: CSV export", "100 bytes up, 200 down", "3 packets up, 4 down", "uid 1051", "app: netd", "malicious"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q not in %q", want, notes)
		}
	}
	if strings.Contains(fmt.Sprint(flows[0].Notes), "malicious") {
		t.Error(flows[0].Notes)
	}
	if at := f.Source; !strings.HasPrefix(text[at.Offset:], "17,") || at.Offset+at.Length != int64(len(text)) {
		t.Errorf("%+v", at)
	}
}

// Damage of a line costs that line.
func TestDamage(t *testing.T) {
	for _, tt := range []struct{ line, found string }{
		{"6,10.0.0.1", "a line of 2 columns"},
		{from + "Quinze", "too few columns"},
		{from + "Quinze,test.quinze.app" + end, "2 columns from App to Info"},
		{strings.Replace(row, "198.51.100.7", "198.51.100", 1), `destination address that is none: "198.51.100"`},
		{strings.Replace(row, "41522", "x", 1), `source address that is none: port "x"`},
		{strings.Replace(row, ",100,", ",many,", 1), `"many" for BytesSent`},
		{strings.Replace(row, ",100,", ",-1,", 1), `"-1" for BytesSent`},
		{strings.Replace(row, "6,", "tcp,", 1), `"tcp" for IPProto`},
		{from + strings.Repeat("x", maxLine), "a line of 1048"},
		{from + strings.Repeat(",", maxCommas+6) + end, "columns from App to Info"},
	} {
		flows, damages := read(t, strings.NewReader(plain+row+strings.TrimSuffix(tt.line, "\n")+"\n"+row))
		if len(flows) != 2 || len(damages) != 1 || !strings.Contains(damages[0].Found, tt.found) || damages[0].Offset != int64(len(plain)+len(row)) {
			t.Errorf("%.80s: %d flows, %v", tt.line, len(flows), damages)
		}
	}
	flows, damages := read(t, strings.NewReader(plain+row+row[:60]))
	if len(flows) != 1 || len(damages) != 1 || !strings.Contains(damages[0].Remedy, "cut short") {
		t.Error(flows, damages)
	}
	flows, damages = read(t, strings.NewReader("IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,Else\n"+row))
	if len(flows) != 0 || len(damages) != 1 || !strings.Contains(damages[0].Expected, "header") {
		t.Error(flows, damages)
	}
	flows, damages = read(t, io.MultiReader(strings.NewReader(plain+row), iotest.ErrReader(errors.New("unplugged"))))
	if len(flows) != 1 || len(damages) != 1 || damages[0].Found != "unplugged" {
		t.Error(flows, damages)
	}
	flows, damages = read(t, strings.NewReader(plain+strings.Repeat("x\n", 1000)+row))
	if len(flows) != 1 || len(damages) != maxDamage+1 || !strings.Contains(damages[maxDamage].Found, "936 more") {
		t.Error(len(flows), len(damages))
	}
}

func TestMoment(t *testing.T) {
	if ms, s := moment(1795858801250), moment(1795858801); ms.Sub(s).Milliseconds() != 250 || !moment(0).IsZero() {
		t.Error(ms, s)
	}
}

func TestMatch(t *testing.T) {
	for _, s := range []string{plain, malicious, old, "\ufeff" + plain} {
		if !Match([]byte(s)) {
			t.Error("not matched: ", s)
		}
	}
	if Match([]byte("IPProto;SrcIP")) || Match(nil) {
		t.Error("matched")
	}
}

func FuzzRead(f *testing.F) {
	for _, h := range []string{plain, malicious, old} {
		f.Add([]byte(h + row + row[:40]))
		f.Add([]byte(h + from + ",,DNS,,a,b,c" + end + "\n"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		flows, _ := read(t, bytes.NewReader(data))
		var at int64
		for _, f := range flows {
			if (f.Unread == nil) == (f.Lookup == nil) || !f.Server.Addr.IsValid() || f.Source.Offset < at || f.Source.Offset+f.Source.Length > int64(len(data)) {
				t.Fatalf("%+v", f)
			}
			at = f.Source.Offset + f.Source.Length
			f.Host()
		}
	})
}

// BenchmarkRead reads 20,000 connections.
func BenchmarkRead(b *testing.B) {
	data := []byte(plain + strings.Repeat(row, 20_000))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range Read(bytes.NewReader(data), Options{}) {
			n++
		}
		if n != 20_000 {
			b.Fatal(n)
		}
	}
}
