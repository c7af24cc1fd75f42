package statement

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// said is a statement in short: row, layer, and whatever of value, country,
// address, zone, instant, time and cache it has.
func said(s Statement) string {
	parts := []string{s.Row, string(s.Class), string(s.Layer)}
	if s.Value != "" {
		parts = append(parts, s.Value)
	}
	if s.Country != "" {
		parts = append(parts, "in "+s.Country)
	}
	if s.Addr.IsValid() {
		parts = append(parts, "at "+s.Addr.String())
	}
	if !s.At.IsZero() {
		parts = append(parts, s.At.Format(time.RFC3339Nano))
	}
	if s.Zone != 0 {
		parts = append(parts, "zone "+s.Zone.String())
	}
	if s.Took != 0 {
		parts = append(parts, "took "+s.Took.String())
	}
	if s.From.IsValid() {
		parts = append(parts, "from "+s.From.String())
	}
	if s.Cached {
		parts = append(parts, "cached")
	}
	return strings.Join(parts, " ")
}

// headers reads "Name: value" lines.
func headers(lines string) []flow.Field {
	var fs []flow.Field
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			fs = append(fs, flow.Field{Name: name, Value: value})
		}
	}
	return fs
}

// token is a session token as ByteDance's are built, of nobody: the real ones
// that were looked at are somebody's.
func token(room string) string {
	var b strings.Builder
	b.WriteString("(" + strings.Repeat("0123456789", 4))
	b.WriteString("\n\x04\x08\x01\x10\x02") // whose and when
	b.WriteString("\x10\x03")
	b.WriteString("\x1a" + string(rune(len(room))) + room)
	b.WriteString("\"\x20" + strings.Repeat("01234567", 4))
	return "1.0.0-" + base64.RawURLEncoding.EncodeToString([]byte(b.String()))
}

