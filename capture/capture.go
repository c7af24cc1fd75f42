// Package capture opens recordings of traffic, whatever tool made them, and
// reads flows out of them one at a time.
//
// It knows two things: how to tell formats apart by their first bytes (the
// Formats table; file names are not trusted), and how to account for a file,
// so that a reader of the audit can check that it speaks of the same bytes:
// SHA-256 and length of the file as stored, taken while it streams by.
// Compression around a capture (gzip, zstd: .har.gz, .zhar, .har.zst) is
// undone without asking.
//
// A directory is the evidence log of a live capture (package evidence).
//
// The formats themselves are sub-packages, each a function from a stream to
// flows. They know nothing of files, names or each other. Adding a format is
// adding a row to Formats.
//
// It must never know what flows mean.
package capture

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream/keylog"
)

// Options say what to keep of a capture.
type Options struct {
	// ResponseBodies keeps what servers sent. Without it only size and place
	// of it are kept, and memory stays small.
	ResponseBodies bool
	// Unhashed leaves out the SHA-256 of the file: Sum returns "".
	Unhashed bool
	// Secrets open TLS and QUIC in packet captures, with those that the capture
	// itself holds. nil: there are no others.
	Secrets *keylog.Log
	// Identities open the sealed contents of evidence logs.
	Identities []age.Identity

	access func(flow.Event) // takes what Accesses returns
	whole  func(of []string, from, until time.Time)
}

// Capture is an open capture file. Its methods are for one goroutine, except
// Progress.
type Capture struct {
	Path   string // as given to Open
	Format string // name in Formats: "har", "mitmproxy"

	format   Format
	opt      Options
	stored   *meter
	plain    *bufio.Reader // decompressed, nothing consumed
	undo     []func()      // frees decompressors
	file     io.Closer
	creator  string
	read     bool
	events   []flow.Event
	accesses []flow.Event
	app      string
	said     time.Time
}

// StatedApp is which app the operator of a live capture said to test, by its
// names with commas between, and when; "" if nobody said.
func (c *Capture) StatedApp() (names string, at time.Time) { return c.app, c.said }

// Events are what the capture tells of the device beside its traffic, as far
// as it was read.
func (c *Capture) Events() []flow.Event { return c.events }

// maxAccesses bounds Accesses. A week of a phone has some thousands.
const maxAccesses = 1 << 20

// Accesses are what the device says of apps that used its camera, microphone,
// location and the like, as far as it was read: events of kind "access", and
// "watch" and "unwatch" around the time for which all are known. They stand apart from Events because they are neither acts nor states.
func (c *Capture) Accesses() []flow.Event { return c.accesses }

// headSize is how much of the beginning of a capture formats are told by.
const headSize = 4 << 10

// maxLayers bounds compression around compression.
const maxLayers = 2

// maxZstdWindow bounds what a zstd frame may make its reader hold (RFC 8878,
// 3.1.1.1.2; 128 MiB is what "zstd --long" writes).
const maxZstdWindow = 128 << 20

