package report

import (
	"bufio"
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/constat/constat/audit"
)

// JSON writes the document: the contract that other programs rely on
// (constat schema). The ledger is streamed, one row a line, so that it can
// be longer than memory, and read with line tools.
func JSON(w io.Writer, d *audit.Document) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	bw.WriteString("{")
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteString("\n  \"" + name + "\": ")
		if l, ok := v.Field(i).Interface().(*audit.Ledger); ok {
			if err := bw.Flush(); err != nil {
				return err
			}
			if err := l.WriteJSON(w, "    "); err != nil {
				return err
			}
			continue
		}
		b, err := json.MarshalIndent(v.Field(i).Interface(), "  ", "  ")
		if err != nil {
			return err
		}
		bw.Write(b)
	}
	bw.WriteString("\n}\n")
	return bw.Flush()
}
