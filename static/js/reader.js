/* Brings the modules of the reader once the first page is seen: it needs none of them, and on a weak
   device it comes sooner alone. Each stands by itself; without any, every button works. */

const own = document.querySelector("script[data-modules]");
const LATEST = 1500;

let isBrought = false;

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
  for (const address of String(own.getAttribute("data-modules")).split(" ")) {
    const script = document.createElement("script");
    script.type = "module";
    script.async = false;
    script.src = address;
    document.body.appendChild(script);
  }
}
