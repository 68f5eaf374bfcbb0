/* What may change by itself is fetched again when the server says so. A part names its topics in
   data-live="topic,topic" and how it is fetched in hx-get with hx-trigger="live". The connection is
   open only while the screen is seen, and each time it opens everything is fetched again. Where a part
   that came later names another topic, it opens anew. */
(function () {
  "use strict";

  /** @type {EventSource | null} */
  let source = null;
  /** What it tells of.
      @type {string[]} */
  let heard = [];
  /** What is fetched once its open menu is closed: it would close under one's finger.
      @type {Element[]} */
  let late = [];

  /** @param {Element} part */
  function topicsOf(part) {
    return (part.getAttribute("data-live") || "").split(",");
  }

  /** @param {string} topic */
  function fetchAgain(topic) {
    document.querySelectorAll("[data-live]").forEach(function (part) {
      if (topic !== "*" && topicsOf(part).indexOf(topic) < 0) return;
      if (part.querySelector("details.menu[open]")) late.push(part);
      else part.dispatchEvent(new Event("live"));
    });
  }

  function wanted() {
    /** @type {string[]} */
    const asked = [];
    document.querySelectorAll("[data-live]").forEach(function (part) {
      topicsOf(part).forEach(function (topic) {
        const said = "topic=" + encodeURIComponent(topic);
        if (topic && asked.indexOf(said) < 0) asked.push(said);
      });
    });
    return asked;
  }

  function open() {
    if (source || document.hidden) return;
    heard = wanted();
    if (!heard.length) return;
    source = new EventSource("/events?" + heard.join("&"));
    source.addEventListener("changed", function (event) {
      fetchAgain(event.data);
    });
    source.onerror = function () {
      if (!source || source.readyState !== 2) return; // it tries again by itself
      close();
      setTimeout(open, 30000);
    };
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  if (!window.EventSource) return;
  document.addEventListener(
    "toggle",
    function (event) {
      if (event.target instanceof HTMLDetailsElement && event.target.open) return;
      const waiting = late;
      late = [];
      waiting.forEach(function (part, at) {
        if (waiting.indexOf(part) === at) part.dispatchEvent(new Event("live"));
      });
    },
    true
  );
  document.addEventListener("htmx:after:swap", function () {
    const isMore = wanted().some(function (topic) {
      return heard.indexOf(topic) < 0;
    });
    if (!isMore) return;
    close();
    open();
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) close();
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
})();
