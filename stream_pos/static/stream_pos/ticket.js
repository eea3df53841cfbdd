"use strict";

// The ticket's page is as long as its text: a roll has no pages, and a printer feeds a whole one.
(() => {
  const WIDTH_MM = 80;
  const MARGIN_MM = 3; // As in ticket.css.
  const LONGEST_MM = 3000; // A longer ticket is printed on several pages of the usual length.
  const PX_PER_MM = 96 / 25.4;
  const paper = document.querySelector(".paper");
  const sheet = document.querySelector("link[href*=ticket]").sheet;
  const button = document.querySelector("[data-print]");

  function fitPage() {
    const heightMm = Math.ceil(paper.scrollHeight / PX_PER_MM) + 2 * MARGIN_MM + 1;
    if (heightMm > LONGEST_MM) return;
    // A page that is wider than long would be taken for a turned one.
    const lengthMm = Math.max(heightMm, WIDTH_MM);
    sheet.insertRule(`@page { size: ${WIDTH_MM}mm ${lengthMm}mm; margin: ${MARGIN_MM}mm; }`, sheet.cssRules.length);
  }

  fitPage();
  button.hidden = false;
  button.addEventListener("click", () => window.print());
})();
