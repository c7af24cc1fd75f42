package recipient

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Every host family of ALLEGATIONS 2.1 belongs to whom it says.
func TestFamiliesOfTheAllegations(t *testing.T) {
	b := open(t)
	for groupName, hosts := range map[string]string{
		"Tencent Holdings":          "bugly.qq.com android.bugly.qq.com",
		"Alibaba Group":             "umeng.com ulogs.umeng.com",
		"Merit Interactive (Getui)": "sdk.open.phone.igexin.com",
		"ByteDance Ltd.": `muscdn.com musical.ly api2-19-h2.musical.ly api2-16-h2.musical.ly imapi-16.musical.ly
			log.snssdk.com is-hl.snssdk.com lf-hl.snssdk.com mssdk-va.tiktokv.com mssdk.tiktokw.us mssdk16-normal.byteoversea.com
			xlog-va.tiktokv.com log16-normal.tiktokv.com rtlog-useast5.tiktokv.us mon-va.byteoversea.com mcs-va.tiktokv.com
			tnc16-useast1a.tiktokv.com frontier-i18n.tiktokv.com analytics.tiktok.com business-api.tiktok.com
			tiktok.com tiktokv.com tiktokv.us tiktokv.eu tiktokw.us tiktokw.eu tiktokcdn.com tiktokcdn-us.com byteoversea.com
			byteoversea.net ibytedtos.com ibyteimg.com ipstatp.com sgpstatp.com snssdk.com amemv.com tik-tokapi.com
			capcutapi.com capcutapi.us zijieapi.com douyin.com douyincdn.com douyinpic.com douyinstatic.com douyinvod.com
			pstatp.com`,
	} {
		for _, h := range strings.Fields(hosts) {
			if w := b.Who(h); group(w.Owner, w.Parent) != bare(groupName) {
				t.Errorf("%s: %s of %q, want %s", h, w.Owner, w.Parent, groupName)
			}
		}
	}
}

