/* What is shown once can be kept without this: by hand, as a file, by the browser's menu. With it one
   button copies what `data-copy` names (the value of a field, or the lines of a list), another prints. */
(function () {
  "use strict";

  /** @param {Element} thing @returns {string} */
  function words(thing) {
    if (thing instanceof HTMLInputElement || thing instanceof HTMLTextAreaElement) return thing.value;
    const lines = Array.prototype.slice.call(thing.querySelectorAll("li"));
    return lines.length ? lines.map((line) => line.textContent).join("\n") : thing.textContent || "";
  }

  /** @param {Element} button */
  function offerCopy(button) {
    const thing = document.getElementById(button.getAttribute("data-copy") || "");
    if (!(button instanceof HTMLElement) || !thing) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(words(thing).trim()).then(function () {
        const word = button.querySelector("span");
        if (word) word.textContent = button.getAttribute("data-copied");
      });
    });
  }

  if (navigator.clipboard) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-copy]"), offerCopy);
  }

  const print = document.querySelector("[data-print]");
  if (print instanceof HTMLElement && typeof window.print === "function") {
    print.hidden = false;
    print.addEventListener("click", function () {
      window.print();
    });
  }
})();
