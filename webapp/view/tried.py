"""What came of a test call: the request, the answer, and what each step that uses the API would make of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask_babel import gettext as _

from engine.call import Replied, shown_header
from engine.command import Probed
from engine.model import Link, Step, StepType, Verdict, sample_shape, shape_of
from engine.plan import Deviation, deviations
from engine.script import RawJson, Script, explain

from .attempts import Sent, sent_as
from .drift import DeviationLine, deviation_line
from .moment import short_time_text
from .text import compact, pretty, pretty_body, shortened
from .why import PartLine, part_line

_VALUE = 160


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of a step's response. `value` is empty when nothing is there; `told` is False where it cannot be told."""

    key: str
    path: str
    value: str
    told: bool


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """What a link would make of the answer. `holds` is None where it cannot be told without running it."""

    step: str
    link: str
    condition: str
    holds: bool | None
    parts: tuple[PartLine, ...]
    keys: tuple[KeyLine, ...]
    loops: bool


@dataclass(frozen=True, slots=True)
class Tried:
    sent: Sent
    title: str
    """`200 OK`, or that there was no answer."""
    tone: str
    message: str
    duration: str
    headers: tuple[tuple[str, str], ...]
    answer: str
    sample: str
    """The answer as it would stand in the form as the sample; empty when it cannot be one."""
    links: tuple[LinkVerdict, ...]
    drift: tuple[DeviationLine, ...]


def tried(probed: Probed, sample: Any, api: str, steps: Iterable[Step]) -> Tried:
    reply = probed.outcome if isinstance(probed.outcome, Replied) else None
    usable = reply is not None and not reply.problem and bool(reply.text.strip())
    good = probed.judged.verdict == Verdict.DONE
    return Tried(
        sent=sent_as(probed.call),
        title=_status(reply.status) if reply else _("There is no answer"),
        tone="good" if good else "bad",
        message=probed.judged.message,
        duration=short_time_text(probed.outcome.duration_s),
        headers=tuple((name, shown_header(name, value)) for name, value in reply.headers.items()) if reply else (),
        answer=pretty_body(reply.text) if reply else "",
        sample=pretty(reply.value) if reply and usable else "",
        links=tuple(_verdicts(reply.text, api, steps)) if reply and usable and good else (),
        drift=tuple(map(deviation_line, _deviations(sample, reply.value))) if reply and usable and good else (),
    )


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _deviations(sample: Any, value: Any) -> tuple[Deviation, ...]:
    return () if sample is None else deviations(sample_shape(sample), shape_of(value))


def _verdicts(text: str, api: str, steps: Iterable[Step]) -> Iterator[LinkVerdict]:
    for step in steps:
        for link in step.checklink:
            if link.api_id == api:
                yield _verdict(step, link, text)


def _verdict(step: Step, link: Link, text: str) -> LinkVerdict:
    """A LOOP's condition sees the list of answers: here, of this one. What a reducer makes of it is not tried."""
    loops, condition = link.api.op == StepType.LOOP, link.condition.val.strip()
    if loops and (link.api.val.lresult or "").strip():
        return LinkVerdict(step.id, link.id, condition, None, (), (), loops)
    answer = RawJson(f"[{text}]" if loops else text)
    names: Mapping[str, Any] = {"result": answer, "response": answer, "task": {}, "loop": None}
    return LinkVerdict(
        step=step.id,
        link=link.id,
        condition=condition,
        holds=_holds(condition, names) if condition else True,
        parts=tuple(part_line(part) for part in explain(Script.expr(condition), names)) if condition else (),
        keys=tuple(_keys(step, link, names)),
        loops=loops,
    )


def _holds(condition: str, names: Mapping[str, Any]) -> bool | None:
    """Of the whole: behind a double `not` it is a part of its own, with the truth of the condition."""
    parts = explain(Script.expr(f"not not (\n{condition}\n)"), names)
    return parts[0].holds if len(parts) == 1 else None


def _keys(step: Step, link: Link, names: Mapping[str, Any]) -> Iterator[KeyLine]:
    for key, source in step.response.items():
        if source.fromapi == link.id:
            yield _key(key, source.key, names)


def _key(key: str, path: str, names: Mapping[str, Any]) -> KeyLine:
    """A plain path is read whole; of what computes, only whether it comes to something."""
    parts = explain(Script.expr(path), names)
    if not parts or parts[0].holds is None:
        return KeyLine(key, path, "", told=False)
    whole = [read.value for read in parts[0].reads if read.text == parts[0].text]
    if whole and whole[0] is None:
        return KeyLine(key, path, "", told=True)
    return KeyLine(key, path, shortened(compact(whole[0]), _VALUE) if whole else "…", told=True)
