"""The definitions and who uses whom: systems use steps, steps use APIs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.model import Api, Arg, Invalid, Link, Step, System
from engine.plan import Order, build_plan, gather, read_flow, signature, steps_of

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
        return {id_: steps_of(system.step) for id_, system in self.systems.items()}

    def steps_not_after(self, step: str, system: str) -> tuple[str, ...]:
        """Those of a system that has the step: they end before it starts, or run beside it."""
        order = Order(read_flow(self.systems[system].step, "")[0])
        return tuple(one for one in self.steps_of[system] if one != step and order.relation(one, step) != "after")

    @cached_property
    def apis_of(self) -> Users:
        """Step → the APIs it calls."""
        return {id_: _once(link.api_id for link in step.checklink if link.api_id) for id_, step in self.steps.items()}

    def args_of(self, link: Link) -> Mapping[str, Arg]:
        """The args that a link takes; none where what it names is not there or is not sound."""
        if link.system_id is not None:
            return self.args_named("system", link.system_id)
        return self.args_named("api", link.api_id or "")

    def args_named(self, callee: str, id_: str) -> Mapping[str, Arg]:
        """Those of an `api` or of a `system`."""
        if callee == "system":
            return self._args_of_system(id_)
        return self.apis[id_].args if id_ in self.apis else {}

    def _args_of_system(self, id_: str) -> Mapping[str, Arg]:
        if id_ not in self._signatures:
            self._signatures[id_] = self._signature(id_)
        return self._signatures[id_]

    def _signature(self, id_: str) -> Mapping[str, Arg]:
        try:
            return signature(build_plan(gather(self.systems[id_], self.steps, self.apis, self.systems)))
        except (Invalid, KeyError):
            return {}

    @cached_property
    def _signatures(self) -> dict[str, Mapping[str, Arg]]:
        return {}

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


def _turned(used: Users) -> Users:
    found: dict[str, list[str]] = defaultdict(list)
    for user in sorted(used):
        for one in used[user]:
            found[one].append(user)
    return {one: tuple(users) for one, users in found.items()}


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
