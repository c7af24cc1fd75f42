// Drives headless Chromium through the page and saves what the recording
// needs. Called by record.sh:
//
//   node browse.mjs PERSONA PORT [--har FILE] [--proxy ADDRESS] [--truth FILE]
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";

const { chromium } = createRequire(process.env.PLAYWRIGHT_FROM + "/")("playwright-core");
const [personaFile, port, ...options] = process.argv.slice(2);
const option = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);

// The few lines of TOML that the persona is written in.
const persona = readFileSync(personaFile, "utf8").split("[[value]]").slice(1).map((table, index) => {
  const get = (key) => JSON.parse(table.match(new RegExp(`^${key}\\s*=\\s*(".*")$`, "m"))?.[1] ?? '""');
  return { index, type: get("type"), value: get("value"), note: get("note") };
});
const device = Object.fromEntries(persona.filter((p) => !p.note.startsWith("never sent")).map((p) => [p.type, { value: p.value, index: p.index }]));
const typed = (type) => device[type].value;

const profile = mkdtempSync(join(tmpdir(), "constat-record-"));
const addresses = { "app.quinze.test": 1, "log.quinze.test": 2, "cdn.quinze.test": 3, "tracker.adverio.test": 4, "metrics.metrikon.test": 5 };
const rules = Object.entries(addresses).map(([name, n]) => `MAP ${name} 127.0.0.${n}:${port}`).join(", ");
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  ignoreHTTPSErrors: true,
  locale: "en-GB",
  timezoneId: "UTC",
  proxy: option("--proxy") ? { server: option("--proxy") } : undefined,
  recordHar: option("--har") ? { path: option("--har"), content: "embed", mode: "full" } : undefined,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--ignore-certificate-errors",
    // Whatever is not one of our hosts does not resolve: nothing can leave the machine.
    `--host-resolver-rules=${rules}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`],
});
try {
  await context.addInitScript((d) => { window.device = d; }, device);
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error("page:", error.message));
  await page.goto("https://app.quinze.test/");
  for (const [name, type] of Object.entries({ name: "contact.name", username: "contact.username", email: "contact.email",
    phone: "contact.phone", password: "credential.password", caption: "content.draft" })) {
    await page.locator(`[name=${name}]`).fill(typed(type));
  }
  await page.locator("button").click();
  await page.waitForFunction(() => document.getElementById("state").textContent !== "", null, { timeout: 30000 });
  const state = await page.locator("#state").textContent();
  if (state !== "joined") throw new Error(state);
  await page.waitForTimeout(500); // the beacon has no callback
  if (option("--truth")) {
    const truth = (await page.evaluate(() => window.truth)).map((t) => " " + JSON.stringify(t));
    writeFileSync(option("--truth"), `[\n${truth.join(",\n")}\n]\n`);
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
