// What the pages do beyond links and forms: time zone and theme, live parts, keys, player, copy, toasts.
"use strict";

const YEAR = 31536000;
const keep = (name, value) => {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${value ? YEAR : 0}; samesite=lax${secure}`;
};
const first = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// --- time zone, theme -------------------------------------------------------------------------------
keep("zone", Intl.DateTimeFormat().resolvedOptions().timeZone || "");

document.addEventListener("change", (event) => {
  if (event.target.name !== "theme") return;
  const theme = event.target.value;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  keep("theme", theme);
});

// --- times to come, by the server's clock ------------------------------------------------------------
const skew = Date.parse(document.documentElement.dataset.now) - Date.now();
const clock = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(parts[0])}:${two(parts[1])}` : `${parts[0]}:${two(parts[1])}`;
};
setInterval(() => {
  for (const time of all("[data-countdown]")) {
    time.textContent = clock((Date.parse(time.dateTime) - Date.now() - skew) / 1000);
  }
}, 1000);

// --- live parts: ask only for what has changed -------------------------------------------------------
document.addEventListener("htmx:configRequest", (event) => {
  const etag = event.detail.elt.dataset.etag;
  if (etag) event.detail.headers["If-None-Match"] = etag;
});
document.addEventListener("htmx:load", (event) => {
  if (event.target.id === "player" || event.target.querySelector?.("#player")) readyPlayer();
  markLine();
});

// --- keys ----------------------------------------------------------------------------------------------
const rows = () => all(".calls .name");
const step = (by) => {
  const names = rows();
  const at = names.indexOf(document.activeElement);
  names[Math.min(Math.max(at + by, 0), names.length - 1)]?.focus();
};
const go = (selector) => first(selector)?.click();
const KEYS = {
  j: () => (rows().length ? step(1) : go("[data-older]")),
  k: () => (rows().length ? step(-1) : go("[data-newer]")),
  "/": () => (first(".find-large input") || first(".find input"))?.focus(),
  " ": () => toggle(),
  "?": () => first("#keys")?.showModal(),
};
const areKeysOff = () => document.cookie.split("; ").includes("keys=off");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = first("details.menu[open], details.tenant[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  if (event.key !== " " && areKeysOff()) return;
  if (event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  if (event.key === " " && (event.target.closest("button, a, summary") || !player())) return;
  event.preventDefault();
  KEYS[event.key]();
});
document.addEventListener("click", (event) => {
  for (const open of all("details.menu[open], details.tenant[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// --- player --------------------------------------------------------------------------------------------
const SPEEDS = [1, 1.25, 1.5, 2];
const player = () => first("#player.player-ready audio");

function readyPlayer() {
  const box = first("#player");
  const audio = box?.querySelector("audio");
  if (!audio || box.classList.contains("player-ready")) return;
  audio.controls = false;
  box.classList.add("player-ready");
  audio.addEventListener("timeupdate", shown);
  audio.addEventListener("play", () => playing(true));
  audio.addEventListener("pause", () => playing(false));
  audio.addEventListener("ended", () => playing(false));
  audio.addEventListener("error", () => (box.querySelector(".player-error").hidden = false));
}
function playing(is) {
  const box = first("#player");
  box.classList.toggle("is-playing", is);
  box.querySelector(".play").setAttribute("aria-label", is ? "Pause" : "Play");
}
function toggle() {
  const audio = player();
  if (audio?.paused) audio.play().catch(() => {});
  else audio?.pause();
}
function shown() {
  const audio = player();
  const seek = first("#player [data-seek]");
  if (!audio || !seek) return;
  seek.value = audio.currentTime;
  seek.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(Number(seek.max))}`);
  first("#player [data-time]").textContent = clock(Math.floor(audio.currentTime));
  first("#played rect")?.setAttribute("width", String((1000 * audio.currentTime) / Number(seek.max)));
  markLine();
}
function markLine() {
  const audio = player();
  if (!audio) return;
  const now = audio.currentTime;
  const begun = !audio.paused || now > 0;
  for (const line of all(".line")) {
    const is = begun && now >= Number(line.dataset.start) && now < Number(line.dataset.end);
    line.classList.toggle("line-now", is);
    if (is) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
  }
}
function jump(second) {
  const audio = player();
  if (!audio) return;
  audio.currentTime = second;
  audio.play().catch(() => {});
}
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-seek]")) return;
  const audio = player();
  if (audio) audio.currentTime = Number(event.target.value);
});

// --- presses -------------------------------------------------------------------------------------------
const PRESSES = {
  play: () => toggle(),
  jump: (button) => jump(Number(button.dataset.jump)),
  speed: (button) => {
    const audio = player();
    audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
    button.textContent = `${audio.playbackRate}×`;
  },
  copy: (button) => copy(button),
  lines: (button) => {
    first(".lines").classList.remove("lines-cut");
    button.remove();
  },
  reveal: (button) => {
    const input = button.parentElement.querySelector("input");
    input.type = input.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(input.type === "text"));
  },
  close: (button) => button.closest(".toast").remove(),
  keys: () => KEYS["?"](),
  dismiss: (button) => button.closest("dialog").close(),
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-press]");
  if (button) {
    PRESSES[button.dataset.press](button);
    return;
  }
  const line = event.target.closest(".line");
  if (line && !getSelection().toString()) jump(Number(line.dataset.start));
});
async function copy(button) {
  const text = button.dataset.copy || first(button.dataset.copyFrom)?.innerText || "";
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("The browser did not allow copying. Select the text and copy it.");
  }
}

// --- questions: a form that sends or deletes asks first ---------------------------------------------------
document.addEventListener("submit", (event) => {
  const dialog = document.getElementById(event.target.dataset.asks || "");
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});

// --- toasts: six seconds, as long as nobody looks at them -------------------------------------------------
function say(text) {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  first(".toasts").append(toast);
  leave(toast);
}
function leave(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast) : toast.remove()), 6000);
}

document.addEventListener("DOMContentLoaded", () => {
  all(".toasts > .toast:not(.toast-stays)").forEach(leave);
  all("[data-needs-script]").forEach((part) => (part.hidden = false));
  if (all(".line").length > 20) {
    first(".lines").classList.add("lines-cut");
  }
  readyPlayer();
});
