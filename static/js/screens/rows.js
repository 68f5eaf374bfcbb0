/* Where what the keyboard is at goes with a swap, it goes on at the same row, else at the row that takes
   its place, else at the beginning of the part that came anew. */
(function () {
  "use strict";

  const ROWS = "tbody > tr, ul.rows > li";
  /** Ids of the part that is swapped and of the row, and the place of that row.
      @type {{part: string, row: string, at: number} | null} */
  let left = null;

  /** @param {Element} part */
  function rowsOf(part) {
    /** @type {Element[]} */
    return Array.prototype.slice.call(part.querySelectorAll(ROWS));
  }

  document.addEventListener("htmx:before:swap", function () {
    const from = document.activeElement;
    const row = from && from.closest(ROWS);
    const around = (row || from || document.body).parentElement;
    const part = around && around.closest("[id]");
    left = part && { part: part.id, row: row ? row.id : "", at: row ? rowsOf(part).indexOf(row) : -1 };
  });

  document.addEventListener("htmx:after:swap", function () {
    const part = left && document.getElementById(left.part);
    if (!left || !part || document.activeElement !== document.body) return;
    const rows = rowsOf(part);
    const same = left.row && document.getElementById(left.row);
    const from = same || rows[Math.min(left.at, rows.length - 1)] || part;
    left = null;
    const next = from.querySelector("button, summary") || from.querySelector("a[href]");
    if (next instanceof HTMLElement) next.focus();
  });
})();
