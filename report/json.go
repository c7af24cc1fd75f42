package report

import (
	"bufio"
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/constat/constat/audit"
)

// member writes a list with one element a line, anything else indented.
func member(bw *bufio.Writer, v reflect.Value) error {
	if v.Kind() != reflect.Slice {
		b, err := json.MarshalIndent(v.Interface(), "  ", "  ")
		bw.Write(b)
		return err
	}
	bw.WriteByte('[')
	for i := range v.Len() {
		b, err := json.Marshal(v.Index(i).Interface())
		if err != nil {
			return err
		}
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteString("\n    ")
		bw.Write(b)
	}
	if v.Len() > 0 {
		bw.WriteString("\n  ")
	}
	bw.WriteByte(']')
	return nil
}

// JSON writes the document: the contract that other programs rely on
// (constat schema). Lists stand one element a line, for line tools; the
// ledger is streamed, since it can be longer than memory.
func JSON(w io.Writer, d *audit.Document) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	bw.WriteString("{")
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if option == "omitempty" && v.Field(i).IsZero() {
			continue
		}
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
		if err := member(bw, v.Field(i)); err != nil {
			return err
		}
	}
	bw.WriteString("\n}\n")
	return bw.Flush()
}

// members writes a document that fits memory, lists with one element a line.
func members(w io.Writer, d any) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	v := reflect.ValueOf(d).Elem()
	sep := "{"
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if option == "omitempty" && v.Field(i).Len() == 0 {
			continue
		}
		bw.WriteString(sep + "\n  \"" + name + "\": ")
		if err := member(bw, v.Field(i)); err != nil {
			return err
		}
		sep = ","
	}
	bw.WriteString("\n}\n")
	return bw.Flush()
}