// Open opens a capture file ("-" is standard input), undoes compression around
// it and tells its format. The error of a file that is not a capture says
// what it looks like and what to do.
func Open(path string, opt Options) (*Capture, error) {
	if path == "-" {
		return open(path, os.Stdin, -1, opt)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	size := int64(-1)
	if info, err := f.Stat(); err == nil {
		if info.IsDir() {
			f.Close()
			return openLog(path, opt)
		}
		if info.Mode().IsRegular() {
			size = info.Size()
		}
	}
	return open(path, f, size, opt)
}

// open takes over r, also when it fails.
func open(path string, r io.ReadCloser, size int64, opt Options) (*Capture, error) {
	c := &Capture{Path: path, opt: opt, file: r, stored: newMeter(r, size, !opt.Unhashed)}
	if err := c.sniff(); err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// sniff undoes compression and finds the format.
func (c *Capture) sniff() error {
	c.plain = bufio.NewReaderSize(c.stored, 64<<10)
	for layer := 0; ; layer++ {
		head, err := c.plain.Peek(headSize)
		if len(head) == 0 && err != nil && err != io.EOF {
			return err
		}
		inside := compressed(head)
		if inside == "" || layer == maxLayers {
			for _, f := range Formats {
				if f.Match(head) {
					c.Format, c.format = f.Name, f
					return nil
				}
			}
			return unknown(head, layer > 0)
		}
		if err := c.decompress(inside); err != nil {
			return fmt.Errorf("%s around the capture: %w; copy the file again", inside, err)
		}
	}
}

// compressed names the compression that head begins, "" if none.
func compressed(head []byte) string {
	switch {
	case len(head) >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8: // RFC 1952
		return "gzip"
	case len(head) >= 4 && head[0] == 0x28 && head[1] == 0xb5 && head[2] == 0x2f && head[3] == 0xfd: // RFC 8878
		return "zstd"
	}
	return ""
}

func (c *Capture) decompress(kind string) error {
	var r io.Reader
	switch kind {
	case "gzip":
		z, err := gzip.NewReader(c.plain)
		if err != nil {
			return err
		}
		c.undo = append(c.undo, func() { z.Close() })
		r = z
	case "zstd":
		z, err := zstd.NewReader(c.plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return err
		}
		c.undo = append(c.undo, z.Close)
		r = z
	}
	c.plain = bufio.NewReaderSize(r, 64<<10)
	return nil
}

// Flows yields the flows of the capture in file order. What cannot be read is
// a *flow.Damage between them, with File set; every flow before it, and any
// after it that can be found again, is yielded. A capture can be read once.
func (c *Capture) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		if c.read {
			yield(nil, fmt.Errorf("%s: already read; open it again", c.Path))
			return
		}
		c.read = true
		c.opt.access = func(e flow.Event) {
			if len(c.accesses) < maxAccesses {
				c.accesses = append(c.accesses, e)
			}
		}
		c.opt.whole = func(of []string, from, until time.Time) {
			for _, what := range of {
				if len(c.accesses) < maxAccesses {
					c.accesses = append(c.accesses, flow.Event{Time: from, Kind: "watch", What: what}, flow.Event{Time: until, Kind: "unwatch", What: what})
				}
			}
		}
		for f, err := range c.format.Read(c.plain, c.opt, func(creator string) { c.creator = creator }) {
			var d *flow.Damage
			if errors.As(err, &d) {
				d.File = c.Path
			} else if err != nil {
				err = fmt.Errorf("%s: %w", c.Path, err)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// Sum reads whatever is left of the file and returns the SHA-256 (lower-case
// hex) and the length in bytes of the file as stored. Call it after Flows. If
// the file cannot be read to its end, they are those of what could be read.
func (c *Capture) Sum() (sha256hex string, storedBytes int64) {
	// Past the decompressors, which stop at the end of their own stream. What
	// they buffered has gone through the meter already.
	io.Copy(io.Discard, c.stored)
	if c.opt.Unhashed {
		return "", c.stored.done.Load()
	}
	return hex.EncodeToString(c.stored.digest()), c.stored.done.Load()
}

// Progress returns how many bytes of the file as stored were read, and how
// many there are, -1 if that is not known. Any goroutine may call it.
func (c *Capture) Progress() (read, total int64) {
	return c.stored.done.Load(), c.stored.total
}

// Creator names what wrote the capture ("WebInspector 537.36", "mitmproxy
// dump v20"), "" if the capture does not say. It is complete after Flows.
func (c *Capture) Creator() string { return c.creator }

// Close releases the file.
func (c *Capture) Close() error {
	for _, u := range c.undo {
		u()
	}
	c.undo = nil
	if c.stored != nil {
		c.stored.stop()
	}
	return c.file.Close()
}
