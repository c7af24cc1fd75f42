package peel

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// codecs are decoders kept for reuse.
type codecs struct {
	flate  inflater
	zstd   *zstd.Decoder
	brotli *brotli.Reader
	lz4    *lz4.Reader
	snappy *s2.Reader
}

// knownMagic reports whether b begins like a compressed format.
func knownMagic(b []byte) bool { return magicOf(b) != "" }

// magicFirst are the bytes that a compressed format or an archive begins with.
var magicFirst = func() (t [256]bool) {
	for _, c := range []byte("\x1f\x28\x04\xffbPB\xfd\x5d") {
		t[c] = true
	}
	for c := 0x08; c < 0x80; c += 0x10 { // zlib
		t[c] = true
	}
	return t
}()

func magicOf(b []byte) string {
	switch {
	case len(b) < 6:
		return ""
	case len(b) >= 512 && string(b[257:262]) == "ustar":
		return "tar"
	case !magicFirst[b[0]]:
		return ""
	case b[0] == 0x1f && b[1] == 0x8b && b[2] == 8:
		return "gzip"
	case b[0]&0x0f == 8 && b[0]>>4 <= 7 && (uint(b[0])<<8|uint(b[1]))%31 == 0 && b[1]&0x20 == 0:
		return "zlib"
	case binary.LittleEndian.Uint32(b) == 0xfd2fb528:
		return "zstd"
	case binary.LittleEndian.Uint32(b) == 0x184d2204:
		return "lz4"
	case len(b) >= 10 && bytes.HasPrefix(b, []byte("\xff\x06\x00\x00sNaPpY")):
		return "snappy"
	case bytes.HasPrefix(b, []byte("bplist0")):
		return "bplist"
	case b[0] == 'P' && b[1] == 'K' && b[2] == 3 && b[3] == 4:
		return "zip"
	case bytes.HasPrefix(b, []byte("BZh")) && len(b) >= 14 && string(b[4:10]) == "1AY&SY":
		return "bzip2"
	case bytes.HasPrefix(b, []byte("\xfd7zXZ\x00")):
		return "xz"
	case lzmaHead(b):
		return "lzma"
	}
	return ""
}

// magic opens what names its own format.
func (w *Walker) magic(p *Part, h hint) bool {
	switch step := magicOf(p.Data); step {
	case "":
		return false
	case "bplist":
		return w.bplist(p)
	case "zip":
		return w.unzip(p)
	case "tar":
		return w.untar(p)
	case "zlib", "lzma":
		// Two bytes prove little: the text must decode.
		return w.inflate(p, step, h, true)
	default:
		return w.inflate(p, step, h, false)
	}
}

// contentEncoding undoes the codings that a message declares, the last one
// applied first (RFC 9110 section 8.4).
func (w *Walker) contentEncoding(p *Part, list string, h hint) bool {
	step := list
	if i := bytes.LastIndexByte([]byte(list), ','); i >= 0 {
		step = string(bytes.TrimSpace([]byte(list[i+1:])))
	}
	switch step {
	case "x-gzip":
		step = "gzip"
	case "gzip", "br", "zstd", "lz4", "snappy":
	case "deflate":
		if magicOf(p.Data) == "zlib" {
			step = "zlib"
		}
	default:
		return false
	}
	return w.inflate(p, step, h, true)
}

// rawDeflate tries DEFLATE without a header (RFC 1951), strictly: it must
// end where the bytes end and give text or structure.
func (w *Walker) rawDeflate(p *Part) bool {
	if !deflateHead(p.Data) {
		return false
	}
	return w.inflate(p, "deflate", hint{inner: true}, true)
}

// rawBrotli tries brotli (RFC 7932), which has no magic.
func (w *Walker) rawBrotli(p *Part) bool {
	if len(p.Data) > 1<<20 || !brotliHead(p.Data) {
		return false
	}
	return w.inflate(p, "br", hint{inner: true}, true)
}

// brotliHead reports whether b may begin a brotli stream that is worth the
// attempt (RFC 7932 sections 9.1 and 9.2): a window of at most 4 MB and a
// first block no longer than b could hold. Without this look a wrong guess
// costs the allocation of a window.
func brotliHead(b []byte) bool {
	var first [8]byte
	copy(first[:], b)
	v, at := binary.LittleEndian.Uint64(first[:]), 0
	take := func(n int) uint64 {
		x := v >> at & (1<<n - 1)
		at += n
		return x
	}
	window := 16
	if take(1) == 1 {
		if n := take(3); n != 0 {
			window = 17 + int(n)
		} else if n := take(3); n == 0 {
			window = 17
		} else if n == 1 {
			return false // large window, not in the RFC
		} else {
			window = 8 + int(n)
		}
	}
	if window > 22 {
		return false
	}
	last := take(1) == 1
	if last && take(1) == 1 {
		return false // empty
	}
	nibbles := take(2)
	if nibbles == 3 {
		return false // metadata first: not from an encoder of messages
	}
	size := int(take(4*(4+int(nibbles)))) + 1
	if !last && take(1) == 1 {
		return size <= len(b)
	}
	return size <= 64*len(b)
}

