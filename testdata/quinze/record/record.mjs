// Drives Chromium through the page twice: once saving a HAR, once through
// mitmdump. Called by record.sh.
import { chromium } from "playwright-core";
import { readFileSync, writeFileSync } from "node:fs";

const [mode, out, personaFile, truthFile] = process.argv.slice(2);
const values = {};
for (const m of readFileSync(personaFile, "utf8").matchAll(/type\s*=\s*"([^"]+)"\s+value\s*=\s*"([^"]+)"/g)) values[m[1]] = m[2];
const P = {
  ad_id: values["device.ad_id"], android_id: values["device.android_id"], mac: values["device.mac"], location: values["location.precise"],
  ssid: values["network.ssid"], draft: values["content.draft"], session: values["account.session"], contact: values["social.contact_phone"],
};
const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP *.test 127.0.0.1"];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args, chromiumSandbox: false,
  proxy: mode === "mitm" ? { server: "http://127.0.0.1:8081" } : undefined,
});
const context = await browser.newContext({
  ignoreHTTPSErrors: true, locale: "fr-FR", timezoneId: "Europe/Paris",
  recordHar: mode === "har" ? { path: out, content: "embed" } : undefined,
});
const page = await context.newPage();
await page.goto("https://app.quinze.test:8443/#" + encodeURIComponent(JSON.stringify(P)));
await page.waitForFunction(() => document.title === "ready", null, { timeout: 20000 });
await page.waitForTimeout(1500);
await page.locator("#email").pressSequentially(values["contact.email"], { delay: 15 });
await page.locator("#phone").pressSequentially(values["contact.phone"], { delay: 15 });
await page.locator("#user").pressSequentially(values["contact.username"], { delay: 15 });
await page.click("button");
await page.waitForFunction(() => document.title === "done", null, { timeout: 20000 });
if (truthFile) writeFileSync(truthFile, JSON.stringify(await page.evaluate(() => window.truth), null, 1) + "\n");
await context.close();
await browser.close();
