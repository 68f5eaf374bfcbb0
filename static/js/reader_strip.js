/* A strip goes on by itself: parts are fetched as the end comes near, those far away give their
   pictures back, and the page that is reached is saved. Without this each part has a button. */

const strip = document.querySelector(".strip[data-reader]");
const SAVE_AFTER = 800;
const KEPT_SCREENS = 8;
const PIXELS_A_SECOND = 20;

if (strip instanceof HTMLElement && "IntersectionObserver" in window) begin(strip);

/** @param {HTMLElement} strip */
function begin(strip) {
  const { reader = "", keep = "" } = strip.dataset;
  const form = /** @type {HTMLFormElement} */ (strip.querySelector(".strip-turn"));
  const pages = Number(strip.dataset.pages);
  /** What stood in the parts that are far away. @type {WeakMap<Element, string>} */
  const away = new WeakMap();
  let asking = false;
  let page = 0;
  let saved = 0;
  /** @type {number | undefined} */
  let timer;

  const parts = () => /** @type {HTMLElement[]} */ (Array.from(strip.querySelectorAll(".part")));
  const first = () => Number(parts()[0].dataset.page);
  const last = () => Number(parts()[parts().length - 1].dataset.lastPage);

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) restore(entry.target);
      else if (entry.target instanceof HTMLElement) putAway(entry.target);
    }
    more();
  }, { root: strip, rootMargin: KEPT_SCREENS * 100 + "% 0%" });

  /** It keeps its height, and nothing else: a picture that nobody holds costs no memory. What was lost
      stays, with the button that asks for it again. @param {HTMLElement} part */
  function putAway(part) {
    if (away.has(part) || part.contains(document.activeElement) || part.querySelector(".page-lost")) return;
    const { height } = part.getBoundingClientRect();
    if (!height) return;
    part.style.height = height + "px";
    away.set(part, part.innerHTML);
    part.textContent = "";
  }

  /** @param {Element} part */
  function restore(part) {
    const markup = away.get(part);
    if (markup === undefined || !(part instanceof HTMLElement)) return;
    away.delete(part);
    part.innerHTML = markup;
    part.style.height = "";
  }

  function more() {
    const room = KEPT_SCREENS * strip.clientHeight / 2;
    if (last() < pages && strip.scrollHeight - strip.scrollTop - strip.clientHeight < room) ask(last() + 1, true);
    else if (first() > 1 && strip.scrollTop < room) ask(first() - 1, false);
  }

  /** @param {number} from @param {boolean} isAfter */
  async function ask(from, isAfter) {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(reader + "/views?page=" + from + keep, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      take(await answer.text(), isAfter);
    } catch (error) {
      // The button below leads on.
      form.hidden = false;
    }
    asking = false;
  }

  /** @param {string} markup @param {boolean} isAfter */
  function take(markup, isAfter) {
    const made = new DOMParser().parseFromString(markup, "text/html");
    const known = new Set(parts().map((part) => part.dataset.page));
    const found = Array.from(made.querySelectorAll(".part"))
      .filter((part) => part instanceof HTMLElement && !known.has(part.dataset.page))
      .filter((part) => part instanceof HTMLElement && (Number(part.dataset.page) > last()) === isAfter);
    const height = strip.scrollHeight;
    const top = strip.scrollTop;
    const before = isAfter ? form : parts()[0];
    for (const part of found) {
      part.querySelectorAll("img").forEach((image) => image.setAttribute("loading", "lazy"));
      strip.insertBefore(part, before);
      near.observe(part);
    }
    if (!isAfter) strip.scrollTop = top + strip.scrollHeight - height;
    settle();
  }

  /** The buttons stand at the end of the chapter alone: between parts they would jump away from under
      the eye. Should a part not come, they lead on from where those on the screen end. */
  function settle() {
    form.hidden = last() < pages;
    const next = form.querySelector("[data-turn=next]");
    const previous = form.querySelector("[data-turn=previous]");
    if (next instanceof HTMLButtonElement) {
      next.value = String(last() + 1);
      if (last() >= pages) next.textContent = String(strip.dataset.finish);
    }
    if (previous instanceof HTMLButtonElement) previous.hidden = true;
    const place = form.querySelector("[data-place]");
    if (place instanceof HTMLElement) place.hidden = true;
  }

  let isLooking = false;
  function lookSoon() {
    if (isLooking) return;
    isLooking = true;
    requestAnimationFrame(look);
  }

  function look() {
    isLooking = false;
    // A part longer than the room before it crosses no other line on the way to its end.
    more();
    const foot = strip.getBoundingClientRect().bottom;
    let reached = page;
    for (const one of Array.from(strip.querySelectorAll("[data-strip-page]"))) {
      if (!(one instanceof HTMLElement)) continue;
      // A picture that did not come was not read.
      if (one.querySelector(".page-lost")) continue;
      const box = one.getBoundingClientRect();
      const isAtEnd = Number(one.dataset.stripPage) === pages;
      if (box.top < foot - (isAtEnd ? box.height - 4 : 1)) reached = Number(one.dataset.stripPage);
      else break;
    }
    if (reached === page) return;
    page = reached;
    history.replaceState(null, "", reader + "?page=" + page + keep);
    const picker = /** @type {HTMLInputElement | null} */ (document.getElementById("page-n"));
    if (picker) picker.value = String(page);
    mark(page);
    strip.dispatchEvent(new CustomEvent("reader:page", { bubbles: true, detail: { page } }));
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  }

  function said() {
    const data = new FormData(form);
    data.set("page", String(page));
    data.set("screen_width", String(Math.round(screen.width * devicePixelRatio)));
    data.set("screen_height", String(Math.round(screen.height * devicePixelRatio)));
    return data;
  }

  async function save() {
    if (page === saved || strip.hasAttribute("data-incognito")) return;
    const at = page;
    try {
      const answer = await fetch(reader + "/place", { method: "POST", body: said(), credentials: "same-origin", keepalive: true });
      if (!answer.ok) return tell("refused", { status: answer.status });
      saved = at;
      const place = await answer.json();
      const version = /** @type {HTMLInputElement} */ (form.elements.namedItem("version"));
      version.value = String(place.version);
      tell("saved", { place, page });
    } catch (error) {
      timer = setTimeout(save, 10 * SAVE_AFTER);
    }
  }

  /** @param {string} what @param {object} detail */
  const tell = (what, detail) => document.dispatchEvent(new CustomEvent("reader:" + what, { detail }));

  addEventListener("pagehide", () => {
    if (page && page !== saved && !strip.hasAttribute("data-incognito") && navigator.sendBeacon) navigator.sendBeacon(reader + "/place", said());
  });

  let isScrolling = false;
  document.addEventListener("reader:auto-scroll", () => {
    isScrolling = !isScrolling;
    let rest = 0;
    let before = performance.now();
    /** @param {number} now */
    const step = (now) => {
      if (!isScrolling) return;
      rest += (Math.max(0, now - before) / 1000) * PIXELS_A_SECOND * Number(strip.dataset.speed);
      strip.scrollTop += Math.floor(rest);
      rest -= Math.floor(rest);
      before = now;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  ["pointerdown", "wheel"].forEach((name) => strip.addEventListener(name, () => (isScrolling = false), { passive: true }));

  // A page that is here, or was, is scrolled to; any other comes with a screen of its own.
  document.addEventListener("reader:go", (event) => {
    const wanted = event instanceof CustomEvent ? Number(event.detail.page) : 0;
    const part = parts().find((one) => Number(one.dataset.page) <= wanted && wanted <= Number(one.dataset.lastPage));
    if (part) restore(part);
    const at = document.getElementById("p" + wanted);
    if (!at) return;
    event.preventDefault();
    at.scrollIntoView();
  });

  // Held the other way, the screen gives every part another height.
  let width = strip.clientWidth;
  addEventListener("resize", () => {
    if (strip.clientWidth === width) return;
    width = strip.clientWidth;
    parts().forEach((part) => {
      restore(part);
      near.unobserve(part);
      near.observe(part);
    });
  });

  const wanted = Number(new URLSearchParams(location.search).get("page")) || Number(strip.dataset.resume);
  const at = document.getElementById("p" + wanted);
  if (at && wanted > first()) at.scrollIntoView();
  // What has the focus is never put away.
  if (at && document.activeElement instanceof HTMLElement && at.contains(document.activeElement)) document.activeElement.blur();
  form.hidden = last() < pages;
  parts().forEach((part) => near.observe(part));
  strip.addEventListener("scroll", lookSoon, { passive: true });
  lookSoon();
}

/** The bookmark is that of the page in front. @param {number} page */
function mark(page) {
  const form = document.querySelector("form[data-mark]");
  const button = form && form.querySelector("button");
  if (!form || !button) return;
  const is = String(form.getAttribute("data-mark")).split(" ").indexOf(String(page)) >= 0;
  const base = String(form.getAttribute("action")).replace(/\/pages\/.*/, "/pages/");
  form.setAttribute("action", base + page + "/bookmark" + (is ? "/remove" : ""));
  button.setAttribute("aria-pressed", String(is));
}
