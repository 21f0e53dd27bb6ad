// Makes an editor for scripts and JSON of every <code-editor> (templates/components/editor.html). The textarea in it
// stays the truth: it is what is sent, and all there is without this script. The editor lives in a shadow root, so that
// its styles need no leave of the content security policy, and it follows what the server says in its attributes:
//   data-problems  [{"line": 1, "column": 3, "message": "…"}, …]  shown where they are
//   data-complete  {"result": {…}, …}, a value for each name that may be read: its paths are offered while typing
import {
  acceptCompletion, autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, defaultKeymap,
  drawSelection,
  EditorState, EditorView, forceLinting, HighlightStyle, highlightSpecialChars, history, historyKeymap, indentUnit,
  indentWithTab, json, jsonParseLinter, keymap, LanguageSupport, linter, lintKeymap, Annotation, Compartment, placeholder,
  pythonLanguage, setDiagnostics, startCompletion, syntaxHighlighting, tags,
} from "./vendor/codemirror.min.js";

const FROM_FIELD = Annotation.define(); // such a change came from the textarea, and is not told to it
const FUNCTIONS = ["len", "any", "all", "sum", "min", "max", "sorted", "int", "float", "str", "bool", "round", "abs"];
const WORDS = ["and", "or", "not", "in", "is", "None", "True", "False", "if", "else", "for", "return"];
const PATH = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]*|\[\d*\]?|\["[^"\]]*"?\]?)*$/u;
const STEP = /\.?([\p{L}_][\p{L}\p{N}_]*)|\[(\d+)\]|\["([^"]*)"\]/uy;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const SHOWN = 40;

// -- what is offered while typing

function within(value, key) {
  if (Array.isArray(value)) return value[/^\d+$/.test(key) ? Math.min(Number(key), value.length - 1) : key];
  return value !== null && typeof value === "object" && Object.hasOwn(value, key) ? value[key] : undefined;
}

function keysOf(path) {
  const keys = [];
  STEP.lastIndex = 0;
  for (let found = STEP.exec(path); found; found = STEP.exec(path)) keys.push(found[1] ?? found[2] ?? found[3]);
  return keys;
}

function shown(value) {
  const text = JSON.stringify(value) ?? "";
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text;
}

function optionsOf(value) {
  if (Array.isArray(value)) return value.length ? [{ label: "[0]", detail: shown(value[0]), type: "property" }] : [];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).map(([key, item]) => (
    { label: `.${key}`, detail: shown(item), type: "property", apply: NAME.test(key) ? `.${key}` : `[${JSON.stringify(key)}]` }
  ));
}

const words = (list, type) => list.map((label) => ({ label, type }));

function offered(names) {
  const roots = Object.entries(names).map(([label, value]) => ({ label, detail: shown(value), type: "variable", boost: 9 }));
  const others = [...words(FUNCTIONS, "function"), ...words(WORDS, "keyword")];
  return (context) => {
    const path = context.matchBefore(PATH);
    if (!path) return context.explicit ? { from: context.pos, options: [...roots, ...others] } : null;
    const cut = Math.max(path.text.lastIndexOf("."), path.text.lastIndexOf("["));
    if (cut < 0) return { from: path.from, options: [...roots, ...others], validFor: NAME };
    const value = keysOf(path.text.slice(0, cut)).reduce(within, names);
    return { from: path.from + cut, options: optionsOf(value), validFor: /^(?:\.[\p{L}\p{N}_]*|\[.*)$/u };
  };
}

// -- how it looks: the variables of editor.css, which know the theme

const LOOK = EditorView.theme({
  "&": { color: "var(--code-text)", backgroundColor: "transparent", fontSize: "var(--code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", maxHeight: "24rem" },
  ".cm-content": { padding: "0.3125rem 0", minHeight: "calc(var(--code-lines, 1) * 1.5em + 0.625rem)", caretColor: "var(--code-text)" },
  ".cm-line": { padding: "0 0.5rem" },
  ".cm-cursor": { borderLeftColor: "var(--code-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--code-selection)" },
  ".cm-placeholder": { color: "var(--quiet)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--code-selection)" },
  ".cm-tooltip": { color: "var(--code-text)", backgroundColor: "var(--card)", border: "1px solid var(--line)", borderRadius: "0.5rem", boxShadow: "0 0.5rem 1.5rem rgb(0 0 0 / 0.18)", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "0.8125rem", maxHeight: "14rem" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "0.1875rem 0.625rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--code-text)", backgroundColor: "var(--code-selection)" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginLeft: "0.75rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic": { fontFamily: "system-ui, sans-serif", padding: "0.25rem 0.625rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1px", textUnderlineOffset: "0.2em" },
  ".cm-lintPoint::after": { borderBottomColor: "var(--bad)" },
});
const COLOURS = syntaxHighlighting(HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment], color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.propertyName, tags.function(tags.variableName)], color: "var(--code-property)" },
]));

// -- the element

function read(text, otherwise) {
  try { return text ? JSON.parse(text) : otherwise; } catch { return otherwise; }
}

function place(doc, { line, column }) {
  const found = doc.line(Math.min(Math.max(line || 1, 1), doc.lines));
  const from = Math.min(found.from + Math.max((column || 1) - 1, 0), found.to);
  const rest = doc.sliceString(from, found.to).match(/^[\p{L}\p{N}_.]+/u);
  if (!column) return { from: found.from, to: found.to };
  return { from, to: rest ? from + rest[0].length : Math.min(from + 1, found.to) };
}

class CodeEditor extends HTMLElement {
  static observedAttributes = ["data-problems", "data-complete"];
  #completion = new Compartment();
  #named = new Compartment();
  #view = null;

