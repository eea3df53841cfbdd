// The board and the dispatch page: htmx polls and submits without a reload, Idiomorph swaps only what
// changed, and new orders ring. Without this script the page still works.
"use strict";
(() => {
  const board = document.querySelector(".board");
  if (!board) return;
  const texts = board.dataset;
  const orders = document.getElementById("orders");
  const dialog = document.getElementById("dialog");
  const asked = document.getElementById("asked");
  const search = document.getElementById("search");
  const LOST_AFTER = 5000; // Milliseconds without a response.
  const LOST_AFTER_FAILURES = 2;
  const RING_AGAIN = 15000; // While an order waits for a decision.
  const HURRY_SECONDS = 20; // As on the server.

  const cards = () => [...orders.querySelectorAll(".order")];
  const cardOf = (element) => element && element.closest && element.closest(".order");

  // --- Polling and connection state.

  let version = orders.dataset.version;
  let lastResponse = Date.now();
  let failures = 0;

  document.body.addEventListener("htmx:configRequest", (event) => {
    const { headers, elt } = event.detail;
    if (elt === orders) headers["If-None-Match"] = version;
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== orders) return;
    const { xhr } = event.detail;
    const isOk = xhr.status === 200 || xhr.status === 304;
    show("signed-out", xhr.status === 401);
    show("gone", xhr.status === 403 || xhr.status === 404);
    if (xhr.status === 200) version = xhr.getResponseHeader("ETag") || "";
    failures = isOk ? 0 : failures + 1;
    if (isOk || [401, 403, 404, 409].includes(xhr.status)) lastResponse = Date.now();
    showConnection();
  });

  function show(id, isShown) {
    document.getElementById(id).hidden = !isShown;
  }

  function showConnection() {
    const silence = Date.now() - lastResponse;
    const isLost = silence > LOST_AFTER || (failures >= LOST_AFTER_FAILURES && silence > 1000);
    show("lost", isLost);
    board.classList.toggle("is-stale", failures > 0 || isLost);
  }

  const refresh = () => htmx.trigger(orders, "refresh");

  // --- After each update: countdowns, title, sounds, screen reader announcements.

  const deadlines = new Map(); // Card id to deadline, for cards that wait for a decision.
  let known = null;
  let loud = new Set();

  function update() {
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
      announce(canceled, texts.canceled);
      announce(fresh, texts.newOrder);
    }
    started = true;
    filter();
    updateCountdowns();
    updateTitle();
    showChosen();
  }

  // --- Cards chosen for an action on several (the dispatch page): an update keeps the choice.

  const several = document.querySelector("[data-count]");
  const boxes = () => [...orders.querySelectorAll("input[type=checkbox][form]")];
  const chosen = new Set();

  function showChosen() {
    if (!several) return;
    for (const box of boxes()) box.checked = chosen.has(box.id);
    const count = boxes().filter((box) => box.checked).length;
    several.textContent = several.dataset.text.replace("COUNT", count);
    several.hidden = !count;
  }

  orders.addEventListener("change", ({ target }) => {
    if (!target.matches("input[type=checkbox][form]")) return;
    if (target.checked) chosen.add(target.id);
    else chosen.delete(target.id);
    showChosen();
  });

  let started = false;

  function announce(cards, event) {
    if (!cards.length) return;
    const names = cards.map((card) => `${card.dataset.number}, ${card.dataset.channel}`).join("; ");
    document.getElementById("announce").textContent = `${event}: ${names}`;
  }

  function updateTitle() {
    const { waiting, loud: unseen } = document.getElementById("standing").dataset;
    const attention = Number(waiting) + Number(unseen);
    document.title = `${attention ? `(${attention}) ` : ""}${texts.title} · Stream POS`;
  }

  function updateCountdowns() {
    for (const card of orders.querySelectorAll("[data-left]")) {
      const deadline = deadlines.get(card.id);
      const shown = card.querySelector("[data-countdown]");
      if (deadline === undefined || !shown) continue;
      const left = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
      const text = left ? texts.seconds.replace("SECONDS", left) : texts.timeIsUp;
      if (shown.textContent !== text) shown.textContent = text;
      card.classList.toggle("order--late", left <= HURRY_SECONDS);
      card.classList.toggle("order--warn", left > HURRY_SECONDS);
    }
  }

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === asked) return;
    update();
  });

  setInterval(() => {
    showConnection();
    updateCountdowns();
    const { waiting } = document.getElementById("standing").dataset;
    if (Number(waiting) && Date.now() - rung > RING_AGAIN) ring("new");
  }, 500);

  // --- Sound. Browsers mute a page until the first interaction.

  const sound = document.getElementById("sound");
  const SOUND_KEY = "board-sound";
  let audio = null;
  let rung = 0;

  const soundSetting = (value) => {
    try {
      if (value !== undefined) localStorage.setItem(SOUND_KEY, value);
      return localStorage.getItem(SOUND_KEY) === "on";
    } catch {
      return value === "on"; // Storage is blocked.
    }
  };
  const isAudible = () => Boolean(audio) && audio.state === "running";

  function showSound() {
    sound.textContent = isAudible() ? texts.soundOn : texts.soundOff;
    sound.setAttribute("aria-pressed", String(isAudible()));
    sound.classList.toggle("is-wanted", soundSetting() && !isAudible());
  }

  async function unmute() {
    audio = audio || new AudioContext();
    audio.onstatechange = showSound;
    if (audio.state === "suspended") await audio.resume();
    showSound();
  }

  const TUNES = {
    new: [[880, 0, 0.18], [1175, 0.2, 0.3]],
    canceled: [[660, 0, 0.2], [440, 0.22, 0.2], [330, 0.44, 0.5]],
  };

  function ring(tune) {
    rung = Date.now();
    if (!isAudible()) return;
    for (const [pitch, after, lasts] of TUNES[tune]) {
      const begin = audio.currentTime + after;
      const voice = audio.createOscillator();
      const volume = audio.createGain();
      voice.type = tune === "canceled" ? "square" : "triangle";
      voice.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, begin);
      volume.gain.exponentialRampToValueAtTime(0.5, begin + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin + lasts);
      voice.connect(volume).connect(audio.destination);
      voice.start(begin);
      voice.stop(begin + lasts);
    }
    board.dataset.rang = tune;
  }

  sound.hidden = !window.AudioContext;
  sound.addEventListener("click", async (event) => {
    event.stopPropagation();
    if (isAudible()) {
      soundSetting("off");
      await audio.suspend();
      showSound();
      return;
    }
    soundSetting("on");
    await unmute();
    ring("new");
  });
  // Sound that was enabled before starts with the first interaction.
  for (const touch of ["click", "keydown"]) {
    document.addEventListener(touch, () => {
      if (soundSetting() && !isAudible()) unmute();
    });
  }

  // --- Keep the screen of a tablet on, where the browser can.

  async function keepScreenOn() {
    try {
      if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
    } catch {
      // Refused, such as on low battery: the board still works.
    }
  }
  document.addEventListener("visibilitychange", keepScreenOn);
  keepScreenOn();

  // --- Actions: htmx submits a form and puts the response into its target.

  function send(method, url, form, submitter, target, swap) {
    const sent = new FormData(form, submitter);
    const values = {}; // A name that is sent more than once has an array.
    for (const name of new Set(sent.keys())) {
      const all = sent.getAll(name);
      values[name] = all.length > 1 ? all : all[0];
    }
    if (submitter) submitter.disabled = true;
    show("failed", false);
    const enable = () => {
      if (submitter) submitter.disabled = false;
    };
    return htmx.ajax(method, url, { source: dialog, target, swap, values }).then(enable, enable);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const url = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action");
    if (form.matches("[data-search]")) {
      event.preventDefault();
    } else if (form.matches("[data-ask]")) {
      event.preventDefault();
      asked.replaceChildren();
      await send("GET", url, form, submitter, asked, "innerHTML");
      if (asked.children.length && !dialog.open) dialog.showModal();
    } else if (form.matches("[data-live]")) {
      event.preventDefault();
      const card = form.dataset.target ? document.querySelector(form.dataset.target) : cardOf(submitter);
      if (!card) {
        dialog.close(); // The order has left the board.
        return;
      }
      await send("POST", url, form, submitter, card, card === asked ? "innerHTML" : "morph:outerHTML");
      if (several && several.closest("form") === form && form.querySelector("[data-done]")) chosen.clear();
      refresh();
      if (card !== asked && !dialog.open) focus(document.getElementById(card.id));
    }
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, target } = event.detail;
    if (elt === orders) return;
    if (xhr.status === 200 && target !== asked && dialog.open) dialog.close();
    if (xhr.status === 401) show("signed-out", true);
    else if (xhr.status !== 200 && xhr.status !== 409 && xhr.status !== 422) {
      const failed = document.getElementById("failed");
      failed.textContent = texts.failed;
      failed.hidden = false;
      if (dialog.open) dialog.close();
    }
  });

  for (const opener of document.querySelectorAll("[data-opens]")) {
    opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
  }
  for (const modal of document.querySelectorAll("dialog")) {
    modal.addEventListener("click", (event) => {
      if (event.target === modal) modal.close(); // A click on the backdrop.
    });
  }

  const picker = document.querySelector("[data-plain] select");
  if (picker) {
    picker.form.classList.add("is-live");
    picker.addEventListener("change", () => picker.form.submit());
  }

  // --- Search within the page.

  function filter() {
    const query = search.value.trim().toLowerCase();
    for (const card of cards()) card.hidden = !card.dataset.find.includes(query);
  }
  search.addEventListener("input", filter);

  // --- Keyboard.

  function focus(card) {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  function moveWithinBoard(offset) {
    const shown = cards().filter((card) => !card.hidden);
    const at = shown.indexOf(cardOf(document.activeElement));
    focus(at < 0 ? shown[0] : shown[Math.max(0, Math.min(shown.length - 1, at + offset))]);
  }

  function moveToColumn(offset) {
    const columns = [...orders.querySelectorAll(".column")].filter((column) => column.querySelector(".order:not([hidden])"));
    const here = cardOf(document.activeElement);
    const at = columns.findIndex((column) => here && column.contains(here));
    const to = columns[at < 0 ? 0 : Math.max(0, Math.min(columns.length - 1, at + offset))];
    if (to) focus(to.querySelector(".order:not([hidden])"));
  }

  const MOVES = {
    j: () => moveWithinBoard(1),
    ArrowDown: () => moveWithinBoard(1),
    k: () => moveWithinBoard(-1),
    ArrowUp: () => moveWithinBoard(-1),
    ArrowRight: () => moveToColumn(1),
    ArrowLeft: () => moveToColumn(-1),
    "/": () => search.focus(),
    "?": () => document.getElementById("keys").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target === search && event.key === "Escape") {
      search.value = "";
      filter();
      search.blur();
      return;
    }
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    const shortcut = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
    if (shortcut) {
      event.preventDefault();
      shortcut.focus();
      return;
    }
    const card = cardOf(document.activeElement);
    if (event.key.startsWith("Arrow") && !card) return; // Without a focused card, arrows scroll the page.
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

  showSound();
  update();
})();
