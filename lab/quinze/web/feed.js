// feed.js: clips one below the other, playing while in view, and the search.

import * as api from "./api.js";
import { keystrokes, share_search } from "./behaviours.js";
import { clipCard, followButton } from "./clip.js";
import { avatar, h, icon, iconButton } from "./dom.js";
import { fault, t } from "./i18n.js";
import { grid } from "./profile.js";

// pager calls load(cursor) for one page after the other as its sentinel comes
// near the screen. It retries only when asked to. ended, if there is one, has
// what to say after the last page.
export function pager(sentinel, root, margin, load, ended) {
  let cursor = "", done = false, loading = false;
  const seen = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && more(), { root, rootMargin: margin });
  async function more() {
    if (loading || done) return;
    loading = true;
    sentinel.classList.remove("stuck"); // or the clips that come would be above what is in view
    try {
      const page = await load(cursor);
      cursor = page.next || "";
      done = !cursor;
      if (done) seen.disconnect();
      sentinel.replaceChildren(...((done && ended?.()) || []));
    } catch (err) {
      seen.unobserve(sentinel);
      sentinel.classList.add("stuck");
      sentinel.replaceChildren(h("p", {}, fault(err)), h("button", { type: "button", class: "quiet", testid: "retry", onclick: () => seen.observe(sentinel) }, t("retry")));
    }
    loading = false;
    if (!done && sentinel.isConnected && !sentinel.firstChild) { // a page may not fill the screen
      seen.unobserve(sentinel);
      seen.observe(sentinel);
    }
  }
  seen.observe(sentinel);
  return { stop: () => seen.disconnect(), done: () => done };
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

// feedView shows what source(cursor) gives, from the clip startId on. The clip
// in view has an address, base and its id, so that one comes back to it.
export function feedView({ source = (before) => api.feed(before), startId = "", back = "", base = "#/c" } = {}) {
  const end = h("div", { class: "feed-end", "aria-live": "polite" }, h("p", {}, t("loading")));
  const list = h("div", { class: "feed", testid: "feed" }, end);
  const cards = [];
  const eye = new IntersectionObserver((entries) => {
    for (const e of entries) e.intersectionRatio >= 0.6 ? enter(e.target) : e.target.exit();
  }, { root: list, threshold: [0, 0.6] });
  const reach = new IntersectionObserver((entries) => {
    for (const e of entries) e.isIntersecting ? e.target.near() : e.target.far();
  }, { root: list, rootMargin: "110% 0px" });

  let looking = startId, inView = null;
  function enter(card) {
    inView = card;
    card.enter();
    const here = location.hash;
    if (!looking && (here === "" || here === "#/" || here.startsWith(`${base}/`))) history.replaceState(null, "", `${base}/${card.dataset.clip}`);
  }
  function turn(way) {
    const to = inView?.isConnected ? inView[way > 0 ? "nextElementSibling" : "previousElementSibling"] : list.firstElementChild;
    if (!to) return;
    to.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "nearest" });
    if (to.matches(".clip") && list.contains(document.activeElement)) to.focus({ preventScroll: true });
  }
  const onkey = (e) => {
    const at = e.target.closest("a, button, input, textarea, dialog, .clip, nav") || document.body;
    if (e.ctrlKey || e.metaKey || e.altKey || at.matches("input, textarea, dialog, nav") || at.closest("dialog, nav")) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") turn(e.key === "ArrowDown" ? 1 : -1);
    else if (at.matches("a, button") || !inView?.press(e.key)) return;
    e.preventDefault();
  };
  document.addEventListener("keydown", onkey);
  const p = pager(end, list, "150% 0px", async (cursor) => {
    const page = await source(cursor);
    for (const clip of page.clips || []) {
      const card = clipCard(clip, { onwatch: (c) => share_search("watched", c.id) });
      cards.push(card);
      end.before(card);
      eye.observe(card);
      reach.observe(card);
      if (clip.id === looking) {
        looking = "";
        card.scrollIntoView({ block: "start" });
      }
    }
    if (page.next && looking) end.scrollIntoView();
    return page;
  }, () => {
    end.classList.add("last");
    if (looking) list.scrollTop = 0; // it is gone
    looking = "";
    return [h("p", {}, t(cards.length ? "feed_end" : "feed_empty"))];
  });
  const el = h("section", { class: "stage", "aria-labelledby": "feed-title" },
    h("h1", { id: "feed-title", class: "unseen" }, t("home")),
    back ? iconButton("back", t("back"), "back", () => (location.hash = back), "glass corner") : null, list,
    h("div", { class: "turn" }, iconButton("up", t("up"), "feed-up", () => turn(-1), "glass"), iconButton("down", t("down"), "feed-down", () => turn(1), "glass")));
  const asleep = () => {
    for (const c of cards) if (document.hidden) c.exit();
  };
  document.addEventListener("visibilitychange", asleep);
  return {
    el, full: true,
    leave() {
      p.stop();
      eye.disconnect();
      reach.disconnect();
      document.removeEventListener("visibilitychange", asleep);
      document.removeEventListener("keydown", onkey);
      for (const c of cards) c.drop();
    },
  };
}

// found is what was looked for last, to come back to.
let found = null;

// searchView looks for clips and people when the form is submitted.
export function searchView() {
  const input = h("input", { id: "search-input", testid: "search-input", type: "search", enterkeyhint: "search", autocomplete: "off", maxlength: 100, placeholder: t("search_hint") });
  const out = h("div", { class: "results", testid: "search-results", "aria-live": "polite" }, h("p", { class: "empty" }, t("search_idle")));
  const form = h("form", { class: "search", role: "search" },
    h("label", { class: "unseen", for: "search-input" }, t("search_label")), input,
    h("button", { class: "round solid", testid: "search-go", "aria-label": t("search_go"), title: t("search_go") }, icon("search")));
  let tiles = null;
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const q = input.value.trim();
    if (!q) return;
    share_search("search", q);
    tiles?.leave();
    try {
      draw(found = { q, ...await api.search(q) });
    } catch (err) {
      out.replaceChildren(h("p", { class: "empty" }, fault(err)));
    }
  });
  function draw({ users, clips }) {
    tiles = clips?.length ? grid({ source: async () => ({ clips, next: "" }), href: (c) => `#/u/${encodeURIComponent(c.author.username)}/${c.id}` }) : null;
    out.replaceChildren(
      ...(users?.length ? [h("h2", {}, t("people")), h("ul", { class: "people" }, users.map(person))] : []),
      ...(tiles ? [h("h2", {}, t("clips")), tiles.el] : []),
      ...(users?.length || tiles ? [] : [h("p", { class: "empty" }, t("nothing"))]));
  }
  if (found) {
    input.value = found.q;
    draw(found);
  }
  keystrokes(input);
  return {
    el: h("section", { class: "page", "aria-labelledby": "search-title" }, h("h1", { id: "search-title" }, t("search")), form, out),
    leave: () => tiles?.leave(), focus: matchMedia("(pointer: fine)").matches ? input : null,
  };
}

const person = (u) => h("li", {},
  h("a", { class: "who", href: `#/u/${encodeURIComponent(u.username)}` }, avatar(u), h("span", {}, h("strong", {}, u.name || u.username), h("small", {}, `@${u.username}`))),
  api.self()?.id === u.id ? null : followButton(u));