// minSqueezed is the length of the shortest compressed text without a header
// that is worth an attempt: eight bytes and what goes around them.
const minSqueezed = 10

// squeezed reports whether b, too short to tell from noise otherwise, is text
// or structure compressed by one of the formats that have no header.
func (w *Walker) squeezed(b []byte) bool {
	if len(b) < minSqueezed {
		return false
	}
	good := func(out []byte) bool {
		return len(out) >= minLeaf && (texty(out) || structured(out) || knownMagic(out))
	}
	if n, ok := snappyHead(b); ok && n <= 64<<10 {
		if out, err := s2.Decode(w.room(n), b); err == nil && good(out) {
			return true
		}
	}
	if len(b)%2 == 0 {
		if out, ok := lzUnits(b); ok && lzGood(out) {
			return true
		}
	}
	for _, step := range []string{"deflate", "br"} {
		if step == "deflate" && !deflateHead(b) || step == "br" && !brotliHead(b) {
			continue
		}
		out, err := w.someOf(step, b, min(64<<10, w.left))
		w.work -= int64(len(out))
		if err == nil && good(out) {
			return true
		}
	}
	return false
}

// snappyBlock tries snappy without framing: a length, then elements that
// must give exactly that many bytes.
func (w *Walker) snappyBlock(p *Part) bool {
	n, ok := snappyHead(p.Data)
	if !ok || n > w.limits.One {
		return false
	}
	if !w.spend(p, "snappy", n) {
		return false
	}
	out, err := s2.Decode(nil, p.Data)
	if err != nil {
		return false
	}
	sure := texty(out) || structured(out)
	if !sure && w.limits.Fast {
		return false
	}
	w.later(costCompression, w.made(p, "snappy", "", p.Key, out, 0, len(p.Data)), hint{inner: true})
	return sure
}

// snappyHead reports whether b may be a snappy block, and how long it says that
// its contents are (github.com/google/snappy, format_description.txt): a length
// in proportion, and an element with bytes of its own, since nothing can be
// copied yet.
func snappyHead(b []byte) (n int, ok bool) {
	v, k := varint(b)
	if k <= 0 || k >= len(b) || v < minLeaf || v > 64*uint64(len(b)) {
		return 0, false
	}
	return int(v), b[k]&3 == 0
}

// squeezedStart reports whether n bytes that begin with b may be compressed by
// one of the formats that have no header.
func squeezedStart(b []byte, n int) bool {
	if len(b) < 3 {
		return false
	}
	if size, err := s2.DecodedLen(b); err == nil && size >= minLeaf && size <= 64*n && size >= n/2 {
		k := 1
		for size >>= 7; size > 0; size >>= 7 {
			k++
		}
		if k < len(b) && b[k]&3 == 0 { // it begins with bytes of its own
			return true
		}
	}
	return deflateStart(b, n > len(b)) || len(b) >= 8 && brotliHead(b) && n < 256
}

// squeezedText tries the formats without a header on what is nearly text: few
// bytes, squeezed, stay as they are between two or three that are not.
func (w *Walker) squeezedText(p *Part) bool {
	c := count(p.Data)
	return !c.binary() && c.n >= minSqueezed && (w.rawDeflate(p) || w.snappyBlock(p) || w.rawBrotli(p))
}

// errBomb says that a decoder gave more than it may.
var errBomb = errors.New("expands beyond the limit")

// inflate undoes a compression. With strict set the result must be something
// readable, because nothing but the attempt says that it is compressed.
func (w *Walker) inflate(p *Part, step string, h hint, strict bool) bool {
	limit := min(int64(w.limits.One), w.left)
	out, rest, err := w.expand(step, p.Data, limit)
	if errors.Is(err, errNotBegun) {
		if !strict {
			w.gap("malformed", step, p, 0, "begins like "+step+" but is not: "+err.Error())
		}
		return false
	}
	if step == "deflate" && errors.Is(err, io.ErrUnexpectedEOF) && rest == 0 && len(out) >= minLeaf && texty(out) {
		err = nil // flushed, not closed, as permessage-deflate is (RFC 7692 section 7.2.1)
	}
	w.work -= int64(len(out)) // also when the guess was wrong
	if strict && (err != nil && !errors.Is(err, errBomb) && len(out) < 8 || len(out) == 0) {
		return false
	}
	sure := true
	if guess := strict && (step == "br" || step == "deflate" || step == "zlib" || step == "lzma"); guess && h.inner {
		if sure = texty(out) || structured(out) || knownMagic(out); err != nil || len(out) < minLeaf || !sure && (w.limits.Fast || rest > 0) {
			return false
		}
	}
	w.spend(p, step, len(out))
	switch {
	case errors.Is(err, errBomb) && limit < int64(w.limits.One):
		w.gap("budget", step, p, 0, "the output budget is used up; the beginning was read")
	case errors.Is(err, errBomb):
		w.gap("bomb", step, p, 0, "expands beyond the limit; the beginning was read")
	case err != nil:
		w.gap("malformed", step, p, 0, "damaged: "+err.Error()+"; the beginning was read")
	}
	if len(out) == 0 {
		return false
	}
	child := w.made(p, step, "", p.Key, out, 0, len(p.Data))
	w.later(costStructure, child, hint{mediaType: h.mediaType, inner: h.inner})
	return sure
}

