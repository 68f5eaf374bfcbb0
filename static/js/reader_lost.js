/* A picture that does not come gives way to a grey box with Retry. Without this the browser shows the
   words that stand for the picture. */

const box = /** @type {HTMLTemplateElement | null} */ (document.querySelector("template[data-lost]"));

document.addEventListener("error", (event) => {
  const image = event.target;
  if (box && image instanceof HTMLImageElement && image.closest("[data-view]")) lose(image, box);
}, true);

// What failed before anybody listened.
document.querySelectorAll("[data-view] img").forEach((image) => {
  if (box && image instanceof HTMLImageElement && image.complete && !image.naturalWidth && !image.loading.includes("lazy")) lose(image, box);
});

/** @param {HTMLImageElement} image @param {HTMLTemplateElement} box */
function lose(image, box) {
  const picture = image.closest("picture");
  if (!picture || !picture.parentNode) return;
  const lost = document.importNode(box.content, true).firstElementChild;
  const retry = lost && lost.querySelector("[data-retry]");
  if (!lost || !retry) return;
  picture.parentNode.replaceChild(lost, picture);
  document.dispatchEvent(new CustomEvent("reader:lost"));
  explain(image.src, lost);
  retry.addEventListener("click", () => {
    const again = /** @type {HTMLElement} */ (picture.cloneNode(true));
    again.querySelectorAll("source").forEach((one) => one.remove());
    const fresh = again.querySelector("img");
    if (fresh) fresh.src = image.src + (image.src.indexOf("?") < 0 ? "?" : "&") + "again=" + Date.now();
    if (lost.parentNode) lost.parentNode.replaceChild(again, lost);
  });
}

/** What the server says about the picture, in place of our guess: one plain sentence.
    @param {string} address @param {Element} lost */
async function explain(address, lost) {
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    const words = lost.querySelector("[data-why]");
    const isSentence = String(answer.headers.get("content-type")).indexOf("text/plain") === 0;
    if (!answer.ok && isSentence && words) words.textContent = await answer.text();
  } catch (error) {
    // It is told already that the picture did not arrive.
  }
}
