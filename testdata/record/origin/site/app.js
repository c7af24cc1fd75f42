// The recorded page: a sign-up form whose code sends what was typed, and what
// the device tells (window.device, set by the recorder as an app's native
// bridge would), to its own hosts and to two third parties.
//
// Every emission goes through send(), which writes down, before the bytes
// leave, what is in them: that list is the ground truth of the recordings.
"use strict";

const truth = (window.truth = []);
const app = "https://app.quinze.test";
const logs = "https://log.quinze.test";
const tracker = "https://tracker.adverio.test";
const metrics = "https://metrics.metrikon.test";

// item says that a persona value (by index) is in an emission: in what form,
// after undoing which layers, outermost first.
const item = (type, form, ...chain) => ({ type, form, chain });
const device = window.device; // {type: {value, index}}
const v = (type) => device[type].value;

async function send(method, url, via, items, action) {
  const u = new URL(url);
  const all = u.host === location.host && document.cookie.includes("sid=")
    ? [...items, item("account.session", "clear", "request.header", "cookie")] : items;
  for (const i of all) {
    truth.push({ host: u.host, path: u.pathname, method, via, data_type: i.type, persona_value: device[i.type].index, form: i.form, chain: i.chain });
  }
  if (all.length === 0) truth.push({ host: u.host, path: u.pathname, method, via, data_type: null });
  return action(u.href);
}

const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
const digest = async (algorithm, text) => hex(await crypto.subtle.digest(algorithm, new TextEncoder().encode(text)));
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const base64url = (text) => base64(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const e164 = (phone) => phone.replaceAll(" ", "");

async function gzip(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Protocol buffers by hand: tag, then length-delimited or 64-bit value.
function protobuf(fields) {
  const out = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      out.push((number << 3) | 1, ...new Uint8Array(new Float64Array([value]).buffer));
    } else {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      out.push((number << 3) | 2, ...(bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]), ...bytes);
    }
  }
  return new Uint8Array(out);
}

const post = (body, headers) => (url) => fetch(url, { method: "POST", body, headers });
const json = (value) => post(JSON.stringify(value), { "content-type": "application/json" });

