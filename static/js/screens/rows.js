/* Where the row goes whose button was pressed, the keyboard goes on at the row that takes its place. */
(function () {
  "use strict";

  const ROWS = "tbody > tr, ul.rows > li";
  /** @type {string} */
  let list = "";
  let at = -1;

  /** @param {Element} part */
  function rowsOf(part) {
    /** @type {Element[]} */
    return Array.prototype.slice.call(part.querySelectorAll(ROWS));
  }

  document.addEventListener("htmx:before:swap", function () {
    const row = document.activeElement && document.activeElement.closest(ROWS);
    const part = row && row.parentElement && row.parentElement.closest("[id]");
    list = part ? part.id : "";
    at = row && part ? rowsOf(part).indexOf(row) : -1;
  });

  document.addEventListener("htmx:after:swap", function () {
    const part = at >= 0 && document.getElementById(list);
    if (!part || document.activeElement !== document.body) return;
    const rows = rowsOf(part);
    const row = rows[Math.min(at, rows.length - 1)];
    const from = row || part;
    const next = from.querySelector("button, summary") || from.querySelector("a");
    at = -1;
    if (next instanceof HTMLElement) next.focus();
  });
})();
