// Opens the shop once for each client, in a fresh headless Chromium profile.
//
//   node browse.mjs [--persona FILE]      ONLY=name,name restricts
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { customer } from "./customer.mjs";

const at = process.argv.indexOf("--persona");
const user = at > 0 ? customer(readFileSync(process.argv[at + 1], "utf8")) : undefined;
// Some clients send nothing for a browser that says it is headless.
const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--ignore-certificate-errors", "--disable-blink-features=AutomationControlled", "--disable-features=AutofillServerCommunication,OptimizationHints,LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"],
});
async function open(name) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, userAgent: agent, locale: "en-GB", timezoneId: "Europe/Vienna", viewport: { width: 1280, height: 720 } });
  try {
    // Chromium sees no interface but loopback and tells pages that they are offline.
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => true }));
    if (user) await context.addInitScript((u) => { window.customer = u; }, user);
    const page = await context.newPage();
    if (process.env.VERBOSE) page.on("console", (m) => console.error(name, m.text().slice(0, 300)));
    page.on("pageerror", (e) => process.env.VERBOSE && console.error(name, "page:", e.message.slice(0, 300)));
    await page.goto("https://shop.quinze.test/" + (name ? "?sdk=" + name : ""), { timeout: 30000 });
    await page.waitForFunction(() => window.done, null, { timeout: 90000 }).catch(() => console.error(name, "did not finish"));
    if (!name) return await page.evaluate(() => window.names);
    const state = await page.evaluate(() => window.state).catch(() => []);
    await page.goto("about:blank").catch(() => {}); // what is sent when a page is left
    await page.waitForTimeout(500);
    if (state.length) console.error(name, state.join("; ").slice(0, 400));
  } finally { await context.close(); }
}
const names = process.env.ONLY?.split(",") ?? await open("");
const queue = [...names];
await Promise.all([1, 2, 3].map(async () => { for (let n; (n = queue.shift());) await open(n).catch((e) => console.error(n, e.message.slice(0, 200))); }));
await browser.close();