async function join(form) {
  const field = (name) => form.elements[name].value;
  const email = field("email"), phone = e164(field("phone"));
  const [lat, lon] = v("location.precise").split(",").map(Number);
  const hardware = { android_id: v("device.android_id"), model: v("device.model") };
  document.cookie = "sid=" + v("account.session") + "; path=/; secure; samesite=lax";

  // Nothing personal but the session that goes with every request to its own host.
  await send("GET", app + "/api/feed?page=1", "fetch", [], (u) => fetch(u));
  await send("GET", tracker + "/config.json.gif", "image", [], (u) => new Promise((done) => {
    const i = new Image(); i.onload = i.onerror = done; i.src = u;
  }));
  await send("POST", logs + "/v1/health", "fetch", [], json({ ok: true, uptime: 42, build: "2026.11" }));

  const own = (type, ...chain) => item(type, "clear", "request.body", ...chain);
  await send("POST", app + "/api/register", "fetch", [
    own("contact.name", "json"), own("contact.username", "json"), own("contact.email", "json"),
    own("contact.phone", "json"), own("credential.password", "json"),
  ], json({ name: field("name"), username: field("username"), email, phone, password: field("password"), terms: true }));

  await send("POST", app + "/api/profile", "fetch", [
    own("contact.email", "json", "json-string", "json"),
    own("device.android_id", "json", "json-string", "json", "json-string", "json"),
    own("device.model", "json", "json-string", "json", "json-string", "json"),
  ], json({ v: 2, payload: JSON.stringify({ user: { email }, device: JSON.stringify(hardware) }) }));

  await send("POST", logs + "/v1/batch", "fetch", [
    own("device.android_id", "gzip", "json"), own("device.model", "gzip", "json"), own("location.precise", "gzip", "json"),
  ], post(await gzip(JSON.stringify({ device: hardware, events: [{ name: "open", geo: { lat, lon } }, { name: "join" }] })),
    { "content-type": "application/json", "content-encoding": "gzip" }));

  await send("POST", logs + "/v1/pb", "fetch", [
    own("device.mac", "protobuf"), own("network.ssid", "protobuf", "protobuf"), own("location.precise", "protobuf", "protobuf"),
  ], post(protobuf([[1, v("device.mac")], [2, "join"], [3, protobuf([[1, v("network.ssid")], [2, lat], [3, lon]])]]),
    { "content-type": "application/x-protobuf" }));

  const pixel = base64(JSON.stringify({ gaid: v("device.ad_id"), model: v("device.model"), ev: "join" }));
  await send("GET", tracker + "/p.gif?v=3&d=" + encodeURIComponent(pixel), "image", [
    item("device.ad_id", "encoded", "request.query", "percent", "base64", "json"),
    item("device.model", "encoded", "request.query", "percent", "base64", "json"),
  ], (u) => new Promise((done) => { const i = new Image(); i.onload = i.onerror = done; i.src = u; }));

  await send("POST", tracker + "/match", "xhr", [
    item("contact.email", "hashed", "request.body", "form", "sha256", "hex"),
    item("contact.phone", "hashed", "request.body", "form", "md5", "hex"),
    item("device.ad_id", "clear", "request.body", "form"),
  ], async (u) => {
    const body = new URLSearchParams({ em: await digest("SHA-256", email.toLowerCase()), ph: md5(phone), gaid: v("device.ad_id") });
    await new Promise((done) => {
      const x = new XMLHttpRequest();
      x.onloadend = done; x.open("POST", u); x.send(body);
    });
  });

  await send("POST", metrics + "/b", "beacon", [
    own("account.session", "json"), own("device.android_id", "json"),
  ], (u) => navigator.sendBeacon(u, JSON.stringify({ s: v("account.session"), did: v("device.android_id"), t: "join" })));

  await send("POST", metrics + "/c", "xhr", [
    item("content.clipboard", "encoded", "request.body", "json", "base64url"),
  ], (u) => new Promise((done) => {
    const x = new XMLHttpRequest();
    x.onloadend = done; x.open("POST", u); x.setRequestHeader("content-type", "application/json");
    x.send(JSON.stringify({ kind: "paste", data: base64url(v("content.clipboard")) }));
  }));

  const back = encodeURIComponent(app + "/welcome?mail=" + encodeURIComponent(email));
  await send("GET", metrics + "/r?to=" + encodeURIComponent(back), "fetch", [
    item("contact.email", "encoded", "request.query", "percent", "percent", "percent"),
  ], (u) => fetch(u));

  await send("POST", app + "/api/contacts", "fetch", [
    own("social.contact_name", "json"),
    item("social.contact_phone", "hashed", "request.body", "json", "sha1", "hex"),
  ], json({ contacts: [{ n: v("social.contact_name"), h: await digest("SHA-1", e164(v("social.contact_phone"))) }] }));

  await send("GET", app + "/api/nearby", "fetch", [
    item("location.precise", "truncated", "request.header", "x-geo"),
  ], (u) => fetch(u, { headers: { "x-geo": lat.toFixed(2) + "," + lon.toFixed(2) } }));

  await send("POST", app + "/api/draft", "fetch", [
    item("content.draft", "encoded", "request.body", "multipart", "base64"),
  ], (u) => {
    const f = new FormData();
    f.append("caption", base64(field("caption")));
    f.append("seconds", "15");
    f.append("clip", new Blob([new Uint8Array(2048).map((_, i) => (i * 151) & 255)], { type: "video/mp4" }), "clip.mp4");
    return fetch(u, { method: "POST", body: f });
  });

  await send("GET", "wss://app.quinze.test/live", "websocket", [
    item("content.message", "clear", "websocket.message", "json"),
    item("device.ad_id", "encoded", "websocket.message", "binary", "base64"),
  ], (u) => new Promise((done) => {
    const s = new WebSocket(u);
    let answers = 0;
    s.onopen = () => {
      s.send(JSON.stringify({ type: "say", text: v("content.message") }));
      s.send(new TextEncoder().encode(base64(v("device.ad_id"))));
    };
    s.onmessage = () => { if (++answers === 2) s.close(1000); };
    s.onclose = done;
  }));
}

document.getElementById("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await join(event.target);
    document.getElementById("state").textContent = "joined";
  } catch (error) {
    document.getElementById("state").textContent = "failed: " + error;
  }
});

// MD5 (RFC 1321), which browsers do not offer.
function md5(text) {
  const bytes = [...new TextEncoder().encode(text)], bits = bytes.length * 8;
  bytes.push(128);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let i = 0; i < 8; i++) bytes.push(i < 4 ? (bits >>> (8 * i)) & 255 : 0);
  const shifts = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < bytes.length; block += 64) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const f = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const at = block + 4 * [i, 5 * i + 1, 3 * i + 5, 7 * i].map((g) => g % 16)[round];
      const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      const sum = (a + f + word + Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1)))) | 0;
      const shift = shifts[round][i % 4];
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    [a, b, c, d].forEach((x, i) => (state[i] = (state[i] + x) | 0));
  }
  return hex(new Uint8Array(new Int32Array(state).buffer));
}
