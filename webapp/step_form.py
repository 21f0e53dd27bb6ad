"""The form of a step: what was typed into its fields, and the document that it makes, both ways. Pure.

A link and a key of the response have each a row; the order of the rows' numbers, as they are sent, is theirs. What a
document has beyond the fields of the form stays as it was: links are known by the id that they had (`was`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from engine.model import ID_PATTERN, Problem, Step

from .arg_text import EARLIER, TASK
from .link_kinds import LINK_KINDS, OWN_PARTS, USUAL, Declared, RowTexts, SaidArg, kind_of

SPAN_PARTS = ("day", "hour", "minute")
MOST_ROWS = 300
_ROW = re.compile(r"[0-9]{1,6}")
_NEW_ARG = {"name": "", "kind": EARLIER, "value": ""}
ArgsOf = Callable[[str, str], Declared]
"""The args of an `api` or a `system` of an id; none of what is not there."""
Raw = dict[str, Any]


@dataclass(frozen=True)
class StepForm:
    """`rows` are the numbers of the links, `outs` those of the response's keys, in order."""

    texts: Mapping[str, str]
    rows: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> StepForm:
        return cls(sent.to_dict(), _numbers(sent.getlist("row")), _numbers(sent.getlist("out")))

    def text(self, name: str) -> str:
        return self.texts.get(name, "").replace("\r\n", "\n")

    @property
    def id(self) -> str:
        return self.text("id").strip()

    def with_texts(self, texts: Mapping[str, str]) -> StepForm:
        return replace(self, texts={**self.texts, **texts})

    def row(self, row: str, args_of: ArgsOf) -> RowTexts:
        start, callee = f"link.{row}.", kind_of(self.op(row)).callee
        own = {name.removeprefix(start): text for name, text in self.texts.items() if name.startswith(start)}
        return RowTexts(own, args_of(callee, own.get("target", "").strip()) if callee else {})

    def op(self, row: str) -> str:
        said = self.text(f"link.{row}.op")
        return said if said in LINK_KINDS else USUAL

    def link_id(self, row: str) -> str:
        return self.text(f"link.{row}.id").strip() or self.text(f"link.{row}.target").strip()

    def out_row(self, out: str) -> str:
        """The link that a key of the response comes from."""
        said = self.text(f"out.{out}.from")
        return said if said in self.rows else ""

    def outs_of(self, row: str) -> tuple[str, ...]:
        """The keys of the response that come from a link."""
        return tuple(out for out in self.outs if self.out_row(out) == row)

    def is_blank(self, out: str) -> bool:
        return not any(self.text(f"out.{out}.{part}").strip() for part in ("key", "path"))


def _numbers(sent: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(_ROW.fullmatch, sent)))[:MOST_ROWS]


# -- fields → document -------------------------------------------------------------------------------


def read_step(form: StepForm, base: Raw, args_of: ArgsOf) -> tuple[Raw, list[Problem]]:
    """The document as far as it can be read, and what keeps it from being one that the model does not see itself.

    `base` is the document whose form this is, or that it is a copy of; empty for a new one.
    """
    links = [_link(form, row, base, args_of) for row in form.rows]
    own = {"_id": form.id, "desc": form.text("desc").strip(), "expect_span": _span(form, base)}
    document = {**base, **own, "checklink": links, "response": dict(_response(form, base))}
    return document, list(_form_problems(form, args_of))


def _link(form: StepForm, row: str, base: Raw, args_of: ArgsOf) -> Raw:
    was = _former(base, form.text(f"link.{row}.was"))
    call, op = was.get("api") or {}, form.op(row)
    kept = {name: value for name, value in (call.get("val") or {}).items() if name not in OWN_PARTS}
    val = {**kept, **kind_of(op).val(form.row(row, args_of))}
    condition = {**(was.get("condition") or {}), "val": form.text(f"link.{row}.condition").strip()}
    return {**was, "_id": form.link_id(row), "condition": condition, "api": {**call, "op": op, "val": val}}


def _former(base: Raw, link: str) -> Raw:
    return next((one for one in base.get("checklink", ()) if link and one.get("_id") == link), {})


def _span(form: StepForm, base: Raw) -> Raw:
    """As it stands when nobody has changed it; else the texts, which the model judges."""
    texts = {part: form.text(f"span.{part}").strip() for part in SPAN_PARTS}
    former = base.get("expect_span") or {}
    if texts == span_texts(former):
        return dict(former)
    parts = {**former, **{part: text or "0" for part, text in texts.items()}}
    return parts if texts["minute"] or "minute" in former else {**parts, "minute": None}