// The owners that mobile traffic meets most, by a host that their SDK talks to.
func TestMetOwners(t *testing.T) {
	b := open(t)
	for h, want := range map[string]string{
		"app-measurement.com": "Alphabet", "firebaselogging-pa.googleapis.com": "Alphabet", "graph.facebook.com": "Meta Platforms",
		"pangolin-sdk-toutiao.com": "ByteDance Ltd.", "hmma.baidu.com": "Baidu", "bjuser.jpush.cn": "Aurora Mobile",
		"app.adjust.com": "AppLovin", "app.adjust.world": "AppLovin", "t.appsflyer.com": "AppsFlyer", "api2.branch.io": "Branch",
		"control.kochava.com": "Kochava", "sdk-api-v1.singular.net": "Singular", "api2.amplitude.com": "Amplitude",
		"api.mixpanel.com": "Mixpanel", "api.segment.io": "Twilio", "sdk.iad-01.braze.com": "Braze", "api.onesignal.com": "OneSignal",
		"o1.ingest.sentry.io": "Functional Software", "notify.bugsnag.com": "SmartBear", "settings.crashlytics.com": "Alphabet",
		"auction.unityads.unity3d.com": "Unity", "outcome-ssp.supersonicads.com": "Unity", "ms.applovin.com": "AppLovin",
		"api.vungle.com": "Liftoff (Vungle)", "config.inmobi.com": "InMobi", "live.chartboost.com": "LoopMe",
		"cdn2.inner-active.mobi": "Digital Turbine", "gum.criteo.com": "Criteo", "api.taboola.com": "Taboola", "odb.outbrain.com": "Teads",
		"ib.adnxs.com": "Microsoft", "mads.amazon-adsystem.com": "Amazon", "report.appmetrica.yandex.net": "Yandex",
		"tracker-api.my.com": "VK", "metrics1.data.hicloud.com": "Huawei", "data.mistat.xiaomi.com": "Xiaomi", "dsp.oppomobile.com": "OPPO",
		"onrt-in-stsdk.vivoglobal.com": "vivo", "dc.di.samsung.com": "Samsung", "xp.apple.com": "Apple", "mobile.events.data.microsoft.com": "Microsoft",
		"tr.snapchat.com": "Snap", "ct.pinterest.com": "Pinterest", "ads-api.twitter.com": "X", "px.ads.linkedin.com": "Microsoft",
		"ap1.agora.io": "Agora", "sdk.sensorsdata.cn": "Sensors Data", "receiver.ta.thinkingdata.cn": "ThinkingData",
		"api.xdrig.com": "TalkingData", "fp-it.fengkongcloud.com": "Shumei", "ac.dun.163.com": "NetEase", "apiv6.geetest.com": "GeeTest",
		"configure.rayjump.com": "Mobvista", "i-1.bigo.sg": "JOYY", "log-sdk.ksapisrv.com": "Kuaishou", "x.adsmoloco.com": "Moloco",
		"sdk-android.ad.smaato.net": "Verve Group", "ads.pubmatic.com": "PubMatic", "rtb.openx.net": "OpenX",
		"fastlane.rubiconproject.com": "Magnite", "htlb.casalemedia.com": "Index Exchange", "match.adsrvr.org": "The Trade Desk",
		"api.rlcdn.com": "LiveRamp", "tags.bluekai.com": "Oracle", "dpm.demdex.net": "Adobe", "x.exacttarget.com": "Salesforce",
		"cloudapi.imrworldwide.com": "Nielsen", "sb.scorecardresearch.com": "comScore", "data.flurry.com": "Yahoo",
		"mobile-collector.newrelic.com": "New Relic", "rum-http-intake.logs.datadoghq.com": "Datadog", "x.bf.dynatrace.com": "Dynatrace",
		"api.instabug.com": "Instabug", "w.usabilla.com": "SurveyMonkey", "analytics.localytics.com": "Upland Software",
		"api.leanplum.com": "CleverTap", "in1.clevertap-prod.com": "CleverTap", "c.webengage.com": "WebEngage", "sdk-01.moengage.com": "MoEngage",
		"device-api.urbanairship.com": "Airship", "ws.batch.com": "Batch", "cp.pushwoosh.com": "Pushwoosh", "cdn.optimizely.com": "Optimizely",
		"mobile.launchdarkly.com": "LaunchDarkly", "sdk.split.io": "Harness", "api.revenuecat.com": "RevenueCat", "api.adapty.io": "Adapty",
		"api.qonversion.io": "Qonversion", "m.stripe.com": "Stripe", "api.paypal.com": "PayPal", "sdk.privacy-center.org": "Didomi",
		"mobile-data.onetrust.io": "OneTrust", "api.usercentrics.eu": "Usercentrics", "cdn.privacy-mgmt.com": "Didomi",
		"logs1.xiti.com": "Piano Software", "prof.estat.com": "Mediametrie", "x.eulerian.net": "Eulerian", "cdn.tagcommander.com": "Commanders Act",
		"mobileapps.smartadserver.com": "Equativ", "sdk.presage.io": "Ogury", "a.teads.tv": "Teads", "x.adikteev.com": "Adikteev",
		"x.mng-ads.com": "Madvertise", "x.s4m.io": "S4M", "api.myendpoint.io": "X-Mode (Outlogic)", "sdk.placer.io": "Placer.ai",
		"pilgrim.foursquare.com": "Foursquare", "x.cuebiq.com": "Cuebiq", "x.gravyanalytics.com": "Unacast", "api.safegraph.com": "SafeGraph",
		"x.tutelatechnologies.com": "Opensignal", "x.veraset.com": "Veraset", "img.alicdn.com": "Alibaba Group", "wx.qq.com": "Tencent Holdings",
	} {
		w := b.Who(h)
		if group(w.Owner, w.Parent) != bare(want) {
			t.Errorf("%s: %s of %q, want %s", h, w.Owner, w.Parent, want)
		}
	}
}

