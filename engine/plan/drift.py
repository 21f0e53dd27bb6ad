"""How an answer's shape differs from the sample's, and which scripts of which steps read what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.model import Kind, Link, Shape, Step, StepType, above, is_within, spelled
from engine.script import Path, Script, ScriptError, names_read

Change = Literal["appeared", "vanished", "changed"]
_ANSWER = frozenset({"result", "response"})


@dataclass(frozen=True, slots=True)
class Deviation:
    """At `path`; of what lies below a path that came or went, only the path itself is told."""

    path: str
    change: Change
    expected: tuple[Kind, ...] = ()
    """What the sample has there."""
    found: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerRead:
    """A place of a step that reads an answer: `what` is `condition`, `lresult`, or `response.<key>`."""

    step: str
    link: str
    what: str
    path: str


def deviations(sample: Shape, seen: Shape) -> tuple[Deviation, ...]:
    """In the order of paths. A `null` in the sample, an empty list or object, say nothing of what is to come."""
    found = [*_changed(sample, seen), *_appeared(sample, seen)]
    if seen.whole:
        found += _vanished(sample, seen)
    return tuple(sorted(found, key=lambda one: (one.path, one.change)))


def _changed(sample: Shape, seen: Shape) -> Iterator[Deviation]:
    for path, kinds in seen.kinds.items():
        expected = sample.kinds.get(path, frozenset())
        if expected and "nothing" not in expected and (other := kinds - expected):
            yield Deviation(path, "changed", _ordered(expected), _ordered(other))


def _appeared(sample: Shape, seen: Shape) -> Iterator[Deviation]:
    for path, kinds in seen.kinds.items():
        if path not in sample.kinds and not path.endswith("[]") and _has_keys(sample, _outer(path)):
            yield Deviation(path, "appeared", found=_ordered(kinds))


def _vanished(sample: Shape, seen: Shape) -> Iterator[Deviation]:
    for path, kinds in sample.kinds.items():
        if path not in seen.kinds and not path.endswith("[]") and "object" in seen.kinds.get(_outer(path), ()):
            yield Deviation(path, "vanished", expected=_ordered(kinds))


def _has_keys(sample: Shape, path: str) -> bool:
    """Whether the sample has an object there that is not empty."""
    if "object" not in sample.kinds.get(path, ()):
        return False
    return any(_outer(other) == path and not other.endswith("[]") for other in sample.kinds if other)


def _outer(path: str) -> str:
    """What it lies in; of the whole answer, what is no path."""
    return next(above(path), "-")


def _ordered(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    return tuple(sorted(kinds))


def answer_reads(api: str, steps: Iterable[Step]) -> tuple[AnswerRead, ...]:
    """Where the answers of this API are read."""
    return tuple(
        read
        for step in steps
        for link in step.checklink
        if link.api_id == api
        for read in dict.fromkeys(_reads(step, link))
    )


def reads_of(deviation: Deviation, reads: Iterable[AnswerRead]) -> tuple[AnswerRead, ...]:
    """Those that read what has come, gone or changed, something in it, or what it lies in."""
    path = deviation.path
    return tuple(read for read in reads if is_within(read.path, path) or is_within(path, read.path))


def _reads(step: Step, link: Link) -> Iterator[AnswerRead]:
    for what, script, in_list in _scripts(step, link):
        for path in _answer_paths(script):
            inner = path[1:] if in_list and path and isinstance(path[0], int) else path
            yield AnswerRead(step.id, link.id, what, spelled(inner))


def _scripts(step: Step, link: Link) -> Iterator[tuple[str, Script, bool]]:
    """Each with whether it reads a list of answers."""
    loops, reduced = link.api.op == StepType.LOOP, (link.api.val.lresult or "").strip()
    if loops and reduced:  # what comes of the answers is the reducer's own, and no sample tells it
        yield "lresult", Script.body(link.api.val.lresult or ""), True
        return
    if link.condition.val.strip():
        yield "condition", Script.expr(link.condition.val), loops
    for key, source in step.response.items():
        if source.fromapi == link.id:
            yield f"response.{key}", Script.expr(source.key), loops


def _answer_paths(script: Script) -> list[Path]:
    try:
        return [read.path for read in names_read(script) if read.name in _ANSWER]
    except ScriptError:
        return []
