"""A task's progress as lines of text, as it happens: for a terminal."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import gevent

from engine.model import Task
from engine.store import Store

_LOOK_S = 0.01
_SHOWN = 120


def follow(store: Store, id_: str, for_s: float) -> Iterator[str]:
    """A line for each thing that is new about the task, until it is over or the time is up."""
    seen: dict[str, str] = {}
    ends = time.monotonic() + for_s
    while (task := store.tasks.get(id_)) is not None and time.monotonic() < ends:
        facts = _facts(task)
        yield from (_line(where, fact) for where, fact in facts.items() if seen.get(where) != fact)
        seen = facts
        if task.ended_at:
            return
        gevent.sleep(_LOOK_S)


def _facts(task: Task) -> dict[str, str]:
    """Place → what is so there now."""
    facts: dict[str, str] = {}
    for step, info in task.step_info.items():
        for link, state in info.api_status.items():
            facts[f"{step}/{link}"] = f"{state.status:<9} {state.procmmsg}"
        facts |= {f"{step}.{key}": f"= {_short(value)}" for key, value in info.response.items()}
        facts[step] = str(info.status)
    facts["task"] = f"{task.status:<9} {task.process_msg}"
    return facts


def _line(where: str, fact: str) -> str:
    return f"{datetime.now(UTC):%H:%M:%S.%f}"[:12] + f"  {where:<16} {fact.strip()}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
