// Product analytics. Each entry starts a client and returns what a page does
// with it: event, view, error, identify (told in the second recording only),
// flush; pace and wait in milliseconds.
const traits = (u) => ({ email: u.email, name: u.name, phone: u.phone });
export const analytics = {
  amplitude: async () => {
    const a = await import("@amplitude/analytics-browser");
    a.init("7d2c19f0a86b4e53c1d84f3b20a95e67", undefined, { flushQueueSize: 1, flushIntervalMillis: 50, defaultTracking: true });
    return { event: (n, p) => a.track(n, p), identify: (u) => { a.setUserId(u.id); a.identify(new a.Identify().set("email", u.email).set("name", u.name).set("phone", u.phone)); }, flush: () => a.flush() };
  },
  mixpanel: async () => {
    const m = (await import("mixpanel-browser")).default;
    m.init("c0ffee15d4b84b1f9f2a7be15a0c55d1", { batch_requests: false, track_pageview: true, api_payload_format: "json" });
    return { event: (n, p) => m.track(n, p), identify: (u) => { m.identify(u.id); m.people.set({ $email: u.email, $name: u.name, $phone: u.phone }); } };
  },
  mixpanelBase64: async () => {
    const m = (await import("mixpanel-browser")).default;
    m.init("c0ffee15d4b84b1f9f2a7be15a0c55d2", { batch_requests: true, batch_size: 3, batch_flush_interval_ms: 100, api_payload_format: "base64", ip: true });
    return { event: (n, p) => m.track(n, p), identify: (u) => { m.identify(u.id); m.people.set({ $email: u.email, $name: u.name, $phone: u.phone }); } };
  },
  segment: async () => {
    const { AnalyticsBrowser } = await import("@segment/analytics-next");
    const a = AnalyticsBrowser.load({ writeKey: "qzWriteKey15aBcDeFgHiJkLmNoPqRs" });
    return { event: (n, p) => a.track(n, p), view: () => a.page(), identify: (u) => a.identify(u.id, traits(u)) };
  },
  posthog: async () => {
    const p = (await import("posthog-js")).default;
    p.init("phc_Qz15Shop7hYb2LkWm4", { api_host: "https://eu.i.posthog.com", request_batching: false, capture_pageview: true, autocapture: true });
    return { event: (n, q) => p.capture(n, q), error: (e) => p.captureException?.(e), identify: (u) => p.identify(u.id, traits(u)) };
  },
  snowplow: async () => {
    const s = await import("@snowplow/browser-tracker");
    s.newTracker("sp", "https://collector.snowplow.test", { appId: "shop", bufferSize: 1, contexts: { webPage: true, session: true, browser: true } });
    s.enableActivityTracking({ minimumVisitLength: 1, heartbeatDelay: 1 });
    s.trackPageView();
    return { event: (n, p) => s.trackSelfDescribingEvent({ event: { schema: "iglu:test.quinze/" + n.toLowerCase().replaceAll(" ", "_") + "/jsonschema/1-0-0", data: p } }), view: () => s.trackPageView(), identify: (u) => { s.setUserId(u.id); s.trackSelfDescribingEvent({ event: { schema: "iglu:test.quinze/user/jsonschema/1-0-0", data: traits(u) } }); } };
  },
  snowplowGet: async () => {
    const s = await import("@snowplow/browser-tracker");
    s.newTracker("spg", "https://get.snowplow.test", { appId: "shop", eventMethod: "get", contexts: { webPage: true } });
    return { event: (n, p) => s.trackStructEvent({ category: "shop", action: n, label: p.sku ?? p.order_id, property: p.brand, value: p.price ?? 1 }), view: () => s.trackPageView(), identify: (u) => s.setUserId(u.email) };
  },
  matomo: async () => {
    const M = (await import("@datapunt/matomo-tracker-js")).default;
    const m = new (M.default ?? M)({ urlBase: "https://matomo.quinze.test", siteId: 3 });
    return { event: (n, p) => m.trackEvent({ category: "shop", action: n, name: p.name ?? p.order_id, value: p.price }), view: () => m.trackPageView(), identify: (u) => m.pushInstruction("setUserId", u.email) };
  },
  firebase: async () => {
    const { initializeApp } = await import("firebase/app");
    const a = await import("firebase/analytics"), i = await import("firebase/installations"), rc = await import("firebase/remote-config"), perf = await import("firebase/performance");
    const app = initializeApp({ apiKey: "AIzaSyQz15-Shop_aBcDeFgHiJkLmNoPqRsTuVw", projectId: "quinze-shop", appId: "1:101512345678:web:15aa0c55d1c0ffee", measurementId: "G-QZ15SHOP00", storageBucket: "quinze-shop.appspot.com", messagingSenderId: "101512345678" });
    const an = a.getAnalytics(app); perf.getPerformance(app);
    await i.getId(i.getInstallations(app)).catch(() => {});
    const config = rc.getRemoteConfig(app); config.settings.minimumFetchIntervalMillis = 0;
    return { event: async (n, p) => { a.logEvent(an, n, p); await rc.fetchConfig(config).catch(() => {}); }, identify: (u) => a.setUserId(an, u.id), wait: 12000 };
  },
  countly: async () => {
    const c = await import("countly-sdk-web"), C = [c.default, c.default?.default, c, window.Countly].find((x) => x?.init);
    C.init({ app_key: "15aa0c55d1c0ffee15aa0c55d1c0ffee", url: "https://countly.quinze.test", force_post: true, interval: 100, queue_size: 1000 });
    C.begin_session(); C.track_errors(); C.track_clicks();
    return { event: (n, p) => C.add_event({ key: n, count: 1, segmentation: p }), view: (v) => C.track_pageview(v), error: (e) => C.log_error(e), identify: (u) => { C.change_id(u.id, true); C.user_details({ name: u.name, email: u.email, phone: u.phone }); }, wait: 2500 };
  },
  plausible: async () => {
    const Plausible = (await import("plausible-tracker")).default;
    const p = Plausible({ domain: "shop.quinze.test", apiHost: "https://plausible.quinze.test" });
    p.enableAutoPageviews();
    return { event: (n, q) => p.trackEvent(n, { props: { sku: q.sku, price: q.price, order: q.order_id } }) };
  },
  rudderstack: async () => {
    const { RudderAnalytics } = await import("@rudderstack/analytics-js/bundled");
    const r = new RudderAnalytics();
    r.load("2ZkQz15writeKey", "https://dataplane.rudder.test", { configUrl: "https://api.rudder.test", useBeacon: false, queueOptions: { minRetryDelay: 10 } });
    return { event: (n, p) => r.track(n, p), view: (v) => r.page("shop", v), identify: (u) => r.identify(u.id, traits(u)) };
  },
  customerio: async () => {
    const { AnalyticsBrowser } = await import("@customerio/cdp-analytics-browser");
    const a = AnalyticsBrowser.load({ writeKey: "c15qz0writekey", cdnURL: "https://cdp.customer.io" });
    return { event: (n, p) => a.track(n, p), view: () => a.page(), identify: (u) => a.identify(u.id, traits(u)) };
  },
  braze: async () => {
    const b = await import("@braze/web-sdk");
    b.initialize("15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", { baseUrl: "sdk.fra-02.braze.eu", minimumIntervalBetweenTriggerActionsInSeconds: 0 });
    b.openSession();
    return { event: (n, p) => { b.logCustomEvent(n, p); if (p.price) b.logPurchase(p.sku, p.price, "EUR", 1); b.requestImmediateDataFlush(); }, identify: (u) => { b.changeUser(u.id); const x = b.getUser(); x.setEmail(u.email); x.setPhoneNumber(u.phone); x.setFirstName(u.name); } };
  },
  minimalGA4: async () => {
    const g = await import("@minimal-analytics/ga4"), track = g.track ?? g.default?.track ?? window.track;
    track("G-QZ15SHOP01");
    return { event: (n, p) => track("G-QZ15SHOP01", { type: n.toLowerCase().replaceAll(" ", "_"), event: Object.fromEntries(Object.entries(p).filter(([, v]) => typeof v !== "object").map(([k, v]) => [(typeof v === "number" ? "epn." : "ep.") + k, v])) }) };
  },
  sensors: async () => {
    const s = (await import("sa-sdk-javascript")).default;
    s.init({ server_url: "https://sensors.quinze.test/sa?project=shop", is_track_single_page: true, show_log: false, heatmap: { clickmap: "default" }, send_type: "ajax" });
    s.quick("autoTrack");
    return { event: (n, p) => s.track(n.replaceAll(" ", ""), p), identify: (u) => { s.login(u.id); s.setProfile(traits(u)); } };
  },
  sensorsImage: async () => {
    const s = (await import("sa-sdk-javascript")).default;
    s.init({ server_url: "https://image.sensors.test/sa.gif?project=shop", show_log: false });
    s.quick("autoTrack");
    return { event: (n, p) => s.track(n.replaceAll(" ", ""), { sku: p.sku, price: p.price, order_id: p.order_id, trace: p.trace_id }), identify: (u) => { s.login(u.id); s.setProfile(traits(u)); } };
  },
  mparticle: async () => {
    const m = (await import("@mparticle/web-sdk")).default;
    window.mParticle = m; m.init("us1-15aa0c55d1c0ffee15aa0c55d1c0ffee", { isDevelopmentMode: false, logLevel: "none" });
    return { event: (n, p) => { m.logEvent(n, m.EventType.Transaction, p); m.upload?.(); }, view: () => m.logPageView(), error: (e) => m.logError(e), identify: (u) => m.Identity.login({ userIdentities: { customerid: u.id, email: u.email, mobile_number: u.phone } }) };
  },
  jitsu: async () => {
    const { jitsuAnalytics } = await import("@jitsu/js");
    const j = jitsuAnalytics({ host: "https://jitsu.quinze.test", writeKey: "qz15:shop" });
    return { event: (n, p) => j.track(n, p), view: () => j.page(), identify: (u) => j.identify(u.id, traits(u)) };
  },
  aptabase: async () => {
    const a = await import("@aptabase/web");
    a.init("A-SH-1515151515", { host: "https://aptabase.quinze.test", appVersion: "2026.11.3" });
    return { event: (n, p) => a.trackEvent(n, Object.fromEntries(Object.entries(p).filter(([, v]) => typeof v !== "object"))) };
  },
  openpanel: async () => {
    const { OpenPanel } = await import("@openpanel/web");
    const o = new OpenPanel({ clientId: "15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", apiUrl: "https://openpanel.quinze.test", trackScreenViews: true, trackOutgoingLinks: true, trackAttributes: true });
    return { event: (n, p) => o.track(n, p), identify: (u) => o.identify({ profileId: u.id, email: u.email, firstName: u.name, properties: { phone: u.phone } }) };
  },
  swetrix: async () => {
    const s = await import("swetrix");
    s.init("QzShop15aBcD", { apiURL: "https://swetrix.quinze.test/log", devMode: true }); s.trackViews(); s.trackErrors();
    return { event: (n, p) => s.track({ ev: n, meta: { sku: p.sku ?? "", price: String(p.price ?? "") } }) };
  },
  ackee: async () => {
    const a = await import("ackee-tracker");
    const t = (a.default ?? a).create("https://ackee.quinze.test", { ignoreLocalhost: false, detailed: true });
    return { event: (n, p) => t.action("15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", { key: n, value: p.price ?? 1 }), view: () => t.record("hd11f820-68a1-11e6-8047-79c0c2d9bce0") };
  },
  splitbee: async () => {
    const s = (await import("@splitbee/web")).default;
    s.init({ token: "QZ15SHOP", scriptUrl: "https://splitbee.quinze.test/sb.js", apiUrl: "https://splitbee.quinze.test/_hive" });
    return { event: (n, p) => s.track(n, p), identify: (u) => s.user.set({ email: u.email, displayName: u.name, phone: u.phone }) };
  },
  keen: async () => {
    const m = await import("keen-tracking/dist/keen-tracking.js"), K = [m.default, m.default?.default, window.Keen].find((x) => typeof x === "function");
    const k = new K({ projectId: "15aa0c55d1c0ffee15aa0c55", writeKey: "C0FFEE15D4B84B1F9F2A7BE15A0C55D1C0FFEE15D4B84B1F", host: "api.keen.test" });
    k.initAutoTracking?.({ collectIpAddress: false });
    return { event: (n, p) => k.recordEvent(n.replaceAll(" ", "_"), p) };
  },
  insights: async () => {
    const m = await import("insights-js"), { init, track, trackPages } = m.init ? m : m.default;
    init("qz15_insights", { ignoreErrors: true }); trackPages();
    return { event: (n, p) => track({ id: n, parameters: { sku: String(p.sku ?? ""), locale: "en" } }) };
  },
  leanplum: async () => {
    const L = (await import("leanplum-sdk")).default;
    L.setAppIdForProductionMode("app_15qz", "prod_15qz"); L.start();
    return { event: (n, p) => L.track(n, p.price ?? 1, "", p), view: (v) => L.advanceTo(v), identify: (u) => L.setUserAttributes(u.id, traits(u)) };
  },
  aliyunSLS: async () => {
    const T = (await import("@aliyun-sls/web-track-browser")).default;
    const t = new T({ host: "cn-hangzhou.log.aliyuncs.com", project: "quinze", logstore: "shop", time: 1, count: 1, topic: "events", source: "web" });
    return { event: (n, p) => t.send({ event: n, ...p }), identify: (u) => t.send({ event: "user", ...traits(u) }) };
  },
  flock: async () => {
    await import("@tinybirdco/flock.js").catch(() => {});
    return { event: (n, p) => window.Tinybird?.trackEvent(n, p) };
  },
  algoliaInsights: async () => {
    const a = (await import("search-insights")).default, { algoliasearch } = await import("algoliasearch");
    a("init", { appId: "QZ15SHOP", apiKey: "15aa0c55d1c0ffee15aa0c55d1c0ffee", useCookie: true });
    const c = algoliasearch("QZ15SHOP", "15aa0c55d1c0ffee15aa0c55d1c0ffee");
    return { event: async (n, p) => { a("clickedObjectIDsAfterSearch", { index: "products", eventName: n, queryID: "6de2f7eaa537fa93d8f8f05b927953b1", objectIDs: [String(p.product_id ?? 1)], positions: [1] }); if (p.query) await c.search({ requests: [{ indexName: "products", query: p.query, hitsPerPage: 20, facets: ["*"] }] }); } };
  },
};
