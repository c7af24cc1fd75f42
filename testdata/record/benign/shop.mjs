// What a visitor of an invented shop does, as events in the words of the
// published event specifications: Segment's e-commerce and video specs and
// Google Analytics 4's recommended events (names and properties of 2026-06).
// Nothing in it tells of a person. The same seed makes the same events.
export function random(seed) { // mulberry32
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function acts(seed) {
  const r = random(seed);
  const int = (n) => Math.floor(r() * n);
  const pick = (of) => of[int(of.length)];
  const digits = (n) => String(1 + int(9)) + Array.from({ length: n - 1 }, () => int(10)).join("");
  const hex = (n) => Array.from({ length: n }, () => int(16).toString(16)).join("");
  const upper = (n) => Array.from({ length: n }, () => pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")).join("");
  const uuid = () => [hex(8), hex(4), "4" + hex(3), pick("89ab") + hex(3), hex(12)].join("-");
  const price = () => Number((1 + r() * 400).toFixed(2));
  const brands = ["Nordwind", "Halle & Söhne", "Kestrel", "Maison Aubade", "Tern", "Oxbow Works"];
  const things = ["Rain Jacket", "Trail Shoe", "Lamp", "Espresso Cup", "Desk 120x60", "USB-C Cable 2 m", "Wool Sock", "Tent 3P"];
  const product = () => {
    const sku = upper(3) + "-" + digits(5), name = pick(brands) + " " + pick(things);
    return {
      product_id: pick([digits(8), digits(13), digits(15), digits(16), hex(24), "gid://shop/Product/" + digits(13)]), sku, category: pick(["Outdoor/Jackets", "Home", "Shoes", "Electronics/Cables"]), name,
      brand: pick(brands), variant: pick(["black", "EU 42", "L", "2 m"]), price: price(), quantity: 1 + int(3), position: 1 + int(20), currency: pick(["EUR", "USD", "GBP"]),
      url: "https://shop.quinze.test/p/" + sku.toLowerCase() + "?v=" + digits(14), image_url: "https://cdn.quinze.test/i/" + hex(32) + ".webp", gtin: digits(13),
    };
  };
  const item = (p) => ({ item_id: p.sku, item_name: p.name, affiliation: "Quinze Store", coupon: "SPRING25", discount: 2.22, index: p.position, item_brand: p.brand, item_category: p.category, item_list_id: "related_products", item_variant: p.variant, location_id: "ChIJ" + upper(23), price: p.price, quantity: p.quantity });
  const order = () => {
    const products = Array.from({ length: 1 + int(4) }, product), value = Number(products.reduce((s, p) => s + p.price * p.quantity, 0).toFixed(2));
    return { order_id: pick([digits(15), digits(16), "100" + digits(7), "#" + digits(5), uuid()]), checkout_id: hex(32), affiliation: "Web", value, revenue: value, subtotal: value, shipping: 4.9, tax: Number((value * 0.2).toFixed(2)), discount: 2.5, coupon: pick(["SPRING25", "hasbros", null]), currency: "EUR", products };
  };
  const video = () => ({ session_id: digits(12), content_asset_id: digits(9), asset_id: digits(7), title: "How to pitch a tent", position: int(600), total_length: 600, bitrate: 1024 * int(8), framerate: 29.97, video_player: "html5", sound: int(100), full_screen: r() < 0.5, ad_enabled: false, quality: "hd1080", livestream: false, channel: "outdoor" });
  const makers = [
    () => ["Product Viewed", product()],
    () => ["Product Added", { cart_id: pick([hex(32), uuid(), "c_" + upper(20)]), ...product() }],
    () => ["Product List Viewed", { list_id: "todays_deals_" + digits(8), category: "Deals", products: Array.from({ length: 3 }, product), filters: [{ type: "price", value: "under_25" }], sorts: [{ type: "price", value: "desc" }] }],
    () => ["Products Searched", { query: pick(["rain jacket", "usb c", "tent 3 person"]), results: int(90), page: 1, took_ms: int(90) }],
    () => ["Checkout Step Viewed", { checkout_id: digits(16), step: 1 + int(4), shipping_method: "standard", payment_method: "card" }],
    () => ["Coupon Applied", { order_id: digits(15), cart_id: digits(10), coupon_id: "may_deals_" + digits(4), coupon_name: "May Deals", discount: 23.32 }],
    () => ["Order Completed", order()],
    () => ["purchase", { transaction_id: "T_" + digits(10), value: price(), tax: 4.9, shipping: 5.99, currency: "USD", items: [item(product()), item(product())] }],
    () => ["view_item_list", { item_list_id: "related_products", item_list_name: "Related", items: Array.from({ length: 4 }, () => item(product())) }],
    () => ["select_promotion", { creative_name: "Summer Banner", creative_slot: "featured_app_1", promotion_id: "P_" + digits(5), promotion_name: "Summer Sale" }],
    () => ["Promotion Clicked", { promotion_id: "promo_" + digits(3), creative: "top_banner_2", name: "75% store-wide shoe sale", position: "home_banner_top" }],
    () => ["Video Playback Started", video()],
    () => ["Video Content Playing", video()],
    () => ["Page Timing", { ttfb: Number((r() * 300).toFixed(3)), fcp: Number((r() * 2000).toFixed(1)), lcp: Number((r() * 3000).toFixed(2)), cls: Number(r().toFixed(6)), started_at: 1790000000000 + int(9e9), ended: 1790000000 + int(9e6), build: "2026.11." + digits(4), commit: hex(40), asset_hash: hex(64) }],
    () => ["Request Finished", { trace_id: hex(32), span_id: hex(16), parent_id: hex(16), request_id: uuid(), traceparent: "00-" + hex(32) + "-" + hex(16) + "-01", etag: '"' + hex(32) + '"', status: pick([200, 204, 304, 404, 503]), duration_us: int(4e6), bytes: digits(7), cache: pick(["HIT", "MISS"]), pop: "CDG", region: "eu-west-3", shard: "10.4.0.17:9200", version: "10.15.7.1" }],
    () => ["Map Moved", { zoom: 14 + int(4), x: int(16384), y: int(16384), tile: "16/33188/22545", bounds: [2.3 + r() / 10, 48.8 + r() / 10, 2.4 + r() / 10, 48.9 + r() / 10].map((n) => Number(n.toFixed(5))), pins: int(40) }],
    () => ["Store Viewed", { store_id: digits(6), store_name: "Quinze République", stock: int(9), opens: "10:00", distance_km: Number((r() * 20).toFixed(1)) }],
    () => ["Experiment Viewed", { experiment_id: digits(10), experiment_name: "checkout-2026", variation_id: digits(11), variation_name: "b", bucket: int(10000), salt: hex(8) }],
    () => ["Barcode Shown", { gift_card_ref: "GC" + digits(14), tracking_number: "1Z" + upper(16), parcel: "3S" + digits(13), invoice: "INV-2026-" + digits(6), sscc: "00" + digits(18), isbn: "978" + digits(10), ean: digits(13) }],
    () => ["Layout Shifted", { viewport: "1280x720", scroll: int(4000), selector: "main > div:nth-child(3) > a.card", dpr: 1.25, theme: "dark", font: "Inter", grid: [12, 4, 8], fps: 59.94 }],
  ];
  return makers.concat(makers, makers, makers).map((make) => make());
}

// An error as shops throw them.
export function fail(i) {
  const kinds = [
    () => { const o = undefined; return o.price; },
    () => JSON.parse("{\"sku\": \"A-" + i + "\", }"),
    () => { throw new RangeError("Quantity " + (1000 + i * 7919) + " exceeds stock for 40" + (12345678901 + i)); },
    () => { throw Object.assign(new Error("GET https://shop.quinze.test/api/cart/" + (4402345678901234 + i) + "?rev=" + (1790000000 + i) + " failed with status code 503"), { code: "ERR_BAD_RESPONSE" }); },
  ];
  try { kinds[i % kinds.length](); } catch (e) { return e; }
}
