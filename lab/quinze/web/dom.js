// dom.js: making elements without markup in strings.

// h makes an element: h("button", {class: "x", onclick: f}, "text", child…).
// "id" in props as testid becomes data-testid.
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === null || v === undefined || v === false) continue;
    if (k.startsWith("on")) el.addEventListener(k.slice(2), v);
    else if (k === "testid") el.dataset.testid = v;
    else if (k === "value" || k === "muted" || k === "loop") el[k] = v;
    else if (k === "vars") for (const [name, x] of Object.entries(v)) el.style.setProperty(name, x);
    else el.setAttribute(k, v === true ? "" : v);
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

const NS = "http://www.w3.org/2000/svg";
export function svg(tag, attrs = {}, ...children) {
  const el = document.createElementNS(NS, tag);
  for (const [k, v] of Object.entries(attrs)) el.setAttribute(k, v);
  el.append(...children);
  return el;
}

// Drawn for this app on a grid of 24, strokes of 1.9.
const drawings = {
  home: ["M4 11.2 12 4.6l8 6.6V19a1.4 1.4 0 0 1-1.4 1.4H5.400A1.4 1.4 0 0 1 4 19Z", "M9.600 20.200v-5.600h4.800v5.600"],
  search: ["M10.800 17.400a6.600 6.600 0 1 0 0-13.200 6.600 6.600 0 0 0 0 13.200Z", "m15.700 15.700 4.500 4.500"],
  drafts: ["M6.800 4.200h7.400l4 4v11.600H6.800Z", "M14 4.400V8.400h4", "M10 13h5M10 16.200h3.400"],
  user: ["M12 12.200a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.600 20.200c.9-3.600 3.800-5.400 7.400-5.400s6.500 1.800 7.400 5.400"],
  heart: ["M12 20.200 4.900 13a4.700 4.700 0 0 1 6.600-6.700l.5.500.5-.5a4.700 4.700 0 0 1 6.600 6.700Z"],
  talk: ["M4.200 5.400h15.600v11H11.400L7 20v-3.600H4.200Z"],
  sound: ["M4.400 9.600v4.800h3l4.400 3.800V5.800L7.400 9.600Z", "M15 9a4.200 4.200 0 0 1 0 6", "M17.600 6.600a7.600 7.600 0 0 1 0 10.800"],
  mute: ["M4.400 9.600v4.800h3l4.400 3.800V5.800L7.400 9.600Z", "m15.400 9.600 4.800 4.800m0-4.800-4.800 4.800"],
  pause: ["M8.600 5.600v12.800", "M15.400 5.600v12.800"],
  play: ["M8 5.200v13.600L18.800 12Z"],
  flip: ["M4.600 9.600A7.800 7.800 0 0 1 18.900 8.400", "M19.400 4.200v4.400H15", "M19.400 14.400A7.800 7.800 0 0 1 5.100 15.600", "M4.600 19.800v-4.400H9"],
  back: ["M14.600 5.200 7.800 12l6.800 6.800"],
  up: ["m5.200 14.600 6.800-6.800 6.800 6.800"],
  down: ["m5.200 9.400 6.800 6.800 6.800-6.800"],
  close: ["m6 6 12 12M18 6 6 18"],
  bin: ["M5 7h14", "M9.400 7V4.600h5.200V7", "m6.800 7 .8 12.600h8.800L17.200 7"],
  plus: ["M12 5v14M5 12h14"],
  gear: ["M4 7h9M17 7h3M4 17h3M11 17h9", "M15 9.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400Z", "M9 19.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400Z"],
  send: ["M4.600 12 20 4.600 14.600 20l-3-6.600Z", "m11.600 13.400 4-4.400"],
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    ...drawings[name].map((d) => svg("path", { d })));
}

// ring is the app's mark: fifteen strokes, one a second. Its --done (0 to 15)
// says how many are lit.
export function ring(className) {
  const strokes = Array.from({ length: 15 }, (_, i) => svg("line", {
    x1: 50, y1: 5, x2: 50, y2: 15, transform: `rotate(${i * 24 + 12} 50 50)`,
  }));
  const el = svg("svg", { viewBox: "0 0 100 100", class: `ring ${className || ""}`, "aria-hidden": "true" }, ...strokes);
  el.light = (seconds) => strokes.forEach((s, i) => s.classList.toggle("lit", i < seconds));
  return el;
}

// iconButton is a round button with a name for those who do not see it.
export function iconButton(name, label, testid, onclick, className = "") {
  return h("button", { type: "button", class: `round ${className}`, "aria-label": label, title: label, testid, onclick }, icon(name));
}

// avatar draws initials on a colour that follows from the name.
export function avatar(user, className = "") {
  let sum = 7;
  for (const c of user.username) sum = (sum * 31 + c.codePointAt(0)) % 360;
  const text = [...(user.name || user.username)][0] || "?";
  return h("span", { class: `avatar ${className}`, "aria-hidden": "true", vars: { "--hue": sum } }, text.toUpperCase());
}

let timer = 0;
export function toast(text) {
  const box = document.getElementById("toast");
  const over = [...document.querySelectorAll("dialog[open]")].pop() || document.body; // what is modal hides the rest
  if (box.parentNode !== over) over.append(box);
  box.textContent = text;
  box.classList.add("up");
  clearTimeout(timer);
  timer = setTimeout(() => box.classList.remove("up"), 3200);
}

// sheet opens a modal dialog that leaves the page when it closes.
export function sheet(props, ...children) {
  const d = h("dialog", { ...props, onclose: () => {
    const box = d.querySelector("#toast");
    if (box) document.body.append(box);
    d.remove();
  } }, ...children);
  d.addEventListener("click", (e) => {
    const r = d.getBoundingClientRect();
    const inside = e.clientX >= r.left && e.clientX <= r.right && e.clientY >= r.top && e.clientY <= r.bottom;
    if (e.target === d && !inside && !d.dataset.stays) d.close();
  });
  document.body.append(d);
  d.showModal();
  return d;
}

// busy runs an action of a button, which cannot be pressed again meanwhile.
export async function busy(button, action) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    return await action();
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}
