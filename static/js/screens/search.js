/* htmx fills the list under the box; this walks and closes it. */
(function () {
  "use strict";

  function enliven(find) {
    const box = find.querySelector("[type=search]");
    const list = find.querySelector("[role=listbox]");
    let at = -1;

    const options = () => list.querySelectorAll("a");

    function choose(next) {
      options().forEach(function (option, place) {
        option.id = list.id + "-" + place;
        option.setAttribute("aria-selected", place === next);
        if (place === next) option.scrollIntoView({ block: "nearest" });
      });
      at = next;
      box.setAttribute("aria-activedescendant", at < 0 ? "" : list.id + "-" + at);
    }

    function show(open) {
      list.hidden = !open;
      box.setAttribute("aria-expanded", open);
      choose(-1);
    }

    box.setAttribute("role", "combobox");
    show(false);
    new MutationObserver(function () {
      show(document.activeElement === box && list.childElementCount > 0);
    }).observe(list, { childList: true });

    box.addEventListener("keydown", function (event) {
      const many = options().length;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && many) {
        if (list.hidden) show(true);
        choose(at < 0 && step < 0 ? many - 1 : (at + step + many) % many);
      } else if (event.key === "Escape" && !list.hidden) show(false);
      else if (event.key === "Enter" && at >= 0) options()[at].click();
      else return;
      event.preventDefault();
    });
    find.addEventListener("focusout", function (event) {
      if (!find.contains(event.relatedTarget)) show(false);
    });
  }

  const finds = document.querySelectorAll("[data-find]");
  finds.forEach(enliven);
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.target.closest("input,textarea,select")) return;
    finds.forEach(function (find) {
      if (!find.offsetParent) return;
      event.preventDefault();
      find.querySelector("[type=search]").focus();
    });
  });
})();
