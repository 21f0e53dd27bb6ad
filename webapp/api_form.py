"""The form of an API: what was typed into its fields, and the document that it makes, both ways. Pure.

A form is its fields as they were typed, by their names; rows of args and headers are numbered (`arg.0.name`). A field
that is not there stands at what a new API has. The problems of a form are found at its fields: a path names one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite, nan
from typing import Any, get_args

from flask_babel import gettext as _

from engine.call import BadArg, PastedCall, coerce, header_fault, url_fault
from engine.model import Api, Arg, ArgType, Invalid, Problem
from engine.plan.kinds import fits
from engine.script import BadSecret, whole_secret

from .arg_text import dumped
from .typed_duration import read_duration, written_duration
from .typed_json import read_json

Fields = Mapping[str, str]

ARG_TYPES: tuple[ArgType, ...] = get_args(ArgType)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
NEW: Fields = {"method": "GET", "timeout_s": "30 s", "interval": "5 s"}
"""What stands in a blank form."""
DURATIONS = ("timeout_s", "interval", "max_interval_s", "give_up_after_s")
NUMBERS = ("backoff", "jitter", "max_attempts", "max_concurrency")
_CHOICES = {"send": "", "follow_redirects": "", "idempotent": "", "on_unknown": "ask", "method": "GET"}
_ROW = {"arg": ("name", "type", "default"), "header": ("name", "value")}
_BLANK = {"type": "string"}
_NUMBERED = re.compile(r"(arg|header)\.([0-9]{1,4})\.(name|type|default|value)")
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_KEPT_TEXTS = frozenset({"string", "any"})
"""Types whose defaults may be text that does not look like JSON."""
_TAKEN = frozenset({"new"})
"""Ids that are addresses of ours."""
_OWN = frozenset({
    "_id", "desc", "method", "url", "args", "headers", "send", "timeout_s", "follow_redirects", "interval", "backoff",
    "max_interval_s", "jitter", "max_attempts", "give_up_after_s", "idempotent", "on_unknown", "max_concurrency",
    "result",
})  # fmt: skip
"""Fields of a document that the form has; all others are kept as they are."""


# -- rows --------------------------------------------------------------------------------------------


def rows(fields: Fields, kind: str) -> list[int]:
    """The numbers of the rows that are there, in order."""
    return sorted({int(found[2]) for name in fields if (found := _NUMBERED.fullmatch(name)) and found[1] == kind})


def row_field(kind: str, number: int, part: str) -> str:
    return f"{kind}.{number}.{part}"


def with_row(fields: Fields, kind: str) -> dict[str, str]:
    """One more, blank, behind the others."""
    number = max(rows(fields, kind), default=-1) + 1
    blank = {row_field(kind, number, part): _BLANK.get(part, "") for part in _ROW[kind]}
    return {**fields, **blank}


def without_row(fields: Fields, kind: str, number: int) -> dict[str, str]:
    gone = {row_field(kind, number, part) for part in _ROW[kind]}
    return {name: text for name, text in fields.items() if name not in gone}


def parameters(url: str) -> tuple[str, ...]:
    """The names in braces in a url."""
    return tuple(dict.fromkeys(_PARAMETER.findall(url)))


def with_parameters(fields: Fields) -> dict[str, str]:
    """With a row for each name in the url that has none yet."""
    found = dict(fields)
    there = {fields.get(row_field("arg", number, "name"), "").strip() for number in rows(fields, "arg")}
    for name in parameters(fields.get("url", "")):
        if name not in there:
            number = max(rows(found, "arg"), default=-1) + 1
            found |= _arg_row(number, name, "string", "")
    return found


# -- fields → document -------------------------------------------------------------------------------


def read_form(fields: Fields, kept: Mapping[str, Any] | None = None) -> tuple[Api | None, list[Problem]]:
    """The API, or None when too little can be read, and every problem; `kept`: the document that is edited."""
    reader = _Reader(fields)
    raw = reader.raw()
    others = {name: value for name, value in (kept or {}).items() if name not in _OWN}
    try:
        return Api.load(others | raw), reader.problems
    except Invalid as invalid:
        unread = {problem.path for problem in reader.problems}
        found = [Problem(field_of(problem.path, fields), problem.message, problem.hint) for problem in invalid.problems]
        return None, [*reader.problems, *(problem for problem in found if problem.path not in unread)]


def field_of(path: str, fields: Fields) -> str:
    """The field in which a problem of the document is mended: `args.age.type` in `arg.0.type`."""
    first, _dot, rest = path.partition(".")
    if first in ("args", "headers"):
        return _row_of(first.removesuffix("s"), rest, fields) or first
    return {"_id": "id"}.get(first, first)


def _row_of(kind: str, rest: str, fields: Fields) -> str:
    for number in rows(fields, kind):
        name = fields.get(row_field(kind, number, "name"), "").strip()
        if name and (rest == name or rest.startswith(f"{name}.")):
            part = {"val": "default", "type": "type"}.get(rest.removeprefix(name).lstrip("."), "name")
            return row_field(kind, number, part)
    return ""


class _Reader:
    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.problems: list[Problem] = []

    def raw(self) -> dict[str, Any]:
        raw: dict[str, Any] = {"_id": self.id(), "desc": self.text("desc"), "url": self.url()}
        raw |= {name: value for name, value in self.choices() if value is not None}
        raw |= {name: value for name in DURATIONS if (value := self.duration(name)) is not None}
        raw |= {name: value for name in NUMBERS if (value := self.number(name)) is not None}
        raw |= {"args": self.args(), "headers": self.headers()}
        if (sample := self.sample()) is not None:
            raw["result"] = sample
        return raw

    def text(self, name: str) -> str:
        return self.fields.get(name, "").replace("\r\n", "\n").strip()

    def wrong(self, field: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(field, message, hint))

    def id(self) -> str:
        id_ = self.text("id")
        if not id_:
            self.wrong("id", _("an API needs an id"), _("letters, digits, _ and -: steps call it by that name"))
        elif id_ in _TAKEN:
            self.wrong("id", _("%(id)s is an address of Stepline's own", id=id_), _("choose another id"))
        return id_

    def url(self) -> str:
        url = self.text("url")
        if not url:
            self.wrong("url", _("say where the call goes"), _("http:// or https://, a host and a path"))
        elif fault := url_fault(url):
            self.wrong("url", fault)
        return url

    def choices(self) -> Iterator[tuple[str, Any]]:
        said = {name: self.text(name) or otherwise for name, otherwise in _CHOICES.items()}
        yield "method", said["method"]
        yield "send", said["send"] or None
        yield "on_unknown", said["on_unknown"]
        yield "follow_redirects", said["follow_redirects"] == "yes"
        yield "idempotent", {"yes": True, "no": False}.get(said["idempotent"])

    def duration(self, name: str) -> float | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return read_duration(text)
        except ValueError:
            self.wrong(name, _("%(text)s is no length of time", text=text[:40]), _("such as 5 s, 10 min, 2 h or 1 d"))
            return None

    def number(self, name: str) -> float | None:
        text = self.text(name).removesuffix("%").strip()
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = nan
        if not isfinite(number):
            self.wrong(name, _("%(text)s is no number", text=text[:40]))
            return None
        return number / 100 if name == "jitter" else number

    def args(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number in rows(self.fields, "arg"):
            name = self.text(row_field("arg", number, "name"))
            type_, default = (self.text(row_field("arg", number, part)) for part in ("type", "default"))
            if not name and not default:
                continue  # a row that nobody has filled in
            if self.is_new_name("arg", number, name, found):
                found[name] = {"type": type_ or "any", "val": self.default(number, type_ or "any")}
        return found

    def is_new_name(self, kind: str, number: int, name: str, found: Iterable[str]) -> bool:
        field = row_field(kind, number, "name")
        if not name:
            self.wrong(field, _("it needs a name"), _("or remove the row"))
        elif name in found:
            self.wrong(field, _("%(name)s is there twice", name=name), _("rename one, or remove the row"))
        else:
            return True
        return False

    def default(self, number: int, type_: str) -> Any:
        """None where there is none; `\"\"` is an empty text."""
        field = row_field("arg", number, "default")
        text = self.text(field)
        if not text or type_ not in ARG_TYPES:
            return None
        try:
            return default_of(text, type_)
        except (BadArg, Invalid) as error:
            said = str(error) if isinstance(error, BadArg) else error.problems[0].message
            self.wrong(field, said, _("or leave it empty: then a task has to give it"))
            return None

    def headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for number in rows(self.fields, "header"):
            name, value = (self.text(row_field("header", number, part)) for part in ("name", "value"))
            if not (name or value) or not self.is_new_name("header", number, name, found):
                continue
            if fault := header_fault(name, value):
                self.wrong(row_field("header", number, "name"), fault)
            found[name] = value
        return found

    def sample(self) -> Any:
        text = self.text("result")
        if not text:
            return None
        try:
            return read_json("result", text, "")
        except Invalid:
            self.wrong("result", _json_trouble(text), _("paste an answer, or send a test call and use what comes back"))
            return None


def default_of(text: str, type_: str) -> Any:
    """A default as it is typed; a secret may be of any type, it is put in when the call is made.

    Raises `BadArg`, `Invalid`.
    """
    if _is_secret(text.strip()):
        return text.strip()
    if type_ in _KEPT_TEXTS and not _looks_like_json(text, type_):
        return text
    return read_json("default", text, "") if type_ in _KEPT_TEXTS else coerce(text, type_)


def _is_secret(text: str) -> bool:
    try:
        return whole_secret(text) is not None
    except BadSecret:
        return False


def _looks_like_json(text: str, type_: str) -> bool:
    """A text of its own may be written in quotes; what may be anything is JSON where it is some."""
    if type_ == "string":
        return text.startswith('"') and text.endswith('"') and len(text) > 1 and fits_json(text)
    return fits_json(text)


def fits_json(text: str) -> bool:
    try:
        read_json("", text, "")
    except Invalid:
        return False
    return True


def _json_trouble(text: str) -> str:
    """With the line and the column."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        said = {"line": error.lineno, "column": error.colno, "what": error.msg.lower()}
        return _("line %(line)s, column %(column)s: %(what)s", **said)
    except (ValueError, RecursionError):
        pass
    return _("this is no JSON that can be kept: it is too deep, or has a number that JSON lacks")


