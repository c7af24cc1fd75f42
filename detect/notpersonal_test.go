package detect

import (
	"testing"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
)

// What real clients sent, from the recording of testdata/record/benign: each
// has the name and the form of personal data, and is none. Beside each stands
// what must still be found.
func TestNotPersonal(t *testing.T) {
	const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	type sent struct {
		host, header, value, body string
	}
	for _, c := range []struct {
		client string
		sent   sent
		want   datatype.ID // "": nothing
	}{
		{"mixpanel-browser", sent{host: "api-js.mixpanel.com", body: `[{"event":"Coupon Applied","properties":{"token":"c0ffee15d4b84b1f9f2a7be15a0c55d1","mp_lib":"web"}}]`}, ""},
		{"the same token elsewhere", sent{host: "api.quinze.test", body: `{"token":"c0ffee15d4b84b1f9f2a7be15a0c55d1"}`}, "account.session"},
		{"rollbar", sent{host: "api.rollbar.com", header: "X-Rollbar-Access-Token", value: "15aa0c55d1c0ffee15aa0c55d1c0ffee"}, ""},
		{"rollbar's session stays", sent{host: "api.rollbar.com", body: `{"session_id":"8f2e11c05b7a4d9a"}`}, "account.session"},
		{"rudderstack, to a host of the shop's own", sent{host: "dataplane.rudder.test", header: "Authorization", value: "Basic MlprUXoxNXdyaXRlS2V5Og=="}, ""},
		{"a user by basic authentication", sent{host: "api.quinze.test", header: "Authorization", value: "Basic Y2FtaWxsZS5yOm1hcmVlMjAyNg=="}, "account.session"},
		{"a bearer of the shop's own", sent{host: "api.quinze.test", header: "Authorization", value: "Bearer 4fK29sLq0ZxT81mNvB73"}, "account.session"},
		{"the same to Better Stack", sent{host: "s151515.eu-nbg-2.betterstackdata.com", header: "Authorization", value: "Bearer QzShop15LogtailSourceToken"}, ""},
		{"unleash-proxy-client", sent{host: "unleash.quinze.test", header: "authorization", value: "qz15:production.c0ffee15d4b84b1f"}, ""},
		{"mapbox tiles", sent{host: "tiles.quinze.test", body: `{"access_token":"pk.eyJ1IjoicXoifQ.c2lnbmF0dXJl"}`}, ""},
		{"firebase: a token of the installation", sent{host: "firebaseremoteconfig.googleapis.com", body: `{"app_instance_id_token":"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJhcHBJZCI6IjE6MTp3ZWI6MSJ9.c2ln"}`}, "account.session"},
		{"a web token at a place without users", sent{host: "api.segment.io", header: "Authorization", value: "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMTIz"}, "account.session"},
		{"optimizely: the shop's account", sent{host: "logx.optimizely.com", body: `{"account_id":"20211515"}`}, ""},
		{"an account of a user", sent{host: "api.quinze.test", body: `{"account_id":"20211515"}`}, "account.user_id"},
		{"mparticle: a screen of the app", sent{host: "jssdks.mparticle.com", body: `{"screen_name":"PageView"}`}, ""},
		{"a user name", sent{host: "jssdks.mparticle.com", body: `{"username":"camroux"}`}, "contact.username"},
		{"sensors: no search", sent{host: "sensors.quinze.test", body: `{"$latest_search_keyword":"未取到值_直接打开"}`}, ""},
		{"sensors: a search", sent{host: "sensors.quinze.test", body: `{"$latest_search_keyword":"坐骨神经痛"}`}, "content.search"},
		{"application insights: a kind of device", sent{host: "westeurope-5.in.applicationinsights.azure.com", body: `{"ai.device.type":"Browser"}`}, ""},
		{"a model", sent{host: "log.quinze.test", body: `{"device_type":"SM-G960F"}`}, "device.model"},
		{"sentry: a setting", sent{host: "o151515.ingest.de.sentry.io", body: `{"infer_user_agent":"auto"}`}, ""},
		{"launchdarkly: the client", sent{host: "app.launchdarkly.com", header: "X-LaunchDarkly-User-Agent", value: "JSClient/3.9.0"}, ""},
		{"a browser", sent{host: "api2.amplitude.com", body: `{"user_agent":"` + agent + `"}`}, "device.user_agent"},
		{"CFNetwork", sent{host: "log.quinze.test", body: `{"user_agent":"Quinze/16.6.5 CFNetwork/1121.2.2 Darwin/19.3.0"}`}, "device.user_agent"},
	} {
		t.Run(c.client, func(t *testing.T) {
			f := postTo(c.sent.host, c.sent.header, c.sent.value, c.sent.body)
			var got datatype.ID
			for _, x := range engine(t, "", Options{}).NewScanner().Scan(f).Findings {
				got = x.Type
			}
			if got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// A header field in which nothing was found is not searched again, unless
// that was for the host it went to.
func TestNotPersonalHereOnly(t *testing.T) {
	s := engine(t, "", Options{}).NewScanner()
	const value = "Bearer 4fK29sLq0ZxT81mNvB73"
	if r := s.Scan(postTo("api.rollbar.com", "Authorization", value, "")); len(r.Findings) != 0 {
		t.Fatalf("at Rollbar: %v", r.Findings)
	}
	if r := s.Scan(postTo("api.quinze.test", "Authorization", value, "")); len(r.Findings) != 1 {
		t.Fatalf("at the shop: %v", r.Findings)
	}
}

// postTo is a POST of JSON to a host, with one more header field if header is
// not empty.
func postTo(host, header, value, body string) *flow.Flow {
	f := post("/collect", asJSON, []byte(body))
	f.Request.URL, f.Request.Host = "https://"+host+"/collect", host
	if header != "" {
		f.Request.Headers = append(f.Request.Headers, flow.Field{Name: header, Value: value})
	}
	return f
}
