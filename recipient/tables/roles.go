package tables

import "strings"

// roles maps the categories of lists to the roles of package recipient, in
// the order of what a reader should be told first.
var roles = []struct{ word, role string }{
	{"advertis", "advertising"}, {"ad motivated", "advertising"}, {"ad fraud", "anti-fraud"}, {"pornvertising", "advertising"},
	{"ads", "advertising"}, {"fingerprint", "analytics"}, {"crash", "crash reporting"}, {"analytic", "analytics"},
	{"audience measurement", "analytics"}, {"session replay", "analytics"}, {"profiling", "analytics"}, {"telemetry", "analytics"},
	{"location", "location"}, {"identification", "analytics"}, {"social", "social"}, {"consent", "consent"},
	{"customer_interaction", "support"}, {"support chat", "support"}, {"email", "marketing"},
	{"cdn", "cdn"}, {"hosting", "cloud"}, {"tag manager", "tag manager"}, {"payment", "payment"}, {"federated login", "social"},
	{"audio_video", "content"}, {"content", "content"}, {"utilities", "sdk"}, {"extensions", "sdk"},
}

// roleOf finds the role that categories come to, "" when none says.
func roleOf(categories ...string) string {
	all := strings.ToLower(strings.Join(categories, "\n"))
	for _, r := range roles {
		if strings.Contains(all, r.word) {
			return r.role
		}
	}
	return ""
}
