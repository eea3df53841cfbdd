/* Refreshes a followed order. Without this script the page reloads itself. */
"use strict";

(() => {
  const part = document.getElementById("state");
  const announced = document.getElementById("says");
  let tag = "";

  const state = () => part.querySelector("[data-seconds]");
  const says = () => part.querySelector(".progress").textContent;

  async function refresh() {
    if (!document.hidden) {
      try {
        const answer = await fetch(part.dataset.part, {
          cache: "no-store",
          headers: tag ? { "If-None-Match": tag } : {},
        });
        if (answer.status === 200) {
          show(await answer.text());
          tag = answer.headers.get("ETag") || "";
        }
      } catch {
        // Offline for a while: the next try comes by itself.
      }
    }
    next();
  }

  /* Keeps an open question open, and tells screen readers of a change only. */
  function show(html) {
    const before = says();
    const isAsking = part.querySelector("details[open]") !== null;
    part.innerHTML = html;
    const question = part.querySelector("details");
    if (question && isAsking) {
      question.open = true;
    }
    if (says() !== before) {
      announced.textContent = says();
    }
  }

  function next() {
    if (!state().dataset.over) {
      window.setTimeout(refresh, Number(state().dataset.seconds) * 1000);
    }
  }

  next();
})();
