"""The plan: the frozen, checked definition that tasks are made from, known by the hash of its content.

A plan holds no run state. Whoever has one knows that its ids, mappings and scripts are sound (`structure.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.model import Api, Arg, Definition, Link, Step, StepType, System

from .flow import Node, steps_in
from .order import Order

LinkAt = tuple[str, str]
"""A link where it stands: step id, link id."""


@dataclass(frozen=True)
class Child:
    """A system that a link runs: its plan, and the args that its tasks take."""

    plan: Plan
    args: Mapping[str, Arg]


@dataclass(frozen=True)
class Plan:
    """Two plans are equal when their hashes are. `children`: what its links run, by the system's id."""

    hash: str
    definition: Definition = field(compare=False, repr=False)
    flow: Node = field(compare=False, repr=False)
    children: Mapping[str, Child] = field(default_factory=dict, compare=False, repr=False)

    @property
    def system(self) -> System:
        return self.definition.system

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The ids of all steps, in the order of writing."""
        return steps_in(self.flow)

    @cached_property
    def steps_set(self) -> frozenset[str]:
        return frozenset(self.steps)

    @cached_property
    def order(self) -> Order:
        return Order(self.flow)

    @cached_property
    def links(self) -> Mapping[LinkAt, Link]:
        """Every link of every step, in the order of writing."""
        return {(step, link.id): link for step in self.steps for link in self.step(step).checklink}

    @cached_property
    def makers(self) -> Mapping[str, tuple[str, ...]]:
        """For each key of a response: the steps that produce it, in the order of writing."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            for key in self.step(step).response:
                found.setdefault(key, []).append(step)
        return {key: tuple(steps) for key, steps in found.items()}

    def step(self, step: str) -> Step:
        """Raises KeyError."""
        return self.definition.steps[step]

    def link(self, step: str, link: str) -> Link:
        """Raises KeyError."""
        return self.links[step, link]

    def api_of(self, step: str, link: str) -> Api:
        """The API that a link calls. Raises KeyError, also for a link that calls none."""
        return self.definition.apis[self.link(step, link).api_id or ""]

    def child_of(self, step: str, link: str) -> Plan:
        """The plan of the system that a link runs. Raises KeyError, also for a link that runs none."""
        return self.children[self.link(step, link).system_id or ""].plan

    def args_of(self, step: str, link: str) -> Mapping[str, Arg]:
        """The args that a link takes, whatever its kind. Raises KeyError."""
        return _ARGS[self.link(step, link).api.op](self, self.link(step, link))

    def before(self, step: str) -> frozenset[str]:
        """The steps that surely end before this one starts. Raises KeyError."""
        return self.order.related(step, "before")

    def after(self, step: str) -> frozenset[str]:
        """The steps that surely start after this one has ended. Raises KeyError."""
        return self.order.related(step, "after")

    def beside(self, step: str) -> frozenset[str]:
        """The steps that may run at the same time. Raises KeyError."""
        return self.order.related(step, "beside")


def _args_of_api(plan: Plan, link: Link) -> Mapping[str, Arg]:
    return plan.definition.apis[link.api.val.id].args


def _args_of_system(plan: Plan, link: Link) -> Mapping[str, Arg]:
    return plan.children[link.api.val.id].args


def _args_shown(_plan: Plan, link: Link) -> Mapping[str, Arg]:
    """A person is shown whatever the link names."""
    return {name: Arg() for name in link.api.val.args}


_ARGS: dict[StepType, Callable[[Plan, Link], Mapping[str, Arg]]] = {
    StepType.API: _args_of_api,
    StepType.LOOP: _args_of_api,
    StepType.SYSTEM: _args_of_system,
    StepType.MANUAL: _args_shown,
}


def content_hash(definition: Definition) -> str:
    """The sha256 of the definition as JSON with sorted keys.

    Fields that stand at their default do not count, so a version that adds a field keeps every hash. Nor do the
    system's rehearsals: they test a plan and are no part of it.
    """
    content = definition.model_dump(mode="json", exclude_defaults=True)
    _drop_rehearsals(content)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _drop_rehearsals(content: dict[str, Any]) -> None:
    content["system"].pop("rehearsals", None)
    for inner in content.get("systems", {}).values():
        _drop_rehearsals(inner)
