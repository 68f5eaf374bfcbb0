/* Fingers and the wheel: a swipe turns, two fingers or a double tap look closer, one finger then moves
   the page about. Without this taps on the page areas still turn it. */

const stage = document.querySelector(".stage[data-reader]");
const SWIPE = 48;
const CLOSEST = 6;

if (stage instanceof HTMLElement) begin(stage);

/** @param {HTMLElement} stage */
function begin(stage) {
  const isRtl = stage.dataset.mode === "rtl";
  const isDown = stage.dataset.mode === "vertical";
  const scroller = /** @type {HTMLElement} */ (stage.querySelector(".scroller"));
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let start = { x: 0, y: 0 };
  let scale = 1;
  let x = 0;
  let y = 0;
  let moved = false;
  let wasTwo = false;
  let lastTap = { x: 0, y: 0, at: -1000 };

  const view = () => /** @type {HTMLElement} */ (stage.querySelector("[data-view]"));
  const scrolls = () => scroller.scrollWidth > scroller.clientWidth + 1 || scroller.scrollHeight > scroller.clientHeight + 1;

  function draw() {
    const box = stage.getBoundingClientRect();
    const room = (/** @type {number} */ length) => (length * (scale - 1)) / 2;
    x = Math.max(-room(box.width), Math.min(room(box.width), x));
    y = Math.max(-room(box.height), Math.min(room(box.height), y));
    view().style.transform = scale === 1 ? "" : "translate(" + x + "px," + y + "px) scale(" + scale + ")";
    stage.classList.toggle("is-close", scale > 1);
  }

  /** The point of the page under the finger stays there. @param {number} to @param {number} atX @param {number} atY */
  function zoom(to, atX, atY) {
    const box = stage.getBoundingClientRect();
    const next = Math.max(1, Math.min(CLOSEST, to));
    const fromX = atX - box.left - box.width / 2;
    const fromY = atY - box.top - box.height / 2;
    x = fromX - ((fromX - x) * next) / scale;
    y = fromY - ((fromY - y) * next) / scale;
    scale = next;
    draw();
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 1) {
      start = { x: event.clientX, y: event.clientY };
      moved = wasTwo = false;
    } else wasTwo = moved = true;
  });

  addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const old = { x: finger.x, y: finger.y };
    if (fingers.size === 2) {
      const other = Array.from(fingers.entries()).filter(([id]) => id !== event.pointerId)[0][1];
      const before = Math.hypot(old.x - other.x, old.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (before > 0) zoom((scale * after) / before, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
    } else if (scale > 1) {
      x += event.clientX - old.x;
      y += event.clientY - old.y;
      draw();
    }
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > 10) moved = true;
  });

  /** @param {PointerEvent} event */
  function up(event) {
    if (!fingers.delete(event.pointerId) || fingers.size || wasTwo) return;
    const acrossBy = event.clientX - start.x;
    const downBy = event.clientY - start.y;
    if (event.pointerType !== "mouse" && scale === 1 && !scrolls()) swipe(acrossBy, downBy);
  }

  /** @param {number} across @param {number} down */
  function swipe(across, down) {
    const along = isDown ? down : across;
    const beside = isDown ? across : down;
    if (Math.abs(along) < SWIPE || Math.abs(along) < 1.5 * Math.abs(beside)) return;
    const isNext = isDown ? along < 0 : along < 0 !== isRtl;
    const button = /** @type {HTMLElement | null} */ (stage.querySelector('[data-turn="' + (isNext ? "next" : "previous") + '"]'));
    if (button) button.click();
  }
  addEventListener("pointerup", up);
  addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));

  // What was a swipe or a look closer is no tap; two taps in one place are a look closer.
  stage.addEventListener("click", (event) => {
    if (!event.isTrusted) return;
    const isZone = event.target instanceof Element && event.target.closest("[data-turn]");
    if (moved || (scale > 1 && isZone)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    moved = false;
    const isClose = Math.hypot(event.clientX - lastTap.x, event.clientY - lastTap.y) < 30;
    const isDouble = isClose && event.timeStamp - lastTap.at < 300 && (!isZone || scale > 1);
    lastTap = { x: event.clientX, y: event.clientY, at: isDouble ? -1000 : event.timeStamp };
    if (isDouble) {
      event.preventDefault();
      event.stopImmediatePropagation();
      zoom(scale > 1 ? 1 : 2.5, event.clientX, event.clientY);
      // The first of the two called the bars, or sent them away.
      if (!isZone) document.dispatchEvent(new CustomEvent("reader:bars"));
    }
  }, true);

  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && scale === 1) return;
    event.preventDefault();
    zoom(scale * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }, { passive: false });

  /** How many times as large as it is; 0 is the whole page. */
  document.addEventListener("reader:zoom", (event) => {
    if (!(event instanceof CustomEvent)) return;
    const box = stage.getBoundingClientRect();
    zoom(scale * event.detail.by, box.left + box.width / 2, box.top + box.height / 2);
  });

  // Looked at closer, the page is moved about by the arrows.
  document.addEventListener("keydown", (event) => {
    if (scale === 1 || event.key.indexOf("Arrow") !== 0 || event.ctrlKey) return;
    if (event.target instanceof Element && event.target.closest("input, select")) return;
    x += { ArrowLeft: 80, ArrowRight: -80 }[event.key] || 0;
    y += { ArrowUp: 80, ArrowDown: -80 }[event.key] || 0;
    draw();
    event.stopImmediatePropagation();
    event.preventDefault();
  }, true);

  document.addEventListener("reader:shown", () => {
    scale = 1;
    x = y = 0;
    draw();
  });
}
