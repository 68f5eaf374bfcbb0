/* Codes that are shown once can be kept without this: as a text file, by hand, by the browser's menu.
   With it one button copies them and another prints them. */
(function () {
  "use strict";

  const list = document.querySelector("[data-codes]");
  const copy = document.querySelector("[data-copy-codes]");
  const print = document.querySelector("[data-print]");

  /** @returns {string} */
  function codes() {
    const items = list ? Array.prototype.slice.call(list.querySelectorAll("li")) : [];
    return items.map((item) => item.textContent).join("\n");
  }

  if (copy instanceof HTMLElement && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(codes()).then(function () {
        const word = copy.querySelector("span");
        if (word) word.textContent = copy.getAttribute("data-copied");
      });
    });
  }

  if (print instanceof HTMLElement && typeof window.print === "function") {
    print.hidden = false;
    print.addEventListener("click", function () {
      window.print();
    });
  }
})();
