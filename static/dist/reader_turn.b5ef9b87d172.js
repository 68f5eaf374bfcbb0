
const stage = document.querySelector(".stage[data-reader]");
const form = stage && /** @type {HTMLFormElement | null} */ (stage.querySelector("form.turn"));
const SAVE_AFTER = 400;
const WAIT_AT_MOST = 4000;

if (stage instanceof HTMLElement && form) begin(stage, form);

function begin(stage, form) {
  const { reader = "", keep = "" } = stage.dataset;
  const isWeak = (navigator.hardwareConcurrency || 4) < 3 || Number(navigator["deviceMemory"] || 4) < 2;
  const ahead = Math.min(Number(stage.dataset.ahead), isWeak ? 2 : 10);
  const behind = Number(stage.dataset.behind);
  let views = [];
  let at = 0;
  let isAsking = false;
  let turns = 0;
  const fetched = new Map();
  let timer;
  let unsaved = false;

  const shown = () => /** @type {HTMLElement} */ (stage.querySelector("[data-view]"));
  const key = (/** @type {HTMLElement} */ view) => view.dataset.page + "." + view.dataset.step;
  const place = (/** @type {HTMLElement} */ view) =>
    "page=" + view.dataset.page + (view.dataset.step === "1" ? "" : "&step=" + view.dataset.step);

  async function ask() {
    if (isAsking) return;
    isAsking = true;
    try {
      const answer = await fetch(reader + "/views?" + place(shown()) + keep, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) take(await answer.text());
    } catch (error) {
    }
    isAsking = false;
  }

  function take(markup) {
    const made = new DOMParser().parseFromString(markup, "text/html");
    const here = shown();
    const known = new Map(views.map((view) => [key(view), view]));
    const found = Array.from(made.querySelectorAll("[data-view]"), (view) => {
      if (!(view instanceof HTMLElement)) return here;
      return key(view) === key(here) ? here : known.get(key(view)) || view;
    });
    views = found;
    at = Math.max(0, views.indexOf(here));
    preload();
  }

  function preload() {
    for (let step = 1; step <= Math.max(ahead, behind); step += 1) {
      if (step <= ahead && views[at + step]) get(views[at + step]);
      if (step <= behind && views[at - step]) get(views[at - step]);
    }
    for (const view of Array.from(fetched.keys())) {
      const distance = views.indexOf(view) - at;
      if (distance > ahead + 2 || distance < -behind - 2) fetched.delete(view);
    }
    const isNearEnd = views.length - at <= ahead && !views[views.length - 1].hasAttribute("data-is-last");
    if (isNearEnd || (at < 1 && Number(shown().dataset.page) > 1)) ask();
  }

  function get(view) {
    let promise = fetched.get(view);
    if (!promise) {
      document.adoptNode(view);
      const images = Array.from(view.querySelectorAll("img"));
      promise = Promise.all(images.map((image) => (image.decode ? image.decode().catch(() => 0) : 0)));
      promise.then(() => view.setAttribute("data-ready", ""));
      fetched.set(view, promise);
    }
    return promise;
  }

  async function turn(step) {
    const next = views[at + step];
    if (!next) return false;
    if (!next.hasAttribute("data-ready")) {
      const late = new Promise((done) => setTimeout(done, WAIT_AT_MOST));
      await Promise.race([get(next), late]);
      if (views[at + step] !== next) return true;
    }
    show(next, at + step);
    return true;
  }

  function show(view, index) {
    const old = shown();
    old.parentNode && old.parentNode.replaceChild(view, old);
    fetched.set(old, Promise.resolve());
    old.setAttribute("data-ready", "");
    at = index;
    turns += 1;
    history.replaceState(null, "", reader + "?" + place(view) + keep);
    point("next", views[at + 1]);
    point("previous", views[at - 1]);
    const picker = /** @type {HTMLInputElement | null} */ (document.getElementById("page-n"));
    if (picker) picker.value = String(view.dataset.page);
    mark(Number(view.dataset.page));
    const scroller = stage.querySelector(".scroller");
    if (scroller) scroller.scrollTop = scroller.scrollLeft = 0;
    const note = stage.querySelector(".reader-note");
    if (note) note.remove();
    stage.dispatchEvent(new CustomEvent("reader:shown", { bubbles: true, detail: { page: Number(view.dataset.page), turns } }));
    later();
    preload();
  }

  function point(way, view) {
    const words = way === "next" && !view ? stage.dataset.finish : stage.dataset[way];
    for (const one of Array.from(form.querySelectorAll('[data-turn="' + way + '"]'))) {
      if (!(one instanceof HTMLButtonElement)) {
        one.toggleAttribute("hidden", Boolean(view));
        continue;
      }
      one.value = view ? String(view.dataset.page) : String(Number(stage.dataset.pages) + 1);
      one.hidden = way === "previous" && !view;
      const label = one.querySelector(".sr");
      if (label) label.textContent = String(words);
      if (view && view.dataset.step !== "1") one.setAttribute("formaction", reader + "/turn?step=" + view.dataset.step + keep);
      else one.removeAttribute("formaction");
    }
  }

  function later() {
    if (stage.hasAttribute("data-incognito")) return;
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  }

  function said() {
    const data = new FormData(form);
    const view = shown();
    data.set("page", String(view.dataset.page));
    data.set("screen_width", String(Math.round(screen.width * devicePixelRatio)));
    data.set("screen_height", String(Math.round(screen.height * devicePixelRatio)));
    return { address: reader + "/place?step=" + view.dataset.step, data, page: Number(view.dataset.lastPage) };
  }

  function hear(place, page) {
    const version = /** @type {HTMLInputElement} */ (form.elements.namedItem("version"));
    version.value = String(place.version);
    tell("saved", { place, page });
  }

  const tell = (what, detail) => document.dispatchEvent(new CustomEvent("reader:" + what, { detail }));

  const hasFailed = () => shown().querySelector(".page-lost") !== null;

  async function save() {
    if (!unsaved || hasFailed()) return;
    unsaved = false;
    const { address, data, page } = said();
    try {
      const answer = await fetch(address, { method: "POST", body: data, credentials: "same-origin", keepalive: true });
      if (answer.ok) hear(await answer.json(), page);
      else tell("refused", { status: answer.status });
    } catch (error) {
      unsaved = true;
      timer = setTimeout(save, 10 * SAVE_AFTER);
    }
  }

  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-turn]") : null;
    if (!button || event.ctrlKey || event.metaKey) return;
    const step = button.getAttribute("data-turn") === "next" ? 1 : -1;
    if (!views[at + step]) return;
    event.preventDefault();
    turn(step);
  });

  document.addEventListener("reader:go", (event) => {
    const wanted = event instanceof CustomEvent ? Number(event.detail.page) : 0;
    const index = views.findIndex((view) => Number(view.dataset.page) <= wanted && wanted <= Number(view.dataset.lastPage));
    if (index < 0 || index === at) return;
    event.preventDefault();
    turn(index - at);
  });

  function leave() {
    if (!unsaved || hasFailed() || !navigator.sendBeacon) return;
    unsaved = false;
    const { address, data } = said();
    navigator.sendBeacon(address, data);
  }
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());

  if (document.readyState === "complete") ask();
  else addEventListener("load", ask);
}

function mark(page) {
  const form = document.querySelector("form[data-mark]");
  const button = form && form.querySelector("button");
  if (!form || !button) return;
  const is = String(form.getAttribute("data-mark")).split(" ").indexOf(String(page)) >= 0;
  const base = String(form.getAttribute("action")).replace(/\/pages\/.*/, "/pages/");
  form.setAttribute("action", base + page + "/bookmark" + (is ? "/remove" : ""));
  button.setAttribute("aria-pressed", String(is));
}
