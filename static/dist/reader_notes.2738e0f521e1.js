
const main = document.querySelector("[data-reader]");
const GONE = [404, 409, 410, 422];

if (main instanceof HTMLElement) begin(main);

function begin(main) {
  const { reader = "", keep = "" } = main.dataset;
  const gone = document.querySelector("[data-gone]");

  document.addEventListener("reader:saved", (event) => {
    if (!(event instanceof CustomEvent)) return;
    const { place, page } = event.detail;
    const old = main.querySelector(".reader-note");
    if (old) old.remove();
    if (place.page <= page) return;
    const words = place.device ? main.dataset.elsewhereOn : main.dataset.elsewhere;
    const note = document.createElement("p");
    const link = document.createElement("a");
    note.className = "reader-note";
    note.setAttribute("role", "status");
    link.href = reader + "?page=" + place.page + keep;
    link.textContent = String(words).replace("{page}", String(place.page)).replace("{device}", place.device);
    note.appendChild(link);
    main.insertBefore(note, main.firstChild);
  });

  document.addEventListener("reader:refused", (event) => {
    if (event instanceof CustomEvent && GONE.indexOf(event.detail.status) >= 0) say();
  });

  document.addEventListener("reader:lost", async () => {
    const answer = await fetch(reader + "/views?page=1" + keep, { credentials: "same-origin" }).catch(() => null);
    if (answer && GONE.indexOf(answer.status) >= 0) say();
  });

  function say() {
    if (gone) gone.removeAttribute("hidden");
  }
}
