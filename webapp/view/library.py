"""The definitions and who uses whom: systems use steps, steps use APIs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.model import Api, Invalid, Step, System
from engine.plan import parse_flow, steps_in

Users = Mapping[str, tuple[str, ...]]
"""Id → the ids of those who use it, in order."""


@dataclass(frozen=True)
class Library:
    systems: Mapping[str, System]
    steps: Mapping[str, Step]
    apis: Mapping[str, Api]

    @cached_property
    def steps_of(self) -> Users:
        """System → its steps, in the order of its flow."""
        return {id_: _steps_of(system) for id_, system in self.systems.items()}

    @cached_property
    def apis_of(self) -> Users:
        """Step → the APIs it calls."""
        return {id_: _once(link.api.val.id for link in step.checklink) for id_, step in self.steps.items()}

    @cached_property
    def systems_using_step(self) -> Users:
        return _turned(self.steps_of)

    @cached_property
    def steps_using_api(self) -> Users:
        return _turned(self.apis_of)

    @cached_property
    def systems_using_api(self) -> Users:
        by_step = self.systems_using_step
        return {
            api: _once(system for step in steps for system in by_step.get(step, ()))
            for api, steps in self.steps_using_api.items()
        }


def _steps_of(system: System) -> tuple[str, ...]:
    """None where the flow cannot be read: the system's own page says why."""
    try:
        return _once(steps_in(parse_flow(system.step)))
    except Invalid:
        return ()


def _turned(used: Users) -> Users:
    found: dict[str, list[str]] = defaultdict(list)
    for user in sorted(used):
        for one in used[user]:
            found[one].append(user)
    return {one: tuple(users) for one, users in found.items()}


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
