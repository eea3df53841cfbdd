// A day's text field becomes bars that can be drawn, dragged and removed. The text stays the truth:
// every change is written there, and what is typed there is drawn.
"use strict";
(() => {
  const DAY = 24 * 60; // Minutes; the end of the day is written 23:59.
  const STEP = 15;
  const TAPPED = 60; // How long a window is that somebody has only tapped.
  const WINDOW = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)$/;

  const minutes = (hour, minute) => Number(hour) * 60 + Number(minute);
  const clock = (at) =>
    at === DAY ? "23:59" : [Math.floor(at / 60), at % 60].map((n) => String(n).padStart(2, "0")).join(":");
  const snapped = (at) => Math.round(at / STEP) * STEP;
  const within = (low, at, high) => Math.max(low, Math.min(at, high));

  function read(text) {
    const found = [];
    for (const part of text.split(/[,;]/)) {
      const match = WINDOW.exec(part.trim().replace(/\s*[-–—]\s*/, "-"));
      if (!match) continue;
      const start = minutes(match[1], match[2]);
      const said = minutes(match[3], match[4]);
      const end = said >= DAY - 1 ? DAY : said;
      if (start < end) found.push({ start, end });
    }
    return found.sort((one, other) => one.start - other.start);
  }

  function made(tag, className, attributes = {}) {
    const element = document.createElement(tag);
    element.className = className;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function button(icon, label, action, text = "") {
    const element = made("button", text ? "sp-week-button" : "sp-week-button is-icon", { type: "button" });
    const symbol = made("span", "material-symbols-outlined", { "aria-hidden": "true" });
    symbol.textContent = icon;
    element.append(symbol, text);
    if (!text) {
      element.setAttribute("aria-label", label);
      element.title = label;
    }
    element.addEventListener("click", action);
    return element;
  }

  class Day {
    constructor(row, others = null) {
      this.name = row.dataset.day;
      this.track = row.querySelector(".sp-track");
      this.input = row.querySelector("input");
      this.windows = read(this.input.value);
      this.track.classList.add("is-live");
      this.add = button("add", `Add a time on ${this.name}`, () => this.addOne());
      const buttons = made("div", "sp-day-buttons");
      buttons.append(this.add);
      if (others) buttons.append(button("content_copy", `Copy ${this.name} to all days`, () => copy(this, others)));
      row.append(buttons);
      this.input.addEventListener("input", (event) => {
        if (!event.isTrusted) return;
        this.windows = read(this.input.value);
        this.draw();
      });
      this.track.addEventListener("pointerdown", (event) => this.press(event));
      this.track.addEventListener("click", (event) => this.tap(event));
      this.draw();
    }

    write() {
      const text = this.windows.map((one) => `${clock(one.start)}-${clock(one.end)}`).join(", ");
      if (text === this.input.value) return;
      this.input.value = text;
      for (const type of ["input", "change"]) this.input.dispatchEvent(new Event(type, { bubbles: true }));
    }

    replace(windows) {
      this.windows = windows.map((one) => ({ start: one.start, end: one.end }));
      this.write();
      this.draw();
    }

    draw() {
      this.track.replaceChildren(...this.windows.map((one) => this.block(one)));
    }

    block(one) {
      one.element = made("div", "sp-block");
      one.text = made("span", "sp-block-text", { "aria-hidden": "true" });
      one.handles = ["start", "end"].map((edge) => this.handle(one, edge));
      one.remove = button("close", "", () => this.drop(one));
      one.remove.tabIndex = -1; // By keyboard it is Delete on either end.
      one.element.append(one.handles[0], one.text, one.remove, one.handles[1]);
      one.element.addEventListener("pointerdown", (event) => this.drag(event, one, "move"));
      this.place(one);
      return one.element;
    }

    handle(one, edge) {
      const handle = made("span", `sp-handle is-${edge}`, {
        role: "slider",
        tabindex: "0",
        "aria-valuemin": "0",
        "aria-valuemax": String(DAY),
        "aria-label": `${this.name}, ${edge === "start" ? "opens" : "closes"}; Delete removes this time`,
      });
      handle.addEventListener("pointerdown", (event) => this.drag(event, one, edge));
      handle.addEventListener("keydown", (event) => this.key(event, one, edge));
      return handle;
    }

    place(one) {
      one.element.style.left = `${(one.start / DAY) * 100}%`;
      one.element.style.width = `${((one.end - one.start) / DAY) * 100}%`;
      one.text.textContent = `${clock(one.start)}–${clock(one.end)}`;
      one.remove.setAttribute("aria-label", `Remove ${this.name} ${one.text.textContent}`);
      one.element.title = one.text.textContent;
      one.handles.forEach((handle, index) => {
        const at = index ? one.end : one.start;
        handle.setAttribute("aria-valuenow", String(at));
        handle.setAttribute("aria-valuetext", clock(at));
      });
    }

    // The free time around a window, in which it may move and grow.
    room(one) {
      const before = this.windows.filter((other) => other !== one && other.end <= one.start);
      const after = this.windows.filter((other) => other !== one && other.start >= one.end);
      return [Math.max(0, ...before.map((other) => other.end)), Math.min(DAY, ...after.map((other) => other.start))];
    }

    change(one, edge, to) {
      const [low, high] = this.room(one);
      if (edge === "start") one.start = within(low, to, one.end - STEP);
      else if (edge === "end") one.end = within(one.start + STEP, to, high);
      else {
        const long = one.end - one.start;
        one.start = within(low, to, high - long);
        one.end = one.start + long;
      }
      this.place(one);
      this.write();
    }

    key(event, one, edge) {
      const at = one[edge];
      const to = {
        ArrowLeft: at - STEP, ArrowDown: at - STEP, ArrowRight: at + STEP, ArrowUp: at + STEP,
        PageDown: at - 60, PageUp: at + 60, Home: 0, End: DAY,
      }[event.key];
      if (event.key === "Delete" || event.key === "Backspace") this.drop(one);
      else if (to === undefined) return;
      else this.change(one, edge, event.key.startsWith("Arrow") && at % STEP ? snapped(to) : to);
      event.preventDefault();
    }

    drop(one) {
      this.windows = this.windows.filter((other) => other !== one);
      this.write();
      this.draw();
      this.add.focus();
    }

    addOne() {
      const last = this.windows.at(-1);
      const free = [{ end: 0 }, ...this.windows].map((one, index) => [one.end, this.windows[index]?.start ?? DAY]);
      const [low, high] = last ? free.findLast(([from, to]) => to - from >= STEP) ?? [] : [9 * 60, 17 * 60];
      if (low === undefined) return;
      const start = last && high - low > 2 * TAPPED ? low + TAPPED : low;
      this.insert({ start, end: last ? Math.min(high, start + 4 * TAPPED) : high });
    }

    insert(one) {
      this.windows = [...this.windows, one].sort((a, b) => a.start - b.start);
      this.write();
      this.draw();
      one.handles[0].focus();
    }

    at(event) {
      const box = this.track.getBoundingClientRect();
      return within(0, ((event.clientX - box.left) / box.width) * DAY, DAY);
    }

    // On free time a drag makes what it covers.
    press(event) {
      if (event.button !== 0 || event.target !== this.track) return;
      const from = this.at(event);
      let one = null;
      this.isTap = true;
      this.follow(event, {
        move: (moved) => {
          if (!one) {
            if (Math.abs(moved.clientX - event.clientX) < 4) return;
            this.isTap = false;
            one = this.fit(Math.floor(from / STEP) * STEP, STEP);
            if (!one) return;
            this.insert(one);
          }
          const to = this.at(moved);
          this.change(one, to < from ? "start" : "end", snapped(to));
        },
        up: () => {},
        cancel: () => one && this.drop(one),
      });
    }

    // A tap makes an hour. On the click, which would hit the new window if that were there before.
    tap(event) {
      if (event.target !== this.track || !this.isTap) return;
      const hour = this.fit(Math.floor(this.at(event) / TAPPED) * TAPPED, TAPPED);
      if (hour) this.insert(hour);
    }

    // A window of that length at that place, cut where others begin and end.
    fit(start, long) {
      const one = { start: within(0, start, DAY - STEP), end: Math.min(DAY, start + long) };
      for (const other of this.windows) {
        if (other.start <= one.start && other.end > one.start) one.start = other.end;
        if (other.start > one.start && other.start < one.end) one.end = other.start;
      }
      return one.end - one.start >= STEP ? one : null;
    }

    drag(event, one, edge) {
      if (event.button !== 0 || event.target.closest("button")) return;
      event.stopPropagation();
      const before = { start: one.start, end: one.end };
      const from = this.at(event);
      const begin = edge === "end" ? one.end : one.start;
      this.follow(event, {
        move: (moved) => this.change(one, edge, snapped(begin + this.at(moved) - from)),
        up: () => {},
        cancel: () => (Object.assign(one, before), this.place(one), this.write()),
      });
    }

    follow(event, { move, up, cancel }) {
      const mine = (action) => (later) => later.pointerId === event.pointerId && action(later);
      const ending = new AbortController();
      const options = { signal: ending.signal };
      window.addEventListener("pointermove", mine(move), options);
      window.addEventListener("pointerup", mine(() => (ending.abort(), up())), options);
      window.addEventListener("pointercancel", mine(() => (ending.abort(), cancel())), options);
    }
  }

  function copy(from, to) {
    for (const day of to) if (day !== from) day.replace(from.windows);
  }

  function week(rows) {
    const days = [];
    for (const row of rows) days.push(new Day(row, days));
    const bar = made("div", "sp-week-tools");
    bar.append(
      button("content_copy", "", () => copy(days[0], days.slice(0, 5)), "Copy Monday to weekdays"),
      button("content_copy", "", () => copy(days[0], days), "Copy Monday to all days"),
    );
    rows[0].closest("fieldset").querySelector(".form-rows").prepend(bar);
  }

  // A special day: a date, its times, and a button that removes both.
  function special(row) {
    const date = row.querySelector("input[type=date]");
    new Day(row.querySelector(".sp-daily"));
    const gone = button("delete", "Remove this date", () => {
      date.value = "";
      date.dispatchEvent(new Event("change", { bubbles: true }));
      row.remove();
    });
    row.querySelector(".sp-day-buttons").append(gone);
  }

  function specials(table) {
    const empty = table.lastElementChild; // Without scripts, the row to write a new date in.
    empty.remove();
    for (const row of table.children) special(row);
    const more = button("add", "", () => {
      const row = empty.cloneNode(true);
      table.append(row);
      special(row);
      row.querySelector("input").focus();
    }, "Add a date");
    // Of an empty table, too, the form says that it was there.
    const names = [...empty.querySelectorAll("input")].map((input) => input.name);
    table.after(...names.map((name) => made("input", "", { type: "hidden", name })), more);
  }

  function start() {
    const rows = document.querySelectorAll(".sp-week-day");
    if (rows.length) week(rows);
    document.querySelectorAll(".sp-specials").forEach(specials);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