// Samples are public, from the field note on places (section 6) and from
// public code and issues, unless they say that they are made up.
var samples = []struct {
	name, host, lines string
	want              []string
}{
	{"J05 mainland edge of Alibaba for ByteDance, 2024", "", `
		Date: Thu, 30 May 2024 01:32:32 GMT
		Server: Tengine
		X-Tt-Logid: 202405300932316F9E5CAF9312E04AFFE4
		X-Bytefaas-Request-Id: 202405300932316F9E5CAF9312E04AFFE4
		x-tt-trace-tag: id=03;cdn-cache=miss;type=dyn
		x-tt-trace-id: 00-2405300932316F9E5CAF9312E04AFFE4-36929C027FC45909-00
		Server-Timing: inner; dur=140,pp;dur=13, total;dur=128;desc="Nuxt Server Time"
		Via: cache6.l2na63-1[145,0], vcache11.cn2219[183,0]
		EagleId: b73ce41f17170327518343687e`,
		[]string{
			"server S edge Tengine",
			"x-tt-logid K answer UTC+08:00 zone 8h0m0s",
			"x-tt-logid K answer UTC+08:00 zone 8h0m0s",
			"x-tt-trace-tag S edge id=03",
			"x-tt-trace-id K answer UTC+08:00 zone 8h0m0s",
			"via-alibaba S edge cn2219 in CN",
			"eagleid S edge 183.60.228.31 at 183.60.228.31 2024-05-30T01:32:31.834Z",
		}},
	{"Toutiao, 2017: old log id with an address in it", "", `
		Date: Mon, 20 Mar 2017 14:24:06 GMT
		X_TT_LOGID: 20170320222406010004052030814124
		Via: cache6.l2em21-1[55,0], cache8.cn199[73,0]
		EagleId: 78258cd014900198467887486e`,
		[]string{
			"x-tt-logid K answer UTC+08:00 zone 8h0m0s",
			"via-alibaba S edge cn199 in CN",
			"eagleid S edge 120.37.140.208 at 120.37.140.208 2017-03-20T14:24:06.788Z",
		}},
	{"an object that lay 294 s in a cache: the edge's clock is Date plus Age", "", `
		date: Sun, 24 May 2020 03:58:13 GMT
		age: 294
		eagleid: 2f66ea9c15902929872341717e
		via: cache2.cn1806[0,200-0,H], cache8.cn1806[,0]`,
		[]string{
			"age S answer 294 cached",
			"eagleid S edge 47.102.234.156 at 47.102.234.156 2020-05-24T04:03:07.234Z",
			"via-alibaba S edge cn1806 in CN",
			"via-alibaba-cached S answer H cached",
		}},
	{"J46 no Date", "", "EagleId: 2ff62a9816831930809321638",
		[]string{"eagleid S edge 47.246.42.152 at 47.246.42.152 2023-05-04T09:38:00.932Z"}},
	{"J29", "", "cf-ray: 8645a7259c1e7900-CDG", []string{"cf-ray S edge CDG in FR"}},
	{"J30", "", "CF-RAY: 931d1eec6a20db5e-LAX", []string{"cf-ray S edge LAX in US"}},
	{"J31", "", "X-Served-By: cache-iad-kiad7000025-IAD, cache-cdg20776-CDG",
		[]string{"x-served-by S edge CDG in FR", "x-served-by-shield S answer IAD in US"}},
	{"Fastly in two fields, cached", "", `
		x-served-by: cache-bma1643-BMA
		x-served-by: cache-cdg20734-CDG
		x-cache: HIT, HIT
		x-cache-hits: 1, 308
		age: 26788`,
		[]string{
			"x-served-by S edge CDG in FR", "x-served-by-shield S answer BMA in SE",
			"x-cache S answer HIT cached", "x-cache-hits S answer 1 cached", "x-cache-hits S answer 308 cached",
			"age S answer 26788 cached",
		}},
	{"J32", "", "x-vercel-id: cdg1::iad1::4tbhc-1783231748033-5874cc827d59",
		[]string{"x-vercel-id S edge CDG in FR", "x-vercel-id-function S answer IAD in US"}},
	{"Vercel, static", "", `
		x-vercel-cache: HIT
		x-vercel-id: cdg1::pdqbh-1718971524213-4892bf82d7b2`,
		[]string{"x-vercel-cache S answer HIT cached", "x-vercel-id S edge CDG in FR"}},
	{"J35", "", `
		Server: TLB
		X-Origin-Response-Time: 5,23.48.249.166
		Date: Tue, 11 Mar 2025 18:01:27 GMT
		x-tt-logid: 20250311180126803529321A19A7E69409
		x-tt-trace-tag: id=16;cdn-cache=miss;type=dyn
		Server-Timing: cdn-cache; desc=MISS, edge; dur=12, origin; dur=5
		Server-Timing: inner; dur=2
		X-Parent-Response-Time: 16,23.195.36.70`,
		[]string{
			"server S edge TLB",
			"x-origin-response-time S answer 5 ms took 5ms from 23.48.249.166",
			"x-tt-logid K answer UTC+00:00",
			"x-tt-trace-tag S edge id=16",
			"server-timing-origin S answer 5 ms took 5ms",
			"server-timing-edge S edge 12 ms took 12ms",
			"x-parent-response-time S answer 16 ms took 16ms from 23.195.36.70",
		}},
	{"J51: eu95 is a machine room", "", "Via: cache28.l2eu95-4[255,0], kunlun10.cn9041[281,0]",
		[]string{"via-alibaba S edge cn9041 in CN"}},
	{"J53", "", `
		X-Tt-Logid: 2024110601082260A6A3961CFA5F4D05CA
		Date: Wed, 06 Nov 2024 01:08:23 GMT`,
		[]string{"x-tt-logid K answer UTC+00:00"}},
	{"a log id out of a cache: whose Date that is, nobody knows", "", "X-Tt-Logid: 2024110601082260A6A3961CFA5F4D05CA\nDate: Wed, 06 Nov 2024 01:08:23 GMT\nAge: 5",
		[]string{"age S answer 5 cached"}},
	{"J54: Virginia, and the account's country is no place", "", "Cookie: store-idc=maliva; store-country-code=fr; store-country-code-src=uid; tt-target-idc=useast1a",
		[]string{
			"store-idc S storage maliva in US", "store-country-code S storage fr",
			"store-country-code-src S storage uid", "store-idc S storage useast1a in US",
		}},
	{"Set-Cookie in one field with line feeds, as browsers export it", "", "set-cookie: msToken=secret; Path=/\nset-cookie: store-idc=alisg; Path=/; Domain=tiktok.com; HttpOnly",
		[]string{"store-idc S storage alisg in SG"}},
	{"a room whose place nobody knows", "", "cookie: store-idc=useast2a; store-country-code=vn",
		[]string{"store-idc S storage useast2a", "store-country-code S storage vn"}},
	{"the app repeats what it was assigned", "", `
		x-tt-store-idc: alisg
		x-tt-store-region: de`,
		[]string{"x-tt-store-idc S storage alisg in SG", "x-tt-store-region S storage de"}},
	{"a token of nobody", "", "Cookie: sid_ucp_v1=" + token("maliva") + "; ssid_ucp_v1=" + token("my"),
		[]string{"sid-ucp S storage maliva in US", "sid-ucp S storage my in MY"}},
	{"CloudFront", "", `
		X-Cache: Miss from cloudfront
		X-Amz-Cf-Pop: SIN52-P1
		server-timing: cdn-upstream-layer;desc="EDGE",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=0,cdn-upstream-fbl;dur=260,cdn-cache-miss,cdn-pop;desc="MXP64-P1",cdn-rid;desc="JATb7r7gccAeW8HqzX3UUA==",cdn-downstream-fbl;dur=264`,
		[]string{
			"x-amz-cf-pop S edge SIN in SG", "server-timing-cdn-pop S edge MXP in IT",
			"server-timing-upstream S answer 260 ms took 260ms",
		}},
	{"CloudFront, cached", "", `
		x-cache: RefreshHit from cloudfront
		server-timing: cdn-cache-hit,cdn-pop;desc="ATL58-P2",cdn-hit-layer;desc="EDGE",cdn-downstream-fbl;dur=39`,
		[]string{"x-cache S answer Hit cached", "server-timing-cdn-pop S edge ATL in US", "server-timing-cached S answer hit cached"}},
	{"Fly", "", "fly-request-id: 01GEE8D86XET662W2T18NZN9G8-cdg", []string{"fly-request-id S edge CDG in FR"}},
	{"bunny.net", "", "server: BunnyCDN-UK1-1486\ncdn-cache: HIT",
		[]string{"bunny-server S edge UK1 in GB", "x-cache S answer HIT cached"}},
	{"CDN77", "", "x-77-pop: frankfurtDE", []string{"x-77-pop S edge DE in DE"}},
	{"CDN77, with a state", "", "x-77-pop: losangelesUSCA", []string{"x-77-pop S edge US in US"}},
	{"Microsoft", "", "X-Msedge-Ref: Ref A: F45D3FD1A5C042659D5D9F564015FC9B Ref B: PNQ241100406036 Ref C: 2026-07-15T16:14:34Z",
		[]string{"x-msedge-ref S edge PNQ in IN"}},
	{"Azure Front Door, 2022", "", `
		X-Azure-Ref: 0NGlUYgAAAADpVziXMDlkTKGriNM0oPwCQVRMMzMxMDAwMTEwMDMxADJkMzA5NmVhLWE3MDgtNDE0Zi1hMjUzLTdjMWI3ZDIxMDU4Ng==
		Date: Mon, 11 Apr 2022 17:45:23 GMT`,
		[]string{"x-azure-ref S edge ATL in US 2022-04-11T17:45:24Z"}},
	{"Akamai, edge and parent", "", `
		X-Cache: TCP_MISS from a23-195-104-84.deploy.akamaitechnologies.com (AkamaiGHost/11.7.0.1-02978ab5588da6405be9084889a03f78) (-)
		X-Cache-Remote: TCP_MISS from a23-47-190-183.deploy.akamaitechnologies.com (AkamaiGHost/11.7.0.1-02978ab5588da6405be9084889a03f78) (-)
		X-Origin-Response-Time: 75,23.47.190.183
		X-Parent-Response-Time: 103,23.195.104.84`,
		[]string{
			"akamai-x-cache S edge 23.195.104.84 at 23.195.104.84",
			"akamai-x-cache-remote S answer 23.47.190.183 at 23.47.190.183",
			"x-origin-response-time S answer 75 ms took 75ms from 23.47.190.183",
			"x-parent-response-time S answer 103 ms took 103ms from 23.195.104.84",
		}},
	{"Akamai, cached", "", "X-Cache: TCP_HIT from a199-117-103-28.deploy.akamaitechnologies.com (AkamaiGHost/9.0.2.1-20488781) (-)",
		[]string{"akamai-x-cache S edge 199.117.103.28 at 199.117.103.28", "x-cache S answer HIT cached"}},
	{"Huawei style, in a Douyin video, 2023; the client's address is nowhere", "", `
		Age: 590634
		Date: Fri, 24 Mar 2023 08:34:59 GMT
		server-timing: cdn-cache;desc=HIT, edge;dur=5
		via: CHN-SH-CT8-CACHE30[5],CHN-SH-CT8-CACHE26[0,TCP_HIT,1],CHN-JSyangzhou-GLOBAL1-CACHE3[13],CHN-JSyangzhou-GLOBAL1-CACHE103[0,TCP_HIT,11],CHN-SH-GLOBAL1-CACHE45[106],CHN-SH-GLOBAL1-CACHE102[84,TCP_MISS,103]
		x-response-cache: edge_hit
		x-response-cinfo: 192.0.2.77
		x-response-sinfo: 61.172.228.199
		x-tt-trace-tag: id=26;cdn-cache=hit;type=static`,
		[]string{
			"age S answer 590634 cached",
			"server-timing-edge S edge 5 ms took 5ms", "server-timing-cached S answer HIT cached",
			"via-chn S edge CHN-SH-CT8 in CN", "via-chn-cached S answer TCP_HIT cached",
			"x-cache S answer hit cached",
			"client-echo S edge IPv4",
			"x-response-sinfo S edge 61.172.228.199 at 61.172.228.199",
			"x-tt-trace-tag S edge id=26", "x-tt-trace-tag-cached S answer hit cached",
		}},
	{"Huawei style with a city", "", "via: CHN-ZJwenzhou-AREACT1-CACHE66[117],CHN-ZJwenzhou-AREACT1-CACHE4[80,TCP_MISS,115],CHN-JSwuxi-GLOBAL2-CACHE103[66]",
		[]string{"via-chn S edge CHN-ZJwenzhou-AREACT1 in CN"}},
	{"ByteDance's own CDN", "", "via: cache08.gdcu\nx-bdcdn-cache-status: TCP_HIT",
		[]string{"via-bytedance N edge gdcu in CN", "x-cache S answer HIT cached"}},
	{"Baidu", "", "ohc-cache-hit: nn3un64 [4]\nserver: JSP3/2.0.14",
		[]string{"ohc-cache-hit N edge nnun in CN", "server S edge JSP3"}},
	{"Tencent", "", "Server: Lego Server\nX-Cache-Lookup: Cache Hit\nX-Cache-Lookup: Hit From Inner Cluster\nX-NWS-LOG-UUID: 1359270942599973698",
		[]string{"server S edge Lego Server", "x-cache-lookup S answer Cache Hit cached", "x-cache-lookup S answer Hit From Inner Cluster cached"}},
	{"RFC 9211 (its own example)", "", `Cache-Status: OriginCache; hit; ttl=1100; collapsed, "CDN Company Here"; hit; ttl=545`,
		[]string{"cache-status S answer hit cached"}},
	{"Cloudflare, cached", "", "CF-Cache-Status: HIT\nCF-RAY: 8cc647f9ec9c4141-LHR",
		[]string{"cf-cache-status S answer HIT cached", "cf-ray S edge LHR in GB"}},
	{"a Worker elsewhere", "", "cf-ray: a3a3a1c19bbba6ab-DXB\nserver: cloudflare\ncf-placement: remote-ZRH",
		[]string{"cf-ray S edge DXB in AE", "cf-placement S answer ZRH in CH"}},
	{"Vercel behind Cloudflare: Vercel's edge is not the edge", "", `
		x-vercel-id: sfo1::t598k-1744905474015-0c52177ab740
		Server: cloudflare
		CF-RAY: 931d1eec6a20db5e-LAX
		x-vercel-execution-region: iad1`,
		[]string{"cf-ray S edge LAX in US", "x-vercel-execution-region S answer IAD in US"}},
	{"S3, 301 to the bucket's region", "", "server: AmazonS3\nx-amz-bucket-region: eu-central-1",
		[]string{"x-amz-bucket-region S storage eu-central-1 in DE"}},
	{"S3 (form of the documentation)", "example-bucket.s3.eu-west-3.amazonaws.com", "",
		[]string{"host-s3 N edge eu-west-3 in FR", "host-s3-bucket N storage eu-west-3 in FR"}},
	{"S3 in China (form of the documentation)", "example-bucket.s3.cn-north-1.amazonaws.com.cn", "",
		[]string{"host-s3 N edge cn-north-1 in CN", "host-s3-bucket N storage cn-north-1 in CN"}},
	{"API Gateway (form of the documentation)", "a1b2c3.execute-api.us-east-2.amazonaws.com", "",
		[]string{"host-aws-api N answer us-east-2 in US"}},
	{"OSS (form of the documentation)", "example.oss-cn-hangzhou.aliyuncs.com", "",
		[]string{"host-aliyun N edge cn-hangzhou in CN", "host-oss-bucket N storage cn-hangzhou in CN"}},
	{"OSS, dual stack: Hong Kong is not CN", "example.cn-hongkong.oss.aliyuncs.com", "",
		[]string{"host-aliyun N edge cn-hongkong in HK", "host-oss-bucket N storage cn-hongkong in HK"}},
	{"Alibaba's ap-southeast-3 is not Amazon's", "vod.ap-southeast-3.aliyuncs.com", "",
		[]string{"host-aliyun N edge ap-southeast-3 in MY"}},
	{"COS (form of the documentation)", "example-1250000000.cos.ap-guangzhou.myqcloud.com", "",
		[]string{"host-cos N edge ap-guangzhou in CN", "host-cos-bucket N storage ap-guangzhou in CN"}},
	{"TOS (form of the documentation)", "tos-s3-cn-shanghai.volces.com", "",
		[]string{"host-tos N edge cn-shanghai in CN", "host-tos-bucket N storage cn-shanghai in CN"}},
	{"Cloud Functions (form of the documentation)", "us-central1-example-project.cloudfunctions.net", "",
		[]string{"host-cloudfunctions N answer us-central1 in US"}},
	{"Cloud Run (made up)", "example-123456789012.europe-west9.run.app", "",
		[]string{"host-run-app N answer europe-west9 in FR"}},
	{"Realtime Database (form of the documentation)", "example-default-rtdb.europe-west1.firebasedatabase.app", "",
		[]string{"host-firebase N storage europe-west1 in BE"}},
	{"Realtime Database in Iowa (form of the documentation)", "example-default-rtdb.firebaseio.com", "",
		[]string{"host-firebaseio N storage us-central1 in US"}},
	{"J50", "log-va.tiktokv.com", "", []string{"host-tiktok N edge va in US"}},
	{"room in the middle", "api16-normal-useast5.us.tiktokv.com", "", []string{"host-tiktok N edge useast5 in US"}},
	{"Norway", "API16-normal-no1a.tiktokv.eu", "", []string{"host-tiktok N edge no1a in NO"}},
	{"Douyin", "api5-normal-c-lf.amemv.com", "", []string{"host-douyin N edge lf in CN"}},
}

