
const body = document.body;
const main = document.querySelector("[data-reader]");

if (main instanceof HTMLElement) begin(main);

function begin(main) {
  const isStrip = main.classList.contains("strip");
  const chapter = String(main.dataset.reader).split("/").pop();

  const are = () => (isStrip ? !body.classList.contains("bars-off") : body.classList.contains("with-bars"));
  function bars(on) {
    if (location.hash === "#bars") history.replaceState(null, "", location.pathname + location.search);
    if (isStrip) body.classList.toggle("bars-off", !on);
    else body.classList.toggle("with-bars", on);
    const first = document.querySelector(".reader-bar a");
    if (!on && document.activeElement && document.activeElement.closest(".reader-bar")) main.focus();
    if (on && first instanceof HTMLElement && keyboard) first.focus();
  }
  let keyboard = false;
  addEventListener("keydown", () => (keyboard = true), true);
  addEventListener("pointerdown", () => (keyboard = false), true);

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const act = target && target.closest("[data-act=menu]");
    if (act) {
      event.preventDefault();
      bars(!are());
    } else if (isStrip && target && target.closest(".strip-page")) bars(!are());
  });
  document.addEventListener("reader:bars", () => bars(!are()));
  document.addEventListener("reader:shown", () => bars(false));

  const came = document.referrer.indexOf(location.origin + "/read/") === 0;
  if (!came && !isStrip && !body.classList.contains("is-bare")) body.classList.add("with-bars");
  if (isStrip) stripBars();
  scrubber();
  refresh();
  awake();

  function stripBars() {
    let before = main.scrollTop;
    main.addEventListener("scroll", () => {
      if (Math.abs(main.scrollTop - before) < 48) return;
      bars(main.scrollTop < before);
      before = main.scrollTop;
    }, { passive: true });
  }

  function scrubber() {
    const picker = document.getElementById("page-n");
    const pages = Number(main.dataset.pages);
    const label = picker && picker.parentElement && picker.parentElement.querySelector("label");
    if (!picker || !label || pages < 2) return;
    const range = document.createElement("input");
    range.type = "range";
    range.className = "scrub";
    range.min = "1";
    range.max = String(pages);
    range.value = /** @type {HTMLInputElement} */ (picker).value;
    range.dir = main.dataset.mode === "rtl" ? "rtl" : "ltr";
    range.setAttribute("aria-label", String(main.dataset.scrub));
    const preview = document.createElement("img");
    preview.className = "preview";
    preview.alt = "";
    preview.width = 160;
    preview.height = 240;
    preview.hidden = true;
    body.appendChild(preview);
    picker.parentElement.querySelectorAll(".grow").forEach((one) => one.remove());
    picker.parentElement.insertBefore(range, label);
    let timer = 0;
    range.addEventListener("input", () => {
      /** @type {HTMLInputElement} */ (picker).value = range.value;
      clearTimeout(timer);
      timer = setTimeout(() => {
        preview.src = "/chapters/" + chapter + "/pages/" + range.value + "?w=320&q=low&v=" + main.dataset.revision;
        preview.hidden = false;
      }, 60);
    });
    range.addEventListener("change", () => {
      clearTimeout(timer);
      preview.hidden = true;
      go(Number(range.value));
    });
    for (const name of ["reader:shown", "reader:page"]) {
      document.addEventListener(name, (event) => {
        if (event instanceof CustomEvent) range.value = String(event.detail.page);
      });
    }
  }

  function go(page) {
    const asked = new CustomEvent("reader:go", { cancelable: true, detail: { page } });
    if (document.dispatchEvent(asked)) location.assign(main.dataset.reader + "?page=" + page + main.dataset.keep);
  }

  function refresh() {
    const every = Number(main.dataset.refresh);
    if (!every) return;
    document.addEventListener("reader:shown", (event) => {
      if (!(event instanceof CustomEvent) || event.detail.turns % every) return;
      body.classList.add("is-flashing");
      setTimeout(() => body.classList.remove("is-flashing"), 120);
    });
  }

  function awake() {
    const lock = /** @type {any} */ (navigator).wakeLock;
    if (!lock) return;
    const ask = () => document.visibilityState === "visible" && lock.request("screen").catch(() => 0);
    document.addEventListener("visibilitychange", ask);
    document.addEventListener("pointerdown", ask, { once: true });
  }
}
