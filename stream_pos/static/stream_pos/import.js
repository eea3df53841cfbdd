// Asks every second how far an import is; when its state changes, the page is loaded anew.
(() => {
  "use strict";
  const live = document.querySelector("[data-progress]");
  if (!live) return;
  const bar = live.querySelector("progress");
  const text = live.querySelector("[data-text]");
  let etag = "";

  function show(now) {
    if (now.state !== live.dataset.state) {
      window.location.reload();
      return;
    }
    if (now.percent === null) bar.removeAttribute("value");
    else bar.value = now.percent;
    text.textContent = now.text;
  }

  async function look() {
    try {
      const answer = await fetch(live.dataset.progress, {
        cache: "no-store",
        headers: etag ? { "If-None-Match": etag } : {},
        redirect: "error",
      });
      if (answer.ok) {
        etag = answer.headers.get("ETag") || "";
        show(await answer.json());
      }
    } catch (error) {
      text.textContent = "The connection is away; this page looks again by itself.";
      etag = "";
    }
    window.setTimeout(look, 1000);
  }

  window.setTimeout(look, 500);
})();
