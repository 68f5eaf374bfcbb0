/* Arrow keys walk the covers of a grid; "?" opens the list of keys. Tab reaches everything without. */
(function () {
  "use strict";

  const CARD = "a.card, a.now";

  /** The card nearest to the same place in the row above (or below).
   * @param {HTMLElement[]} cards @param {HTMLElement} from @param {boolean} up */
  function across(cards, from, up) {
    const here = from.getBoundingClientRect();
    /** @type {HTMLElement | undefined} */
    let best;
    let least = Infinity;
    cards.forEach(function (card) {
      const there = card.getBoundingClientRect();
      const down = (there.top - here.top) * (up ? -1 : 1);
      const far = down * 10 + Math.abs(there.left - here.left);
      if (down > 1 && far < least) {
        best = card;
        least = far;
      }
    });
    return best;
  }

  /** @param {string} key @param {HTMLElement} from */
  function target(key, from) {
    const list = from.closest("ul, ol");
    if (!list) return;
    /** @type {HTMLElement[]} */
    const cards = Array.prototype.slice.call(list.querySelectorAll(CARD));
    const at = cards.indexOf(from);
    const on = document.dir === "rtl" ? -1 : 1;
    if (key === "ArrowRight") return cards[at + on];
    if (key === "ArrowLeft") return cards[at - on];
    if (key === "ArrowDown" || key === "ArrowUp") return across(cards, from, key === "ArrowUp");
  }

  document.addEventListener("keydown", function (event) {
    const from = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !(from instanceof HTMLElement)) return;
    if (from.closest("input, textarea, select")) return;
    const keys = event.key === "?" && document.querySelector("a[data-keys]");
    const next = from.matches(CARD) && target(event.key, from);
    if (keys instanceof HTMLAnchorElement) keys.click();
    else if (next) next.focus();
    else return;
    event.preventDefault();
  });
})();
