/** The API's addresses, as /openapi.json has them, each with a form to try it. */

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  // Of a token that was typed in nothing stays.
  persistAuthorization: false,
  // It would ask another site.
  validatorUrl: null,
  requestInterceptor: (request) => {
    // Who is signed in by a cookie may change something from here.
    request.headers["X-WattStream"] = "1";
    return request;
  },
});
