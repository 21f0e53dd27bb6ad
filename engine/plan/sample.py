"""What a reference would read if every API answered with its sample: a hint, never a promise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.model import StepType
from engine.script import Reference, Script, names_read

from .plan import Plan
from .setup import Setup, Setups, setups_of_plan

_PLAIN_PATH = re.compile(r"""(?:result|response)(?:\.[^\W\d]\w*|\[-?\d+\]|\["[^"\\]+"\]|\['[^'\\]+'\])*""")


def task_value(values: Mapping[str, Any], reference: Reference) -> Any:
    """What a reference reads in the task's own values; None if nothing can be said."""
    return _at(values, reference.path)


def sample_value(plan: Plan, setups: Setups, reference: Reference) -> Any:
    """What a reference to a step's response would read; None if nothing can be said."""
    step = plan.definition.steps.get(reference.root)
    key = step.response.get(str(reference.path[0])) if step and reference.path else None
    setup = setups.get((reference.root, key.fromapi)) if key else None
    if key is None or setup is None or not _PLAIN_PATH.fullmatch(key.key.strip()):
        return None
    (read,) = names_read(Script.expr(key.key))
    return _at(_result(plan, setup), (*read.path, *reference.path[1:]))


def _result(plan: Plan, setup: Setup) -> Any:
    return _RESULTS[plan.links[setup.at].api.op](plan, setup)


def _answered(plan: Plan, setup: Setup) -> Any:
    """A LOOP gives a list of answers, and anything at all once it is reduced."""
    sample = plan.api_of(*setup.at).sample
    if not setup.loops:
        return sample
    return None if (setup.lresult or "").strip() else [sample]


def _of_child(plan: Plan, setup: Setup) -> Any:
    """What a link reads of a child that is done: its args, and what each of its steps publishes."""
    child = plan.child_of(*setup.at)
    setups = setups_of_plan(child)
    published = {
        step: {key: sample_value(child, setups, Reference(step, (key,), "")) for key in child.step(step).response}
        for step in child.steps
    }
    return {"args": dict(child.system.def_args), **published}


def _unknown(_plan: Plan, _setup: Setup) -> Any:
    return None


_RESULTS: dict[StepType, Callable[[Plan, Setup], Any]] = {
    StepType.API: _answered,
    StepType.LOOP: _answered,
    StepType.SYSTEM: _of_child,
    StepType.MANUAL: _unknown,
}


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[0] if value else None
        else:
            return None
    return value
