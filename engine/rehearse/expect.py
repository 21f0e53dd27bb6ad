"""Whether what came of a rehearsal is what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.model import Problem
from engine.script.path import PathError, parse_text, read

from .check import LATE, STATUS
from .result import Rehearsed

_SHOWN = 200
ABSENT = "no such value"


def unmet(run: Rehearsed, expect: Mapping[str, Any]) -> list[Problem]:
    """A problem for each expectation that does not hold; its path begins with `expect`.

    With nothing expected, it has to be DONE. One that was broken off tells nothing: another time it might come further.
    """
    if run.broken_off:
        return [Problem("expect", f"the rehearsal was broken off: {run.broken_off}")]
    return list(_unmet(run, expect or {STATUS: "DONE"}))


def value_at(run: Rehearsed, key: str) -> tuple[bool, Any]:
    """Whether it is there, and what stands at `status`, `late` or `<step>.<path>`."""
    own = {STATUS: run.task.status.value, LATE: [late.step for late in run.late]}
    if key in own:
        return True, own[key]
    step, _, rest = key.partition(".")
    path = parse_text(f".{rest}") or ()
    response = run.task.step_info[step].response
    if not path or path[0] not in response:
        return False, None
    try:
        return True, read(response, path)
    except PathError:
        return False, None


def _unmet(run: Rehearsed, expect: Mapping[str, Any]) -> Iterator[Problem]:
    for key, wanted in expect.items():
        there, value = value_at(run, key)
        if there and _alike(value, wanted):
            continue
        got = _shown(value) if there else ABSENT
        why = run.message if key == STATUS or not there else ""
        yield Problem(f"expect.{key}", f"expected {_shown(wanted)}, got {got}" + (f": {why}" if why else ""))


def _alike(one: Any, other: Any) -> bool:
    """1 and 1.0 are alike, true and 1 are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(isinstance(one, bool) == isinstance(other, bool) and one == other)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
