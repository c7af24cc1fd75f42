package detect

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	pictures "image"
	_ "image/gif"  // decoders of the head
	_ "image/jpeg" // of an image
	_ "image/png"
	"strconv"

	"github.com/constat/constat/peel"
)

// Media is the form of a photo, a video or a sound: it is there for all to see
// and hear, and no text.
const Media = "media"

// minMedia is the least that can be somebody's picture or voice: tracking
// images of a few pixels are smaller.
const minMedia = 512

// media files a photo, video or sound that p is, if its container's structure
// bears out what its first bytes say. Whose it is, is another question: grade B.
func (s *Scanner) media(p *peel.Part) {
	if len(p.Data) < minMedia || p.Data[0] >= 0x20 && p.Data[0] < 0x7f && p.Data[0] != 'R' && p.Data[0] != 'O' && p.Data[0] != 'G' {
		return // nearly everything is text
	}
	kind, what := container(p.Data)
	if kind == "" {
		return
	}
	off, n := p.Outermost(0, len(p.Data))
	sum := sha256.Sum256(p.Data)
	s.file(Finding{
		Type: "content.media", PersonaValue: -1, Method: Format, Form: Media, Detail: what, Grade: GradeB, Confidence: 0.95,
		Reason:     "a " + kind + " file whose structure is sound (" + what + ")",
		Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
		Off: off, Len: n, Path: p.Name, Value: []byte(hex.EncodeToString(sum[:])),
	})
}

// mediaStarts are the first bytes of media files, but for ISO's, which begin
// with a length.
var mediaStarts = [256]bool{0x1a: true, 'R': true, 'O': true, 0xff: true, 0x89: true, 'G': true}

// container says what media file b, of at least minMedia bytes, is, by more
// than its first bytes; "" if it is none.
func container(b []byte) (kind, what string) {
	if !mediaStarts[b[0]] && string(b[4:8]) != "ftyp" {
		return "", ""
	}
	size := strconv.Itoa((len(b)+999)/1000) + " kB"
	switch {
	case bytes.HasPrefix(b, []byte("\x1aE\xdf\xa3")):
		// Matroska (RFC 9559): the EBML head names the document type, and a
		// segment follows.
		n, w := vint(b[4:])
		if end := 4 + w + n; w > 0 && n < 1000 && end+4 <= len(b) && (bytes.Contains(b[4:end], []byte("webm")) || bytes.Contains(b[4:end], []byte("matroska"))) &&
			bytes.HasPrefix(b[end:], []byte("\x18S\x80g")) {
			return "WebM video", size
		}
	case string(b[4:8]) == "ftyp":
		// ISO/IEC 14496-12: boxes, each with its length in front.
		n := int(binary.BigEndian.Uint32(b))
		if n >= 16 && n < 512 && n+8 <= len(b) {
			switch string(b[n+4 : n+8]) {
			case "moov", "mdat", "moof", "free", "wide", "sidx", "styp", "uuid":
				return "MP4 video", size
			case "meta":
				return "HEIF picture", size
			}
		}
	case bytes.HasPrefix(b, []byte("RIFF")):
		n := int(binary.LittleEndian.Uint32(b[4:]))
		if n+8 > len(b)+1 || n < 4 {
			return "", ""
		}
		switch string(b[8:12]) {
		case "WEBP":
			return "WebP picture", size
		case "WAVE":
			return "WAVE sound", size
		}
	case bytes.HasPrefix(b, []byte("OggS")) && b[4] == 0 && len(b) > 27+int(b[26]): // RFC 3533
		return "Ogg sound", size
	case bytes.HasPrefix(b, []byte("\xff\xd8")), bytes.HasPrefix(b, []byte("\x89PNG")), bytes.HasPrefix(b, []byte("GIF8")):
		if c, format, err := pictures.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height >= 32*32 {
			return format + " picture", strconv.Itoa(c.Width) + " by " + strconv.Itoa(c.Height) + " pixels, " + size
		}
	}
	return "", ""
}

// vint reads an EBML length (RFC 8794, 4.4) and how many bytes it took, 0 if
// it is none.
func vint(b []byte) (n, width int) {
	if len(b) < 8 || b[0] == 0 {
		return 0, 0
	}
	width = 1
	for m := byte(0x80); b[0]&m == 0; m >>= 1 {
		width++
	}
	n = int(b[0]) & (0xff >> width)
	for _, c := range b[1:width] {
		n = n<<8 | int(c)
	}
	return n, width
}
