
const side = document.querySelector("[data-side]");

if (side instanceof HTMLElement && "fetch" in window) begin(side);

function begin(side) {
  let opener = null;

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = target && isPlain && target.closest("a[data-act=settings], [data-side] .tabs a");
    if (link instanceof HTMLAnchorElement) {
      event.preventDefault();
      if (link.dataset.act) opener = link;
      if (link.dataset.act && !side.hidden) shut();
      else show(link.href);
    } else if (target && (target.closest("[data-side-shut]") || (!side.hidden && !side.contains(target)))) {
      event.preventDefault();
      event.stopPropagation();
      shut();
    }
  }, true);

  side.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") shut();
  });

  async function show(address) {
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const box = answer.ok && made.querySelector(".settings-box");
      const place = side.querySelector("[data-side-place]");
      if (!box || !place) throw new Error(String(answer.status));
      place.textContent = "";
      place.appendChild(document.importNode(box, true));
      side.hidden = false;
      side.scrollTop = 0;
      side.focus();
    } catch (error) {
      location.assign(address);
    }
  }

  function shut() {
    side.hidden = true;
    if (opener) opener.focus();
  }
}
