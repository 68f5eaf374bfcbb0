/* Choosing many series: the boxes and buttons work without this. With it the number of chosen ones
   is said, Shift chooses all between two boxes, "All" ticks without a reload, Escape leaves. */
(function () {
  "use strict";

  /** @param {HTMLFormElement} form */
  function enliven(form) {
    /** @type {HTMLInputElement | null} */
    let last = null;
    const count = form.querySelector("[data-count]");
    const all = form.querySelector("[data-all]");
    const empty = count ? count.textContent : "";

    /** @returns {HTMLInputElement[]} */
    function boxes() {
      return Array.prototype.slice.call(form.querySelectorAll("input[name=series]"));
    }

    function tell() {
      const chosen = boxes().filter((box) => box.checked).length;
      if (!count) return;
      const said = count.getAttribute("data-count") || "";
      count.textContent = chosen ? said.replace("#", String(chosen)) : empty;
    }

    /** @param {HTMLInputElement} box */
    function fill(box) {
      const every = boxes();
      const ends = [every.indexOf(box), last ? every.indexOf(last) : -1].sort((a, b) => a - b);
      if (ends[0] < 0) return;
      every.slice(ends[0], ends[1] + 1).forEach(function (one) {
        one.checked = box.checked;
      });
    }

    form.addEventListener("click", function (event) {
      const box = event.target;
      if (!(box instanceof HTMLInputElement) || box.name !== "series") return;
      if (event.shiftKey) fill(box);
      last = box;
      tell();
    });
    form.addEventListener("mousedown", function (event) {
      // Shift would select the titles between the two as text.
      if (event.shiftKey) event.preventDefault();
    });
    if (all) {
      all.addEventListener("click", function (event) {
        const every = boxes();
        const ticked = !every.every((box) => box.checked);
        event.preventDefault();
        every.forEach(function (box) {
          box.checked = ticked;
        });
        tell();
      });
    }
    document.addEventListener("keydown", function (event) {
      const leave = document.querySelector("[data-leave]");
      if (event.key !== "Escape" || document.querySelector("details[open]")) return;
      if (leave instanceof HTMLElement) leave.click();
    });
    tell();
  }

  document.querySelectorAll("form[data-select]").forEach(function (form) {
    if (form instanceof HTMLFormElement) enliven(form);
  });
})();
