"""Drift as pages show it: what is different in the answers, since when, who reads it, whom it concerns. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.drift import ApiDrift, Drifted, path_text
from engine.model import Kind
from engine.plan import AnswerRead, Deviation

from .glance import bounded
from .moment import Stamp, stamp
from .text import pretty_body


@dataclass(frozen=True, slots=True)
class DeviationLine:
    path: str
    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class DriftLine:
    """A deviation that answers of late had. `task`: where the example is from, with the link it was the answer to."""

    line: DeviationLine
    always: bool
    first_at: Stamp | None
    last_at: Stamp | None
    reads: tuple[AnswerRead, ...]
    task: str


@dataclass(frozen=True, slots=True)
class DriftPanel:
    lines: tuple[DriftLine, ...]
    breaks: bool
    systems: tuple[str, ...]
    running: str
    example: str
    """The newest answer; empty when it was too long to be kept."""
    digest: str
    """Names it, so that what is taken as the sample is what was seen."""


@dataclass(frozen=True, slots=True)
class DriftMark:
    """In a list: `breaks` tells whether a script reads what has changed."""

    breaks: bool
    text: str


@dataclass(frozen=True, slots=True)
class DriftNotice:
    """On the home page: an API whose answers running tasks cannot read as they meant to."""

    api: str
    paths: tuple[str, ...]
    running: str
    systems: tuple[str, ...]


def drift_panel(drift: ApiDrift, now: datetime) -> DriftPanel:
    return DriftPanel(
        lines=tuple(_line(one, now) for one in drift.drifted),
        breaks=drift.breaks,
        systems=drift.systems,
        running=bounded(drift.tasks),
        example=pretty_body(drift.example.example) if drift.example.example else "",
        digest=drift.example.shape.digest,
    )


def drift_marks(found: Mapping[str, ApiDrift]) -> dict[str, DriftMark]:
    return {id_: _mark(one) for id_, one in found.items()}


def drift_notices(found: Iterable[ApiDrift]) -> tuple[DriftNotice, ...]:
    """Of those that concern a task which runs or waits."""
    return tuple(
        DriftNotice(one.api, _broken_paths(one), bounded(one.tasks), one.systems)
        for one in found
        if one.breaks and one.tasks.number
    )


def _broken_paths(drift: ApiDrift) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path_text(one.deviation.path) for one in drift.drifted if one.breaks))


def _mark(drift: ApiDrift) -> DriftMark:
    return DriftMark(drift.breaks, _("reads are broken") if drift.breaks else _("unlike the sample"))


def _line(one: Drifted, now: datetime) -> DriftLine:
    seen = stamp(one.first_at, now), stamp(one.last_at, now)
    line = deviation_line(one.deviation)
    return DriftLine(line, one.always, *seen, one.reads, one.attempt.partition("/")[0])


def deviation_line(deviation: Deviation) -> DeviationLine:
    path = path_text(deviation.path)
    if deviation.change == "appeared":
        return DeviationLine(path, _("is new: %(kind)s", kind=_kinds(deviation.found)), "active", "plus")
    if deviation.change == "vanished":
        return DeviationLine(
            path, _("is missing: the sample has %(kind)s", kind=_kinds(deviation.expected)), "bad", "circle-x"
        )
    said = {"found": _kinds(deviation.found), "expected": _kinds(deviation.expected)}
    return DeviationLine(path, _("is %(found)s: the sample has %(expected)s", **said), "bad", "triangle-alert")


def _kinds(kinds: tuple[Kind, ...]) -> str:
    words: dict[Kind, str] = {
        "object": _("an object"), "list": _("a list"), "text": _("text"), "number": _("a number"),
        "boolean": _("true or false"), "nothing": "null",
    }  # fmt: skip
    return _(" or ").join(words[kind] for kind in kinds)
