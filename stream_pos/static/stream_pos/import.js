// Polls the progress of an import every second, and reloads the page when its state changes.
(() => {
  "use strict";
  const live = document.querySelector("[data-progress]");
  if (!live) return;
  const bar = live.querySelector("progress");
  const text = live.querySelector("[data-text]");
  let etag = "";

  function show(progress) {
    if (progress.state !== live.dataset.state) {
      window.location.reload();
      return;
    }
    if (progress.percent === null) bar.removeAttribute("value");
    else bar.value = progress.percent;
    text.textContent = progress.text;
  }

  async function poll() {
    try {
      const answer = await fetch(live.dataset.progress, {
        cache: "no-store",
        headers: etag ? { "If-None-Match": etag } : {},
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect") {
        text.textContent = "You are signed out. Reload this page to sign in again.";
      } else if (answer.ok) {
        etag = answer.headers.get("ETag") || "";
        show(await answer.json());
      }
    } catch (error) {
      text.textContent = "No connection. This page retries automatically.";
      etag = "";
    }
    window.setTimeout(poll, 1000);
  }

  window.setTimeout(poll, 500);
})();
