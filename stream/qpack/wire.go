package qpack

import (
	"errors"

	"golang.org/x/net/http2/hpack"
)

var (
	errShort   = errors.New("QPACK: a field section that ends too early")
	errInteger = errors.New("QPACK: an integer of more than 62 bits")
	errString  = errors.New("QPACK: a string longer than the limit")
	errHuffman = errors.New("QPACK: a string that is no Huffman code")
)

// integer reads a prefixed integer of RFC 7541, 5.1, whose first byte has n
// bits for it. used is 0 if b ends within it.
func integer(b []byte, n uint) (v uint64, used int, err error) {
	if len(b) == 0 {
		return 0, 0, nil
	}
	mask := uint64(1)<<n - 1
	if v = uint64(b[0]) & mask; v < mask {
		return v, 1, nil
	}
	for i, shift := 1, uint(0); i < len(b); i, shift = i+1, shift+7 {
		if shift > 56 {
			return 0, 0, errInteger
		}
		v += uint64(b[i]&0x7f) << shift
		if b[i]&0x80 == 0 {
			if v >= 1<<62 {
				return 0, 0, errInteger
			}
			return v, i + 1, nil
		}
	}
	if len(b) > 10 {
		return 0, 0, errInteger
	}
	return 0, 0, nil
}

// text reads a string literal (RFC 9204, 4.1.2) whose length has a prefix of n
// bits, with the Huffman flag above them. used is 0 if b ends within it.
func text(b []byte, n uint, limit int) (s string, used int, err error) {
	size, used, err := integer(b, n)
	if err != nil || used == 0 {
		return "", 0, err
	}
	if size > uint64(limit) {
		return "", 0, errString
	}
	if uint64(len(b)-used) < size {
		return "", 0, nil
	}
	raw := b[used : used+int(size)]
	used += int(size)
	if b[0]&(1<<n) == 0 {
		return string(raw), used, nil
	}
	if s, err = hpack.HuffmanDecodeToString(raw); err != nil {
		return "", 0, errHuffman
	}
	if len(s) > limit {
		return "", 0, errString
	}
	return s, used, nil
}
