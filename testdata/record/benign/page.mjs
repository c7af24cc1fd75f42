// The shop's page: starts the client that the address names and does what a
// visitor does. browse.mjs waits for window.done.
import { acts, fail } from "./shop.mjs";
import { analytics } from "./sdk/analytics.mjs";
import { crash } from "./sdk/crash.mjs";
import { ads } from "./sdk/ads.mjs";
import { flags } from "./sdk/flags.mjs";

const sdks = { ...analytics, ...crash, ...ads, ...flags };
window.names = Object.keys(sdks);
const query = new URLSearchParams(location.search);
const name = query.get("sdk"), user = window.customer;
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
window.state = [];
const guard = async (what, f) => { try { return await f(); } catch (e) { if (window.state.length < 5) window.state.push(what + ": " + e); } };

async function visit() {
  let seed = 15;
  for (const c of name) seed = (seed * 31 + c.charCodeAt(0)) >>> 0;
  history.replaceState({}, "", "/p/ktr-48213?utm_source=newsletter&utm_campaign=spring-26&variant=40213577845811"); // a landing page
  const sdk = await guard("start", () => sdks[name](user));
  if (!sdk) return;
  await sleep(400);
  if (user && sdk.identify) await guard("identify", () => sdk.identify(user));
  let i = 0;
  for (const [event, props] of acts(seed).slice(0, user ? 12 : 80)) {
    if (i % 10 === 5) { history.pushState({}, "", "/p/" + (props.sku ?? "list-" + i).toLowerCase() + "?page=" + i); await guard("view", () => sdk.view?.(location.pathname)); }
    if (i % 10 === 7) { document.getElementById("buy").click(); document.querySelector("[name=q]").value = "tent"; }
    await guard("event", () => sdk.event?.(event, props));
    if (i % 6 === 3 && sdk.error) await guard("error", () => sdk.error(fail(i)));
    if (i % 20 === 9) await fetch("/api/cart/" + (4402345678901234 + i) + "?rev=" + i, { method: "POST", body: JSON.stringify(props), headers: { "content-type": "application/json" } }).catch(() => {});
    await sleep(sdk.pace ?? 40);
    i++;
  }
  await guard("flush", () => sdk.flush?.());
  await sleep(sdk.wait ?? 1500);
}
if (name) visit().finally(() => { window.done = true; });
else window.done = true;