def _response(form: StepForm, base: Raw) -> Iterator[tuple[str, Raw]]:
    for out in form.outs:
        if not form.is_blank(out):
            was = (base.get("response") or {}).get(form.text(f"out.{out}.was")) or {}
            row = form.out_row(out)
            source = {"fromapi": form.link_id(row) if row else "", "key": form.text(f"out.{out}.path").strip()}
            yield form.text(f"out.{out}.key").strip(), {**was, **source}


def _form_problems(form: StepForm, args_of: ArgsOf) -> Iterator[Problem]:
    where = f"step.{form.id}"
    yield from _id_problems(form.id, f"{where}._id")
    for number, row in enumerate(form.rows):
        at = f"{where}.checklink[{number}]"
        target = form.text(f"link.{row}.target").strip()
        if kind_of(form.op(row)).callee and not target:
            yield Problem(f"{at}.api", _("it is not said what it calls"), _("choose from the list"))
        elif kind_of(form.op(row)).callee and not form.text(f"link.{row}.id").strip():
            yield from _id_problems(target, f"{at}.api")
        elif not form.link_id(row) or form.text(f"link.{row}.id").strip():
            yield from _id_problems(form.link_id(row), f"{at}._id")
    for number, row in enumerate(form.rows):
        if "args" in kind_of(form.op(row)).blocks:
            yield from _arg_problems(form.row(row, args_of).args, f"{where}.checklink[{number}].api.val.args")
    yield from _response_problems(form, where)


def _id_problems(id_: str, path: str) -> Iterator[Problem]:
    hint = _("an id has letters, digits, _ and - only, 64 at the most")
    if not id_:
        yield Problem(path, _("it has no id"), hint)
    elif not re.fullmatch(ID_PATTERN, id_):
        yield Problem(path, _("%(id)s is no id", id=repr(id_[:40])), hint)


def _arg_problems(args: tuple[SaidArg, ...], where: str) -> Iterator[Problem]:
    names = [arg.name for arg in args]
    for number, arg in enumerate(args):
        if arg.is_blank:
            continue
        if not arg.name:
            yield Problem(f"{where}[{number}].name", _("the value has no name"), _("name it, or remove the row"))
        elif arg.named and names.count(arg.name) > 1:
            message = _("two values are called %(key)s", key=arg.name)
            yield Problem(f"{where}[{number}].name", message, _("rename one of them"))
        if arg.said.kind in (TASK, EARLIER) and not arg.said.text.strip():
            hint = _("name the value, or remove the row") if arg.named else _("name the value, or choose “automatic”")
            yield Problem(f"{where}[{number}]", _("it is not said where it comes from"), hint)


def _response_problems(form: StepForm, where: str) -> Iterator[Problem]:
    keys = [form.text(f"out.{out}.key").strip() for out in form.outs if not form.is_blank(out)]
    for out in form.outs:
        if form.is_blank(out):
            continue
        key, at = form.text(f"out.{out}.key").strip(), f"{where}.response[{form.outs.index(out)}]"
        if not key:
            yield Problem(f"{at}.name", _("the value has no name"), _("name it, or remove the row"))
        elif keys.count(key) > 1:
            yield Problem(f"{at}.name", _("two values are called %(key)s", key=key), _("rename one of them"))
        if not form.out_row(out):
            yield Problem(f"{at}.fromapi", _("it is not said which call it comes from"), _("choose a call"))
        if not form.text(f"out.{out}.path").strip():
            hint = _("write a path such as result.name")
            yield Problem(f"{at}.key", _("it is not said what is read of the answer"), hint)


# -- document → fields -------------------------------------------------------------------------------


def form_of(document: Raw, args_of: ArgsOf) -> StepForm:
    """The fields that make this document."""
    links, response = document.get("checklink", []), document.get("response", {})
    rows = {link["_id"]: str(number) for number, link in reversed(list(enumerate(links)))}
    texts = {"id": document.get("_id", ""), "desc": document.get("desc", "")}
    texts |= {f"span.{part}": text for part, text in span_texts(document.get("expect_span", {})).items()}
    for number, link in enumerate(links):
        texts |= {f"link.{number}.{name}": text for name, text in _link_texts(link, args_of)}
    for number, (key, source) in enumerate(response.items()):
        out = {"was": key, "key": key, "from": rows.get(source["fromapi"], ""), "path": source["key"]}
        texts |= {f"out.{number}.{name}": text for name, text in out.items()}
    return StepForm(texts, tuple(map(str, range(len(links)))), tuple(map(str, range(len(response)))))