// The table covers what issue 7 asks for, and its rows agree with each other.
func TestOwnersAreManyAndAgree(t *testing.T) {
	b := open(t)
	vendors := map[string]bool{}
	all := map[string]owner{}
	parents := map[string]string{}
	for suffix, o := range b.owners {
		if o.strength <= OwnPage {
			vendors[o.name] = true
		}
		if was, ok := all[o.name]; ok && (was.parent != o.parent || was.seat != o.seat || was.parentSeat != o.parentSeat) {
			t.Errorf("%s: %s has another parent or seat in another row", suffix, o.name)
		}
		all[o.name] = o
		if o.parent != "" {
			if was, ok := parents[o.parent]; ok && was != o.parentSeat {
				t.Errorf("%s: %s sits in %s and in %s", suffix, o.parent, was, o.parentSeat)
			}
			parents[o.parent] = o.parentSeat
			if o.parentSeat == "" {
				t.Errorf("%s: no seat of the parent", suffix)
			}
		}
		if strings.HasPrefix(o.source, "general knowledge") && o.strength != List {
			t.Errorf("%s: general knowledge of strength %d", suffix, o.strength)
		}
	}
	if len(all) < 300 || len(vendors) < 60 {
		t.Errorf("%d owners, %d of them by their own pages", len(all), len(vendors))
	}
}

func TestReach(t *testing.T) {
	b := open(t)
	bytedance := []Address{b.Address(netip.MustParseAddr("71.18.5.1"))}
	cert := []Certificate{{Organization: "TikTok Pte. Ltd.", Country: "SG", Validation: Organization, Names: []string{"*.tiktokv.com"}}}
	find := func(rows []Reach, th Through, who string) *Reach {
		for i, r := range rows {
			if r.Through == th && r.Who == who {
				return &rows[i]
			}
		}
		return nil
	}
	id := b.Identify(Clues{Host: "api.tiktokv.com"})
	rows := b.Reach(&id, bytedance, cert, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		through Through
		who     string
		country string
	}{
		{OwnerSeat, "TikTok", "SG"}, {ParentSeat, "ByteDance Ltd.", "CN"}, {NetworkSeat, bytedance[0].Holder, "US"},
		{CertifiedSeat, "TikTok Pte. Ltd.", "SG"},
	} {
		if r := find(rows, c.through, c.who); r == nil || r.Country != c.country || r.Source == "" || r.Strength == 0 {
			t.Errorf("%s: %+v", c.through, r)
		}
	}
	// The joint venture of January 2026, by the date of the capture.
	id = b.Identify(Clues{Host: "api.tiktokv.us"})
	for at, percent := range map[string]float64{"2026-01-21": 100, "2026-01-22": 19.9, "2026-07-01": 19.9} {
		day, _ := time.Parse(time.DateOnly, at)
		rows := b.Reach(&id, nil, nil, day.Add(12*time.Hour))
		through := ParentSeat
		if percent < Controls {
			through = HolderSeat
		}
		if r := find(rows, through, "ByteDance Ltd."); r == nil || r.Percent != percent {
			t.Errorf("%s: %+v", at, r)
		}
		if r := find(rows, HolderSeat, "Oracle"); (r != nil) != (percent != 100) {
			t.Errorf("%s: %+v", at, r)
		}
	}
	if rows := b.Reach(&id, nil, nil, time.Time{}); find(rows, HolderSeat, "ByteDance Ltd.").Percent != 19.9 {
		t.Errorf("without a date: %+v", rows)
	}
	// Nobody known: nobody's law.
	id = b.Identify(Clues{Host: "api.shop.example"})
	if rows := b.Reach(&id, []Address{{}}, nil, time.Time{}); rows != nil {
		t.Errorf("%+v", rows)
	}
}
