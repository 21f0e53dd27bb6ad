"""Why a link waits, for a person: what each part of its condition came to, or the value that is missing.

Pure: reads the task as it is stored and the last call of the link.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model import (
    Attempt,
    Definition,
    Link,
    LinkState,
    LinkStatus,
    StepStatus,
    Task,
    TaskStatus,
    Verdict,
)
from engine.plan import script_task
from engine.script import ConditionPart, RawJson, Script, explain

from .needs import Need, needs_of
from .text import compact, shortened

_VALUE = 60


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of a condition: its text, `result.name = null`, and whether it holds (None: cannot be told here)."""

    text: str
    reads: tuple[str, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Why:
    """At most one of them has entries."""

    parts: tuple[PartLine, ...] = ()
    missing: tuple[Need, ...] = ()


NOTHING = Why()


def why_link(task: Task, definition: Definition, step: str, link: Link, last: Attempt | None) -> Why:
    """What the link waits for; nothing when it does not wait."""
    info = task.step_info.get(step)
    state = info.api_status.get(link.id) if info else None
    if info is None or state is None or info.status != StepStatus.RUNNING or task.status == TaskStatus.PAUSED:
        return NOTHING
    if state.status == LinkStatus.WAITING and last and last.verdict == Verdict.NOT_YET:
        return Why(parts=condition_parts(link.condition.val, last.body, task, definition))
    if state.status == LinkStatus.READY:
        return Why(missing=missing_values(task, definition, state))
    return NOTHING


def condition_parts(condition: str, body: str | None, task: Task, definition: Definition) -> tuple[PartLine, ...]:
    """The condition's parts for this answer; none when the answer was too long to be kept whole."""
    if body is None or not _is_json(body):
        return ()
    names: Mapping[str, Any] = {
        "result": RawJson(body),
        "response": RawJson(body),
        "task": script_task(definition.system, task),
        "loop": None,
    }
    return tuple(part_line(part) for part in explain(Script.expr(condition), names))


def part_line(part: ConditionPart) -> PartLine:
    reads = tuple(f"{read.text} = {shortened(compact(read.value), _VALUE)}" for read in part.reads)
    return PartLine(part.text, tuple(read for read in reads if read != part.text), part.holds)


def missing_values(task: Task, definition: Definition, state: LinkState) -> tuple[Need, ...]:
    """Values that its args or its loop name and that are not there yet."""
    return tuple(need for need in needs_of(task, definition, state) if not need.there)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