def _link_texts(link: Raw, args_of: ArgsOf) -> Iterator[tuple[str, str]]:
    call = link["api"]
    op, val = str(call["op"]), call.get("val") or {}
    yield from (("was", link["_id"]), ("id", link["_id"]), ("op", op), ("condition", link["condition"]["val"]))
    callee = kind_of(op).callee
    yield from kind_of(op).texts(val, args_of(callee, str(val.get("_id", ""))) if callee else {})


def span_texts(span: Raw) -> dict[str, str]:
    return {part: f"{span.get(part) or 0:.10g}" for part in SPAN_PARTS}


def stored(step: Step) -> Raw:
    """With the names of its kinds as text."""
    return step.to_json()


# -- changes of the form, by its buttons -------------------------------------------------------------


def with_link(form: StepForm, **texts: str) -> StepForm:
    row = _free(form.rows)
    added = {f"link.{row}.{name}": text for name, text in {"op": USUAL, **texts}.items()}
    return replace(form.with_texts(added), rows=(*form.rows, row))


def without_link(form: StepForm, row: str) -> StepForm:
    """The keys that came from it stay, and ask for another call."""
    texts = {name: text for name, text in form.texts.items() if not name.startswith(f"link.{row}.")}
    return replace(form, texts=texts, rows=tuple(one for one in form.rows if one != row))


def copied_link(form: StepForm, row: str) -> StepForm:
    """Right behind it, under an id of its own."""
    if row not in form.rows:
        return form
    start, free = f"link.{row}.", _free(form.rows)
    texts = {
        f"link.{free}.{name.removeprefix(start)}": text for name, text in form.texts.items() if name.startswith(start)
    }
    taken = {form.link_id(one) for one in form.rows}
    texts |= {f"link.{free}.id": free_name(form.link_id(row), taken), f"link.{free}.was": ""}
    at = form.rows.index(row) + 1
    return replace(form.with_texts(texts), rows=(*form.rows[:at], free, *form.rows[at:]))


def moved_link(form: StepForm, row: str, by: int) -> StepForm:
    if row not in form.rows:
        return form
    rest = [one for one in form.rows if one != row]
    rest.insert(min(max(form.rows.index(row) + by, 0), len(rest)), row)
    return replace(form, rows=tuple(rest))


def with_arg(form: StepForm, row: str) -> StepForm:
    """One more arg, for a link whose args are what its author names."""
    free = (f"+{number}" for number in range(1, len(form.texts) + 2))
    slot = next(slot for slot in free if f"link.{row}.kind.{slot}" not in form.texts)
    return form.with_texts({f"link.{row}.{part}.{slot}": text for part, text in _NEW_ARG.items()})


def without_arg(form: StepForm, row_and_slot: str) -> StepForm:
    row, _dot, slot = row_and_slot.partition(".")
    gone = {f"link.{row}.{part}.{slot}" for part in _NEW_ARG}
    return replace(form, texts={name: text for name, text in form.texts.items() if name not in gone})


def with_out(form: StepForm, row: str = "", path: str = "") -> StepForm:
    """A key of the response; of a path that was clicked it has the name of its last part."""
    out = next((one for one in form.outs if form.is_blank(one)), "") if path else ""
    outs = form.outs if out else (*form.outs, out := _free(form.outs))
    taken = {form.text(f"out.{one}.key").strip() for one in form.outs}
    key = free_name(_last_name(path), taken) if path else ""
    source = row if row in form.rows else form.rows[0] if len(form.rows) == 1 else ""
    texts = {f"out.{out}.was": "", f"out.{out}.key": key, f"out.{out}.from": source, f"out.{out}.path": path}
    return replace(form.with_texts(texts), outs=outs)


def without_out(form: StepForm, out: str) -> StepForm:
    return replace(form, outs=tuple(one for one in form.outs if one != out))


def free_name(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}{number}") not in taken)


def _last_name(path: str) -> str:
    names = re.findall(r"[^\W\d][\w-]*", path)
    return names[-1] if names else "value"


def _free(taken: tuple[str, ...]) -> str:
    return str(max(map(int, taken), default=-1) + 1)
