(function () {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials || !window.fetch) return;

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const found = new Uint8Array(plain.length);
    for (let at = 0; at < plain.length; at += 1) found[at] = plain.charCodeAt(at);
    return found;
  }

  function text(buffer) {
    if (!buffer) return undefined;
    const plain = String.fromCharCode.apply(null, Array.prototype.slice.call(new Uint8Array(buffer)));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function unpacked(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    ["excludeCredentials", "allowCredentials"].forEach(function (name) {
      (options[name] || []).forEach(function (/** @type {any} */ one) {
        one.id = bytes(one.id);
      });
    });
    return options;
  }

  function packed(credential) {
    const answer = credential.response;
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: {
        clientDataJSON: text(answer.clientDataJSON),
        attestationObject: text(answer.attestationObject),
        authenticatorData: text(answer.authenticatorData),
        signature: text(answer.signature),
        userHandle: text(answer.userHandle),
        transports: answer.getTransports ? answer.getTransports() : [],
      },
    });
  }

  async function fill(form) {
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token"));
    const answer = await fetch(form.getAttribute("data-options") || "", {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRF-Token": token.value },
    });
    if (answer.ok && (answer.headers.get("content-type") || "").indexOf("json") > 0) {
      const publicKey = unpacked(await answer.json());
      const found = await (form.getAttribute("data-passkey") === "create"
        ? navigator.credentials.create({ publicKey })
        : navigator.credentials.get({ publicKey }));
      const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
      field.value = packed(found);
    }
    form.submit();
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    const box = form.closest("[data-passkey-box]");
    const said = form.querySelector("[data-passkey-said]");
    if (!(form instanceof HTMLFormElement) || !(box instanceof HTMLElement)) return;
    box.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (said) said.textContent = "";
      fill(form).catch(function () {
        if (said) said.textContent = said.getAttribute("data-passkey-said");
      });
    });
  });
  document.querySelectorAll("[data-passkey-none]").forEach(function (words) {
    if (words instanceof HTMLElement) words.hidden = true;
  });
})();
