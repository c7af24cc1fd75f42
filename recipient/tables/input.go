package tables

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a file may cost. The largest that are known: DB-IP City 130 MB as
// mmdb, an ip-location-db city CSV 700 MB, HaGeZi's threat list 1 M names.
const (
	maxFile  = 1 << 30   // bytes, after decompression
	maxWhole = 256 << 20 // bytes of a file that must be in memory as a whole
	maxJSON  = 64 << 20
	maxLine  = 64 << 10
	maxRows  = 4 << 20 // ranges or names that are taken over
	maxFiles = 200_000 // of a folder
	maxHead  = 64 << 10
)

// input is a file or a folder being read.
type input struct {
	path string
	name string // without folder
	file func() (io.ReadCloser, error)
	dir  fs.FS // of a folder
	tick func(read int64)

	head   []byte // beginning, decompressed
	object map[string]json.RawMessage
	asked  bool // object was tried
	err    error
}

// open prepares a file or folder of the disk.
func open(path string, tick func(int64)) (*input, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	in := &input{path: path, name: filepath.Base(filepath.Clean(path)), tick: tick}
	switch {
	case info.IsDir():
		in.dir = os.DirFS(path)
		return in, nil
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: neither a file nor a folder", path)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s: %d MB; files of up to %d MB are read", path, info.Size()>>20, maxFile>>20)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s: an empty file", path)
	}
	in.file = func() (io.ReadCloser, error) { return os.Open(path) }
	return in, in.peek()
}

// memory prepares bytes, for tests.
func memory(name string, data []byte) (*input, error) {
	in := &input{path: name, name: name}
	in.file = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return in, in.peek()
}

func (in *input) peek() error {
	r, err := in.reader()
	if err != nil {
		return err
	}
	defer r.Close()
	in.head, err = io.ReadAll(io.LimitReader(r, maxHead))
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	in.head = bytes.TrimPrefix(in.head, []byte("\ufeff"))
	return nil
}

// reader gives the content, unpacked when it is gzip.
func (in *input) reader() (io.ReadCloser, error) {
	f, err := in.file()
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(&counter{r: f, tick: in.tick}, 64<<10)
	var r io.Reader = b
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: gzip: %w", in.path, err)
		}
		r = z
	}
	return struct {
		io.Reader
		io.Closer
	}{&bounded{r: r, left: maxFile, what: in.path}, f}, nil
}

// whole is the content as bytes.
func (in *input) whole(limit int64) ([]byte, error) {
	r, err := in.reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.path, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: larger than %d MB, which a file of this format may have", in.path, limit>>20)
	}
	return b, nil
}

// lines visits the lines of a text; an error is given the line's number.
func (in *input) lines(visit func(line string) error) error {
	r, err := in.reader()
	if err != nil {
		return err
	}
	defer r.Close()
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), maxLine)
	n := 0
	for s.Scan() {
		n++
		line := s.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if err := visit(line); err != nil {
			return fmt.Errorf("%s line %d: %w", in.path, n, err)
		}
	}
	if err := s.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s line %d: longer than %d bytes: not a file of lines", in.path, n+1, maxLine)
	} else if err != nil {
		return fmt.Errorf("%s line %d: %w", in.path, n+1, err)
	}
	return nil
}

// top are the members of a JSON object, nil for anything else.
func (in *input) top() map[string]json.RawMessage {
	if in.asked || in.dir != nil {
		return in.object
	}
	in.asked = true
	if !bytes.HasPrefix(bytes.TrimLeft(in.head, " \t\r\n"), []byte("{")) {
		return nil
	}
	b, err := in.whole(maxJSON)
	if err == nil {
		err = decode(bytes.TrimPrefix(b, []byte("\ufeff")), &in.object)
	}
	if err != nil {
		in.err, in.object = err, nil
	}
	return in.object
}

// has reports whether the file is a JSON object with these members.
func (in *input) has(keys ...string) bool {
	top := in.top()
	for _, k := range keys {
		if _, ok := top[k]; !ok {
			return false
		}
	}
	return len(top) > 0
}

