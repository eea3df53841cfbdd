// Renews a list of the admin when its version changes: a small poll with an ETag, then the page itself.
(() => {
  "use strict";
  const EVERY = 5000; // Milliseconds.
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const text = live.querySelector("[data-live-text]");
  const usual = text.textContent;
  let version = live.dataset.version;

  // A list in use is left alone: its selection or an open menu would be lost.
  const isInUse = () => document.querySelector("#result_list input:checked, #result_list :focus") !== null;

  async function renew(next) {
    const answer = await fetch(window.location.href, { cache: "no-store", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("result_list");
    const shown = document.getElementById("result_list");
    if (!fresh || !shown) {
      if (fresh || shown) window.location.reload(); // The first order came, or the last one went.
    } else if (!isInUse()) {
      shown.replaceWith(fresh);
    } else {
      return;
    }
    version = next;
  }

  async function poll() {
    try {
      if (!document.hidden) {
        const headers = { "If-None-Match": version };
        const answer = await fetch(live.dataset.live, { cache: "no-store", headers, redirect: "manual" });
        if (answer.type === "opaqueredirect") {
          text.textContent = "You are signed out. Reload this page to sign in again.";
          window.setTimeout(poll, EVERY);
          return; // After a sign-in in another tab the next poll succeeds.
        }
        if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
        if (answer.status !== 304) await renew(answer.headers.get("ETag") || "");
      }
      text.textContent = usual;
    } catch (error) {
      text.textContent = "No connection. This list retries automatically.";
    }
    window.setTimeout(poll, EVERY);
  }

  window.setTimeout(poll, EVERY);
})();
