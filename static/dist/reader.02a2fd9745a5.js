
const own = document.querySelector("script[data-modules]");
const LATEST = 1500;

let isBrought = false;

if (own) whenSeen(document.querySelector("[data-view] img"), bring);

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
