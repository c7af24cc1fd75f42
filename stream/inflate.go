package stream

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
)

// inflater undoes permessage-deflate (RFC 7692) for one direction.
type inflater struct {
	limit  int    // bytes kept of a message
	forget bool   // no context takeover
	lost   bool   // the window is not known any more
	window []byte // the last 32 KiB that came out
	r      io.ReadCloser
}

const (
	windowSize   = 32 << 10
	inflaterSize = 3 * windowSize // what one takes in memory, about
	countedOver  = 4              // times the limit that is inflated only to be counted
)

var (
	errWindow = errors.New("an earlier message that they refer to was not read")
	errBomb   = errors.New("one of them is many times longer than the limit")
)

// tail is what RFC 7692, 7.2.2 says to append, and a final empty block so that
// the decoder ends.
var tail = []byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}

// message inflates a message as far as the limit, and counts what is cut off.
// Of a message that is not whole (short), it inflates what is there.
func (f *inflater) message(b []byte, short bool) (data []byte, cut int64, err error) {
	if f.lost {
		return nil, 0, errWindow
	}
	src := io.MultiReader(bytes.NewReader(b), bytes.NewReader(tail))
	if f.r == nil {
		f.r = flate.NewReaderDict(src, f.window)
	} else if err := f.r.(flate.Resetter).Reset(src, f.window); err != nil {
		return nil, 0, err
	}
	data, err = io.ReadAll(io.LimitReader(f.r, int64(f.limit)))
	f.remember(data)
	if err == nil && len(data) == f.limit {
		cut, err = f.count()
	}
	if short && err != nil {
		err = nil // that it ends too early is known
	}
	f.lost = !f.forget && (err != nil || short)
	return data, cut, err
}

// count reads on to the end of a message that is longer than the limit.
func (f *inflater) count() (n int64, err error) {
	var b [4 << 10]byte
	for n < countedOver*int64(f.limit) {
		k, err := f.r.Read(b[:])
		f.remember(b[:k])
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, errBomb
}

// remember keeps what later messages may refer to.
func (f *inflater) remember(b []byte) {
	if f.forget {
		return
	}
	if len(b) > windowSize {
		b = b[len(b)-windowSize:]
	}
	if over := len(f.window) + len(b) - windowSize; over > 0 {
		f.window = f.window[:copy(f.window, f.window[over:])]
	}
	f.window = append(f.window, b...)
}
