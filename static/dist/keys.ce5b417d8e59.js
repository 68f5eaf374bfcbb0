(function () {
  "use strict";

  const CARD = "a.card, a.now";

  function across(cards, from, up) {
    const here = from.getBoundingClientRect();
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

  function target(key, from) {
    const list = from.closest("ul, ol");
    if (!list) return;
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
