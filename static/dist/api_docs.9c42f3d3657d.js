(function () {
  "use strict";

  const place = document.querySelector("[data-api-docs]");
  if (!(place instanceof HTMLElement)) return;
  const schema = place.dataset.schema || "";
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
    page.Redoc.init(schema, { disableSearch: true, nativeScrollbars: true }, place);
  }
})();
