/* The description of the API, drawn by Swagger UI or Redoc. Both come from this server and ask no other. */
(function () {
  "use strict";

  const place = document.querySelector("[data-api-docs]");
  if (!(place instanceof HTMLElement)) return;
  const schema = place.dataset.schema || "";
  /** @type {any} */
  const page = window;

  if (place.dataset.apiDocs === "swagger") {
    page.SwaggerUIBundle({
      url: schema,
      domNode: place,
      deepLinking: true,
      validatorUrl: null,
      queryConfigEnabled: false,
      defaultModelsExpandDepth: 0,
    });
  } else {
    // Its search would need a worker made of text, which our policy refuses.
    page.Redoc.init(schema, { disableSearch: true, nativeScrollbars: true }, place);
  }
})();
