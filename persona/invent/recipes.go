package invent

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

//go:embed en.toml fr.toml
var wordFiles embed.FS

// words are the texts of one language.
type words struct {
	Given []string          // given names
	Text  map[string]string // templates of values and of the file
	Label map[string]string
	Where map[string]string // where to plant a value of a type, or to read it
}

func load(lang string) *words {
	if lang != "fr" {
		lang = "en"
	}
	w := &words{}
	meta, err := toml.DecodeFS(wordFiles, lang+".toml", w)
	if err != nil || len(meta.Undecoded()) > 0 {
		panic(fmt.Sprintf("invent: %s.toml: %v %v", lang, err, meta.Undecoded())) // embedded, checked by the tests
	}
	return w
}

// planted are the types that a tester can plant, in the order of the file, and
// how a value is made.
var planted = []struct {
	typ  datatype.ID
	make func(m *maker) string
}{
	{"contact.email", func(m *maker) string { return m.address() }},
	{"contact.phone", func(m *maker) string {
		if m.Phone != "" {
			return m.Phone
		}
		return m.number()
	}},
	{"contact.username", func(m *maker) string { return m.word(2) + m.digits(4) + m.word(1) }},
	{"contact.name", func(m *maker) string { return m.pick(m.words.Given) + " " + m.family() }},
	{"contact.birthdate", func(m *maker) string { return fmt.Sprintf("%d-%02d-%02d", 1970+m.n(30), 1+m.n(12), 1+m.n(28)) }},
	{"contact.address", func(m *maker) string {
		return fmt.Sprintf(m.words.Text["address"], 2+m.n(180), m.family())
	}},
	{"credential.password", func(m *maker) string { return m.password() }},
	{"location.precise", func(m *maker) string {
		if m.Near == "" {
			return ""
		}
		return m.position()
	}},
	{"network.ssid", func(m *maker) string { return capital(m.word(2)) + "-" + m.word(1) + "-" + m.digits(3) }},
	{"content.clipboard", func(m *maker) string {
		return fmt.Sprintf(m.words.Text["clipboard"], m.word(2), m.word(2), m.digits(6))
	}},
	{"content.search", func(m *maker) string { return fmt.Sprintf(m.words.Text["search"], m.word(2), m.word(2)) }},
	{"content.draft", func(m *maker) string { return fmt.Sprintf(m.words.Text["draft"], m.word(2), m.word(2)) }},
	{"system.calendar", func(m *maker) string {
		return fmt.Sprintf(m.words.Text["calendar"], capital(m.word(2)), capital(m.word(2)))
	}},
}

// contacts is how many people stand in the address book, and what of each.
const contacts = 3

var contactTypes = []datatype.ID{"social.contact_name", "social.contact_phone", "social.contact_email"}

// read are the types that stock phones do not let their owner change.
var read = []datatype.ID{
	"device.imei", "device.serial", "device.ad_id", "device.android_id", "device.vendor_id",
	"device.mac", "device.bluetooth_mac", "network.bssid", "network.public_ip",
}

// Types lists what New can make or leave for the tester to fill in.
func Types() []datatype.ID {
	var all []datatype.ID
	for _, p := range planted {
		all = append(all, p.typ)
	}
	return append(append(all, contactTypes...), read...)
}

// maker makes one draft.
type maker struct {
	Options
	draw
	words *words
	items []Item
}

func (m *maker) wants(t datatype.ID) bool { return m.Types == nil || slices.Contains(m.Types, t) }

func (m *maker) add(t datatype.ID, label, value string, remarks ...string) {
	m.items = append(m.items, Item{Type: t, Label: label, Value: value, Where: m.words.Where[string(t)], Remarks: remarks})
}

func (m *maker) make() {
	for _, p := range planted {
		if !m.wants(p.typ) {
			continue
		}
		m.add(p.typ, m.words.Label[string(p.typ)], p.make(m), m.remarks(p.typ)...)
	}
	for i := range contacts {
		for _, t := range contactTypes {
			if !m.wants(t) {
				continue
			}
			label := fmt.Sprintf(m.words.Label[string(t)], i+1)
			switch t {
			case "social.contact_name":
				m.add(t, label, m.pick(m.words.Given)+" "+m.family())
			case "social.contact_phone":
				if n := m.number(); n != "" {
					m.add(t, label, n, m.words.Text["fiction"])
				}
			case "social.contact_email":
				m.add(t, label, m.address())
			}
		}
	}
	for _, t := range read {
		if m.wants(t) {
			m.add(t, m.words.Label[string(t)], "")
			m.items[len(m.items)-1].Read = true
		}
	}
}

// remarks is what the tester should know of a value of that type.
func (m *maker) remarks(t datatype.ID) []string {
	text := m.words.Text
	switch t {
	case "contact.email":
		if m.MailDomain == DefaultDomain {
			return []string{text["reserved"]}
		}
	case "contact.phone":
		switch {
		case m.Phone != "":
			return []string{text["own"]}
		case m.Region == "":
			return []string{text["noregion"]}
		case m.number() == "":
			return []string{text["nofiction"]}
		}
		return []string{text["fiction"]}
	case "contact.birthdate":
		return []string{text["birthdate"]}
	case "location.precise":
		if m.Near == "" {
			return []string{text["noposition"]}
		}
	}
	return nil
}

// address is a mailbox without plus: some apps cut what follows one.
func (m *maker) address() string {
	return m.word(2) + "." + m.word(2) + m.digits(2) + "@" + strings.ToLower(m.MailDomain)
}

// Where says what to do with a value of a type: where to plant it, or to read
// it. It is empty for types that New does not know.
func Where(t datatype.ID, lang string) string {
	w := load(lang).Where
	if strings.HasPrefix(string(t), "social.") {
		return w["social.contact_name"] // said once, of all three
	}
	return w[string(t)]
}

// Read reports whether values of a type are read off the device, not planted.
func Read(t datatype.ID) bool { return slices.Contains(read, t) }
