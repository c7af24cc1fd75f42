package recipient

import "testing"

func TestWho(t *testing.T) {
	b := open(t)
	for _, c := range []struct {
		host, domain, owner, parent, role, operator, customer, table string
	}{
		{"log-va.tiktokv.com", "tiktokv.com", "TikTok", "ByteDance Ltd.", "first party", "", "", "own"},
		{"Analytics.TikTok.com.", "tiktok.com", "TikTok", "ByteDance Ltd.", "advertising", "", "", "own"},
		{"android.bugly.qq.com", "qq.com", "Tencent Bugly", "Tencent Holdings", "crash reporting", "", "", "own"},
		{"ulogs.umeng.com", "umeng.com", "Umeng", "Alibaba Group", "analytics", "", "", "own"},
		{"sdk.open.phone.igexin.com", "igexin.com", "Getui (Igexin)", "Merit Interactive (Getui)", "push", "", "", "own"},
		{"graph.facebook.com", "facebook.com", "Meta Audience Network / App Events", "Meta Platforms", "advertising", "", "", "own"},
		{"t.appsflyer.com", "appsflyer.com", "AppsFlyer", "", "attribution", "", "", "own"},
		{"www.amazon.co.uk", "amazon.co.uk", "Amazon", "", "first party", "", "", "own"},
		// J55: the public suffix list alone would say com.akamaized.net.
		{"p16.tiktokcdn.com.akamaized.net", "akamaized.net", "TikTok", "ByteDance Ltd.", "first party", "Akamai", "tiktokcdn.com", "own"},
		{"v16m-tiktokcdn-com.akamaized.net", "akamaized.net", "TikTok", "ByteDance Ltd.", "first party", "Akamai", "tiktokcdn.com", "own"},
		{"cdn.unheard-of.com.akamaized.net", "akamaized.net", "unheard-of.com", "", "unknown", "Akamai", "unheard-of.com", ""},
		{"e1234.dscg.akamaiedge.net", "akamaiedge.net", "Akamai", "", "cdn", "Akamai", "", "own"},
		{"d111abc.cloudfront.net", "cloudfront.net", "Amazon Web Services", "Amazon", "cdn", "Amazon", "d111abc", "own"},
		{"my-app.azurewebsites.net", "azurewebsites.net", "Microsoft", "", "cloud", "Microsoft", "my-app", "third-party-web"},
		{"someone.github.io", "github.io", "GitHub", "", "cloud", "GitHub", "someone", "third-party-web"},
		{"bucket.oss-cn-hangzhou.aliyuncs.com", "aliyuncs.com", "Alibaba Cloud", "Alibaba Group", "cloud", "Alibaba", "", "own"},
		{"securepubads.example-tracker.co.uk", "example-tracker.co.uk", "example-tracker.co.uk", "", "unknown", "", "", ""},
		{"nottiktok.com", "nottiktok.com", "nottiktok.com", "", "unknown", "", "", ""},
		{"static.getclicky.com", "getclicky.com", "Roxr Software", "", "analytics", "", "", "third-party-web"},
		{"api.shop.test", "shop.test", "shop.test", "", "unknown", "", "", ""},
		{"localhost", "localhost", "localhost", "", "unknown", "", "", ""},
		{"127.0.0.1", "127.0.0.1", "127.0.0.1", "", "unknown", "", "", ""},
		{"[2001:db8::1]", "2001:db8::1", "2001:db8::1", "", "unknown", "", "", ""},
		{"com", "com", "com", "", "unknown", "", "", ""},
		{"", "", "", "", "unknown", "", "", ""},
	} {
		w := b.Who(c.host)
		if w.Domain != c.domain || w.Owner != c.owner || w.Parent != c.parent || w.Role != c.role ||
			w.Operator != c.operator || w.Customer != c.customer || w.Table != c.table {
			t.Errorf("%s: %+v", c.host, w)
		}
		if (w.Strength == Unsaid) != (w.Table == "") {
			t.Errorf("%s: strength %d from table %q", c.host, w.Strength, w.Table)
		}
	}
}

// Every registrable domain of ALLEGATIONS 2.1 belongs to one group.
func TestByteDanceFamily(t *testing.T) {
	b := open(t)
	for _, d := range []string{"tiktok.com", "tiktokv.com", "tiktokv.us", "tiktokv.eu", "tiktokw.us", "tiktokw.eu",
		"tiktokcdn.com", "tiktokcdn-us.com", "byteoversea.com", "byteoversea.net", "ibytedtos.com", "ibyteimg.com",
		"ipstatp.com", "sgpstatp.com", "muscdn.com", "musical.ly", "snssdk.com", "amemv.com", "tik-tokapi.com",
		"capcutapi.com", "capcutapi.us", "zijieapi.com", "pstatp.com", "isnssdk.com", "bytedtos.com", "bytefcdn-oversea.com"} {
		w := b.Who("x." + d)
		if w.Owner != "ByteDance Ltd." && w.Parent != "ByteDance Ltd." {
			t.Errorf("%s: owner %q, parent %q", d, w.Owner, w.Parent)
		}
	}
}

func TestOwnerRowsAreComplete(t *testing.T) {
	b := open(t)
	roles := map[string]bool{}
	for _, r := range []string{"first party", "platform", "analytics", "attribution", "advertising", "marketing", "push",
		"crash reporting", "tag manager", "consent", "support", "payment", "anti-fraud", "location", "social",
		"content", "sdk", "cdn", "cloud", "dns"} {
		roles[r] = true
	}
	for suffix, o := range b.owners {
		if realCountry(o.seat) == "" || o.parentSeat != "" && realCountry(o.parentSeat) == "" {
			t.Errorf("%s: seat %q, parent's %q", suffix, o.seat, o.parentSeat)
		}
		if !roles[o.role] {
			t.Errorf("%s: role %q", suffix, o.role)
		}
		if day(o.date).IsZero() {
			t.Errorf("%s: date %q", suffix, o.date)
		}
	}
}

func FuzzWho(f *testing.F) {
	b, err := Open()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"p16.tiktokcdn.com.akamaized.net", ".", "..", "a..b.com", "akamaized.net", "xn--", "\xff.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if w := b.Who(host); w.Role == "" || (w.Owner == "") != (w.Host == "") && w.Host != "" {
			t.Fatalf("%q: %+v", host, w)
		}
	})
}
