// What a browser sends in the recorded captures. The last request is /done.
const noise = (n) => Uint8Array.from({ length: n }, (_, i) => (i * 2654435761) >>> 13);
const json = (n) => JSON.stringify({ app: "quinze", event: "clip_saved", note: "quinze secondes ".repeat(n), n });
const post = (path, body, headers = {}) => fetch(path, { method: "POST", body, headers }).then((r) => r.arrayBuffer());
const get = (path) => fetch(path, { cache: "no-store" }).then((r) => r.arrayBuffer());

async function socket(path) {
  const ws = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
  ws.binaryType = "arraybuffer";
  await new Promise((ok, no) => { ws.onopen = ok; ws.onerror = () => no(new Error("websocket")); });
  const say = (what, answers = 1) => new Promise((ok) => {
    ws.onmessage = () => { if (--answers === 0) ok(); };
    ws.send(what);
  });
  await say(JSON.stringify({ type: "hello", device: "quinze-15" }));
  await say(json(20));
  await say(json(21));
  await say(noise(9000));
  await say("three", 3);
  ws.close(1000, "done");
}

async function gzip(text) {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

async function main() {
  for (const path of ["/json?device=quinze-15", "/gzip", "/br", "/chunked", "/trailers", "/fields", "/padded", "/bytes/0", "/bytes/20000", "/status/204"]) {
    if (path !== "/br" || location.protocol === "https:") await get(path); // Chromium takes br over TLS only
  }
  await post("/empty", "");
  await post("/v1/batch", json(20), { "Content-Type": "application/json" });
  await post("/v1/batch", await gzip(json(300)), { "Content-Type": "application/json", "Content-Encoding": "gzip" });
  await post("/v1/pb", Uint8Array.from([8, 150, 1, 18, 6, 113, 117, 105, 110, 122, 101]), { "Content-Type": "application/x-protobuf" });
  const form = new FormData();
  form.append("caption", "marée basse");
  form.append("clip", new Blob([noise(3000)], { type: "video/mp4" }), "clip.mp4");
  await post("/v1/clip", form);
  await post("/v1/form", new URLSearchParams({ phone: "+15555550115", name: "Quinze Test" }));
  await post("/v1/upload", noise(30000));
  await Promise.all(Array.from({ length: 8 }, (_, i) => post(`/v1/together/${i}`, json(i * 20), { "Content-Type": "application/json" })));
  navigator.sendBeacon("/v1/beacon", json(1));
  await new Promise((ok) => { let n = 0; const e = new EventSource("/events"); const end = () => { e.close(); ok(); }; e.onmessage = e.onerror = end; e.addEventListener("clip", () => { if (++n === 5) end(); }); });
  await socket("/ws");
  await socket("/ws/plain");
}
main().catch((e) => String(e)).then((e) => get("/done?error=" + encodeURIComponent(e ?? "")));
