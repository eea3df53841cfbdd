// The board: asks for what is new every 1.5 seconds, presses without a reload, and makes itself
// heard. htmx fetches, Idiomorph puts in only what differs. Without this script the page still works.
"use strict";
(() => {
  const print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  const board = document.querySelector(".board");
  if (!board) return;
  const texts = board.dataset;
  const orders = document.getElementById("orders");
  const dialog = document.getElementById("dialog");
  const asked = document.getElementById("asked");
  const search = document.getElementById("search");
  const LOST_AFTER = 5000; // Milliseconds without an answer.
  const LOST_AFTER_FAILURES = 2;
  const RING_AGAIN = 15000; // While somebody waits for a decision.
  const HURRY_SECONDS = 20; // As in cards.py.

  const cards = () => [...orders.querySelectorAll(".order")];
  const cardOf = (element) => element && element.closest && element.closest(".order");

  // --- Polling, and what happened to the connection.

  let version = orders.dataset.version;
  let alive = Date.now();
  let failures = 0;

  const cookie = (name) =>
    (document.cookie.split("; ").find((one) => one.startsWith(`${name}=`)) || "").slice(name.length + 1);

  document.body.addEventListener("htmx:configRequest", (event) => {
    const { headers, elt, verb } = event.detail;
    if (elt === orders) headers["If-None-Match"] = version;
    // Whoever signed in again in another window has another token now.
    if (verb !== "get") headers["X-CSRFToken"] = cookie("csrftoken");
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== orders) return;
    const { xhr } = event.detail;
    const is_well = xhr.status === 200 || xhr.status === 304;
    show("signed-out", xhr.status === 401);
    show("gone", xhr.status === 403 || xhr.status === 404);
    if (xhr.status === 200) version = xhr.getResponseHeader("ETag") || "";
    failures = is_well ? 0 : failures + 1;
    if (is_well || xhr.status === 401 || xhr.status === 403 || xhr.status === 404) alive = Date.now();
    look();
  });

  function show(id, is_shown) {
    document.getElementById(id).hidden = !is_shown;
  }

  function look() {
    const is_lost = Date.now() - alive > LOST_AFTER || (failures >= LOST_AFTER_FAILURES && Date.now() - alive > 1000);
    show("lost", is_lost);
    board.classList.toggle("is-stale", failures > 0 || is_lost);
  }

  const refresh = () => htmx.trigger(orders, "refresh");

  // --- What each new state of the board means: countdowns, title, sounds, words for a screen reader.

  const deadlines = new Map(); // The id of a card that waits for a decision: when its time is up.
  let known = null;
  let loud = new Set();

  function read() {
    const now = Date.now();
    deadlines.clear();
    for (const card of orders.querySelectorAll("[data-left]")) {
      deadlines.set(card.id, now + Number(card.dataset.left) * 1000);
    }
    const open = orders.querySelectorAll("[data-open]");
    const fresh = known ? [...open].filter((card) => !known.has(card.id)) : [];
    known = new Set([...(known || []), ...cards().map((card) => card.id)]);
    const loudNow = [...orders.querySelectorAll("[data-loud].order")];
    const canceled = loudNow.filter((card) => !loud.has(card.id));
    loud = new Set(loudNow.map((card) => card.id));
    if (canceled.length && started) ring("canceled");
    else if (fresh.length) ring("new");
    if (started) {
      say(canceled, texts.canceled);
      say(fresh, texts.newOrder);
    }
    started = true;
    filter();
    count();
    entitle();
  }

  let started = false;

  function say(those, what) {
    if (!those.length) return;
    const named = those.map((card) => `${card.dataset.number}, ${card.dataset.channel}`).join("; ");
    document.getElementById("announce").textContent = `${what}: ${named}`;
  }

  function entitle() {
    const { waiting, loud: unseen } = document.getElementById("standing").dataset;
    const wanted = Number(waiting) + Number(unseen);
    document.title = `${wanted ? `(${wanted}) ` : ""}${texts.title} · Stream POS`;
  }

  function count() {
    for (const card of orders.querySelectorAll("[data-left]")) {
      const at = deadlines.get(card.id);
      const shown = card.querySelector("[data-countdown]");
      if (at === undefined || !shown) continue;
      const left = Math.max(0, Math.ceil((at - Date.now()) / 1000));
      const text = left ? texts.seconds.replace("SECONDS", left) : texts.timeIsUp;
      if (shown.textContent !== text) shown.textContent = text;
      card.classList.toggle("order--late", left <= HURRY_SECONDS);
      card.classList.toggle("order--warn", left > HURRY_SECONDS);
    }
  }

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === asked) return;
    read();
  });

  setInterval(() => {
    look();
    count();
    const { waiting } = document.getElementById("standing").dataset;
    if (Number(waiting) && Date.now() - rung > RING_AGAIN) ring("new");
  }, 500);

  // --- Sound. Browsers mute a page until somebody has touched it.

  const sound = document.getElementById("sound");
  const WISH = "board-sound";
  let ears = null;
  let rung = 0;

  const wish = (value) => {
    try {
      if (value !== undefined) localStorage.setItem(WISH, value);
      return localStorage.getItem(WISH) === "on";
    } catch {
      return value === "on"; // A browser that keeps nothing.
    }
  };
  const hears = () => Boolean(ears) && ears.state === "running";

  function dress() {
    sound.textContent = hears() ? texts.soundOn : texts.soundOff;
    sound.setAttribute("aria-pressed", String(hears()));
    sound.classList.toggle("is-wanted", wish() && !hears());
  }

  async function listen() {
    ears = ears || new AudioContext();
    ears.onstatechange = dress;
    if (ears.state === "suspended") await ears.resume();
    dress();
  }

  const TUNES = {
    new: [[880, 0, 0.18], [1175, 0.2, 0.3]],
    canceled: [[660, 0, 0.2], [440, 0.22, 0.2], [330, 0.44, 0.5]],
  };

  function ring(tune) {
    rung = Date.now();
    if (!hears()) return;
    for (const [pitch, after, lasts] of TUNES[tune]) {
      const begin = ears.currentTime + after;
      const voice = ears.createOscillator();
      const volume = ears.createGain();
      voice.type = tune === "canceled" ? "square" : "triangle";
      voice.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, begin);
      volume.gain.exponentialRampToValueAtTime(0.5, begin + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin + lasts);
      voice.connect(volume).connect(ears.destination);
      voice.start(begin);
      voice.stop(begin + lasts);
    }
    board.dataset.rang = tune;
  }

  sound.hidden = !window.AudioContext;
  sound.addEventListener("click", async (event) => {
    event.stopPropagation();
    if (hears()) {
      wish("off");
      await ears.suspend();
      dress();
      return;
    }
    wish("on");
    await listen();
    ring("new");
  });
  // Who wanted sound before gets it with the first touch of the page.
  for (const touch of ["click", "keydown"]) {
    document.addEventListener(touch, () => {
      if (wish() && !hears()) listen();
    });
  }

  // --- A tablet that shows the board stays lit, where the browser can.

  async function stayLit() {
    try {
      if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
    } catch {
      // Refused, such as on low battery: the board works all the same.
    }
  }
  document.addEventListener("visibilitychange", stayLit);
  stayLit();

  // --- Presses: a form is sent by htmx, and the answer goes where it says.

  function send(method, url, form, by, target, swap) {
    const values = Object.fromEntries(new FormData(form, by));
    if (by) by.disabled = true;
    show("failed", false);
    const again = () => {
      if (by) by.disabled = false;
    };
    return htmx.ajax(method, url, { source: dialog, target, swap, values }).then(again, again);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const by = event.submitter;
    const url = (by && by.getAttribute("formaction")) || form.getAttribute("action");
    if (form.matches("[data-search]")) {
      event.preventDefault();
    } else if (form.matches("[data-ask]")) {
      event.preventDefault();
      asked.replaceChildren();
      await send("GET", url, form, by, asked, "innerHTML");
      if (asked.children.length && !dialog.open) dialog.showModal();
    } else if (form.matches("[data-live]")) {
      event.preventDefault();
      const card = form.dataset.target ? document.querySelector(form.dataset.target) : cardOf(by);
      if (!card) {
        dialog.close(); // It left the board meanwhile.
        return;
      }
      await send("POST", url, form, by, card, card === asked ? "innerHTML" : "morph:outerHTML");
      refresh();
      if (card !== asked && !dialog.open) focus(document.getElementById(card.id));
    }
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, target } = event.detail;
    if (elt === orders) return;
    if (xhr.status === 200 && target !== asked && dialog.open) dialog.close();
    if (xhr.status === 401) show("signed-out", true);
    else if (xhr.status !== 200 && xhr.status !== 422) {
      const failed = document.getElementById("failed");
      failed.textContent = texts.failed;
      failed.hidden = false;
      if (dialog.open) dialog.close();
    }
  });

  for (const opener of document.querySelectorAll("[data-opens]")) {
    opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
  }
  for (const one of document.querySelectorAll("dialog")) {
    one.addEventListener("click", (event) => {
      if (event.target === one) one.close(); // Beside it.
    });
  }

  const picker = document.querySelector("[data-plain] select");
  if (picker) {
    picker.form.classList.add("is-live");
    picker.addEventListener("change", () => picker.form.submit());
  }

  // --- Searching what is here already.

  function filter() {
    const sought = search.value.trim().toLowerCase();
    for (const card of cards()) card.hidden = !card.dataset.find.includes(sought);
  }
  search.addEventListener("input", filter);

  // --- The keyboard alone.

  function focus(card) {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const shown = cards().filter((card) => !card.hidden);
    const at = shown.indexOf(cardOf(document.activeElement));
    focus(at < 0 ? shown[0] : shown[Math.max(0, Math.min(shown.length - 1, at + by))]);
  }

  function turn(by) {
    const columns = [...orders.querySelectorAll(".column")].filter((one) => one.querySelector(".order:not([hidden])"));
    const here = cardOf(document.activeElement);
    const at = columns.findIndex((one) => here && one.contains(here));
    const to = columns[at < 0 ? 0 : Math.max(0, Math.min(columns.length - 1, at + by))];
    if (to) focus(to.querySelector(".order:not([hidden])"));
  }

  const MOVES = { j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
    ArrowRight: () => turn(1), ArrowLeft: () => turn(-1),
    "/": () => search.focus(), "?": () => document.getElementById("keys").showModal() };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target === search && event.key === "Escape") {
      search.value = "";
      filter();
      search.blur();
      return;
    }
    if (event.target.closest("input, select, textarea")) return;
    const card = cardOf(document.activeElement);
    if (event.key.startsWith("Arrow") && !card) return; // They scroll the page.
    if (MOVES[event.key]) {
      event.preventDefault();
      MOVES[event.key]();
    } else if (card && /^[a-z]$/.test(event.key)) {
      const button = card.querySelector(`[data-key="${event.key}"]`);
      if (!button || button.disabled) return;
      event.preventDefault();
      button.click();
    }
  });

  dress();
  read();
})();
