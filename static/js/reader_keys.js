/* Keys. Each does what a control on the screen does; the sheet of all keys opens by ? or H, and what
   somebody chose for an action takes the place of its usual keys. */

const main = document.querySelector("[data-reader]");
const sheet = /** @type {HTMLElement | null} */ (document.querySelector("[data-key-sheet]"));

if (main instanceof HTMLElement) begin(main);

/** @param {HTMLElement} main */
function begin(main) {
  const isStrip = main.classList.contains("strip");
  const isRtl = main.dataset.mode === "rtl";
  const scroller = isStrip ? main : /** @type {HTMLElement} */ (main.querySelector(".scroller"));

  /** @param {string} way */
  const turn = (way) => click('[data-turn="' + way + '"]');
  /** @param {number} pixels */
  const scroll = (pixels) => scroller.scrollBy(0, pixels);
  /** @param {number} way */
  function screenful(way) {
    const before = scroller.scrollTop;
    scroller.scrollTop += way * scroller.clientHeight * 0.9;
    if (Math.abs(scroller.scrollTop - before) < 2) turn(way > 0 ? "next" : "previous");
  }
  /** @param {number} page */
  function go(page) {
    const asked = new CustomEvent("reader:go", { cancelable: true, detail: { page } });
    if (document.dispatchEvent(asked)) location.assign(main.dataset.reader + "?page=" + page + main.dataset.keep);
  }
  /** @param {number} by */
  const zoom = (by) => document.dispatchEvent(new CustomEvent("reader:zoom", { detail: { by } }));
  /** @param {string} name @param {string} value */
  function like(name, value) {
    const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-quick]"));
    if (!form) return;
    const view = document.querySelector("[data-view]");
    const set = (/** @type {string} */ key, /** @type {string} */ text) => {
      const input = /** @type {HTMLInputElement} */ (form.elements.namedItem(key));
      input.value = text;
    };
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.appendChild(input);
    set("page", String((view instanceof HTMLElement && view.dataset.page) || 1));
    form.submit();
  }
  /** @param {string} name @param {string[]} values */
  const cycle = (name, values) => () => like(name, values[(values.indexOf(String(main.dataset[name])) + 1) % values.length]);

  /** @type {Record<string, () => void>} */
  const acts = {
    left: () => turn(isRtl ? "next" : "previous"),
    right: () => turn(isRtl ? "previous" : "next"),
    up: () => (main.dataset.mode === "vertical" ? turn("previous") : scroll(-120)),
    down: () => (main.dataset.mode === "vertical" ? turn("next") : scroll(120)),
    next: () => screenful(1),
    previous: () => screenful(-1),
    "next-page": () => (isStrip ? screenful(1) : turn("next")),
    "previous-page": () => (isStrip ? screenful(-1) : turn("previous")),
    first: () => go(1),
    last: () => go(Number(main.dataset.pages)),
    "next-chapter": () => leave(main.dataset.nextChapter),
    "previous-chapter": () => leave(main.dataset.previousChapter),
    menu: () => document.dispatchEvent(new CustomEvent("reader:bars")),
    fullscreen,
    help: () => sheet && toggle(sheet),
    "go-to-page": goToPage,
    bookmark: () => click("[data-act=bookmark]"),
    closer: () => zoom(1.25),
    farther: () => zoom(0.8),
    whole: () => zoom(0),
    scale: cycle("scale", ["screen", "width", "shrink-width", "height", "original"]),
    layout: cycle("layout", ["single", "double-cover", "double"]),
    shift: () => like("shift", main.dataset.shift === "yes" ? "no" : "yes"),
    "mode-ltr": () => like("mode", "ltr"),
    "mode-rtl": () => like("mode", "rtl"),
    "mode-vertical": () => like("mode", "vertical"),
    "mode-webtoon": () => like("mode", "webtoon"),
    "auto-scroll": () => document.dispatchEvent(new CustomEvent("reader:auto-scroll")),
    close: () => (sheet && !sheet.hidden ? toggle(sheet) : leave(main.dataset.back)),
  };
  /** Key → action, as the server wrote it into the sheet. @type {Record<string, string>} */
  const keys = {};
  if (sheet) {
    sheet.querySelectorAll("[data-key]").forEach((one) => {
      keys[String(one.getAttribute("data-key")).toLowerCase()] = String(one.getAttribute("data-does"));
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target && target.closest("input, select, textarea, [contenteditable]")) return;
    const isOnControl = target && target.closest("a, button, summary");
    if (isOnControl && (event.key === "Enter" || (event.key === " " && !target.closest("[data-turn], .zone")))) return;
    const name = event.key === " " ? "space" : event.key.toLowerCase();
    const does = keys[(event.shiftKey && name.length > 1 ? "shift+" : "") + name];
    if (!does || !acts[does]) return;
    event.preventDefault();
    acts[does]();
  });

  // Buttons that only scripts can serve are shown by them.
  document.querySelectorAll("[data-press]").forEach((one) => {
    const does = String(one.getAttribute("data-press"));
    if (does === "fullscreen" && !document.documentElement.requestFullscreen) return;
    one.removeAttribute("hidden");
    one.addEventListener("click", acts[does]);
  });

  if (sheet) sheet.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-act=close-sheet]")) toggle(sheet);
  });

  function goToPage() {
    if (!document.body.classList.contains("with-bars")) document.dispatchEvent(new CustomEvent("reader:bars"));
    const picker = document.getElementById("page-n");
    if (picker) picker.focus();
  }
}

/** @param {string} selector */
function click(selector) {
  for (const one of Array.from(document.querySelectorAll(selector))) {
    if (one instanceof HTMLElement && !one.hidden) return one.click();
  }
}

/** @param {string | undefined} address */
function leave(address) {
  if (address) location.assign(address);
}

function fullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => 0);
}

/** @type {Element | null} */
let before = null;
/** @param {HTMLElement} sheet */
function toggle(sheet) {
  sheet.hidden = !sheet.hidden;
  if (sheet.hidden) {
    if (before instanceof HTMLElement) before.focus();
  } else {
    before = document.activeElement;
    sheet.focus();
  }
}