# -- document → fields -------------------------------------------------------------------------------


def fields_of(api: Api) -> dict[str, str]:
    """The fields that would make this API."""
    fields = {"id": api.id, "desc": api.desc, "method": api.method, "url": api.url, "send": api.send or ""}
    fields |= {"follow_redirects": "yes" if api.follow_redirects else "", "on_unknown": api.on_unknown}
    fields["idempotent"] = {True: "yes", False: "no"}.get(api.idempotent, "") if api.idempotent is not None else ""
    for name in DURATIONS:
        fields[name] = "" if getattr(api, name) is None else written_duration(getattr(api, name))
    for name in NUMBERS:
        fields[name] = _number_text(name, getattr(api, name))
    for number, (name, arg) in enumerate(api.args.items()):
        fields |= _arg_row(number, name, arg.type, default_text(arg))
    for number, (name, value) in enumerate(api.headers.items()):
        fields |= {row_field("header", number, "name"): name, row_field("header", number, "value"): value}
    return fields | {"result": "" if api.result is None else sample_text(api.sample)}


def _number_text(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value * 100:.10g}" if name == "jitter" else f"{value:.10g}"


def _arg_row(number: int, name: str, type_: str, default: str) -> dict[str, str]:
    texts = {"name": name, "type": type_, "default": default}
    return {row_field("arg", number, part): text for part, text in texts.items()}