func TestSamples(t *testing.T) {
	told := map[string]bool{}
	for _, test := range samples {
		t.Run(test.name, func(t *testing.T) {
			fs := headers(test.lines)
			got := ReadHeader(fs, test.host, time.Time{})
			var short []string
			for _, s := range got {
				told[s.Row] = true
				short = append(short, said(s))
				if s.Trap == "" || s.Source == "" || s.SourceDate == "" || s.Confidence == "" {
					t.Errorf("%s: without trap, source, date or confidence: %+v", s.Row, s)
				}
			}
			if strings.Join(short, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(short, "\n  "), strings.Join(test.want, "\n  "))
			}
		})
	}
	for _, r := range rules().rows {
		if !told[r.ID] {
			t.Errorf("row %s has no sample", r.ID)
		}
	}
}

// What has nearly the form of a row says nothing.
func TestNearMisses(t *testing.T) {
	for _, test := range []struct{ name, lines, host string }{
		{"no place of that code", "cf-ray: 8645a7259c1e7900-QQQ", ""},
		{"lower case", "cf-ray: 8645a7259c1e7900-cdg", ""},
		{"an older ray without code", "cf-ray: 8645a7259c1e7900", ""},
		{"more behind it", "cf-ray: 8645a7259c1e7900-CDG-x", ""},
		{"coordinates that two packages put 6515 km apart", "cf-ray: 8645a7259c1e7900-CNN", ""},
		{"two rays in one field", "cf-ray: 8645a7259c1e7900-CDG, 8645a7259c1e7900-LAX", ""},
		{"another cache's name", "x-served-by: cache-1", ""},
		{"somebody else's served-by", "x-served-by: web7.example.com", ""},
		{"the last entry is not Fastly's, and the first is no shield then", "x-served-by: nginx, proxy", ""},
		{"Airport of Altus, Oklahoma: Microsoft means another place", "x-msedge-ref: Ref A: 5376FFEB65294E24BB9F91AD70545826 Ref B: LTSEDGE1517 Ref C: 2018-10-16T16:26:15Z", ""},
		{"a code with a digit", "x-msedge-ref: Ref A: 5376FFEB65294E24BB9F91AD70545826 Ref B: BY3EDGE0306 Ref C: 2018-10-16T16:26:15Z", ""},
		{"reference string of 2023", "x-azure-ref: 20230926T171412Z-81c9dcrw6t2mbaek8smy45twy400000001kg00000000kbgy", ""},
		{"reference string of another day", "x-azure-ref: 0NGlUYgAAAADpVziXMDlkTKGriNM0oPwCQVRMMzMxMDAwMTEwMDMxADJkMzA5NmVhLWE3MDgtNDE0Zi1hMjUzLTdjMWI3ZDIxMDU4Ng==\nDate: Tue, 12 Apr 2022 17:45:23 GMT", ""},
		{"WST is an airport and Microsoft's west", "x-azure-ref: 0zxV+XAAAAABKMMOjBv2NT4TY6SQVjC0zV1NURURHRTA2MTkANDM3YzgyY2QtMzYwYS00YTU0LTk0YzMtNWZmNzA3NjQ3Nzgz", ""},
		{"New York is not a country", "server: BunnyCDN-NY1-1047", ""},
		{"Los Angeles is not Laos", "server: BunnyCDN-LA1-1047", ""},
		{"no country", "x-77-pop: nowhereXX", ""},
		{"Fly before it named regions", "fly-request-id: 01F8VV5BC6BVZVS3BHTGSP0148", ""},
		{"Vint Hill is not Vinnytsia", "fly-request-id: 01GEE8D86XET662W2T18NZN9G8-vin", ""},
		{"Vercel without an id", "x-vercel-id: cdg1", ""},
		{"EagleId of another second", "EagleId: b73ce41f17170327518343687e\nDate: Thu, 30 May 2024 01:32:35 GMT", ""},
		{"EagleId of a private address", "EagleId: 0a00000117170327518343687e", ""},
		{"EagleId too short", "EagleId: b73ce41f1717032751834", ""},
		{"a second-level room only", "via: cache28.l2eu95-4[255,0]", ""},
		{"a room that says cn, of the second level", "via: cache45.l2cn1832[38,304-0,M]", ""},
		{"an L1 node of which nobody knows", "via: cache3.eu13[12,0]", ""},
		{"Alibaba's node is not the last", "via: cache6.l2na63-1[145,0], vcache11.cn2219[183,0], 1.1 varnish", ""},
		{"no province of the mainland", "via: CHN-HK-CT1-CACHE1[0]", ""},
		{"not the first", "via: 1.1 google, CHN-SH-CT8-CACHE30[5]", ""},
		{"ByteDance's nodes in no known order", "via: cache73.czmp,cache05.tycm06", ""},
		{"a city that could be three", "ohc-cache-hit: hn2cm59 [4], yangzcmcache59 [2]", ""},
		{"log id without Date", "x-tt-logid: 202405300932316F9E5CAF9312E04AFFE4", ""},
		{"log id that is off by minutes", "x-tt-logid: 202405300937316F9E5CAF9312E04AFFE4\nDate: Thu, 30 May 2024 01:32:32 GMT", ""},
		{"log id that is older than any work", "x-tt-logid: 202405300927316F9E5CAF9312E04AFFE4\nDate: Thu, 30 May 2024 01:32:32 GMT", ""},
		{"an attribute is no cookie", "set-cookie: msToken=secret; store-idc=alisg", ""},
		{"log id of another day", "x-tt-logid: 202405310932316F9E5CAF9312E04AFFE4\nDate: Thu, 30 May 2024 01:32:32 GMT", ""},
		{"a month of 13", "x-tt-logid: 202413300932316F9E5CAF9312E04AFFE4\nDate: Thu, 30 May 2024 01:32:32 GMT", ""},
		{"a client's trace id", "x-tt-trace-id: 00-fc55df980da5c690eac62be7295e000d-fc55df980da5c690-01\nDate: Thu, 30 May 2024 01:32:32 GMT", ""},
		{"somebody else's origin", "Server-Timing: origin; dur=5", ""},
		{"a time without a machine", "X-Origin-Response-Time: 5", ""},
		{"a time measured nowhere", "X-Origin-Response-Time: 5,10.0.0.1", ""},
		{"time of an express.js", "x-origin-response-time: 12ms", ""},
		{"Akamai's name with no address", "x-cache: TCP_MISS from a23-999-104-84.deploy.akamaitechnologies.com (AkamaiGHost/11.7.0.1) (-)", ""},
		{"Akamai's name at another's", "x-cache: TCP_MISS from a23-195-104-84.deploy.akamaitechnologies.com.example.net (AkamaiGHost/11.7.0.1) (-)", ""},
		{"misses", "x-cache: Miss from cloudfront\nx-cache-hits: 0, 0\ncf-cache-status: DYNAMIC\nx-vercel-cache: MISS\ncdn-cache: MISS\nX-Cache-Lookup: Hit From Upstream\ncache-status: ExampleCache; fwd=uri-miss", ""},
		{"words with hit in them", "x-cache: whitelisted\nx-proxy-cache: Hitachi", ""},
		{"negative age", "age: -1", ""},
		{"a ray behind something else", "cf-ray: 8645a7259c1e7900-CDG\nserver: nginx", ""},
		{"a Worker that ran nobody knows where", "cf-placement: remote-", ""},
		{"Fly behind Cloudflare", "fly-request-id: 01GC9PEZWAT9JTNVGQ3ACEFBMK-ams\nserver: cloudflare", ""},
		{"MinIO says us-east-1 anywhere", "server: MinIO\nx-amz-bucket-region: us-east-1", ""},
		{"a cloud in Moscow that speaks S3", "x-amz-bucket-region: ru-msk", ""},
		{"S3 without region", "", "example-bucket.s3.amazonaws.com"},
		{"S3, accelerated", "", "example-bucket.s3-accelerate.amazonaws.com"},
		{"OSS, accelerated", "", "example.oss-accelerate.aliyuncs.com"},
		{"a region that nobody has", "", "example.oss-cn-atlantis.aliyuncs.com"},
		{"inside Alibaba", "", "example.oss-cn-hangzhou-internal.aliyuncs.com"},
		{"an older name of Cloud Run", "", "example-abcdefghij-ew.a.run.app"},
		{"an nginx", "server: nginx/1.18.0", ""},
		{"Google", "server: ESF", ""},
		{"an unknown room", "Cookie: store-idc=atlantis; sid_ucp_v1=1.0.0-" + strings.Repeat("QUJD", 40), ""},
		{"a room in a token of another shape", "Cookie: sid_ucp_v1=1.0.0-" + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", 60)+"\x1a\x06maliva")), ""},
		{"a room in another cookie", "Cookie: idc=maliva; xstore-idc=maliva", ""},
		{"no address", "x-request-ip: unknown", ""},
		{"va at somebody else's", "", "log-va.example.com"},
		{"va inside a word", "", "nevada.tiktokv.com"},
		{"domain that ends alike", "", "log-va.nottiktokv.com"},
		{"the bare domain", "", "tiktokv.com"},
		{"lf at TikTok", "", "lf16-tiktok-web.tiktok.com"},
		{"an address", "", "192.0.2.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, s := range ReadHeader(headers(test.lines), test.host, time.Time{}) {
				t.Errorf("said %q", said(s))
			}
		})
	}
}
