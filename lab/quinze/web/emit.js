// emit.js: the client's own record of what it sends.
//
// Every request that carries anything about the user goes through emit, which
// writes one object per value to window.quinzeTruth (the JSON of a truth.Item
// of package lab/truth) at the moment of sending. window.quinzeActs has the
// user's acts. Both last as long as the tab, so that a page load loses nothing.
//
// What the client cannot know is left to the server: the session cookie (it is
// HttpOnly) and "subject" (-1 here: the persona file is not in the page).

const kept = (key) => {
  try {
    return JSON.parse(sessionStorage.getItem(key)) || [];
  } catch {
    return [];
  }
};
const keep = (key, list) => {
  try {
    sessionStorage.setItem(key, JSON.stringify(list));
  } catch { /* full or forbidden: the page's own list is still whole */ }
};

window.quinzeTruth = kept("quinze.truth");
window.quinzeActs = kept("quinze.acts");

// act notes what the user did: app-opened, consent-accept, consent-refuse,
// sign-up, record, next, save-draft, post, discard.
export function act(name) {
  const detail = { act: name, time: new Date().toISOString() };
  window.quinzeActs.push(detail);
  keep("quinze.acts", window.quinzeActs);
  document.dispatchEvent(new CustomEvent("quinze:act", { detail, bubbles: true }));
}

// Cookies that the page itself has set, as {name, value, path, data_type, why}:
// each request that they travel with carries them as well.
const cookies = [];

export function setCookie(cookie) {
  document.cookie = `${cookie.name}=${cookie.value}; Path=${cookie.path}; Max-Age=31536000; SameSite=Lax`;
  if (!cookies.some((c) => c.name === cookie.name && c.path === cookie.path)) cookies.push(cookie);
}

const cookiesFor = (url, request) => {
  const mode = request.credentials || "same-origin";
  const goes = mode === "include" ? url.hostname === location.hostname
    : mode === "same-origin" && url.origin === location.origin;
  return !goes ? [] : cookies
    .filter((c) => url.pathname === c.path || url.pathname.startsWith(c.path + "/"))
    .map((c) => ({ data_type: c.data_type, value: c.value, carrier: "cookie", field: c.name, why: c.why }));
};

const form = (item) => {
  if (item.size && !item.value) return "media";
  if (!item.chain || item.chain.length === 0) return "clear";
  return /^(md5|sha|hmac|blake|crc|murmur)/.test(item.chain[0]) ? "hashed" : "encoded";
};

// record writes items down as sent to url now, and returns what it wrote.
export function record(items, url) {
  const at = new URL(url, location.href);
  const acts = window.quinzeActs;
  const written = items
    .filter((i) => i.size || (i.value !== "" && i.value !== undefined && i.value !== null))
    .map((i, n) => ({
      seq: window.quinzeTruth.length + 1 + n,
      data_type: i.data_type,
      value: i.value === undefined ? "" : String(i.value),
      subject: -1,
      form: i.form || form(i),
      chain: i.chain || [],
      carrier: i.carrier,
      field: i.field || "",
      ...(i.size ? { size: i.size } : {}),
      time: new Date().toISOString(),
      host: at.hostname,
      path: at.pathname,
      state: document.visibilityState === "hidden" ? "background" : "foreground",
      act: acts.length ? acts[acts.length - 1].act : "",
      why: i.why || "",
    }));
  if (written.length) {
    window.quinzeTruth.push(...written);
    keep("quinze.truth", window.quinzeTruth);
  }
  return written;
}

// emit sends request ({url} and what fetch takes) and records its items:
// {data_type, value, carrier, field, chain?, size?, why?}. An item whose
// request did not reach the network is marked failed; part of it may have left.
export async function emit(items, request) {
  const { url, ...init } = request;
  const at = new URL(url, location.href);
  const written = record([...items, ...cookiesFor(at, init)], at.href);
  try {
    return await fetch(at.href, init);
  } catch (err) {
    for (const i of written) i.failed = true;
    keep("quinze.truth", window.quinzeTruth);
    throw err;
  }
}

// show gives a media element its address: which clips are loaded is something
// about the user too. A blob of the page's own is not sent and not recorded.
export function show(element, url, id) {
  if (!/^(blob|data):/.test(url)) {
    record([{ data_type: "content.activity", value: id, carrier: "path", field: "clip" }], url);
  }
  element.src = url;
}
