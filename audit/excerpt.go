package audit

// Bytes shown before and after a finding in an Excerpt.
const (
	excerptBefore = 48
	excerptAfter  = 32
	excerptSpan   = 96 // of the finding itself
)

// span is a range of bytes of an outermost part.
type span struct{ off, n int }

// excerpt cuts the neighbourhood of at out of data. The bytes of every
// finding of the same part are masked, and so is whatever the redactor
// would mask in a Text; what stays is structure and field names.
func (r *Redactor) excerpt(data []byte, at span, findings []span) *Excerpt {
	if at.off < 0 || at.n < 0 || at.off+at.n > len(data) {
		return nil
	}
	from := max(0, at.off-excerptBefore)
	to := min(len(data), at.off+min(at.n, excerptSpan)+excerptAfter)
	// Look past both ends so that a token cut by the frame is still known
	// for what it is.
	lo, hi := max(0, from-64), min(len(data), to+64)
	piece := data[lo:hi]
	hide := r.cover(piece, nil)
	hide = coverIdentifiers(string(piece), hide)
	inSpan := make([]bool, len(piece))
	for _, f := range findings {
		for i := max(f.off, lo); i < min(f.off+f.n, hi); i++ {
			hide[i-lo] = true
		}
	}
	for i := at.off; i < min(at.off+at.n, hi); i++ {
		hide[i-lo], inSpan[i-lo] = true, true
	}
	e := &Excerpt{Offset: from}
	for i := from - lo; i < to-lo; {
		j := i
		for j < to-lo && hide[j] == hide[i] && inSpan[j] == inSpan[i] {
			j++
		}
		run := Run{Span: inSpan[i]}
		if hide[i] {
			run.Masked = j - i
		} else {
			run.Text = Text{asciiDump(piece[i:j])}
		}
		e.Runs = append(e.Runs, run)
		i = j
	}
	return e
}

// asciiDump shows printable ASCII and a middle dot for every other byte, so
// that one byte stays one column.
func asciiDump(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = '·'
		if c >= 0x20 && c < 0x7f {
			out[i] = rune(c)
		}
	}
	return string(out)
}
