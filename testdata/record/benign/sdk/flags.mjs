// Feature flags and experiments.
export const flags = {
  launchdarkly: async (u) => {
    const L = await import("launchdarkly-js-client-sdk");
    const c = L.initialize("15aa0c55d1c0ffee15aa0c55", u ? { kind: "user", key: u.id, email: u.email, name: u.name } : { kind: "user", anonymous: true }, { flushInterval: 2000, eventCapacity: 1000, sendEventsOnlyForVariation: false });
    await c.waitForInitialization(5).catch(() => {});
    return { event: (n, p) => { c.variation("checkout", false); c.track(n, p, p.price ?? 1); return c.flush(); }, flush: () => c.flush(), pace: 30 };
  },
  statsig: async (u) => {
    const m = await import("@statsig/js-client"), { StatsigClient } = m.StatsigClient ? m : m.default;
    const c = new StatsigClient("client-qz15ShopAbCdEfGh", u ? { userID: u.id, email: u.email } : {}, { loggingBufferMaxSize: 1, loggingIntervalMs: 100 });
    await c.initializeAsync();
    return { event: (n, p) => { c.checkGate("checkout"); c.logEvent(n, p.price ?? 1, Object.fromEntries(Object.entries(p).map(([k, v]) => [k, String(v)]))); }, flush: () => c.flush() };
  },
  split: async (u) => {
    const { SplitFactory } = await import("@splitsoftware/splitio");
    const f = SplitFactory({ core: { authorizationKey: "qz15splitclientkey", key: u ? u.email : "anonymous-15", trafficType: "user" }, scheduler: { eventsPushRate: 1, impressionsRefreshRate: 1, eventsQueueSize: 3, telemetryRefreshRate: 60 }, sync: { impressionsMode: "DEBUG" }, streamingEnabled: false });
    const c = f.client();
    await Promise.race([c.ready?.().catch(() => {}), new Promise((r) => setTimeout(r, 3000))]);
    return { event: (n, p) => { c.getTreatment("checkout", { sku: String(p.sku), price: p.price ?? 0 }); c.track("user", n.replaceAll(" ", "_"), p.price ?? 1, Object.fromEntries(Object.entries(p).filter(([, v]) => typeof v !== "object"))); }, flush: () => c.flush?.(), wait: 3500 };
  },
  configcat: async (u) => {
    const c = await import("configcat-js");
    const k = c.getClient("configcat-sdk-1/aaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbb", c.PollingMode.ManualPoll);
    return { event: async () => { await k.forceRefreshAsync(); await k.getValueAsync("checkout", false, u && new c.User(u.id, u.email)); } };
  },
  unleash: async (u) => {
    const { UnleashClient } = await import("unleash-proxy-client");
    const k = new UnleashClient({ url: "https://unleash.quinze.test/api/frontend", clientKey: "qz15:production.c0ffee15d4b84b1f", appName: "shop", metricsInterval: 1, refreshInterval: 2, context: u && { userId: u.email } });
    await k.start();
    return { event: (n, p) => { k.isEnabled("checkout"); k.getVariant("checkout"); if (p.sku) k.updateContext({ properties: { sku: p.sku, price: String(p.price) }, ...(u && { userId: u.email }) }); } };
  },
  flagsmith: async (u) => {
    const f = (await import("flagsmith")).default;
    await f.init({ environmentID: "QzShop15AbCdEfGhIjKl", enableAnalytics: true, identity: u?.email });
    return { event: async (n, p) => { f.hasFeature("checkout"); await f.setTrait("last_sku", p.sku ?? "none").catch(() => {}); await f.getFlags().catch(() => {}); } };
  },
  growthbook: async (u) => {
    const { GrowthBook } = await import("@growthbook/growthbook");
    return { event: async (n, p) => { const g = new GrowthBook({ apiHost: "https://growthbook.quinze.test", clientKey: "sdk-qz15Shop" + (p.step ?? p.position ?? 1), attributes: { id: "15", ...u }, remoteEval: true, decryptionKey: undefined, trackingCallback: () => {} }); await g.init({ timeout: 500, skipCache: true }); g.isOn("checkout"); g.destroy(); } };
  },
  optimizely: async (u) => {
    const o = await import("@optimizely/optimizely-sdk");
    const datafile = { version: "4", rollouts: [], typedAudiences: [], anonymizeIP: true, projectId: "20211515", variables: [], featureFlags: [{ id: "1", key: "checkout", rolloutId: "", experimentIds: ["1001"], variables: [] }], experiments: [{ status: "Running", key: "checkout", id: "1001", layerId: "2001", audienceIds: [], forcedVariations: {}, trafficAllocation: [{ entityId: "3001", endOfRange: 10000 }], variations: [{ id: "3001", key: "b", featureEnabled: true, variables: [] }] }], audiences: [], groups: [], attributes: [{ id: "4001", key: "sku" }, { id: "4002", key: "email" }], botFiltering: false, accountId: "20211515", events: [{ id: "5001", key: "purchase", experimentIds: ["1001"] }], revision: "15" };
    const c = o.createInstance({ projectConfigManager: o.createStaticProjectConfigManager({ datafile: JSON.stringify(datafile) }), eventProcessor: o.createForwardingEventProcessor() });
    await c.onReady?.();
    return { event: (n, p) => { const x = c.createUserContext(u ? u.id : "anonymous-15", { sku: p.sku ?? "none", ...(u && { email: u.email }) }); x.decide("checkout"); x.trackEvent("purchase", { revenue: Math.round((p.price ?? 1) * 100), sku: p.sku ?? "", order: String(p.order_id ?? "") }); }, pace: 60 };
  },
};
