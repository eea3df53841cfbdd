// Keeps the page up to date: polls the version and fetches the page only after a change.
(() => {
  const root = document.documentElement;
  const busy = (part) => part.contains(document.activeElement) &&
    document.activeElement.matches("input, select");
  const refresh = async () => {
    const { version } = await (await fetch("/api/version")).json();
    if (String(version) === root.dataset.version) return;
    const text = await (await fetch(`${location.pathname}?live=1`)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    let complete = true;
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || busy(part)) { complete = false; continue; }
      const open = [...part.querySelectorAll("details[open]")].map((element) => element.id);
      part.replaceChildren(...next.childNodes);
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    }
    if (complete) root.dataset.version = String(version);
  };
  setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 2000);
})();
