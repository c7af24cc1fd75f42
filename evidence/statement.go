package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// statement is the body of an annotation in which the operator says which app is
// under test. Nothing in the capture bears it out.
type statement struct {
	App string `json:"app"`
}

// Bounds of an app's names, which stand in an entry with commas between.
const (
	maxAppNames = 8
	maxAppName  = 155
)

// CheckApp says what is wrong with the names of an app, package name or bundle id
// first, if something is.
func CheckApp(names string) error {
	list := strings.Split(names, ",")
	if len(list) > maxAppNames {
		return fmt.Errorf("%d names of one app; %d are enough", len(list), maxAppNames)
	}
	for _, n := range list {
		if n = strings.TrimSpace(n); n == "" || len(n) > maxAppName || strings.ContainsFunc(n, unicode.IsControl) {
			return fmt.Errorf("%.40q is no name of an app: expected a package name or bundle id as in com.example.video, and after commas what captures call it besides", n)
		}
	}
	return nil
}

// StateApp writes that the operator says, now, which app is under test.
func (w *Writer) StateApp(names string) error {
	if err := CheckApp(names); err != nil {
		return err
	}
	_, err := w.Append(KindNote, statement{names})
	return err
}

// StatedApp is the last that the operator of a log said of the app under test, and
// when; "" if nothing. What stands in the log is believed here, whether the chain
// holds is told by Entries.
func StatedApp(r io.Reader) (names string, at time.Time, err error) {
	in := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF, errors.Is(err, bufio.ErrBufferFull): // the rest is damaged
			return names, at, nil
		case err != nil:
			return "", time.Time{}, err
		}
		if !bytes.Contains(line, []byte(`"kind":"`+KindNote+`"`)) {
			continue
		}
		var e struct {
			Kind string    `json:"kind"`
			Body statement `json:"body"`
			Wall time.Time `json:"wall"`
		}
		if json.Unmarshal(line, &e) == nil && e.Kind == KindNote && e.Body.App != "" && CheckApp(e.Body.App) == nil {
			names, at = e.Body.App, e.Wall
		}
	}
}
