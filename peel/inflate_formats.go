package peel

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"io"
)

// unzlib is inflate of zlib's format (RFC 1950).
func (d *inflater) unzlib(dst, src []byte, limit int) (out []byte, used int, err error) {
	if len(src) < 2 || src[0]&15 != 8 || src[0]>>4 > 7 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return dst, 0, errHeader
	}
	from := len(dst)
	out, used, err = d.inflate(dst, src[2:], limit)
	if used += 2; err != nil {
		return out, used, err
	}
	if len(src)-used < 4 {
		return out, len(src), io.ErrUnexpectedEOF
	}
	if adler32.Checksum(out[from:]) != binary.BigEndian.Uint32(src[used:]) {
		err = errChecksum
	}
	return out, used + 4, err
}

// gunzip is inflate of gzip's format (RFC 1952), of all members that follow
// each other.
func (d *inflater) gunzip(dst, src []byte, limit int) (out []byte, used int, err error) {
	for out = dst; ; {
		head := gzipHead(src[used:])
		if head == 0 {
			if used == 0 {
				return out, 0, errHeader
			}
			if len(bytes.TrimLeft(src[used:], "\x00")) > 0 {
				err = errFollowed
			}
			return out, used, err
		}
		from, n := len(out), 0
		out, n, err = d.inflate(out, src[used+head:], limit)
		if used += head + n; err != nil {
			return out, used, err
		}
		if len(src)-used < 8 {
			return out, len(src), io.ErrUnexpectedEOF
		}
		if crc32.ChecksumIEEE(out[from:]) != binary.LittleEndian.Uint32(src[used:]) || uint32(len(out)-from) != binary.LittleEndian.Uint32(src[used+4:]) {
			return out, used + 8, errChecksum
		}
		if used += 8; used == len(src) {
			return out, used, nil
		}
	}
}

// gzipHead is the length of a member's head, 0 if none stands there.
func gzipHead(b []byte) int {
	if len(b) < 10 || b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 {
		return 0
	}
	flags, n := b[3], 10
	if flags&4 != 0 { // FEXTRA
		if len(b) < n+2 {
			return 0
		}
		n += 2 + int(binary.LittleEndian.Uint16(b[n:]))
	}
	for _, text := range []byte{8, 16} { // FNAME, FCOMMENT
		if flags&text == 0 {
			continue
		}
		for {
			if n >= len(b) {
				return 0
			}
			if n++; b[n-1] == 0 {
				break
			}
		}
	}
	if flags&2 != 0 { // FHCRC
		n += 2
	}
	if n > len(b) {
		return 0
	}
	return n
}
