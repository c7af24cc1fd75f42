// The live page: what changes comes as HTML over server-sent events, escaped
// by the server; acts go back as forms.
const now = document.getElementById("now");
const state = document.getElementById("state");
const marked = document.getElementById("marked");
const words = document.getElementById("words").dataset;

const events = new EventSource("events");
events.onopen = () => { state.textContent = words.live; };
events.onerror = () => { state.textContent = words.lost; };
events.onmessage = (e) => {
  if (now.contains(document.activeElement)) return; // somebody reads or copies there
  now.innerHTML = e.data;
};

async function mark(act) {
  const note = document.getElementById("note");
  const body = new URLSearchParams({ act, note: note.value });
  try {
    const r = await fetch("moment", { method: "POST", body });
    marked.textContent = (r.ok ? words.marked : words.failed) + " " + new Date().toLocaleTimeString();
    if (r.ok) note.value = "";
  } catch {
    marked.textContent = words.failed;
  }
}
for (const b of document.querySelectorAll("button[data-act]")) {
  b.addEventListener("click", () => mark(b.dataset.act));
}
addEventListener("keydown", (e) => {
  if (e.target instanceof HTMLInputElement || e.ctrlKey || e.metaKey || e.altKey) return;
  document.querySelector(`button[aria-keyshortcuts="${CSS.escape(e.key)}"]`)?.click();
});
