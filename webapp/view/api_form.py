"""The page on which an API is written: its rows, what is wrong and where, what its fields come to in words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.call import holds_credential, secret_instead
from engine.command import HARMLESS
from engine.model import Api, ApiUse, Problem
from engine.run import policy_of
from engine.store import Count
from webapp.api_form import Fields, parameters, read_form, row_field, rows

from .draft_place import ProblemLine
from .glance import bounded
from .library import Library
from .patience import first_waits, retry_sentence, tries_text

_AT_ROW = re.compile(r"(arg|header)\.([0-9]+)\.\w+")


@dataclass(frozen=True, slots=True)
class ArgRow:
    number: int
    name: str
    type: str
    default: str
    in_url: bool


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """`secret`: the reference that should stand there instead of a credential; empty when none does."""

    number: int
    name: str
    value: str
    secret: str


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who uses the API: what a change of it means to whom."""

    steps: tuple[str, ...]
    systems: tuple[tuple[str, str], ...]
    """Id and name."""
    running: Count
    running_text: str


@dataclass(frozen=True, slots=True)
class FormPage:
    args: tuple[ArgRow, ...]
    headers: tuple[HeaderRow, ...]
    problems: tuple[ProblemLine, ...]
    retry: str
    """How patiently it is called, as a sentence; empty while that cannot be read."""
    waits: tuple[str, ...]
    tries: str
    unknown: str
    """What becomes of a call that nobody answered."""
    sample_marks: tuple[Mapping[str, Any], ...]
    """Where the sample is no JSON, for the editor."""
    harmless: bool
    """Whether a call of its method changes nothing."""
    concerned: Concerned | None


def form_page(fields: Fields, problems: Iterable[Problem], concerned: Concerned | None) -> FormPage:
    patience = _patience(fields)
    policy = policy_of(ApiUse(id="any"), patience) if patience else None
    return FormPage(
        args=tuple(_arg_rows(fields)),
        headers=tuple(_header_rows(fields)),
        problems=tuple(_problem_line(problem, fields) for problem in problems),
        retry=retry_sentence(policy) if policy else "",
        waits=first_waits(policy) if policy else (),
        tries=tries_text(policy) if policy else "",
        unknown=unknown_text(patience) if patience else "",
        sample_marks=_json_marks(fields.get("result", "").replace("\r\n", "\n")),
        harmless=fields.get("method", "") in HARMLESS,
        concerned=concerned,
    )


def _json_marks(text: str) -> tuple[Mapping[str, Any], ...]:
    try:
        json.loads(text or "null")
    except json.JSONDecodeError as error:
        return ({"line": error.lineno, "column": error.colno - 1, "message": error.msg},)
    except (ValueError, RecursionError):
        return ({"line": 1, "column": 0, "message": ""},)
    return ()


def concerned_by(id_: str, library: Library, running: Count) -> Concerned:
    systems = library.systems_using_api.get(id_, ())
    named = tuple((system, library.systems[system].name or system) for system in systems)
    return Concerned(library.steps_using_api.get(id_, ()), named, running, bounded(running))


def unknown_text(api: Api) -> str:
    """R9 in plain words."""
    if api.repeatable:
        return _("When no reply comes, the call is simply made again.")
    if api.on_unknown == "retry":
        return _(
            "When no reply comes, the call is made again with the same Idempotency-Key, whatever the first one did."
        )
    return _(
        "When no reply comes, the call is not repeated: a person says what became of it, and the task waits for that."
    )


def _patience(fields: Fields) -> Api | None:
    """What the fields of patience say, whatever else is wrong."""
    own = ("interval", "backoff", "max_interval_s", "jitter", "max_attempts", "give_up_after_s")
    said = {name: fields.get(name, "") for name in (*own, "method", "idempotent", "on_unknown")}
    api, problems = read_form({**said, "id": "any", "url": "http://any"})
    return None if problems else api


def _arg_rows(fields: Fields) -> Iterator[ArgRow]:
    in_url = parameters(fields.get("url", ""))
    seen: set[str] = set()
    for number in rows(fields, "arg"):
        name, type_, default = (fields.get(row_field("arg", number, part), "") for part in ("name", "type", "default"))
        yield ArgRow(number, name, type_ or "any", default, name.strip() in in_url and name.strip() not in seen)
        seen.add(name.strip())


def _header_rows(fields: Fields) -> Iterator[HeaderRow]:
    for number in rows(fields, "header"):
        name, value = (fields.get(row_field("header", number, part), "") for part in ("name", "value"))
        bare = bool(value.strip()) and holds_credential(name) and "$$SECRET" not in value
        yield HeaderRow(number, name, value, secret_instead(name, value) if bare else "")


def _problem_line(problem: Problem, fields: Fields) -> ProblemLine:
    field = problem.path if is_field(problem.path, fields) else ""
    return ProblemLine(field, field_label(field, fields) or problem.path, problem.message, problem.hint)


def is_field(path: str, fields: Fields) -> bool:
    """Whether the form has a field of that name."""
    return path in fields or path in field_labels() or path.startswith("try.")


def field_label(field: str, fields: Fields) -> str:
    """What a person calls the field."""
    if found := _AT_ROW.fullmatch(field):
        name = fields.get(row_field(found[1], int(found[2]), "name"), "").strip()
        row = int(found[2]) + 1
        named: Mapping[str, str] = {
            "arg": _("Arg %(name)s", name=name) if name else _("Arg %(row)s", row=row),
            "header": _("Header %(name)s", name=name) if name else _("Header %(row)s", row=row),
        }
        return named[found[1]]
    if field.startswith("try."):
        name = fields.get(f"arg.{field.removeprefix('try.')}.name", "").strip()
        return _("Arg %(name)s", name=name)
    return field_labels().get(field, "")


def field_labels() -> dict[str, str]:
    return {
        "id": _("Id"), "desc": _("What it is for"), "method": _("Method"), "url": _("URL"),
        "send": _("Args are sent as"), "timeout_s": _("Time limit"), "follow_redirects": _("Redirects"),
        "max_concurrency": _("Calls at once"), "interval": _("First wait"), "backoff": _("Each wait is longer by"),
        "max_interval_s": _("Longest wait"), "jitter": _("Chance"), "max_attempts": _("Tries at most"),
        "give_up_after_s": _("Given up after"), "idempotent": _("May be repeated"), "on_unknown": _("With no reply"),
        "result": _("Sample of its answer"), "curl": _("curl command"), "sure": _("Send it"),
    }  # fmt: skip
