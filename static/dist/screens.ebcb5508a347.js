try {
(function () {
  "use strict";

  function words(thing) {
    if (thing instanceof HTMLInputElement || thing instanceof HTMLTextAreaElement) return thing.value;
    const lines = Array.prototype.slice.call(thing.querySelectorAll("li"));
    return lines.length ? lines.map((line) => line.textContent).join("\n") : thing.textContent || "";
  }

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
} catch (error) { setTimeout(function () { throw error; }); }
try {
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
} catch (error) { setTimeout(function () { throw error; }); }
try {
(function () {
  "use strict";

  let source = null;
  let heard = [];
  let late = [];

  function topicsOf(part) {
    return (part.getAttribute("data-live") || "").split(",");
  }

  function fetchAgain(topic) {
    document.querySelectorAll("[data-live]").forEach(function (part) {
      if (topic !== "*" && topicsOf(part).indexOf(topic) < 0) return;
      if (part.querySelector("details.menu[open]")) late.push(part);
      else part.dispatchEvent(new Event("live"));
    });
  }

  function wanted() {
    const asked = [];
    document.querySelectorAll("[data-live]").forEach(function (part) {
      topicsOf(part).forEach(function (topic) {
        const said = "topic=" + encodeURIComponent(topic);
        if (topic && asked.indexOf(said) < 0) asked.push(said);
      });
    });
    return asked;
  }

  function open() {
    if (source || document.hidden) return;
    heard = wanted();
    if (!heard.length) return;
    source = new EventSource("/events?" + heard.join("&"));
    source.addEventListener("changed", function (event) {
      fetchAgain(event.data);
    });
    source.onerror = function () {
      if (!source || source.readyState !== 2) return; // it tries again by itself
      close();
      setTimeout(open, 30000);
    };
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  if (!window.EventSource) return;
  document.addEventListener(
    "toggle",
    function (event) {
      if (event.target instanceof HTMLDetailsElement && event.target.open) return;
      const waiting = late;
      late = [];
      waiting.forEach(function (part, at) {
        if (waiting.indexOf(part) === at) part.dispatchEvent(new Event("live"));
      });
    },
    true
  );
  document.addEventListener("htmx:after:swap", function () {
    const isMore = wanted().some(function (topic) {
      return heard.indexOf(topic) < 0;
    });
    if (!isMore) return;
    close();
    open();
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) close();
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
})();
} catch (error) { setTimeout(function () { throw error; }); }
try {
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
} catch (error) { setTimeout(function () { throw error; }); }
try {
(function () {
  "use strict";

  const ROWS = "tbody > tr, ul.rows > li";
  let left = null;

  function rowsOf(part) {
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
} catch (error) { setTimeout(function () { throw error; }); }
try {
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
} catch (error) { setTimeout(function () { throw error; }); }
try {
(function () {
  "use strict";

  function enliven(form) {
    let last = null;
    const count = form.querySelector("[data-count]");
    const all = form.querySelector("[data-all]");
    const empty = count ? count.textContent : "";

    function boxes() {
      return Array.prototype.slice.call(form.querySelectorAll("input[name=series]"));
    }

    function tell() {
      const chosen = boxes().filter((box) => box.checked).length;
      if (!count) return;
      const said = count.getAttribute("data-count") || "";
      count.textContent = chosen ? said.replace("#", String(chosen)) : empty;
    }

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
} catch (error) { setTimeout(function () { throw error; }); }
