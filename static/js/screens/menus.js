/* Menus are <details> and open without this. With it only one is open at a time, and Escape or a
   touch elsewhere closes it; and of a row of tabs that is too long, the current one is in view. */
(function () {
  "use strict";

  /** @param {Element | null} kept */
  function closeAllBut(kept) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== kept) menu.removeAttribute("open");
    });
  }

  document.addEventListener("click", function (event) {
    closeAllBut(event.target instanceof Element ? event.target.closest("details.menu") : null);
  });

  // On a narrow screen the row of tabs is longer than it: the one that one is at is seen.
  document.querySelectorAll(".tabs [aria-current]").forEach(function (tab) {
    const row = tab.parentElement;
    if (row && tab instanceof HTMLElement) row.scrollLeft = tab.offsetLeft - row.offsetLeft - 48;
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || !document.activeElement) return;
    const menu = document.activeElement.closest("details.menu[open]");
    closeAllBut(null);
    const summary = menu && menu.querySelector("summary");
    if (summary) summary.focus();
  });
})();
