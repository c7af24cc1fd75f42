package peel

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// maxDictionary bounds what a dictionary of LZMA may take, in bytes: it is
// allocated before anything is known of the contents.
const maxDictionary = 8 << 20

// maxMembers is how many files of an archive are opened.
const maxMembers = 256

// unzip opens the files of a ZIP archive (PKWARE APPNOTE 6.3), as apps pack
// their logs and crash reports.
func (w *Walker) unzip(p *Part) bool {
	b := p.Data
	if !bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		return false
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		w.gap("malformed", "zip", p, 0, "begins like zip but is not: "+err.Error())
		return false
	}
	for i, f := range z.File {
		if i == maxMembers {
			w.gap("budget", "zip", p, 0, "more files than the limit: the rest was not opened")
			break
		}
		w.member(p, "zip", f.Name, f.Open)
	}
	return len(z.File) > 0
}

// untar opens the files of a tar archive (POSIX.1-1988, "ustar").
func (w *Walker) untar(p *Part) bool {
	b := p.Data
	if len(b) < 512 || string(b[257:262]) != "ustar" {
		return false
	}
	t, any := tar.NewReader(bytes.NewReader(b)), false
	for range maxMembers {
		h, err := t.Next()
		if err != nil {
			if err != io.EOF {
				w.gap("malformed", "tar", p, 0, "damaged: "+err.Error()+"; the beginning was read")
			}
			break
		}
		w.member(p, "tar", h.Name, func() (io.ReadCloser, error) { return io.NopCloser(t), nil })
		any = true
	}
	return any
}

// member presents one file of an archive: its name and its contents.
func (w *Walker) member(p *Part, step, name string, open func() (io.ReadCloser, error)) {
	label := w.keep([]byte(name[:min(len(name), 128)]))
	w.made(p, step, label+" (name)", "", w.arena.clone([]byte(name)), 0, len(p.Data))
	r, err := open()
	if err != nil {
		w.gap("malformed", step, p, 0, err.Error())
		return
	}
	defer r.Close()
	limit := min(int64(w.limits.One), w.left)
	out, err := w.readAtMost(r, limit, len(p.Data))
	w.work -= int64(len(out))
	w.spend(p, step, len(out))
	switch {
	case err == errBomb:
		w.gap("bomb", step, p, 0, "expands beyond the limit; the beginning was read")
	case err != nil:
		w.gap("malformed", step, p, 0, "damaged: "+err.Error()+"; the beginning was read")
	}
	w.later(costStructure, w.made(p, step, label, "", out, 0, len(p.Data)), hint{})
}

// lzmaHead reports whether b begins like a file of LZMA's first format
// (lzma-specification.txt, section "LZMA file format"): lc = 3, lp = 0, pb = 2,
// as all programs write it, a dictionary of a power of two, and a length that
// is unknown or in proportion.
func lzmaHead(b []byte) bool {
	if len(b) < 18 || b[0] != 0x5d {
		return false
	}
	dictionary, size := binary.LittleEndian.Uint32(b[1:]), binary.LittleEndian.Uint64(b[5:])
	return dictionary >= 1<<12 && dictionary <= maxDictionary && dictionary&(dictionary-1)&^(dictionary>>1) == 0 && (size == 1<<64-1 || size <= 1<<32)
}

// xzReader opens XZ (tukaani.org/xz/xz-file-format.txt) of one block, whose
// dictionary is looked at before the library allocates it.
func xzReader(src *bytes.Reader, b []byte) (io.Reader, error) {
	const head, foot = 12, 12
	if len(b) < head+foot+8 {
		return nil, io.ErrUnexpectedEOF
	}
	back := (int(binary.LittleEndian.Uint32(b[len(b)-foot+4:])) + 1) * 4
	index := len(b) - foot - back
	if index < head || b[index] != 0 || b[index+1] != 1 {
		return nil, errBomb // none or several blocks
	}
	at := head + 2
	for _, size := range []byte{0x40, 0x80} { // compressed, uncompressed
		if b[head+1]&size != 0 {
			_, n := varint(b[at:])
			if n <= 0 {
				return nil, io.ErrUnexpectedEOF
			}
			at += n
		}
	}
	if b[head+1]&3 != 0 || at+3 > len(b) || b[at] != 0x21 || b[at+1] != 1 || b[at+2] > 22 { // LZMA2 alone, dictionary of 8 MB
		return nil, errBomb
	}
	return xz.ReaderConfig{SingleStream: true}.NewReader(src)
}

func lzmaReader(src *bytes.Reader) (io.Reader, error) {
	return lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(src)
}
