package question

import (
	"strings"
	"testing"
)

// A word that can never be is an error with its place: it would make a question
// that is never observed.
func TestWordsThatCannotBe(t *testing.T) {
	rows := func(expr string) string { return one + "proved_by = [{ rows = '" + expr + "' }]" }
	with := func(line string) string { return rows("planted") + "\n" + line }
	for text, want := range map[string]string{
		rows(`data_type == "contact.mail"`):                                                      `s.toml:6:37: column 14 of the expression: "contact.mail" is no data type; did you mean "contact.email"?`,
		rows(`planted && (!signed_up || "contact.mail" != data_type)`):                           `"contact.mail" is no data type`,
		rows(`state == "not-running"`):                                                           `s.toml:6:33: column 10 of the expression: "not-running" is no state; it is foreground, background, swiped, force-stopped, closed, screen-off, unknown`,
		rows(`consent == "yes"`):                                                                 `"yes" is no consent`,
		rows(`grade == "Z"`):                                                                     `"Z" is no grade; it is A, B, C`,
		rows(`form in ["clear", "hash"]`):                                                        `column 19 of the expression: "hash" is no form`,
		rows(`data_type.startsWith("contacts.")`):                                                `no data type begins with "contacts."; did you mean "contact."?`,
		rows(`data_type.matches("^conact[.]")`):                                                  `no data type matches`,
		rows(`["contact.email"].exists(x, x == data_type) || act == "nxt"`):                      `"nxt" is no act; did you mean "next"?`,
		rows(`"DEU" in far_countries`):                                                           `"DEU" is no country`,
		rows(`country == "China"`):                                                               `"China" is no country`,
		rows(`clip_fate == "deleted"`):                                                           `"deleted" is no end of a clip`,
		rows(`anonymity == "brute-forceable"`):                                                   `did you mean "brute_forceable"?`,
		rows(`role == "advertizing"`):                                                            `did you mean "advertising"?`,
		rows(`place == "impossible"`):                                                            `"impossible" is no place`,
		one + `proved_by = [{ accesses = 'what == "clipbord"' }]`:                                `did you mean "clipboard"?`,
		one + `proved_by = [{ incidents = 'kind == "delete"' }]`:                                 `it is deletion, program`,
		one + `proved_by = [{ hosts = 'met_in.exists(s, s == "flying")' }]`:                      `"flying" is no state`,
		with(`needs = ["planted:contact.mail"]`):                                                 `s.toml:7:11: question Q: "contact.mail" is no data type`,
		with(`needs = ["act:signup"]`):                                                           `did you mean "sign-up"?`,
		with(`needs = ["state:flying"]`):                                                         `"flying" is no state`,
		with(`needs = ["idle:foreground"]`):                                                      `"foreground" is no state of idleness`,
		with(`needs = ["act:next|"]`):                                                            `a word is missing`,
		with(`not_measurable = "blah"`):                                                          `s.toml:7:19: question Q: no report has words for "blah"`,
		with(`not_measurable_when = [{ if = 'flows == 0', missing = "no-such-code" }]`):          `no report has words for "no-such-code"`,
		with(`not_measurable_when = [{ if = 'idle_s["napping"] < 3', missing = "policy" }]`):     `"napping" is no state of idleness`,
		with(`not_measurable_when = [{ if = '"contact.mail" in planted', missing = "policy" }]`): `"contact.mail" is no data type`,
		"[sources.HONG]\nname = \"x\"\ndate = \"2019\"" + with(`said_by = "HOMG"`):               `HOMG is no source of [sources]; it has HONG`,
		"[sources.HONG]\nname = \"x\"\ndate = \"2019\"" + with(`said_by = "me"`):                 `names no source`,
		"[laws.GDPR]\nname = \"x\"\nsource = \"y\"" + with(`law = ["DSGVO 6"]`):                  `begins with no law`,
	} {
		if _, err := Parse([]byte("id = \"s\"\n"+text), "s.toml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
	for _, good := range []string{
		rows(`data_type.startsWith("contact.") && data_type.endsWith("email") && act == "photo-taken" && role == "broker" && country in ["FR", ""]`),
		one + `proved_by = [{ joins = 'data_type == "token"' }, { syncs = 'how == "redirect"' }, { accesses = 'what == "sms" && how == "begin"' }]`,
		one + `proved_by = [{ rows = 'far_countries.all(c, c in excluded) && [state, act].exists(x, x == "anything")' }]`,
		with(`not_measurable = "what the company wrote to its users"`),
		with(`not_measurable_when = [{ if = 'acts.exists(a, a == "own-act") && out_in["closed"] > 0', missing = "policy" }]`),
		with(`said_by = "me"`), with(`law = ["anything"]`), with(`needs = ["act:photo-taken", "watched:sms", "planted:contact.email|contact.phone"]`),
	} {
		if _, err := Parse([]byte("id = \"s\"\n"+good), "s.toml"); err != nil {
			t.Error(err)
		}
	}
}

// Mistakes in the writing are told where they are.
func TestMistakesHaveTheirPlace(t *testing.T) {
	base := "id = \"s\"\ndate = \"2026-01-01\"\n\n[[question]]\nid = \"Q1\"\nclaim = { en = \"a\", fr = \"b\" }\nproved_by = [{ rows = 'planted', at_least = 2 }]\n\n[[question]]\nid = \"Q2\"\nclaim = { en = \"a\", fr = \"b\" }\nproved_by = [{ rows = 'planted', at_least = 2 }]\n"
	last := func(old, new string) string {
		i := strings.LastIndex(base, old)
		return base[:i] + new + base[i+len(old):]
	}
	for text, want := range map[string]string{
		base + "dat = 3\n":                       `s.toml:13:1: there is no "question.dat"`,
		"dat = 3\n" + base:                       `s.toml:1:1: there is no "dat"`,
		base + "[extra]\nx = 1\n":                `s.toml:13:1: there is no "extra"`,
		last("at_least", "atleast"):              `s.toml:12:34: there is no "question.proved_by.atleast"`,
		last("Q2", "Q1"):                         `s.toml:10:7: each question has an id of its own`,
		last("at_least = 2", `at_least = "3"`):   `s.toml:12:34: question.proved_by.at_least: expected a whole number, found a text in quotes`,
		strings.Replace(base, "2 }", `"2" }`, 1): `s.toml:7:34: question.proved_by.at_least: expected`,
		last(`id = "Q2"`, "id = 2"):              `s.toml:10:1: question.id: expected a text in quotes, found a whole number`,
		last("2 }]", "2 }"):                      `s.toml:1`,
		"id = \"s\"":                             `s.toml:1:1: a set has an id`,
	} {
		if _, err := Parse([]byte(text), "s.toml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"idle_second = 3":                           `c.toml:1:1: there is no "idle_second"; a case has first_party`,
		"child = true\nidle_seconds = \"3\"":        `c.toml:2:1: idle_seconds: expected`,
		"child = true\nfar_countries = [\"China\"]": `c.toml:2:19: "China" is no country code`,
	} {
		if _, err := ParseCase([]byte(text), "c.toml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}
