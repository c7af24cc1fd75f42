package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/constat/constat/capture/appreport"
	"github.com/constat/constat/capture/har"
	"github.com/constat/constat/capture/hooks"
	"github.com/constat/constat/capture/mitm"
	"github.com/constat/constat/capture/netlog"
	"github.com/constat/constat/capture/pcap"
	"github.com/constat/constat/capture/pcapdroid"
	"github.com/constat/constat/flow"
)

// Format is a kind of capture file.
type Format struct {
	Name string

	// Match reports whether the first bytes of a file, at most 4 KiB, begin
	// this format. Formats are asked in the order of the table.
	Match func(head []byte) bool

	// Read yields the flows in r. It calls wrote with the name of the
	// program that made the capture, if the capture says so.
	Read func(r io.Reader, opt Options, wrote func(creator string)) iter.Seq2[*flow.Flow, error]
}

// Formats are the captures that can be read. HAR comes last: it takes any JSON
// object, to be able to say what is wrong with one that is damaged.
var Formats = []Format{
	{"netlog", netlog.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return netlog.Read(r, netlog.Options{ResponseBodies: opt.ResponseBodies, Wrote: wrote, Secrets: opt.Secrets})
	}},
	{"appreport", appreport.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return appreport.Read(r, appreport.Options{Wrote: wrote, Access: opt.access, Whole: opt.whole})
	}},
	{"pcapdroid", pcapdroid.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return pcapdroid.Read(r, pcapdroid.Options{Wrote: wrote})
	}},
	{"hooks", hooks.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return hooks.Read(r, hooks.Options{Wrote: wrote})
	}},
	{"mitmproxy", mitm.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return mitm.Read(r, mitm.Options{ResponseBodies: opt.ResponseBodies, Wrote: wrote})
	}},
	{"pcap", pcap.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return pcap.Read(r, pcap.Options{ResponseBodies: opt.ResponseBodies, Wrote: wrote, Secrets: opt.Secrets})
	}},
	{"har", har.Match, func(r io.Reader, opt Options, wrote func(string)) iter.Seq2[*flow.Flow, error] {
		return har.Read(r, har.Options{ResponseBodies: opt.ResponseBodies, Wrote: wrote})
	}},
}

// ErrFormat is wrapped by Open's error for a file that is no known capture.
var ErrFormat = errors.New("not a capture that can be read")

// supported is the end of every sentence about another format.
const supported = "supported are packet captures (pcap, pcapng), HAR (browsers, Charles, Proxyman, Fiddler), mitmproxy flow dumps, Chromium net-logs, Apple's App Privacy Report, PCAPdroid's CSV and PiRogue's socket traces, plain or in gzip or zstd"

// strangers are files that people try although they are not captures this
// program reads, each with the way out.
var strangers = []struct{ magic, is, remedy string }{
	{"PK\x03\x04", "a ZIP file, as Proxyman, Fiddler (.saz) and Charles (.chlz) sessions are", "open the session in the tool that made it and export it as HAR"},
	{"PK\x05\x06", "an empty ZIP file", "export the session as HAR"},
	{"\xac\xed\x00\x05", "a Java object stream, as Charles sessions (.chls) are", "in Charles: File, Export Session, HTTP Archive (.har)"},
	{"<?xml", "XML, as Charles (.chlsx) and Burp exports are", "export the session as HAR"},
	{"[", "a JSON array, as Charles JSON sessions (.chlsj) are", "export the session as HAR"},
	{"<!DOCTYPE", "a web page", "what was saved is not the capture but a page about it; download it again"},
	{"<html", "a web page", "what was saved is not the capture but a page about it; download it again"},
	{"SQLite format 3\x00", "an SQLite database", "export the capture as HAR"},
	{"BZh", "a bzip2 file", "decompress it first"},
	{"\xfd7zXZ\x00", "an xz file", "decompress it first"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip file", "unpack it first"},
}

// unknown says what a file is that no format matched.
func unknown(head []byte, unpacked bool) error {
	if len(head) == 0 {
		what := "the file is empty"
		if unpacked {
			what = "the compressed file holds nothing"
		}
		return fmt.Errorf("%w: %s; record or export the capture again", ErrFormat, what)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, s := range strangers {
		if bytes.HasPrefix(head, []byte(s.magic)) || len(text) >= len(s.magic) && bytes.EqualFold(text[:len(s.magic)], []byte(s.magic)) {
			return fmt.Errorf("%w: it looks like %s (%s); %s", ErrFormat, s.is, supported, s.remedy)
		}
	}
	look := fmt.Sprintf("it begins with the bytes % x", head[:min(len(head), 16)])
	if c := compressed(head); c != "" {
		look = "it is compressed too many times"
	} else if isText(head) {
		line, _, _ := strings.Cut(string(text), "\n")
		look = fmt.Sprintf("it begins with the text %.40q", line)
	}
	return fmt.Errorf("%w: %s; %s", ErrFormat, look, supported)
}

// isText reports whether head is text without control characters.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && len(head) >= utf8.UTFMax || r < ' ' && r != '\t' && r != '\r' && r != '\n' {
			return false
		}
		head = head[n:]
	}
	return true
}
