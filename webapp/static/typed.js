// What is typed while a form is being checked is not in the answer. A morph leaves it in a field that stays; where another
// kind of field takes that one's place, as an editor does once an arg is said to be code, it is put there, with the cursor.
(() => {
  "use strict";
  const TEXTS = "input:not([type=hidden], [type=checkbox], [type=radio]), textarea";
  let typed = [], writing = "";

  function formOf({ sourceElement, request }) {
    return sourceElement instanceof HTMLFormElement && request.body?.get ? sourceElement : null;
  }

  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const form = formOf(ctx), sent = ctx.request.body;
    if (!form) return;
    const changed = [...form.elements].filter((one) => one.matches(TEXTS) && sent.has(one.name) && sent.get(one.name) !== one.value);
    typed = changed.map((field) => ({ field, name: field.name, text: field.value }));
    writing = document.activeElement?.matches(TEXTS) ? document.activeElement.name : "";
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const form = formOf(ctx);
    if (!form) return;
    for (const { field, name, text } of typed) {
      const other = field.isConnected ? null : form.elements.namedItem(name);
      if (other?.matches?.(TEXTS) && other.value === ctx.request.body.get(name)) write(other, text);
    }
    const other = document.activeElement === document.body && writing && form.elements.namedItem(writing);
    if (other) writeOn(other);
    typed = [];
  });

  function writeOn(field) {
    const editor = field.closest("code-editor");
    if (editor) return editor.writeOn();
    field.focus();
    field.setSelectionRange?.(field.value.length, field.value.length);
  }

  function write(field, text) {
    field.value = text;
    field.closest("code-editor")?.follow?.();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
})();
