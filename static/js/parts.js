// States of parts: a button at work, a part that failed, no connection, letters as keys.
"use strict";

// --- a button at work: same width, off until the answer is there ------------------------------------------
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button?.matches(".button")) return;
  button.style.minWidth = `${button.offsetWidth}px`;
  const loader = document.createElement("span");
  loader.className = "loader";
  loader.ariaHidden = "true";
  button.querySelector("svg")?.remove();
  button.prepend(loader);
  button.classList.add("is-busy");
  setTimeout(() => (button.disabled = true)); // once the form has taken the button's value
});
addEventListener("pageshow", (event) => {
  if (event.persisted && first(".is-busy")) location.reload();
});

// --- a part that did not load: the rest stands --------------------------------------------------------------
document.addEventListener("htmx:responseError", (event) => {
  const part = event.detail.elt;
  if (part.querySelector(".failed")) return; // said already: the next poll says nothing new
  const failed = first("#failed").content.cloneNode(true);
  const id = event.detail.xhr.getResponseHeader("X-Request-Id") || "unknown";
  failed.querySelector("[data-request-id]").textContent = id;
  failed.querySelector("[data-copy]").dataset.copy = id;
  part.append(failed);
});
Object.assign(PRESSES, { again: (button) => htmx.trigger(button.closest("[hx-get]"), "again") });

// --- no connection: what is shown, and since when ------------------------------------------------------------
let shownAt = new Date();
const connected = () => first("#offline")?.remove();
function offline() {
  if (first("#offline")) return;
  const toast = document.createElement("p");
  toast.className = "toast toast-stays";
  toast.id = "offline";
  toast.textContent = `No connection. Showing ${shownAt.toLocaleTimeString("en-GB")}.`;
  const retry = document.createElement("button");
  retry.type = "button";
  retry.className = "toast-act";
  retry.textContent = "Retry";
  retry.addEventListener("click", () => location.reload());
  toast.append(retry);
  first(".toasts").append(toast);
}
document.addEventListener("htmx:sendError", offline);
addEventListener("offline", offline);
addEventListener("online", connected);
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.xhr?.status) return;
  shownAt = new Date();
  connected();
  if (event.detail.xhr.status < 400) event.detail.elt.querySelector?.(".failed")?.remove();
});

// --- letters as keys ------------------------------------------------------------------------------------------
const letters = first("#keys [name=keys]");
if (letters) {
  letters.checked = !areKeysOff();
  letters.addEventListener("change", () => keep("keys", letters.checked ? "" : "off"));
}
