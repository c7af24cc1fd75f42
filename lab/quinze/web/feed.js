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

// feedView shows what source(cursor) gives, from the clip startId on.
export function feedView({ source = (before) => api.feed(before), startId = "", back = "" } = {}) {
  const end = h("div", { class: "feed-end", "aria-live": "polite" }, h("p", {}, t("loading")));
  const list = h("div", { class: "feed", testid: "feed" }, end);
  const cards = [];
  const eye = new IntersectionObserver((entries) => {
    for (const e of entries) e.intersectionRatio >= 0.6 ? e.target.enter() : e.target.exit();
  }, { root: list, threshold: [0, 0.6] });
  const reach = new IntersectionObserver((entries) => {
    for (const e of entries) e.isIntersecting ? e.target.near() : e.target.far();
  }, { root: list, rootMargin: "110% 0px" });

  let looking = startId;
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
    return [h("p", {}, t(cards.length ? "feed_end" : "feed_empty"))];
  });
  const el = h("section", { class: "stage", "aria-labelledby": "feed-title" },
    h("h1", { id: "feed-title", class: "unseen" }, t("home")),
    back ? iconButton("back", t("back"), "back", () => (location.hash = back), "glass corner") : null, list);
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
      for (const c of cards) c.drop();
    },
  };
}

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
      const { users = [], clips = [] } = await api.search(q);
      tiles = grid({ source: async () => ({ clips, next: "" }), href: (c) => `#/u/${encodeURIComponent(c.author.username)}/${c.id}` });
      out.replaceChildren(
        ...(users?.length ? [h("h2", {}, t("people")), h("ul", { class: "people" }, users.map(person))] : []),
        ...(clips?.length ? [h("h2", {}, t("clips")), tiles.el] : []),
        ...(users?.length || clips?.length ? [] : [h("p", { class: "empty" }, t("nothing"))]));
    } catch (err) {
      out.replaceChildren(h("p", { class: "empty" }, fault(err)));
    }
  });
  keystrokes(input);
  return {
    el: h("section", { class: "page", "aria-labelledby": "search-title" }, h("h1", { id: "search-title" }, t("search")), form, out),
    leave: () => tiles?.leave(), focus: input,
  };
}

const person = (u) => h("li", {},
  h("a", { class: "who", href: `#/u/${encodeURIComponent(u.username)}` }, avatar(u), h("span", {}, h("strong", {}, u.name || u.username), h("small", {}, `@${u.username}`))),
  api.self()?.id === u.id ? null : followButton(u));
