"""How a link is set up: its args and loop, be they a task's or the definition's own. What the proof looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.model import LinkState, StepType, Task
from engine.script import Reference

from .plan import LinkAt, Plan
from .reading import Reading, readings


@dataclass(frozen=True)
class Setup:
    """One link with its values as they are written; `path` is where a person finds them."""

    at: LinkAt
    path: str
    type: StepType
    args: Mapping[str, Any]
    largs: Any = None
    lresult: str | None = None
    lparallel: int | None = None

    @property
    def loops(self) -> bool:
        return self.type is StepType.LOOP

    @cached_property
    def arg_readings(self) -> tuple[tuple[str, Reading], ...]:
        """Every text in its args, with its path."""
        return tuple(found for arg, raw in self.args.items() for found in readings(raw, f"{self.path}.args.{arg}"))

    @cached_property
    def largs_readings(self) -> tuple[tuple[str, Reading], ...]:
        return tuple(readings(self.largs, f"{self.path}.largs"))

    @property
    def references(self) -> Iterator[tuple[str, Reference]]:
        """Everything that it must wait for, or that must be known before it starts."""
        for path, reading in self.arg_readings + self.largs_readings:
            for reference in reading.references:
                yield path, reference


Setups = Mapping[LinkAt, Setup]


def setups_of_task(plan: Plan, task: Task) -> Setups:
    """The links of the plan as this task has set them up; those that the task lacks are left out."""
    found = {}
    for step, link in plan.links:
        info = task.step_info.get(step)
        state = info.api_status.get(link) if info else None
        if state is not None:
            found[step, link] = _from_state((step, link), state)
    return found


def setups_of_plan(plan: Plan) -> Setups:
    """The links as the definition alone sets them up."""
    return {at: _from_link(plan, at) for at in plan.links}


def _from_state(at: LinkAt, state: LinkState) -> Setup:
    path = f"step_info.{at[0]}.api_status.{at[1]}"
    return Setup(at, path, state.type, state.args, state.largs, state.lresult, state.lparallel)


def _from_link(plan: Plan, at: LinkAt) -> Setup:
    call = plan.links[at].api
    use = call.val
    path = f"step.{at[0]}.checklink.{at[1]}.api.val"
    return Setup(at, path, call.op, use.args, use.largs, use.lresult, use.lparallel)
