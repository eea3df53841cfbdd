// Turns a day's text field into bars that can be drawn, dragged and removed. The text field stays the
// source of truth: every change of a bar is written to it, and typing in it redraws the bars.
"use strict";
(() => {
  const DAY = 24 * 60; // Minutes; the end of the day is written 23:59.
  const STEP = 15;
  const TAPPED = 60; // The length of a window made by a tap.
  const WINDOW = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)$/;

  const minutes = (hour, minute) => Number(hour) * 60 + Number(minute);
  const clock = (at) =>
    at === DAY ? "23:59" : [Math.floor(at / 60), at % 60].map((n) => String(n).padStart(2, "0")).join(":");
  const snapped = (at) => Math.round(at / STEP) * STEP;
  const within = (low, at, high) => Math.max(low, Math.min(at, high));

  function read(text) {
    const windows = [];
    for (const part of text.split(/[,;]/)) {
      const match = WINDOW.exec(part.split(/[-–—]/).map((side) => side.trim()).join("-"));
      if (!match) continue;
      const start = minutes(match[1], match[2]);
      const closing = minutes(match[3], match[4]);
      const end = closing >= DAY - 1 ? DAY : closing;
      if (start < end) windows.push({ start, end });
    }
    return windows.sort((a, b) => a.start - b.start);
  }

  function create(tag, className, attributes = {}) {
    const element = document.createElement(tag);
    element.className = className;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function button(icon, label, action, text = "") {
    const element = create("button", text ? "sp-week-button" : "sp-week-button is-icon", { type: "button" });
    const symbol = create("span", "material-symbols-outlined", { "aria-hidden": "true" });
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
      this.add = button("add", `Add a time on ${this.name}`, () => this.addSlot());
      const buttons = create("div", "sp-day-buttons");
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
      const text = this.windows.map((slot) => `${clock(slot.start)}-${clock(slot.end)}`).join(", ");
      if (text === this.input.value) return;
      this.input.value = text;
      for (const type of ["input", "change"]) this.input.dispatchEvent(new Event(type, { bubbles: true }));
    }

    replace(windows) {
      this.windows = windows.map((slot) => ({ start: slot.start, end: slot.end }));
      this.write();
      this.draw();
    }

    draw() {
      this.track.replaceChildren(...this.windows.map((slot) => this.block(slot)));
    }

    block(slot) {
      slot.element = create("div", "sp-block");
      slot.text = create("span", "sp-block-text", { "aria-hidden": "true" });
      slot.handles = ["start", "end"].map((edge) => this.handle(slot, edge));
      slot.remove = button("close", "", () => this.drop(slot));
      slot.remove.tabIndex = -1; // The keyboard removes with Delete on either handle.
      slot.element.append(slot.handles[0], slot.text, slot.remove, slot.handles[1]);
      slot.element.addEventListener("pointerdown", (event) => this.drag(event, slot, "move"));
      this.place(slot);
      return slot.element;
    }

    handle(slot, edge) {
      const handle = create("span", `sp-handle is-${edge}`, {
        role: "slider",
        tabindex: "0",
        "aria-valuemin": "0",
        "aria-valuemax": String(DAY),
        "aria-label": `${this.name}, ${edge === "start" ? "opens" : "closes"}; Delete removes this time`,
      });
      handle.addEventListener("pointerdown", (event) => this.drag(event, slot, edge));
      handle.addEventListener("keydown", (event) => this.key(event, slot, edge));
      return handle;
    }

    place(slot) {
      slot.element.style.left = `${(slot.start / DAY) * 100}%`;
      slot.element.style.width = `${((slot.end - slot.start) / DAY) * 100}%`;
      slot.text.textContent = `${clock(slot.start)}–${clock(slot.end)}`;
      slot.remove.setAttribute("aria-label", `Remove ${this.name} ${slot.text.textContent}`);
      slot.element.title = slot.text.textContent;
      slot.handles.forEach((handle, index) => {
        const at = index ? slot.end : slot.start;
        handle.setAttribute("aria-valuenow", String(at));
        handle.setAttribute("aria-valuetext", clock(at));
      });
    }

    // The free time around a window, where it can move and grow.
    room(slot) {
      const before = this.windows.filter((other) => other !== slot && other.end <= slot.start);
      const after = this.windows.filter((other) => other !== slot && other.start >= slot.end);
      return [Math.max(0, ...before.map((other) => other.end)), Math.min(DAY, ...after.map((other) => other.start))];
    }

    change(slot, edge, to) {
      const [low, high] = this.room(slot);
      if (edge === "start") slot.start = within(low, to, slot.end - STEP);
      else if (edge === "end") slot.end = within(slot.start + STEP, to, high);
      else {
        const long = slot.end - slot.start;
        slot.start = within(low, to, high - long);
        slot.end = slot.start + long;
      }
      this.place(slot);
      this.write();
    }

    key(event, slot, edge) {
      const at = slot[edge];
      const to = {
        ArrowLeft: at - STEP, ArrowDown: at - STEP, ArrowRight: at + STEP, ArrowUp: at + STEP,
        PageDown: at - 60, PageUp: at + 60, Home: 0, End: DAY,
      }[event.key];
      if (event.key === "Delete" || event.key === "Backspace") this.drop(slot);
      else if (to === undefined) return;
      else this.change(slot, edge, event.key.startsWith("Arrow") && at % STEP ? snapped(to) : to);
      event.preventDefault();
    }

    drop(slot) {
      this.windows = this.windows.filter((other) => other !== slot);
      this.write();
      this.draw();
      this.add.focus();
    }

    addSlot() {
      const last = this.windows.at(-1);
      const free = [{ end: 0 }, ...this.windows].map((slot, index) => [slot.end, this.windows[index]?.start ?? DAY]);
      const [low, high] = last ? free.findLast(([from, to]) => to - from >= STEP) ?? [] : [9 * 60, 17 * 60];
      if (low === undefined) return;
      const start = last && high - low > 2 * TAPPED ? low + TAPPED : low;
      this.insert({ start, end: last ? Math.min(high, start + 4 * TAPPED) : high });
    }

    insert(slot) {
      this.windows = [...this.windows, slot].sort((a, b) => a.start - b.start);
      this.write();
      this.draw();
      slot.handles[0].focus();
    }

    at(event) {
      const box = this.track.getBoundingClientRect();
      return within(0, ((event.clientX - box.left) / box.width) * DAY, DAY);
    }

    // A drag over free time creates a window there.
    press(event) {
      if (event.button !== 0 || event.target !== this.track) return;
      const from = this.at(event);
      let slot = null;
      this.isTap = true;
      this.follow(event, {
        move: (moved) => {
          if (!slot) {
            if (Math.abs(moved.clientX - event.clientX) < 4) return;
            this.isTap = false;
            slot = this.fit(Math.floor(from / STEP) * STEP, STEP);
            if (!slot) return;
            this.insert(slot);
          }
          const to = this.at(moved);
          this.change(slot, to < from ? "start" : "end", snapped(to));
        },
        up: () => {},
        cancel: () => slot && this.drop(slot),
      });
    }

    // A tap creates an hour. On click, not pointerdown: the click would hit the new window.
    tap(event) {
      if (event.target !== this.track || !this.isTap) return;
      const hour = this.fit(Math.floor(this.at(event) / TAPPED) * TAPPED, TAPPED);
      if (hour) this.insert(hour);
    }

    // A window of that length at that time, cut where others begin and end.
    fit(start, long) {
      const slot = { start: within(0, start, DAY - STEP), end: Math.min(DAY, start + long) };
      for (const other of this.windows) {
        if (other.start <= slot.start && other.end > slot.start) slot.start = other.end;
        if (other.start > slot.start && other.start < slot.end) slot.end = other.start;
      }
      return slot.end - slot.start >= STEP ? slot : null;
    }

    drag(event, slot, edge) {
      if (event.button !== 0 || event.target.closest("button")) return;
      event.stopPropagation();
      const before = { start: slot.start, end: slot.end };
      const from = this.at(event);
      const begin = edge === "end" ? slot.end : slot.start;
      this.follow(event, {
        move: (moved) => this.change(slot, edge, snapped(begin + this.at(moved) - from)),
        up: () => {},
        cancel: () => (Object.assign(slot, before), this.place(slot), this.write()),
      });
    }

    follow(event, { move, up, cancel }) {
      const onPointer = (action) => (next) => next.pointerId === event.pointerId && action(next);
      const ending = new AbortController();
      const options = { signal: ending.signal };
      window.addEventListener("pointermove", onPointer(move), options);
      window.addEventListener("pointerup", onPointer(() => (ending.abort(), up())), options);
      window.addEventListener("pointercancel", onPointer(() => (ending.abort(), cancel())), options);
    }
  }

  function copy(from, to) {
    for (const day of to) if (day !== from) day.replace(from.windows);
  }

  function week(rows) {
    const days = [];
    for (const row of rows) days.push(new Day(row, days));
    const bar = create("div", "sp-week-tools");
    bar.append(
      button("content_copy", "", () => copy(days[0], days.slice(0, 5)), "Copy Monday to weekdays"),
      button("content_copy", "", () => copy(days[0], days), "Copy Monday to all days"),
    );
    const fields = rows[0].closest("fieldset");
    fields.querySelector(".form-rows").prepend(bar);
    fields.addEventListener("input", () => {
      const isEmpty = days.every((day) => !day.input.value.trim());
      for (const { input } of days) input.placeholder = isEmpty ? input.dataset.emptyWeek : "closed";
    });
  }

  // A special day: a date, its times and a button that removes both.
  function special(row) {
    const date = row.querySelector("input[type=date]");
    new Day(row.querySelector(".sp-daily"));
    const remove = button("delete", "Remove this date", () => {
      date.value = "";
      date.dispatchEvent(new Event("change", { bubbles: true }));
      row.remove();
    });
    row.querySelector(".sp-day-buttons").append(remove);
  }

  function specials(table) {
    const empty = table.lastElementChild; // Without scripts, the row for a new date.
    empty.remove();
    for (const row of table.children) special(row);
    const more = button("add", "", () => {
      const row = empty.cloneNode(true);
      table.append(row);
      special(row);
      row.querySelector("input").focus();
    }, "Add a date");
    // Tells the server that the table was there, even when it is empty.
    const names = [...empty.querySelectorAll("input")].map((input) => input.name);
    table.after(...names.map((name) => create("input", "", { type: "hidden", name })), more);
  }

  function start() {
    const rows = document.querySelectorAll(".sp-week-day");
    if (rows.length) week(rows);
    document.querySelectorAll(".sp-specials").forEach(specials);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