def default_text(arg: Arg) -> str:
    """As it is typed: reading it gives the default again."""
    if arg.val is None:
        return ""
    if isinstance(arg.val, str) and (arg.type not in _KEPT_TEXTS or _is_itself(arg.val, arg.type)):
        return arg.val
    return dumped(arg.val)


def _is_itself(text: str, type_: str) -> bool:
    return bool(text) and text == text.strip() and not _looks_like_json(text, type_)


def sample_text(sample: Any) -> str:
    return json.dumps(sample, indent=2, ensure_ascii=False)


def fields_from(pasted: PastedCall, fields: Fields) -> dict[str, str]:
    """The form with what a pasted command says in place of what it said before; id, retries and sample stay."""
    found = {name: text for name, text in fields.items() if not _NUMBERED.fullmatch(name)}
    found |= {"method": pasted.method, "url": pasted.url, "send": pasted.send or ""}
    found["follow_redirects"] = "yes" if pasted.follow_redirects else ""
    if pasted.timeout_s:
        found["timeout_s"] = written_duration(pasted.timeout_s)
    for number, (name, value) in enumerate(pasted.args.items()):
        kind = _kind(value)
        found |= _arg_row(number, name, kind, default_text(Arg(type=kind, val=value)))
    for number, (name, value) in enumerate(pasted.headers.items()):
        found |= {row_field("header", number, "name"): name, row_field("header", number, "value"): value}
    return with_parameters(found)


def _kind(value: Any) -> ArgType:
    kinds: tuple[tuple[ArgType, Callable[[Any], bool]], ...] = (
        ("bool", lambda one: isinstance(one, bool)),
        ("int", lambda one: isinstance(one, int)),
        ("float", lambda one: isinstance(one, float)),
        ("string", lambda one: isinstance(one, str)),
        ("list", lambda one: isinstance(one, list)),
        ("object", lambda one: isinstance(one, dict)),
    )
    return next((kind for kind, is_one in kinds if is_one(value) and fits(kind, value)), "any")
