package recipient

import (
	"errors"
	"strings"
	"unicode"
)

// company is an owner that a legal name belongs to.
type company struct {
	owner, parent, seat, parentSeat, role string
}

// group is the company at the top: the parent, or the owner without one.
func (c company) group() string { return group(c.owner, c.parent) }

func group(owner, parent string) string {
	if parent != "" {
		return bare(parent)
	}
	return bare(owner)
}

// legalForms are words that say what kind of company it is, not which.
var legalForms = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`inc incorporated llc llp lp ltd limited plc corp corporation co company
		sa sas sarl se spa srl bv nv ag gmbh mbh kg oy oyj ab as asa aps kk pte pty pvt private pjsc ooo jsc
		lda ltda sl slu sp zoo sro dac uc ulc the`) {
		legalForms[w] = true
	}
}

// bare is a company's name without case, punctuation and legal form: what
// is left of "TIKTOK PTE. LTD." is "tiktok".
func bare(name string) string {
	var words []string
	name = strings.NewReplacer("’", "", "'", "", ".", "").Replace(strings.ToLower(name))
	for _, w := range strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if !legalForms[w] {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// company finds the owner that a legal name belongs to, by a row for that
// name or because both are the same name but for the legal form.
func (b *Book) company(legal string) (company, bool) {
	c, ok := b.companies[bare(legal)]
	return c, ok && bare(legal) != ""
}

// readCompanies learns the names of all owners and parents, and the legal
// names that have rows of their own.
func (b *Book) readCompanies() error {
	b.companies, b.operates = map[string]company{}, map[string]bool{}
	know := func(name string, c company) {
		old, ok := b.companies[bare(name)]
		// Several owners may share a parent; any row serves as long as it is
		// always the same.
		if !ok || c.owner < old.owner || c.owner == old.owner && c.role < old.role {
			b.companies[bare(name)] = c
		}
	}
	for _, o := range b.owners {
		if o.parent != "" {
			know(o.parent, company{owner: o.parent, seat: o.parentSeat})
		}
	}
	for _, o := range b.owners {
		know(o.name, company{o.name, o.parent, o.seat, o.parentSeat, o.role})
		if o.role == "cdn" || o.role == "cloud" {
			b.operates[group(o.name, o.parent)] = true
		}
	}
	for _, p := range b.platform {
		if c, ok := b.company(p.operator); ok {
			b.operates[c.group()] = true
		} else {
			b.operates[bare(p.operator)] = true
		}
	}
	return eachRow("data/own/organizations.csv", func(r map[string]string) error {
		c, ok := b.companies[bare(r["owner"])]
		if !ok {
			return errNoOwner(r["owner"])
		}
		name := bare(r["organization"])
		if name == "" || r["source"] == "" || r["date"] == "" || r["strength"] == "" {
			return errors.New("a row needs a name, a source, a date and a strength")
		}
		b.companies[name] = c
		return nil
	})
}
