(function () {
  "use strict";

  function closeAllBut(kept) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== kept) menu.removeAttribute("open");
    });
  }

  document.addEventListener("click", function (event) {
    closeAllBut(event.target instanceof Element ? event.target.closest("details.menu") : null);
  });

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
