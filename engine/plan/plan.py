"""The plan: the frozen, checked definition that tasks are made from, known by the hash of its content.

A plan holds no run state. Whoever has one knows that its ids, mappings and scripts are sound (`structure.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.model import Api, Definition, Invalid, Link, Step, System

from .flow import Node, read_flow, steps_in
from .order import Order
from .structure import structural_problems, unknown_ids

LinkAt = tuple[str, str]
"""A link where it stands: step id, link id."""


@dataclass(frozen=True)
class Plan:
    """Two plans are equal when their hashes are."""

    hash: str
    definition: Definition = field(compare=False, repr=False)
    flow: Node = field(compare=False, repr=False)

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
        """The API that a link calls. Raises KeyError."""
        return self.definition.apis[self.link(step, link).api.val.id]

    def before(self, step: str) -> frozenset[str]:
        """The steps that surely end before this one starts. Raises KeyError."""
        return self.order.related(step, "before")

    def after(self, step: str) -> frozenset[str]:
        """The steps that surely start after this one has ended. Raises KeyError."""
        return self.order.related(step, "after")

    def beside(self, step: str) -> frozenset[str]:
        """The steps that may run at the same time. Raises KeyError."""
        return self.order.related(step, "beside")


def build_plan(definition: Definition) -> Plan:
    """The plan of a definition; raises `Invalid` with every structural problem, not the first alone."""
    flow, problems = read_flow(definition.system.step, f"system.{definition.system.id}.step")
    problems.extend(structural_problems(definition, flow))
    if problems:
        raise Invalid(problems)
    return Plan(content_hash(definition), definition, flow)


def gather(system: System, steps: Mapping[str, Step], apis: Mapping[str, Api]) -> Definition:
    """The system with the steps and apis that it names, and no others; raises `Invalid` for unknown ids."""
    flow, problems = read_flow(system.step, f"system.{system.id}.step")
    problems.extend(unknown_ids(system, flow, steps, apis))
    if problems:
        raise Invalid(problems)
    named = {step: steps[step] for step in steps_in(flow)}
    called = dict.fromkeys(link.api.val.id for step in named.values() for link in step.checklink)
    return Definition(system=system, steps=named, apis={api: apis[api] for api in called})


def content_hash(definition: Definition) -> str:
    """The sha256 of the definition as JSON with sorted keys.

    Fields that stand at their default do not count, so a version that adds a field keeps every hash. Nor do the
    system's rehearsals: they test a plan and are no part of it.
    """
    content = definition.model_dump(mode="json", exclude_defaults=True)
    content["system"].pop("rehearsals", None)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