// errNotBegun is wrapped by the error of a decoder that refuses the beginning.
var errNotBegun = errors.New("not its beginning")

// expand undoes a compression of b, up to limit bytes; rest are the bytes of b
// behind it. What was read before an error is returned with it.
func (w *Walker) expand(step string, b []byte, limit int64) (out []byte, rest int, err error) {
	if limit <= 0 {
		return nil, len(b), errBomb
	}
	guess := 4 * len(b)
	if step == "gzip" && len(b) >= 18 {
		// It ends with its length, which may be a lie.
		guess = min(int(binary.LittleEndian.Uint32(b[len(b)-4:])), 1032*len(b))
	}
	if whole := w.codec.flate.of(step); whole != nil {
		room := w.arena.alloc(int(min(int64(max(guess, 512)+maxMatch+16), limit, 1<<20)))
		out, used, err := whole(room, b, int(limit))
		if errors.Is(err, errHeader) {
			err = fmt.Errorf("%w: %w", errNotBegun, err)
		}
		return out, len(b) - used, err
	}
	r, src, err := w.decoder(step, b)
	if err != nil {
		return nil, len(b), fmt.Errorf("%w: %w", errNotBegun, err)
	}
	out, err = w.readAtMost(r, limit, guess)
	return out, src.Len(), err
}

// decoder returns a reader of b decompressed, and what it reads from.
func (w *Walker) decoder(step string, b []byte) (r io.Reader, src *bytes.Reader, err error) {
	src = bytes.NewReader(b)
	c := &w.codec
	switch step {
	case "bzip2":
		return bzip2.NewReader(src), src, nil
	case "xz":
		r, err = xzReader(src, b)
		return r, src, err
	case "lzma":
		r, err = lzmaReader(src)
		return r, src, err
	case "zstd":
		if c.zstd == nil {
			d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
			if err != nil {
				return nil, src, err
			}
			c.zstd = d
		}
		return c.zstd, src, c.zstd.Reset(src)
	case "br":
		if c.brotli == nil {
			c.brotli = brotli.NewReader(src)
			return c.brotli, src, nil
		}
		return c.brotli, src, c.brotli.Reset(src)
	case "lz4":
		if c.lz4 == nil {
			c.lz4 = lz4.NewReader(src)
		} else {
			c.lz4.Reset(src)
		}
		return c.lz4, src, nil
	case "snappy":
		if c.snappy == nil {
			c.snappy = s2.NewReader(src, s2.ReaderMaxBlockSize(1<<20))
		} else {
			c.snappy.Reset(src)
		}
		return c.snappy, src, nil
	}
	return nil, src, errors.New("no decoder for " + step)
}

// someOf is expand into memory that the next call uses again, of what is only
// looked at: no more than 64 kB.
func (w *Walker) someOf(step string, b []byte, limit int64) ([]byte, error) {
	some := w.room(64 << 10)
	limit = max(0, min(limit, int64(len(some))))
	if whole := w.codec.flate.of(step); whole != nil {
		out, _, err := whole(some[:0:limit], b, int(limit))
		return out, err
	}
	r, _, err := w.decoder(step, b)
	if err != nil {
		return nil, err
	}
	n, err := io.ReadFull(r, some[:limit])
	switch err {
	case nil:
		return some[:n], errBomb
	case io.EOF, io.ErrUnexpectedEOF:
		return some[:n], nil
	}
	return some[:n], err
}

// room is memory for what is only looked at; the next call hands it out again.
func (w *Walker) room(n int) []byte {
	if len(w.some) < n {
		w.some = make([]byte, n)
	}
	if n > 1<<20 {
		defer func() { w.some = nil }() // not worth keeping
	}
	return w.some[:n]
}

// readAtMost reads r to its end, or to limit and then says errBomb. What was
// read before an error is returned with it.
func (w *Walker) readAtMost(r io.Reader, limit int64, guess int) ([]byte, error) {
	if limit <= 0 {
		return nil, errBomb
	}
	buf := w.arena.alloc(int(min(int64(max(guess, 512)), limit, 1<<20)))
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		room := min(int64(cap(buf)-len(buf)), limit-int64(len(buf)))
		if room == 0 {
			return buf, errBomb
		}
		n, err := r.Read(buf[len(buf) : len(buf)+int(room)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}
