// app.js: which view is on the screen.

import { settingsView, signinView, signupView } from "./account.js";
import * as api from "./api.js";
import { fingerprint, trackers_despite_refusal } from "./behaviours.js";
import { composeView } from "./compose.js";
import { askConsent, choice } from "./consent.js";
import { h, icon, ring } from "./dom.js";
import { draftsView } from "./drafts.js";
import { act } from "./emit.js";
import { feedView, searchView } from "./feed.js";
import { fault, lang, t } from "./i18n.js";
import { home, profileView, userFeedView } from "./profile.js";
import { recordView } from "./record.js";

const main = document.getElementById("main");
const nav = document.getElementById("nav");

const routes = {
  "": ["home", () => feedView()],
  c: ["home", (clip) => feedView({ startId: clip })],
  search: ["search", searchView],
  record: ["record", recordView],
  compose: ["compose", composeView],
  drafts: ["drafts", draftsView],
  me: ["me", () => profileView("")],
  u: ["me", (name, clip) => (clip ? userFeedView(name, clip) : profileView(name))],
  signup: ["signup", signupView],
  signin: ["signin", signinView],
  settings: ["settings", settingsView],
};

const entries = [["home", "", "home"], ["search", "search", "search"], ["record", "record", ""], ["drafts", "drafts", "drafts"], ["me", "me", "user"]];

function drawNav() {
  nav.setAttribute("aria-label", t("menu"));
  nav.replaceChildren(...entries.map(([key, route, picture]) => h("a", { href: `#/${route}`, testid: `nav-${key}`, class: `nav-${key}` },
    picture ? icon(picture) : h("span", { class: "nav-lens" }, ring(), icon("plus")), h("span", {}, t(key)))));
}

let current = null, turn = 0;
async function draw() {
  const mine = ++turn;
  const [route, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map((x) => {
    try {
      return decodeURIComponent(x);
    } catch {
      return x;
    }
  });
  const [title, view] = routes[route] || ["not_found", () => ({ el: h("section", { class: "page centre" }, h("h1", {}, t("not_found")), home()) })];
  current?.leave?.();
  current = null;
  let shown;
  try {
    shown = await view(...rest);
  } catch (err) {
    console.error(err);
    shown = { el: h("section", { class: "page centre" }, h("h1", {}, t("e_any"))) };
  }
  if (mine !== turn) return shown.leave?.(); // the user has gone on meanwhile
  document.querySelectorAll("dialog:not([data-stays])").forEach((d) => d.close());
  current = shown;
  main.replaceChildren(shown.el);
  document.body.classList.toggle("full", !!shown.full);
  document.body.classList.toggle("bare", !!shown.bare);
  document.title = title === "home" ? "Quinze" : `${t(title)} · Quinze`;
  for (const a of nav.children) {
    const here = a.getAttribute("href") === `#/${route === "c" ? "" : route}`;
    here ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  if (mine > 1 && !main.contains(document.activeElement)) (shown.focus || main).focus({ preventScroll: true });
  trackers_despite_refusal(choice(), title);
}

async function begin() {
  document.documentElement.lang = lang;
  const skip = document.getElementById("skip");
  skip.textContent = t("skip");
  skip.addEventListener("click", (e) => {
    e.preventDefault();
    main.focus();
  });
  drawNav();
  act("app-opened");
  try {
    await api.loadSettings();
    await api.loadMe();
  } catch (err) {
    main.replaceChildren(h("section", { class: "page centre" }, h("h1", {}, "Quinze"), h("p", { class: "lead" }, fault(err)),
      h("button", { type: "button", testid: "retry", onclick: () => location.reload() }, t("retry"))));
    return;
  }
  addEventListener("hashchange", draw);
  await draw();
  if (!choice()) await askConsent();
  fingerprint();
}

begin();
