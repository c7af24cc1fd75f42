// Crash reports, monitoring and session replay.
export const crash = {
  sentry: async () => {
    const S = await import("@sentry/browser");
    S.init({ dsn: "https://15aa0c55d1c0ffee15aa0c55d1c0ffee@o151515.ingest.de.sentry.io/4507151515151515", release: "shop@2026.11.3", environment: "production", tracesSampleRate: 1, integrations: [S.browserTracingIntegration(), S.replayIntegration(), S.browserProfilingIntegration()], replaysSessionSampleRate: 1, profilesSampleRate: 1, enableLogs: true });
    return { event: (n, p) => { S.addBreadcrumb({ category: "shop", message: n, data: p }); S.startSpan({ name: n, op: "ui.action", attributes: { "shop.sku": String(p.sku), "shop.price": p.price ?? 0 } }, () => {}); S.logger?.info(n, p); }, error: (e) => S.captureException(e), identify: (u) => S.setUser({ id: u.id, email: u.email, username: u.name }), flush: () => S.flush(2000), wait: 6000 };
  },
  bugsnag: async () => {
    const B = (await import("@bugsnag/js")).default;
    B.start({ apiKey: "15aa0c55d1c0ffee15aa0c55d1c0ffee", appVersion: "2026.11.3", releaseStage: "production", maxEvents: 1000 });
    return { event: (n, p) => B.leaveBreadcrumb(n, p), error: (e) => B.notify(e, (v) => v.addMetadata("shop", { sku: "A-1", cart: "4402345678901234" })), identify: (u) => B.setUser(u.id, u.email, u.name) };
  },
  rollbar: async () => {
    const R = (await import("rollbar")).default;
    const r = new R({ accessToken: "15aa0c55d1c0ffee15aa0c55d1c0ffee", captureUncaught: true, captureIp: "anonymize", payload: { environment: "production", client: { javascript: { code_version: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432" } } }, itemsPerMinute: 1000, maxItems: 1000 });
    return { event: (n, p) => r.info(n, p), error: (e) => r.error(e), identify: (u) => r.configure({ payload: { person: { id: u.id, email: u.email, username: u.name } } }) };
  },
  datadogRum: async () => {
    const { datadogRum: d } = await import("@datadog/browser-rum");
    d.init({ applicationId: "15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", clientToken: "pub15aa0c55d1c0ffee15aa0c55d1c0ffee", site: "datadoghq.eu", service: "shop", env: "prod", version: "2026.11.3", sessionSampleRate: 100, sessionReplaySampleRate: 100, trackUserInteractions: true, trackResources: true, trackLongTasks: true });
    return { event: (n, p) => d.addAction(n, p), view: (v) => d.startView?.(v), error: (e) => d.addError(e), identify: (u) => d.setUser({ id: u.id, email: u.email, name: u.name }), pace: 400, wait: 4000 };
  },
  datadogLogs: async () => {
    const { datadogLogs: d } = await import("@datadog/browser-logs");
    d.init({ clientToken: "pub15aa0c55d1c0ffee15aa0c55d1c0ffee", site: "datadoghq.eu", service: "shop", forwardErrorsToLogs: true, batchBytesLimit: 500 });
    return { event: (n, p) => d.logger.info(n, p), error: (e) => d.logger.error("failed", {}, e), identify: (u) => d.setUser({ id: u.id, email: u.email, name: u.name }), pace: 400, wait: 4000 };
  },
  newrelic: async () => {
    const { BrowserAgent } = await import("@newrelic/browser-agent/loaders/browser-agent");
    const n = new BrowserAgent({ init: { distributed_tracing: { enabled: true }, privacy: { cookies_enabled: true }, ajax: { deny_list: [] }, session_replay: { enabled: true, sampling_rate: 100, error_sampling_rate: 100, autoStart: true } }, info: { beacon: "bam.eu01.nr-data.net", errorBeacon: "bam.eu01.nr-data.net", licenseKey: "NRJS-15aa0c55d1c0ffee", applicationID: "1415151515", sa: 1 }, loader_config: { accountID: "1515151", trustKey: "1515151", agentID: "1415151515", licenseKey: "NRJS-15aa0c55d1c0ffee", applicationID: "1415151515" } });
    return { event: (m, p) => n.addPageAction(m, p), error: (e) => n.noticeError(e), identify: (u) => { n.setUserId(u.id); n.setCustomAttribute("email", u.email); }, pace: 400, wait: 8000 };
  },
  logrocket: async () => {
    const L = (await import("logrocket")).default;
    L.init("quinze/shop");
    return { event: (n, p) => L.track(n, { sku: p.sku ?? "" }), error: (e) => L.captureException(e), identify: (u) => L.identify(u.id, { email: u.email, name: u.name }) };
  },
  faro: async () => {
    const f = await import("@grafana/faro-web-sdk");
    const x = f.initializeFaro({ url: "https://faro-collector-prod-eu-west-2.grafana.net/collect/15aa0c55d1c0ffee15aa0c55d1c0ffee", app: { name: "shop", version: "2026.11.3", environment: "production" }, batching: { sendTimeout: 50, itemLimit: 4 } });
    return { event: (n, p) => x.api.pushEvent(n, Object.fromEntries(Object.entries(p).map(([k, v]) => [k, String(v)]))), view: (v) => x.api.setView({ name: v }), error: (e) => x.api.pushError(e), identify: (u) => x.api.setUser({ id: u.id, email: u.email, username: u.name }) };
  },
  otelJSON: async () => otel((await import("@opentelemetry/exporter-trace-otlp-http")).OTLPTraceExporter, "https://otlp.quinze.test/v1/traces"),
  otelProtobuf: async () => otel((await import("@opentelemetry/exporter-trace-otlp-proto")).OTLPTraceExporter, "https://otlp-pb.quinze.test/v1/traces"),
  applicationInsights: async () => {
    const { ApplicationInsights } = await import("@microsoft/applicationinsights-web");
    const a = new ApplicationInsights({ config: { connectionString: "InstrumentationKey=15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/", maxBatchInterval: 100, enableAutoRouteTracking: true, disableFetchTracking: false } });
    a.loadAppInsights(); a.trackPageView();
    return { event: (n, p) => a.trackEvent({ name: n }, p), error: (e) => a.trackException({ exception: e }), identify: (u) => a.setAuthenticatedUserContext(u.email, u.id, true), flush: () => a.flush() };
  },
  elasticApm: async () => {
    const { init } = await import("@elastic/apm-rum");
    const a = init({ serviceName: "shop", serverUrl: "https://apm.quinze.test", serviceVersion: "2026.11.3", environment: "production", flushInterval: 100, eventsLimit: 500 });
    return { event: (n, p) => { const t = a.startTransaction(n, "custom", { managed: false }); t.addLabels({ sku: String(p.sku), price: p.price ?? 0 }); t.startSpan("render", "app")?.end(); t.end(); }, error: (e) => a.captureError(e), identify: (u) => a.setUserContext({ id: u.id, email: u.email, username: u.name }) };
  },
  airbrake: async () => {
    const { Notifier } = await import("@airbrake/browser");
    const a = new Notifier({ projectId: 151515, projectKey: "15aa0c55d1c0ffee15aa0c55d1c0ffee", environment: "production", remoteConfig: false });
    let user;
    return { event: (n, p) => a.notify({ error: n, params: p, context: { severity: "info", user } }), error: (e) => a.notify({ error: e, context: { user } }), identify: (u) => { user = { id: u.id, email: u.email, name: u.name }; } };
  },
  honeybadger: async () => {
    const H = (await import("@honeybadger-io/js")).default;
    H.configure({ apiKey: "hbp_15aa0c55d1c0ffee", environment: "production", revision: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", maxErrors: 500 });
    return { event: (n, p) => H.addBreadcrumb(n, { metadata: p }), error: (e) => H.notify(e), identify: (u) => H.setContext({ user_id: u.id, user_email: u.email }) };
  },
  raygun: async () => {
    const g = (await import("raygun4js")).default;
    g("apiKey", "15aa0c55d1c0ffee15aa0c"); g("enableCrashReporting", true); g("enablePulse", true); g("setVersion", "2026.11.3");
    return { event: (n, p) => g("recordBreadcrumb", n, p), view: (v) => g("trackEvent", { type: "pageView", path: v }), error: (e) => g("send", { error: e, customData: { sku: "A-1" } }), identify: (u) => g("setUser", u.id, false, u.email, u.name, u.name) };
  },
  trackjs: async () => {
    const { TrackJS } = await import("trackjs");
    TrackJS.install({ token: "15aa0c55d1c0ffee15aa0c55d1c0ffee", application: "shop", version: "2026.11.3", dedupe: false });
    return { event: (n, p) => TrackJS.addMetadata(n, JSON.stringify(p).slice(0, 200)), error: (e) => TrackJS.track(e), identify: (u) => TrackJS.configure({ userId: u.email }), pace: 120 };
  },
  clarity: async () => {
    const { clarity } = await import("clarity-js");
    clarity.start({ projectId: "qz15shop", upload: "https://c.clarity.test/collect", track: true, content: true, delay: 100, lean: false });
    return { event: (n, p) => { clarity.event(n, String(p.sku ?? "")); clarity.set("sku", String(p.sku ?? "")); }, identify: (u) => clarity.identify(u.id, undefined, undefined, u.email), wait: 4000, pace: 120 };
  },
  openreplay: async () => {
    const T = (await import("@openreplay/tracker")).default;
    const t = new T({ projectKey: "Qz15ShopAbCdEfGh", ingestPoint: "https://openreplay.quinze.test/ingest" });
    await t.start();
    return { event: (n, p) => t.event(n, p), error: (e) => t.handleError(e), identify: (u) => { t.setUserID(u.email); t.setMetadata("phone", u.phone); }, wait: 4000, pace: 120 };
  },
  highlight: async () => {
    const { H } = await import("highlight.run");
    H.init("1jdkoe52", { serviceName: "shop", version: "2026.11.3", networkRecording: { enabled: true, recordHeadersAndBody: true } });
    return { event: (n, p) => H.track(n, p), error: (e) => H.consumeError(e), identify: (u) => H.identify(u.email, { id: u.id, phone: u.phone }), wait: 5000, pace: 120 };
  },
  logtail: async () => {
    const { Logtail } = await import("@logtail/browser");
    const l = new Logtail("QzShop15LogtailSourceToken", { endpoint: "https://s151515.eu-nbg-2.betterstackdata.com", batchSize: 1, batchInterval: 10 });
    return { event: (n, p) => l.info(n, p), error: (e) => l.error(e), flush: () => l.flush() };
  },
  appsignal: async () => {
    const A = (await import("@appsignal/javascript")).default;
    const a = new A({ key: "15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", revision: "2026.11.3" });
    let user;
    return { event: (n, p) => a.addBreadcrumb({ category: "shop", action: n, metadata: Object.fromEntries(Object.entries(p).map(([k, v]) => [k, String(v)])) }), error: (e) => a.sendError(e, (s) => { s.setTags({ path: location.pathname, ...user }); }), identify: (u) => { user = { email: u.email, user_id: u.id }; } };
  },
  coralogix: async () => {
    const { CoralogixRum: c } = await import("@coralogix/browser");
    c.init({ application: "shop", public_key: "cxtp_Qz15ShopAbCdEfGhIjKl", coralogixDomain: "EU2", version: "2026.11.3" });
    return { event: (n, p) => c.info(n, p), error: (e) => c.captureError(e), identify: (u) => c.setUserContext({ user_id: u.id, user_name: u.name, user_email: u.email }), wait: 4000 };
  },
  aegis: async () => {
    const A = (await import("aegis-web-sdk")).default;
    const a = new A({ id: "pGUVFTCZyewQz15", hostUrl: "https://rumt-zh.com", reportApiSpeed: true, reportAssetSpeed: true, spa: true });
    return { event: (n, p) => { a.infoAll({ msg: n, ext1: p.sku, ext2: p.order_id }); a.reportEvent({ name: n, ext1: p.sku, ext2: String(p.price) }); }, error: (e) => a.error(e), identify: (u) => a.setConfig({ uin: u.id }) };
  },
  arms: async () => {
    const B = (await import("alife-logger")).default;
    const b = B.singleton({ pid: "qz15@c0ffee15d4b84b1", imgUrl: "https://arms-retcode.aliyuncs.com/r.png?", enableSPA: true, sendResource: true, useFmp: true });
    return { event: (n, p) => { b.sum?.(n); b.avg?.(n, p.price ?? 1); b.api?.("/api/" + n, true, 120, "200", "ok", undefined, p.trace_id); }, error: (e) => b.error(e, {}), identify: (u) => b.setConfig({ setUsername: () => u.name, uid: u.id }) };
  },
  webVitals: async () => {
    const w = await import("web-vitals");
    const send = (m) => navigator.sendBeacon("https://vitals.quinze.test/v", JSON.stringify({ ...m, entries: undefined, page: location.href, ua: navigator.userAgent, conn: navigator.connection?.effectiveType }));
    for (const f of [w.onCLS, w.onFCP, w.onINP, w.onLCP, w.onTTFB]) f(send, { reportAllChanges: true });
    return { event: (n, p) => send({ name: n, id: "v5-" + Date.now() + "-" + (p.order_id ?? 1), value: p.lcp ?? 1 }) };
  },
};

async function otel(Exporter, url) {
  const { WebTracerProvider, BatchSpanProcessor } = await import("@opentelemetry/sdk-trace-web");
  const p = new WebTracerProvider({ spanProcessors: [new BatchSpanProcessor(new Exporter({ url, headers: { "x-api-key": "qz15" } }), { scheduledDelayMillis: 60, maxExportBatchSize: 2 })] });
  const t = p.getTracer("shop");
  let user = {};
  return { event: (n, q) => { const s = t.startSpan(n, { attributes: { ...user, ...Object.fromEntries(Object.entries(q).filter(([, v]) => typeof v !== "object")) } }); s.addEvent("rendered"); s.end(); }, error: (e) => { const s = t.startSpan("failed"); s.recordException(e); s.end(); }, identify: (u) => { user = { "enduser.id": u.id, "user.email": u.email, "user.full_name": u.name }; }, flush: () => p.forceFlush() };
}
