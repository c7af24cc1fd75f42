// The same vendors' clients for servers, in Node. Each is an async function
// that sends a shop's events; user is the second recording's customer.
//
//   node clients.mjs NAME [--persona FILE]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { acts, fail } from "./shop.mjs";
import { customer } from "./customer.mjs";

const require = createRequire(import.meta.url);
const at = process.argv.indexOf("--persona");
const user = at > 0 ? customer(readFileSync(process.argv[at + 1], "utf8")) : undefined;
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const anonymous = "anon-15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8";
const id = user?.id ?? anonymous;
const traits = user && { email: user.email, name: user.name, phone: user.phone };
const flat = (p) => Object.fromEntries(Object.entries(p).filter(([, v]) => typeof v !== "object" && v !== null));
let name = process.argv[2], seed = 7;
for (const c of name) seed = (seed * 31 + c.charCodeAt(0)) >>> 0;
const each = async (f, pace = 15) => { let i = 0; for (const [n, p] of acts(seed).slice(0, user ? 8 : 80)) { try { await f(n, p, i++); } catch (e) { if (i < 3) console.error(name, e.message); } await sleep(pace); } };

const clients = {
  async sentry() {
    const S = require("@sentry/node");
    S.init({ dsn: "https://15aa0c55d1c0ffee15aa0c55d1c0ffee@o151515.ingest.de.sentry.io/4507151515151516", tracesSampleRate: 1, release: "shop-api@2026.11.3" });
    if (user) S.setUser({ id: user.id, email: user.email, username: user.name });
    await each((n, p, i) => { S.addBreadcrumb({ message: n, data: p }); S.startSpan({ name: n, op: "http.server", attributes: flat(p) }, () => {}); if (i % 2) S.captureException(fail(i)); });
    await S.close(3000);
  },
  async posthog() {
    const { PostHog } = require("posthog-node");
    const c = new PostHog("phc_Qz15Shop7hYb2LkWm4", { host: "https://eu.i.posthog.com", flushAt: 1 });
    if (user) c.identify({ distinctId: id, properties: traits });
    await each((event, properties) => c.capture({ distinctId: id, event, properties }));
    await c.shutdown();
  },
  async mixpanel() {
    const m = require("mixpanel").init("c0ffee15d4b84b1f9f2a7be15a0c55d1", { host: "api.mixpanel.com", geolocate: false });
    if (user) m.people.set(id, { $email: user.email, $name: user.name, $phone: user.phone });
    await each((n, p) => m.track(n, { distinct_id: id, ...p }));
  },
  async amplitude() {
    const a = require("@amplitude/analytics-node");
    await a.init("7d2c19f0a86b4e53c1d84f3b20a95e67", { flushQueueSize: 1 }).promise;
    if (user) a.identify(new a.Identify().set("email", user.email).set("phone", user.phone), { user_id: id });
    await each((n, p) => a.track(n, p, { user_id: id, device_id: anonymous }).promise);
  },
  async segment() {
    const { Analytics } = require("@segment/analytics-node");
    const a = new Analytics({ writeKey: "qzWriteKey15aBcDeFgHiJkLmNoPqRs", flushAt: 1 });
    if (user) a.identify({ userId: id, traits });
    await each((event, properties) => a.track({ ...(user ? { userId: id } : { anonymousId: anonymous }), event, properties }));
    await a.closeAndFlush({ timeout: 3000 });
  },
  async rudderstack() {
    const R = require("@rudderstack/rudder-sdk-node");
    const r = new (R.default ?? R)("2ZkQz15writeKey", { dataPlaneUrl: "https://dataplane.rudder.test", flushAt: 1 });
    if (user) r.identify({ userId: id, traits });
    await each((event, properties) => r.track({ anonymousId: anonymous, ...(user && { userId: id }), event, properties }));
    await sleep(1500);
  },
  async customerioCdp() {
    const { Analytics } = require("@customerio/cdp-analytics-node");
    const a = new Analytics({ writeKey: "c15qz0writekey", flushAt: 1, maxEventsInBatch: 1 });
    if (user) a.identify({ userId: id, traits });
    await each((event, properties) => a.track({ ...(user ? { userId: id } : { anonymousId: anonymous }), event, properties }));
    await a.closeAndFlush({ timeout: 3000 });
  },
  async customerio() {
    const { TrackClient } = require("customerio-node");
    const c = new TrackClient("15aa0c55d1c0ffee15aa", "c0ffee15d4b84b1f9f2a");
    if (user) await c.identify(id, traits);
    await each((n, data) => (user ? c.track(id, { name: n, data }) : c.trackAnonymous(anonymous, { name: n, data })), 2);
  },
  async snowplow() {
    const s = require("@snowplow/node-tracker");
    const t = s.newTracker({ namespace: "sp", appId: "shop-api", encodeBase64: true }, { endpoint: "https://collector.snowplow.test", bufferSize: 1, eventMethod: "post" });
    if (user) t.setUserId(user.email);
    await each((n, p) => t.track(s.buildSelfDescribingEvent({ event: { schema: "iglu:test.quinze/event/jsonschema/1-0-0", data: { n, ...p } } })));
    await sleep(1000);
  },
  async matomo() {
    const M = require("matomo-tracker");
    const m = new M(3, "https://matomo.quinze.test/matomo.php");
    m.on("error", () => {});
    await each((n, p, i) => m.track({ url: "https://shop.quinze.test/p/" + (p.sku ?? i), action_name: n, e_c: "shop", e_a: n, e_n: p.name, e_v: p.price, _id: "15aa0c55d1c0ffee", rand: String(1e15 + i), cvar: JSON.stringify({ 1: ["order", String(p.order_id ?? "")] }), ...(user && { uid: user.email }) }));
  },
  async universalAnalytics() {
    const v = require("universal-analytics")("UA-151515-15", { uid: user?.id, https: true });
    await each((n, p) => { v.pageview("/p/" + (p.sku ?? "list")).event("shop", n, p.name ?? p.order_id, Math.round(p.price ?? 1)).transaction(p.order_id ?? "1001", p.value ?? 1).item(p.price ?? 1, 1, p.sku).send(); });
  },
  async bugsnag() {
    const B = require("@bugsnag/node");
    B.start({ apiKey: "15aa0c55d1c0ffee15aa0c55d1c0ffee", appVersion: "2026.11.3", logger: null });
    await each((n, p, i) => new Promise((r) => B.notify(fail(i), (e) => { e.addMetadata("shop", p); if (user) e.setUser(user.id, user.email, user.name); }, r)));
  },
  async rollbar() {
    const R = require("rollbar");
    const r = new R({ accessToken: "15aa0c55d1c0ffee15aa0c55d1c0ffee", environment: "production", itemsPerMinute: 10000, verbose: false, payload: user && { person: { id: user.id, email: user.email, username: user.name } } });
    await each((n, p, i) => (i % 2 ? r.error(fail(i), p) : r.info(n, p)));
    await new Promise((x) => r.wait(x));
  },
  async countly() {
    const C = require("countly-sdk-nodejs");
    C.init({ app_key: "15aa0c55d1c0ffee15aa0c55d1c0ffee", url: "https://countly.quinze.test", device_id: id, interval: 50, storage_path: process.env.WORK + "/countly/" });
    C.begin_session();
    if (user) C.user_details(traits);
    await each((key, segmentation) => C.add_event({ key, count: 1, segmentation }), 60);
    await sleep(1000);
  },
  async honeybadger() {
    const H = require("@honeybadger-io/js");
    H.configure({ apiKey: "hbp_15aa0c55d1c0ffee", environment: "production", eventsEnabled: false, reportData: true });
    await each((n, p, i) => H.notifyAsync(fail(i), { context: { ...p, ...(user && { user_id: user.id, user_email: user.email }) } }));
  },
  async airbrake() {
    const { Notifier } = require("@airbrake/node");
    const a = new Notifier({ projectId: 151515, projectKey: "15aa0c55d1c0ffee15aa0c55d1c0ffee", environment: "production", remoteConfig: false });
    await each((n, p, i) => a.notify({ error: fail(i), params: p, context: { user } }));
  },
  async launchdarkly() {
    const L = require("@launchdarkly/node-server-sdk");
    const c = L.init("sdk-15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", { stream: false, flushInterval: 1, logger: L.basicLogger({ level: "none" }) });
    await c.waitForInitialization({ timeout: 4 }).catch(() => {});
    const context = user ? { kind: "user", key: user.id, email: user.email, name: user.name } : { kind: "user", key: anonymous, anonymous: true };
    await each(async (n, p) => { await c.variation("checkout", context, false); c.track(n, context, p, p.price); await c.flush().catch(() => {}); });
    c.close();
  },
  async statsig() {
    const S = require("statsig-node");
    await S.initialize("secret-qz15ShopAbCdEfGh", { loggingIntervalMs: 100, loggingMaxBufferSize: 2 });
    await each((n, p) => S.logEvent({ userID: id, email: user?.email }, n, p.price, Object.fromEntries(Object.entries(flat(p)).map(([k, v]) => [k, String(v)]))));
    await S.flush?.(1000); S.shutdown();
  },
  async configcat() {
    const c = require("configcat-node");
    const k = c.getClient("configcat-sdk-1/aaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbb", c.PollingMode.ManualPoll);
    await each(() => k.forceRefreshAsync()); k.dispose();
  },
  async unleash() {
    const { Unleash } = require("unleash-client");
    const u = new Unleash({ url: "https://unleash.quinze.test/api", appName: "shop-api", instanceId: "quinze-build-1", metricsInterval: 300, refreshInterval: 300, customHeaders: { Authorization: "qz15:production.c0ffee15d4b84b1f" } });
    u.on("error", () => {});
    await each((n, p) => u.isEnabled("checkout", { userId: id, properties: { sku: String(p.sku) } }), 80); u.destroy();
  },
  async umami() {
    const U = require("@umami/node"), u = U.default ?? U;
    u.init({ websiteId: "15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", hostUrl: "https://umami.quinze.test" });
    await each((n, data, i) => u.track({ url: "/p/" + (data.sku ?? i), hostname: "shop.quinze.test", language: "en-GB", screen: "1280x720", title: "Quinze", name: n, data }));
    if (user) await u.identify?.({ ...traits, id });
  },
  async mparticle() {
    const m = require("mparticle");
    const api = new m.EventsApi(new m.Configuration("us1-15aa0c55d1c0ffee15aa0c55d1c0ffee", "c0ffee15d4b84b1f9f2a7be15a0c55d1"));
    await each((n, p) => new Promise((r) => { const b = new m.Batch(m.Batch.Environment.production); b.user_identities = new m.UserIdentities(); if (user) { b.user_identities.customerid = user.id; b.user_identities.email = user.email; } const e = new m.AppEvent(m.AppEvent.CustomEventType.navigation, n); e.custom_attributes = flat(p); b.addEvent(e); api.uploadEvents([b], r); setTimeout(r, 500); }));
  },
  async applicationInsights() {
    const a = require("applicationinsights");
    const c = new a.TelemetryClient("InstrumentationKey=15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/");
    await each((n, properties, i) => { c.trackEvent({ name: n, properties }); if (i % 4 === 0) c.trackException({ exception: fail(i) }); if (i % 5 === 0) return c.flush(); });
    await c.flush();
  },
  async updateNotifier() {
    const { default: latest } = await import("package-json").catch(() => ({ default: null }));
    for (const p of ["mixpanel", "rollbar", "@sentry/node", "leaflet", "esbuild"]) await latest?.(p, { registryUrl: "https://registry.npmjs.org/" }).catch(() => {});
  },
};
if (name === "names") console.log(Object.keys(clients).join("\n"));
else { setTimeout(() => process.exit(0), 40000).unref(); clients[name]().then(() => sleep(1000)).catch((e) => console.error(name, e.message)).finally(() => process.exit(0)); }
