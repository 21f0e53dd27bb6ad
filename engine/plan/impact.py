"""What a re-run from a step resets (R8): the step, all that surely comes after it, and all that reads its values.

A step that stands later in a sequence depends on those before it even where it reads none of their values:
it was written to come after them. A step that runs beside depends only if one of its links reads a value
of a step that is reset; then what comes after it is reset too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model import StepStatus, Task

from .plan import Plan
from .setup import setups_of_task


@dataclass(frozen=True)
class Impact:
    """What would be reset; `why` says it per step in a person's words."""

    step: str
    steps: tuple[str, ...]
    """All of them, in the order of writing; `step` is among them."""
    began: tuple[str, ...]
    """Those that have something to lose: they are no longer READY."""
    why: Mapping[str, str]


def dependants(plan: Plan, task: Task, step: str) -> Impact:
    """The impact of a re-run from `step`. Raises KeyError for a step that the plan does not have."""
    readers = _readers(plan, task)
    why = {step: "it is run again"}
    sources = [step]
    for source in sources:  # grows by what reads
        after = plan.after(source)
        later = [other for other in plan.steps if other in after and other not in why]
        why |= dict.fromkeys(later, f"it comes after {source}")
        for reset in (source, *later):
            fresh = {reader: how for reader, how in readers.get(reset, {}).items() if reader not in why}
            why |= fresh
            sources.extend(fresh)
    steps = tuple(other for other in plan.steps if other in why)
    return Impact(step, steps, tuple(other for other in steps if _began(task, other)), why)


def _readers(plan: Plan, task: Task) -> Mapping[str, Mapping[str, str]]:
    """For each step whose values are read: the other steps that read them, and through what."""
    found: dict[str, dict[str, str]] = {}
    for (step, link), setup in setups_of_task(plan, task).items():
        for _, reference in setup.references:
            if reference.root in plan.steps_set and reference.root != step:
                found.setdefault(reference.root, {}).setdefault(step, f"its {link} reads {reference.source}")
    return found


def _began(task: Task, step: str) -> bool:
    info = task.step_info.get(step)
    return info is not None and info.status is not StepStatus.READY
