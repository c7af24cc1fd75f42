package audit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/constat/constat/datatype"
)

// shows reports a window-long piece of secret that stands in shown, or "".
func shows(shown, secret string) string {
	shown, secret = strings.ToLower(shown), strings.ToLower(secret)
	for i := 0; i+window <= len(secret); i++ {
		if strings.Contains(shown, secret[i:i+window]) {
			return secret[i : i+window]
		}
	}
	return ""
}

func TestRedactorHidesEveryPiece(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-zA-Z0-9._@+ -]{6,40}`).Draw(t, "secret")
		around := rapid.StringMatching(`[a-z/=&?.:]{0,20}`)
		from := rapid.IntRange(0, len(secret)-window).Draw(t, "from")
		to := rapid.IntRange(from+window, len(secret)).Draw(t, "to")
		s := around.Draw(t, "before") + secret[from:to] + around.Draw(t, "after")
		r := NewRedactor([]string{secret})
		for name, got := range map[string]string{
			"text":    r.Text(s).String(),
			"url":     r.URL("https://h.test/" + s).String(),
			"value":   r.Value("contact.email", secret).String(),
			"excerpt": excerptText(r.excerpt([]byte(s), span{0, 0}, nil)),
		} {
			if piece := shows(got, secret); piece != "" {
				t.Fatalf("%s %q shows %q of the secret %q", name, got, piece, secret)
			}
		}
	})
}

func excerptText(e *Excerpt) string {
	var b strings.Builder
	for _, run := range e.Runs {
		b.WriteString(run.Text.String())
		b.WriteString(strings.Repeat("•", run.Masked))
	}
	return b.String()
}

func TestRedactURL(t *testing.T) {
	r := NewRedactor([]string{"lea.martin@courriel.test"})
	for _, c := range []struct{ in, want string }{
		{"https://api.app.test/v1/users?email=a%40b.c&n=&flag", "https://api.app.test/v1/users?email=•&n=&flag"},
		{"https://u:p@api.app.test:8443/x#frag", "https://•@api.app.test:8443/x#•"},
		{"https://api.app.test/users/4815162342108/profile", "https://api.app.test/users/••••••••/profile"},
		{"https://api.app.test/service/2/device_register/", "https://api.app.test/service/2/device_register/"},
		{"https://api.app.test/u/someone@else.test", "https://api.app.test/u/••••••••.test"},
		{"/relative?q=1", "/relative?q=•"},
	} {
		if got := r.URL(c.in).String(); got != c.want {
			t.Errorf("URL(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestRedactValueKeepsShape(t *testing.T) {
	r := NewRedactor(nil)
	for _, c := range []struct {
		id       datatype.ID
		in, want string
	}{
		{"contact.email", "lea.martin@courriel.test", "l••.••••••@••••••••.••••"},
		{"contact.phone", "+33 6 39 98 12 34", "+•• • •• •• •• ••"},
		{"device.mac", "3c:5a:b4:01:02:03", "3•:••:••:••:••:••"},
		{"credential.password", "hunter2hunter2", "••••••••"},
		{"account.session", "x", "••••••••"},
		{"contact.username", "abc", "•••"},
	} {
		if got := r.Value(c.id, c.in).String(); got != c.want {
			t.Errorf("Value(%s, %q) = %q, want %q", c.id, c.in, got, c.want)
		}
	}
	r.Reveal("lea@x.test")
	if got := r.Value("contact.email", "lea@x.test").String(); got != "lea@x.test" {
		t.Errorf("revealed value is shown as %q", got)
	}
}

func TestPrintableDefusesControls(t *testing.T) {
	got := NewRedactor(nil).Text("a\x1b[31mb\u202ec\x00d\xff").String()
	if strings.ContainsAny(got, "\x1b\u202e\x00") {
		t.Errorf("control characters survive: %q", got)
	}
}

func TestExcerptMasksFindingsAndMarksSpan(t *testing.T) {
	data := []byte(`{"event":"open","mail":"zoe@elsewhere.test","mac":"3c5ab4010203","n":3}`)
	mail, mac := strings.Index(string(data), "zoe@"), strings.Index(string(data), "3c5a")
	r := NewRedactor(nil)
	e := r.excerpt(data, span{mac, 12}, []span{{mail, 18}, {mac, 12}})
	text := excerptText(e)
	for _, hidden := range []string{"zoe", "elsewhere", "3c5ab4010203"} {
		if strings.Contains(text, hidden) {
			t.Errorf("excerpt shows %q: %s", hidden, text)
		}
	}
	if !strings.Contains(text, `"mac":"`) {
		t.Errorf("excerpt hides the field's name: %s", text)
	}
	marked := 0
	for _, run := range e.Runs {
		if run.Span {
			marked += run.Masked
		}
	}
	if marked != 12 {
		t.Errorf("%d bytes marked as the finding, want 12", marked)
	}
}

func TestLabel(t *testing.T) {
	r := NewRedactor([]string{"lea.martin@courriel.example", "secret word"})
	for in, want := range map[string]string{
		"next": "next", "typed-search 2": "typed-search 2", "étape_3": "étape_3",
		"Jean Dupont": "J••• ••••••", "lea.martin@courriel.example": "l••.••••••@••••••••.•••••••",
		"a secret word": "a ••••••••",
	} {
		if got := r.Label(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
