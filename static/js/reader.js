/* Brings the modules of the reader once the first page is seen: it needs none of them, and on a weak
   device it comes sooner alone. Each stands by itself; without any, every button works. */

const own = document.querySelector("script[data-modules]");
const LATEST = 1500;
const MOST_KEYS = 5;

let isBrought = false;
const early = [];

document.addEventListener("keydown", remember);
if (own) whenSeen(document.querySelector("[data-view] img"), bring);

/** The frame after the picture has come is the one that shows it. Where it takes long it is waited for
    no longer. @param {Element | null} picture @param {() => void} act */
function whenSeen(picture, act) {
  const soon = () => requestAnimationFrame(() => setTimeout(act));
  setTimeout(act, LATEST);
  if (!(picture instanceof HTMLImageElement) || picture.complete) return soon();
  picture.addEventListener("load", soon);
  picture.addEventListener("error", soon);
}

function bring() {
  if (isBrought) return;
  isBrought = true;
  let last;
  for (const address of String(own.getAttribute("data-modules")).split(" ")) {
    last = document.createElement("script");
    last.type = "module";
    last.async = false;
    last.src = address;
    document.body.appendChild(last);
  }
  last.addEventListener("load", pressAgain);
  last.addEventListener("error", pressAgain);
}

/** What is pressed before the keys are here counts once they are. @param {KeyboardEvent} event */
function remember(event) {
  if (early.length < MOST_KEYS && !event.repeat) early.push(event);
}

function pressAgain() {
  document.removeEventListener("keydown", remember);
  for (const { target, key, shiftKey, ctrlKey, metaKey, altKey } of early) {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, ctrlKey, metaKey, altKey, bubbles: true, cancelable: true }));
  }
}
