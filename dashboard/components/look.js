// Theme and motion of this browser. Streamlit (1.67) reads a theme when a page is opened, from a name of its own for each path;
// its menu, which would change it at once, is not shown. So a new theme opens the same view again: its address is the view.
const THEMES = { System: "as the system", Light: "light", Dark: "dark" };
const ICONS = {
  System: '<circle cx="12" cy="12" r="8"/><path d="M12 4v16" /><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
  Light: '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6l1.4 1.4M17 17l1.4 1.4M5.6 18.4l1.4-1.4M17 7l1.4-1.4"/>',
  Dark: '<path d="M19 14.5A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z"/>',
  on: '<path d="M4 8h9M4 12h13M4 16h7"/><path d="M17 8l4 4-4 4"/>',
  off: '<path d="M8 6v12M16 6v12"/>',
};
const MOTION = "mlcl.motion", VERSION = 2;

// A browser without storage keeps nothing: switches then hold until the page is left.
function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
    return true;
  } catch { return false; }
}

// The dashboard's own address: that of this page without the page's name.
function base(pages) {
  const last = location.pathname.split("/").pop();
  return pages.includes(last) ? location.pathname.slice(0, -last.length) : location.pathname.replace(/\/?$/, "/");
}

function themeNames(pages) {
  return pages.map((page) => `stActiveTheme-${base(pages)}${page}-v${VERSION}`);
}

function themeNow(pages) {
  const found = [`stActiveTheme-${location.pathname}-v${VERSION}`, ...themeNames(pages)].map(stored).find(Boolean);
  const name = found ? JSON.parse(found) : "System";
  return name in THEMES ? name : "System";
}

function setTheme(pages, name) {
  const kept = themeNames(pages).every((one) => store(one, name === "System" ? null : JSON.stringify(name)));
  if (kept) location.reload();
  return kept;
}

function setMotion(on) {
  document.documentElement.dataset.mlclMotion = on ? "on" : "off";
}

function fill(button, icon, words, title) {
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[icon]}</svg>`; // constants of this file
  const said = document.createElement("span");
  said.textContent = words;
  button.append(said);
  button.title = title;
}

function build(parent, pages) {
  const [host, theme, motion] = ["div", "button", "button"].map((tag) => document.createElement(tag));
  host.className = "look";
  theme.type = motion.type = "button";
  const drawTheme = (why = "") => {
    const now = themeNow(pages);
    theme.dataset.theme = now;
    fill(theme, now, now, why || `Theme: ${THEMES[now]}. A click changes it.`);
    theme.setAttribute("aria-label", `Theme: ${THEMES[now]}`);
  };
  const drawMotion = () => {
    const on = document.documentElement.dataset.mlclMotion !== "off";
    fill(motion, on ? "on" : "off", "Motion", on ? "Motion is on. A click turns it off." : "Motion is off. A click turns it on.");
    motion.setAttribute("aria-pressed", String(on));
  };
  theme.onclick = () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(themeNow(pages)) + 1) % names.length];
    if (!setTheme(pages, next)) drawTheme("This browser keeps nothing, so the theme stays the system's.");
  };
  motion.onclick = () => {
    const on = document.documentElement.dataset.mlclMotion === "off";
    setMotion(on);
    store(MOTION, on ? null : "off");
    drawMotion();
  };
  host.append(theme, motion);
  parent.append(host);
  drawTheme();
  drawMotion();
}

export default function ({ data, parentElement }) {
  if (parentElement.querySelector(".look")) return;
  if (stored(MOTION) === "off") setMotion(false);
  build(parentElement, data.pages);
}
