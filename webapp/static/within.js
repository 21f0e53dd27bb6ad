// A form that morphs what is in it picks that from the answer. htmx then asks for the whole page; the form is enough.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.select?.endsWith("> *")) ctx.request.headers["HX-Request-Type"] = "partial";
});
