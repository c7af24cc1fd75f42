package oracle

import (
	"bufio"
	"encoding/hex"
	"encoding/xml"
	"io"
	"iter"
	"strconv"
	"strings"
)

// node is a <proto> or <field> of PDML, tshark's XML of a packet's dissection.
type node struct {
	name, show, showname, value string
	size                        int
	children                    []*node
}

// packets reads PDML, a packet at a time: the protocols of each, outermost
// first.
func packets(r io.Reader) iter.Seq2[[]*node, error] {
	return func(yield func([]*node, error) bool) {
		d := xml.NewDecoder(&ascii{r: bufio.NewReaderSize(r, 1<<20)})
		d.Strict = false
		d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
		var stack []*node
		for {
			t, err := d.RawToken()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			switch t := t.(type) {
			case xml.StartElement:
				n := &node{}
				for _, a := range t.Attr {
					switch a.Name.Local {
					case "name":
						n.name = a.Value
					case "show":
						n.show = a.Value
					case "showname":
						n.showname = a.Value
					case "value":
						n.value = a.Value
					case "size":
						n.size, _ = strconv.Atoi(a.Value)
					}
				}
				if len(stack) > 0 {
					up := stack[len(stack)-1]
					up.children = append(up.children, n)
				}
				stack = append(stack, n)
			case xml.EndElement:
				if len(stack) == 0 {
					continue
				}
				n := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if t.Name.Local != "packet" {
					continue
				}
				if len(stack) > 0 {
					stack[0].children = nil // <pdml> keeps no packet
				}
				if !yield(n.children, nil) {
					return
				}
			}
		}
	}
}

// ascii passes what XML allows. tshark writes the bytes of a packet into show
// attributes as they are; bytes are read from value attributes, in hex.
type ascii struct{ r io.Reader }

func (a *ascii) Read(b []byte) (int, error) {
	n, err := a.r.Read(b)
	for i, c := range b[:n] {
		if c >= 0x80 || c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			b[i] = '?'
		}
	}
	return n, err
}

// all yields n's descendants of a name, or all if it is empty, in order.
func (n *node) all(name string) iter.Seq[*node] {
	return func(yield func(*node) bool) { n.walk(name, yield) }
}

func (n *node) walk(name string, yield func(*node) bool) bool {
	for _, c := range n.children {
		if (name == "" || c.name == name) && !yield(c) {
			return false
		}
		if !c.walk(name, yield) {
			return false
		}
	}
	return true
}

// first is n's first descendant of a name, or an empty node.
func (n *node) first(name string) *node {
	for c := range n.all(name) {
		return c
	}
	return &node{}
}

func (n *node) has(name string) bool {
	for range n.all(name) {
		return true
	}
	return false
}

// bytes are those that a field stands for.
func (n *node) bytes() []byte {
	b, _ := hex.DecodeString(n.value)
	return b
}

// number is a field's value as shown, decimal or hexadecimal.
func (n *node) number() int {
	v, _ := strconv.ParseInt(n.show, 0, 64)
	return int(v)
}

// field reads "Name: value\r\n" from a field's bytes.
func (n *node) field() [2]string {
	name, value, _ := strings.Cut(strings.TrimRight(string(n.bytes()), "\r\n"), ":")
	return [2]string{name, strings.Trim(value, " \t")}
}