  get field() { return this.querySelector("textarea"); }

  connectedCallback() {
    if (this.#view || !this.field) return;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#view = new EditorView({ doc: this.field.value, root, parent: root, extensions: this.#extensions() });
    for (const label of this.field.labels) label.addEventListener("click", this.#toEditor);
    this.#tell();
    if (this.field.autofocus) this.#show();
  }

  // A move keeps all but where the browser's cursor stands: it would be taken for the reader's wish.
  connectedMoveCallback() {
    if (!this.busy) return;
    const { anchor, head } = this.#view.state.selection.main;
    const from = this.#view.domAtPos(anchor), to = this.#view.domAtPos(head);
    (this.shadowRoot.getSelection?.() ?? document.getSelection()).setBaseAndExtent(from.node, from.offset, to.node, to.offset);
  }

  // What is taken out and put in again, as a morph does, goes on where it was.
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#view?.destroy();
      this.#view = null;
    });
  }

  attributeChangedCallback(name) {
    if (!this.#view) return;
    if (name === "data-problems") this.#tell();
    else this.#offerAnew();
  }

  // Paths of an answer that was not known yet when somebody typed its name and a dot.
  #offerAnew() {
    this.#view.dispatch({ effects: this.#completion.reconfigure(this.#completing()) });
    const { state } = this.#view, { head } = state.selection.main;
    if (this.busy && state.sliceDoc(head - 1, head) === "." && !completionStatus(state)) startCompletion(this.#view);
  }

  focus() { this.#view ? this.#view.focus() : this.field?.focus(); }

  // For who has begun to write in the field that was here before.
  writeOn() {
    this.focus();
    this.#view?.dispatch({ selection: { anchor: this.#view.state.doc.length } });
  }

  get busy() { return Boolean(this.#view?.hasFocus); }

  // What the server put into the textarea, after it has answered.
  follow() {
    const text = this.field?.value ?? "", doc = this.#view?.state.doc;
    if (doc && doc.toString() !== text) this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: text }, annotations: FROM_FIELD.of(true) });
    if (doc) this.#view.dispatch({ effects: this.#named.reconfigure(this.#name()) });
    this.#tell();
  }

  #toEditor = (event) => { event.preventDefault(); this.focus(); };

  #show() {
    this.scrollIntoView({ block: "center" });
    this.focus();
  }

  #extensions() {
    const { editor, lines } = this.field.dataset;
    const several = editor === "json" || lines === "many";
    return [
      history(), drawSelection(), highlightSpecialChars(), bracketMatching(), closeBrackets(), indentUnit.of(editor === "json" ? "  " : "    "),
      EditorView.lineWrapping, LOOK, COLOURS,
      editor === "json" ? [json(), linter(jsonOrNothing)] : new LanguageSupport(pythonLanguage),
      this.#completion.of(this.#completing()), this.#named.of(this.#name()),
      this.field.placeholder ? placeholder(this.field.placeholder) : [],
      this.field.readOnly ? EditorState.readOnly.of(true) : [],
      EditorView.updateListener.of((update) => this.#changed(update)),
      keymap.of([
        ...closeBracketsKeymap, ...completionKeymap, { key: "Tab", run: acceptCompletion }, ...defaultKeymap, ...historyKeymap, ...lintKeymap,
        ...(several ? [indentWithTab] : []),
      ]),
    ];
  }

  #completing() {
    return this.field.dataset.editor === "json" ? [] : autocompletion({ override: [offered(read(this.dataset.complete, {}))], icons: false });
  }

  // The shadow root is out of reach of the page's labels.
  #name() {
    const { field } = this, label = field.getAttribute("aria-label") ?? field.labels[0]?.textContent.trim().replace(/\s+/g, " ") ?? "";
    return EditorView.contentAttributes.of({ "aria-label": label, "aria-invalid": field.getAttribute("aria-invalid") ?? "false", spellcheck: "false" });
  }

  #changed(update) {
    if (!update.docChanged || update.transactions.some((one) => one.annotation(FROM_FIELD))) return;
    this.field.value = update.state.doc.toString();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #tell() {
    const { state } = this.#view ?? {}, problems = read(this.dataset.problems, []);
    if (!state) return;
    if (this.field.dataset.editor === "json" && !problems.length) { forceLinting(this.#view); return; }
    this.#view.dispatch(setDiagnostics(state, problems.map((one) => ({ ...place(state.doc, one), severity: "error", message: one.message }))));
  }
}

const lintJson = jsonParseLinter();
const jsonOrNothing = (view) => (view.state.doc.toString().trim() ? lintJson(view) : []);

customElements.define("code-editor", CodeEditor);

const editors = () => document.querySelectorAll("code-editor");

// A morph leaves a textarea alone while it is typed in, which it cannot see of one in an editor: what the server knows is
// put there only where nothing has been typed since it last said something, or where it is the same.
globalThis.htmx?.registerExtension("code-editor", {
  htmx_before_morph_node: (old, { newNode }) =>
    !(old.tagName === "TEXTAREA" && old.closest("code-editor") && old.value !== old.defaultValue && newNode.value !== old.value),
});
document.addEventListener("htmx:after:swap", () => { for (const editor of editors()) editor.follow(); });
// A link to the field, such as a problem's, leads to what stands for it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  const editor = link && document.getElementById(decodeURIComponent(link.hash.slice(1)))?.closest("code-editor");
  if (!editor) return;
  event.preventDefault();
  for (let folded = editor.closest("details:not([open])"); folded; folded = folded.parentElement.closest("details:not([open])")) folded.open = true;
  editor.scrollIntoView({ block: "center" });
  editor.focus();
});
