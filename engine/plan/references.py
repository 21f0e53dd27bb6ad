"""Whether a reference can ever be read, from where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.model import Problem
from engine.script import Reference

from .plan import LinkAt, Plan
from .secret import ROOT, Secrets
from .suggest import close_to, did_you_mean, listed
from .waits import producers


@dataclass(frozen=True)
class References:
    """Judges references; `task_values` are None where no task is there yet, `secrets` where nobody knows them."""

    plan: Plan
    task_values: Mapping[str, Any] | None
    secrets: Collection[str] | None = None

    def problems(self, at: LinkAt, path: str, reference: Reference) -> Iterator[Problem]:
        """The one thing that is wrong with it, if anything is."""
        if found := self._fault(at, reference):
            yield Problem(path, f"{reference.source}: {found[0]}", found[1])

    def _fault(self, at: LinkAt, reference: Reference) -> tuple[str, str] | None:
        if reference.root == ROOT:
            return Secrets(self.secrets).of_reference(reference)
        return self._of_task(reference) if reference.root == "TASK" else self._of_step(at, reference)

    def _of_task(self, reference: Reference) -> tuple[str, str] | None:
        if self.task_values is None or not reference.path or reference.path[0] in self.task_values:
            return None
        name = str(reference.path[0])
        hint = f"give {name} in the task's args or the system's def_args"
        close = close_to(name, self.task_values)
        return f"the task has no arg {name}", f"{hint}; {close}" if close else hint

    def _of_step(self, at: LinkAt, reference: Reference) -> tuple[str, str] | None:
        step = reference.root
        if step not in self.plan.steps_set:
            hint = did_you_mean(step, self.plan.steps_set)
            return f"there is no step called {step} in this system", hint
        if reference.path and str(reference.path[0]) not in self.plan.step(step).response:
            return self._of_missing_key(at, step, str(reference.path[0]))
        if self.plan.order.relation(step, at[0]) == "after":
            hint = f"read it from a step that is earlier or parallel, or move {step} up in the flow"
            return (
                f"{step} starts only after {at[0]} has ended, so this would be waited for without end",
                hint,
            )
        if at in producers(self.plan, reference):
            return f"{at[0]}/{at[1]} would wait for its own result", "read it from another link or step"
        return None

    def _of_missing_key(self, at: LinkAt, step: str, key: str) -> tuple[str, str]:
        keys = self.plan.step(step).response
        message = f"{step} never produces {key}: it produces {listed(keys) or 'nothing'}"
        others = [maker for maker in self.plan.makers.get(key, ()) if self._in_time(maker, at)]
        if not others:
            return message, f"add {key} to the response of {step}; {did_you_mean(key, keys)}"
        produce = "produces" if len(others) == 1 else "produce"
        return f"{message}; {listed(others)} {produce} {key}", f"write $${others[0]}.{key}"

    def _in_time(self, maker: str, at: LinkAt) -> bool:
        return self.plan.order.relation(maker, at[0]) in ("before", "beside")
