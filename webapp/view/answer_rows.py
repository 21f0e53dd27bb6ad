"""How APIs and people answer in a rehearsal, as its form shows it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.model import Link, StepType
from engine.plan import Plan
from engine.rehearse import apis_of, links_of
from webapp.answer_lines import (
    ANSWER,
    FAILS,
    GIVEN,
    HOW,
    NO_REPLY,
    NOT_READY,
    SAMPLE,
    SCRIPT,
    SLOW,
    laid_out,
    line_texts,
    lines_in,
    script_text,
)
from webapp.form_fields import Fields
from webapp.rehearsal_form import asked, by_themselves

from .draft_place import ProblemLine
from .text import compact, shortened

_SAMPLE = 400

Words = Mapping[str, str]
"""How somebody may answer → in words."""


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """`texts`: what stands in its fields."""

    number: int
    id: str
    how: str
    texts: Mapping[str, str]
    problems: tuple[ProblemLine, ...]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """How one of them answers. `sample` is empty where there is none; `uses` are the links that call the API."""

    name: str
    id: str
    prompt: str
    """What a person is asked; empty for an API."""
    own: bool
    """Whether it is a link that answers otherwise than its API."""
    words: Words
    lines: tuple[AnswerLine, ...]
    script: str
    sample: str
    uses: tuple[str, ...]


def answer_rows(plan: Plan, fields: Fields, problems: Sequence[ProblemLine]) -> list[AnswerRow]:
    links = {name: inside.link(*at) for name, inside, at in links_of(plan)}
    uses, known, own = _uses(links), samples(plan), by_themselves(plan, fields)
    return [
        AnswerRow(
            name=name,
            id=line_id(number),
            prompt=_prompt(links.get(name)),
            own=name in own,
            words=_WORDS[links[name].api.op]() if name in links else _of_api(),
            lines=tuple(_lines(fields, name, number, known.get(name), problems)),
            script=script_text(fields, name),
            sample=shortened(compact(known[name]), _SAMPLE) if name in known else "",
            uses=tuple(uses.get(name, ())),
        )
        for number, name in enumerate(asked(plan, fields))
    ]


def line_id(row: int, line: int = 0) -> str:
    return f"how.{row}.{line}" if line else f"how.{row}"


def links_left(plan: Plan, fields: Fields) -> list[str]:
    """Links that could answer by themselves and do not yet."""
    there = asked(plan, fields)
    return [name for name, _inside, _at in links_of(plan) if name not in there]


def samples(plan: Plan) -> dict[str, Any]:
    """Of APIs, and of links by the APIs that they call."""
    apis = {id_: api.sample for id_, api in apis_of(plan).items() if api.sample is not None}
    links = ((name, inside.link(*at).api_id) for name, inside, at in links_of(plan))
    return apis | {name: apis[api] for name, api in links if api in apis}


def _lines(fields: Fields, name: str, row: int, sample: Any, problems: Sequence[ProblemLine]) -> list[AnswerLine]:
    found = []
    for number, at in enumerate(lines_in(fields, name)):
        texts, id_ = line_texts(fields, name, at), line_id(row, number)
        shown = {ANSWER: "" if sample is None else laid_out(sample)} | texts
        told = tuple(problem for problem in problems if problem.field == id_)
        found.append(AnswerLine(at, id_, texts[HOW], shown, told))
    return found


def _uses(links: Mapping[str, Link]) -> dict[str, list[str]]:
    """API → the links that call it."""
    found: dict[str, list[str]] = {}
    for name, link in links.items():
        if link.api_id:
            found.setdefault(link.api_id, []).append(name)
    return found


def _prompt(link: Link | None) -> str:
    return link.question.prompt if link and link.question else ""


def _of_api() -> Words:
    return {
        SAMPLE: _("as its sample"),
        NOT_READY: _("not ready"),
        FAILS: _("fails"),
        NO_REPLY: _("no reply"),
        SLOW: _("as its sample, slowly"),
        GIVEN: _("this answer"),
        SCRIPT: _("call by call, as JSON"),
    }


def _of_person() -> Words:
    return {
        SAMPLE: _("says that it is done"),
        SLOW: _("says that it is done, later"),
        GIVEN: _("this answer"),
        NOT_READY: _("an answer that does not do"),
        SCRIPT: _("time after time, as JSON"),
    }


def _of_system() -> Words:
    return {
        SAMPLE: _("as its APIs answer"),
        GIVEN: _("these values of its steps"),
        SCRIPT: _("time after time, as JSON"),
    }


_WORDS: Mapping[StepType, Callable[[], Words]] = {
    StepType.API: _of_api,
    StepType.LOOP: _of_api,
    StepType.SYSTEM: _of_system,
    StepType.MANUAL: _of_person,
}
"""What stands at a link of each kind."""