// sample are the first lines with something in them that is no comment.
func (in *input) sample(n int) []string {
	if !utf8.Valid(in.head[:max(0, len(in.head)-utf8.UTFMax)]) || bytes.IndexByte(in.head, 0) >= 0 {
		return nil
	}
	var out []string
	text := string(in.head)
	if len(in.head) == maxHead { // the last line may be cut
		text = text[:strings.LastIndexByte(text, '\n')+1]
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !comment(line) {
			if out = append(out, line); len(out) == n {
				break
			}
		}
	}
	return out
}

// comment reports whether a line of a list says nothing.
func comment(line string) bool {
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "!") || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "[")
}

// field reads "# Key: value" from the comments at the head of a text.
func (in *input) field(key string) string {
	for line := range strings.Lines(string(in.head)) {
		line = strings.TrimSpace(line)
		if line != "" && !comment(line) {
			break
		}
		k, v, ok := strings.Cut(strings.TrimLeft(line, "#!; "), ":")
		if ok && strings.EqualFold(strings.TrimSpace(k), key) {
			return oneLine(v)
		}
	}
	return ""
}

// looks describes a file that nobody understands.
func (in *input) looks() string {
	t := bytes.TrimSpace(in.head)
	switch {
	case in.dir != nil:
		return "a folder"
	case bytes.HasPrefix(t, []byte("SQLite format 3")):
		return "an SQLite database"
	case bytes.HasPrefix(t, []byte("PK\x03\x04")):
		return "a zip archive (unpack it first)"
	case bytes.HasPrefix(t, []byte("\xfd7zXZ")):
		return "an xz archive (unpack it first)"
	case strings.HasSuffix(in.name, ".engine"):
		return "an engine of filters (of Ghostery TrackerDB add trackerdb.json, which lies beside it)"
	case bytes.HasPrefix(t, []byte("PAR1")):
		return "a Parquet file (add the CSV instead)"
	case bytes.HasPrefix(t, []byte("LOCDBXX")):
		return "IPFire's own database (add tor-geoipdb's geoip files, or an export, instead)"
	case bytes.HasPrefix(t, []byte("{")), bytes.HasPrefix(t, []byte("[{")):
		return "JSON"
	case in.sample(1) != nil:
		return "text"
	}
	return "binary data"
}

// sum hashes the original as it lies on the disk. A folder's is that of its
// files' names and hashes, in order.
func (in *input) sum() (string, error) {
	h := sha256.New()
	if in.dir == nil {
		f, err := in.file()
		if err != nil {
			return "", err
		}
		defer f.Close()
		if _, err := io.Copy(h, f); err != nil {
			return "", err
		}
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	err := in.walk(func(name string, b []byte) error {
		fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(b))
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// walk visits the regular files of a folder, in order of their names.
func (in *input) walk(visit func(name string, b []byte) error) error {
	files, left := 0, int64(maxFile)
	return fs.WalkDir(in.dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && name != ".":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if files++; files > maxFiles {
			return fmt.Errorf("%s: more than %d files", in.path, maxFiles)
		}
		f, err := in.dir.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
		if err != nil {
			return err
		}
		if left -= int64(len(b)); len(b) > maxJSON || left < 0 {
			return fmt.Errorf("%s: %s makes it more than %d MB", in.path, name, maxFile>>20)
		}
		if in.tick != nil {
			in.tick(int64(len(b)))
		}
		return visit(name, b)
	})
}

// counter tells how far the reading is.
type counter struct {
	r    io.Reader
	tick func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.tick != nil {
		c.tick(int64(n))
	}
	return n, err
}

// bounded ends with an error where a file unpacks to more than it may.
type bounded struct {
	r    io.Reader
	left int64
	what string
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("%s: unpacks to more than %d MB", b.what, maxFile>>20)
	}
	return n, err
}

// decode reads JSON and says where it is damaged.
func decode(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("byte %d: not JSON: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Errorf("byte %d: expected %s at %q, found %s", kind.Offset, kind.Type, kind.Field, kind.Value)
	}
	return err
}

// members decodes members of a JSON object; one that is not there is left as
// it is.
func (in *input) members(want map[string]any) error {
	top := in.top()
	if top == nil {
		if in.err != nil {
			return in.err
		}
		return errors.New("expected a JSON object")
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		raw, ok := top[key]
		if !ok {
			continue
		}
		if err := decode(raw, want[key]); err != nil {
			return fmt.Errorf("%q, %w", key, err)
		}
	}
	return nil
}
