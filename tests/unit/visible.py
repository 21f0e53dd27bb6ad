"""The texts of a template that a person reads and that no translation reaches: not wrapped in `_()`.

A template is read as it stands: its expressions become marks in the HTML, and each is judged where it stands, in a text
or in an attribute that is read out. What an expression calls is trusted, unless it hands over a sentence of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

READ = frozenset({"alt", "aria-label", "data-confirm", "data-due", "data-label", "hx-confirm", "placeholder", "title"})
"""Attributes that show, or are spoken."""
DATA = frozenset({"code", "kbd", "pre", "script", "style", "svg"})
NAMES = frozenset(
    {"Stepline", "JSON", "UTC", "HTTP", "API", "APIs", "CSV", "URL", "ID", "curl", "TLS", "true", "false", "null"}
)
"""The same in every language."""
TRANSLATE = frozenset({"_", "gettext", "ngettext"})
SILENT = frozenset({"icon", "live", "url_for"})
"""What they are given is for machines."""
_MARK = re.compile("\ue000(\\d+)\ue001")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ENVIRONMENT = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])


def unwrapped(source: str) -> list[str]:
    html, expressions = _with_marks(source)
    reader = _Reader()
    reader.feed(html)
    reader.close()
    said = list(filter(_is_text, (_MARK.sub(" ", text) for text in reader.shown)))
    said += [text for number in reader.marks() for text in _said_by(expressions[number], at_the_end=True)]
    said += [text for one in expressions for text in _said_by(one, at_the_end=False) if text not in said]
    return [" ".join(text.split()) for text in said]


def unfilled(source: str) -> list[str]:
    """Texts with a placeholder that the template gives no value: they cannot be written at all."""
    calls = _ENVIRONMENT.parse(source).find_all(nodes.Call)
    asked = [call for call in calls if getattr(call.node, "name", "") in ("_", "gettext") and not call.kwargs]
    texts = [call.args[0].value for call in asked if call.args and isinstance(call.args[0], nodes.Const)]
    return [text for text in texts if "%(" in text]


def _with_marks(source: str) -> tuple[str, list[nodes.Node]]:
    """The HTML alone, and what stood in each `{{ … }}`; statements leave a blank behind, and are expressions too."""
    html, expressions, inside = [], [], ""
    for _line, kind, text in _ENVIRONMENT.lex(source):
        if kind == "data":
            html.append(text)
        elif kind in ("variable_begin", "block_begin"):
            inside = text
        elif kind in ("variable_end", "block_end"):
            expressions.append(_parsed(inside + text))
            html.append(f"\ue000{len(expressions) - 1}\ue001" if kind == "variable_end" else "")
        else:
            inside += text
    return "".join(html), expressions


def _parsed(part: str) -> nodes.Node:
    """A statement is closed so that it can be read alone; one that only closes or continues says nothing."""
    inner = part.strip("{}%- \n")
    kind = inner.partition(" ")[0]
    if part.startswith("{{") or kind in ("set", "include", "extends", "from", "import"):
        return _ENVIRONMENT.parse(part)
    opens = {"elif": "if", "if": "if", "for": "for", "macro": "macro", "call": "call"}
    if kind not in opens:
        return nodes.Template([], lineno=1)
    opened = f"{{% {inner.replace(kind, opens[kind], 1)} %}}"
    return _ENVIRONMENT.parse(opened + f"{{% end{opens[kind]} %}}")


class _Reader(HTMLParser):
    """Gathers what is shown, and spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self._in_data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._read(attrs)
        if tag in DATA:
            self._in_data.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._read(attrs)

    def _read(self, attrs: list[tuple[str, str | None]]) -> None:
        """What a field for code has as its example is code."""
        is_code = "code" in (dict(attrs).get("class") or "").split()
        told = READ - {"placeholder"} if is_code else READ
        self.shown += [value for name, value in attrs if name in told and value]

    def handle_endtag(self, tag: str) -> None:
        if self._in_data and self._in_data[-1] == tag:
            self._in_data.pop()

    def handle_data(self, data: str) -> None:
        if not self._in_data:
            self.shown.append(data)

    def marks(self) -> list[int]:
        return [int(number) for text in self.shown for number in _MARK.findall(text)]


def _said_by(node: nodes.Node, *, at_the_end: bool) -> Iterator[str]:
    """Texts that the expression itself writes; or sentences that stand anywhere in it, as handed to a macro."""
    for text in _results(node) if at_the_end else _texts(node):
        if _is_text(text) and (at_the_end or " " in text.strip()):
            yield text


def _results(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        yield str(node.value) if isinstance(node.value, str) else ""
    elif isinstance(node, nodes.CondExpr):
        yield from _results(node.expr1)
        yield from _results(node.expr2) if node.expr2 else ()
    elif isinstance(node, nodes.Filter) and node.node:
        yield from _results(node.node)
    elif isinstance(node, (nodes.Template, nodes.Output, nodes.Concat, nodes.Or, nodes.And, nodes.Add)):
        for child in node.iter_child_nodes():
            yield from _results(child)


def _texts(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Compare):
        return
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in TRANSLATE | SILENT:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in [node.value] if isinstance(node, nodes.Pair) else node.iter_child_nodes():
        yield from _texts(child)


def _is_text(text: str) -> bool:
    """Markup that a macro writes into a tag is none."""
    return '="' not in text and bool(set(_WORD.findall(text)) - NAMES)
