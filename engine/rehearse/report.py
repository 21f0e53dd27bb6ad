"""What came of a rehearsal, for a terminal and as JSON. Times are seconds since it began."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.model import LinkState, StepInfo

from .kept import Tried
from .result import Rehearsed

_SHOWN = 120
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def tried_report(tried: Tried) -> dict[str, Any]:
    """With the expectations that do not hold, or with why it could not begin."""
    problems = {"name": tried.rehearsal.name, "problems": [asdict(problem) for problem in tried.problems]}
    return problems | (_report(tried.run) if tried.run else {})


def tried_lines(tried: Tried) -> Iterator[str]:
    """Steps with their links and values in the order of the flow, what it came to, and what should have been."""
    if tried.rehearsal.name:
        yield f"{tried.rehearsal.name}: {'does not hold' if tried.problems else 'holds'}"
    if tried.run:
        yield from _run_lines(tried.run)
    if tried.run and tried.run.broken_off:
        return  # which is said already
    for problem in tried.problems:
        yield f"  {problem}"


def _report(run: Rehearsed) -> dict[str, Any]:
    return {
        "system": run.plan.system.id,
        "status": run.task.status,
        "message": run.message,
        "took_s": run.took_s,
        "calls": run.calls,
        "late": [asdict(late) for late in run.late],
        "steps": {step: _step(run, run.task.step_info[step]) for step in run.plan.steps},
    }


def _run_lines(run: Rehearsed) -> Iterator[str]:
    late = {one.step: f"late by {duration(one.by_s)}" for one in run.late}
    for step in run.plan.steps:
        info = run.task.step_info[step]
        yield _line(step, info.status, _when(run, info), late.get(step, ""))
        for link in info.api_status.values():
            yield _line(f"{step}/{link.id}", link.status, _when(run, link), link.procmmsg)
        for key, value in info.response.items():
            yield f"  {f'{step}.{key}':<24} = {_short(value)}"
    yield f"{run.task.status} after {duration(run.took_s)}, {_calls(run.calls)}"
    if run.message:
        yield run.message


def duration(seconds: float) -> str:
    """The two largest units: `2 h 10 m`."""
    left, parts = int(seconds), []
    for size, unit in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {unit}")
        left %= size
    return " ".join(parts[:2]) or f"{seconds:g} s"


def _line(where: str, *parts: str) -> str:
    return f"  {where:<24} {parts[0]:<9} {'  '.join(filter(None, parts[1:]))}".rstrip()


def _when(run: Rehearsed, part: StepInfo | LinkState) -> str:
    if part.started_at is None:
        return ""
    began = duration(_since(run, part.started_at) or 0)
    return f"{began} – {duration(_since(run, part.ended_at) or 0)}" if part.ended_at else f"{began} –"


def _step(run: Rehearsed, info: StepInfo) -> dict[str, Any]:
    return {
        "status": info.status,
        "started_s": _since(run, info.started_at),
        "ended_s": _since(run, info.ended_at),
        "deadline_s": _since(run, info.deadline),
        "response": info.response,
        "links": {link.id: _link(run, link) for link in info.api_status.values()},
    }


def _link(run: Rehearsed, link: LinkState) -> dict[str, Any]:
    times = {"started_s": _since(run, link.started_at), "ended_s": _since(run, link.ended_at)}
    return {"status": link.status, **times, "tries": link.tries, "message": link.procmmsg}


def _since(run: Rehearsed, moment: datetime | None) -> float | None:
    return (moment - run.began).total_seconds() if moment else None


def _calls(count: int) -> str:
    return f"{count:,} {'call' if count == 1 else 'calls'}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
