// Attribution, advertising and maps.
export const ads = {
  adjust: async () => {
    const A = (await import("@adjustcom/adjust-web-sdk")).default;
    A.initSdk({ appToken: "qz15shop0000", environment: "production", logLevel: "none" });
    return { event: (n, p) => A.trackEvent({ eventToken: "abc123", revenue: p.price ?? 1, currency: "EUR", callbackParams: [{ key: "order", value: String(p.order_id ?? "") }, { key: "sku", value: String(p.sku ?? "") }] }), identify: (u) => A.addGlobalCallbackParameters([{ key: "email", value: u.email }]) };
  },
  branch: async () => {
    const b = (await import("branch-sdk")).default;
    await new Promise((r) => b.init("key_live_qz15ShopAbCdEfGhIjKlMnOpQrStUvWx", { no_journeys: true }, r));
    return { event: (n, p) => b.logEvent(n.toUpperCase().replaceAll(" ", "_"), { transaction_id: p.order_id, revenue: p.revenue, currency: "EUR", custom: p.sku }, [{ $sku: p.sku, $price: p.price, $product_name: p.name }], () => {}), identify: (u) => b.setIdentity(u.email), wait: 3000 };
  },
  singular: async () => {
    const m = await import("singular-sdk"), { singularSdk: s, SingularConfig } = m.singularSdk ? m : m.default;
    s.init(new SingularConfig("quinze_15aa0c55", "c0ffee15d4b84b1f9f2a7be15a0c55d1", "test.quinze.shop"));
    return { event: (n, p) => s.event(n, p), view: () => s.pageVisit(), identify: (u) => s.login(u.email), pace: 100, wait: 3000 };
  },
  clevertap: async () => {
    const c = (await import("clevertap-web-sdk")).default;
    c.privacy.push({ optOut: false }); c.privacy.push({ useIP: false }); c.init("QZ1-5SH-OP7Z", "eu1"); c.spa = true;
    return { event: (n, p) => c.event.push(n, Object.fromEntries(Object.entries(p).filter(([, v]) => typeof v !== "object"))), identify: (u) => c.onUserLogin.push({ Site: { Identity: u.id, Email: u.email, Phone: u.phone.replaceAll(" ", ""), Name: u.name } }), pace: 60 };
  },
  alloy: async () => {
    const { createInstance } = await import("@adobe/alloy");
    const a = createInstance({ name: "alloy" });
    a("configure", { datastreamId: "15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", orgId: "15AA0C55D1C0FFEE0A495C15@AdobeOrg", edgeDomain: "edge.adobedc.net", clickCollectionEnabled: true, idMigrationEnabled: false });
    return { event: (n, p) => { a("sendEvent", { xdm: { eventType: "commerce." + n, productListItems: [{ SKU: p.sku, name: p.name, priceTotal: p.price }], commerce: { order: { purchaseID: p.order_id, priceTotal: p.value } } }, data: p }).catch(() => {}); }, identify: (u) => { a("sendEvent", { xdm: { identityMap: { Email: [{ id: u.email, primary: false }], Phone: [{ id: u.phone }] } } }).catch(() => {}); } };
  },
  prebid: async () => {
    const pbjs = (await import("prebid.js")).default;
    for (const m of [() => import("prebid.js/modules/appnexusBidAdapter"), () => import("prebid.js/modules/rubiconBidAdapter"), () => import("prebid.js/modules/openxBidAdapter"), () => import("prebid.js/modules/criteoBidAdapter"), () => import("prebid.js/modules/pubmaticBidAdapter"), () => import("prebid.js/modules/ixBidAdapter"), () => import("prebid.js/modules/sovrnBidAdapter"), () => import("prebid.js/modules/smartadserverBidAdapter")]) await m().catch((e) => window.state.push("prebid " + e));
    pbjs.processQueue();
    pbjs.setConfig({ enableSendAllBids: true, bidderTimeout: 800, pageUrl: location.href, userSync: { syncEnabled: true } });
    const bids = () => [{ bidder: "appnexus", params: { placementId: 13144370 } }, { bidder: "rubicon", params: { accountId: 14062, siteId: 70608, zoneId: 498816 } }, { bidder: "openx", params: { unit: "539439964", delDomain: "se-demo-d.openx.net" } }, { bidder: "criteo", params: { networkId: 4902 } }, { bidder: "pubmatic", params: { publisherId: "156209", adSlot: "slot@300x250" } }, { bidder: "ix", params: { siteId: "999990", size: [300, 250] } }, { bidder: "sovrn", params: { tagid: "403370" } }, { bidder: "smartadserver", params: { siteId: 32207, pageId: 1109572, formatId: 26328, domain: "https://prg.smartadserver.com" } }];
    let i = 0;
    return { event: (n, p) => { if (++i % 8 !== 1) return; return new Promise((r) => pbjs.requestBids({ adUnits: [{ code: "slot-" + i, mediaTypes: { banner: { sizes: [[300, 250], [728, 90]] } }, ortb2Imp: { ext: { gpid: "/1515/shop/" + (p.sku ?? "home") } }, bids: bids() }], bidsBackHandler: r, timeout: 800 })); }, identify: (u) => { pbjs.setConfig({ ortb2: { user: { id: u.id } } }); } };
  },
  tiles: async () => {
    const L = (await import("leaflet")).default;
    const map = L.map("map").setView([48.2, 16.37], 5);
    L.tileLayer("https://{s}.tile.openstreetmap.org/{z}/{x}/{y}.png", { maxZoom: 19 }).addTo(map);
    L.tileLayer("https://tiles.quinze.test/v4/mapbox.satellite/{z}/{x}/{y}@2x.jpg?access_token=pk.eyJ1IjoicXoifQ.c2lnbmF0dXJl&sku=101{x}", { maxZoom: 19 }).addTo(map);
    let i = 0;
    return { event: () => { if (++i % 4 === 0) { map.setView([40 + i / 7, -3 + i / 5], 3 + (i % 15), { animate: false }); } } };
  },
};
