"""Wiring by name (R11): where the args of a new task get their values when nobody said so.

In this order: a binding kept on the step's link (or chosen in the draft); the one other step that ends earlier
or runs beside and whose response has a key of that name; another link of the same step; the task arg of that
name; the API's own default. A step that runs beside, or the same step, is passed over where waiting for it would
close a cycle. Two steps to choose from: the user chooses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .plan import LinkAt, Plan
from .setup import Setups, setups_of_plan
from .waits import knots, value_edges, waits_of

ArgAt = tuple[str, str, str]
"""An arg where it stands: step id, link id, name of the arg."""
Candidate = tuple[str, str]
"""A step and the key of its response that could fill an arg."""

_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*|\d+")


@dataclass(frozen=True)
class Wiring:
    """Where each arg's value comes from. An arg stands in exactly one of the five."""

    given: Mapping[ArgAt, Any]
    """Bound on the step's link, or chosen by the user."""
    inferred: Mapping[ArgAt, str]
    ambiguous: Mapping[ArgAt, tuple[Candidate, ...]]
    """Several steps could fill it: the user must choose."""
    defaulted: Mapping[ArgAt, Any]
    """Needs no binding: the API has a default."""
    unbound: tuple[ArgAt, ...]

    def args_of(self, step: str, link: str) -> dict[str, Any]:
        """The bindings to write into a task's link: what is given, then what is inferred."""
        return dict(self._by_link.get((step, link), {}))

    @cached_property
    def _by_link(self) -> Mapping[LinkAt, Mapping[str, Any]]:
        found: dict[LinkAt, dict[str, Any]] = {}
        for (step, link, arg), raw in (*self.given.items(), *self.inferred.items()):
            found.setdefault((step, link), {})[arg] = raw
        return found


def wire(
    plan: Plan,
    task_args: Mapping[str, Any],
    chosen: Mapping[ArgAt, Any] | None = None,
    defaulted: Collection[ArgAt] = (),
) -> Wiring:
    """The wiring of a new task; `chosen` are bindings that the user gave, before those of the links.

    Those `defaulted` are left to the API's own default, whatever could fill them.
    """
    given = {at: raw for at, raw in given_args(plan, chosen or {}).items() if at not in defaulted}
    wirer = _Wirer(plan, task_args, given, frozenset(defaulted))
    wirer.infer_all()
    return wirer.wiring()


def given_args(plan: Plan, chosen: Mapping[ArgAt, Any]) -> dict[ArgAt, Any]:
    """The bindings of the links overlaid with what was chosen; null means none."""
    given = {(*at, arg): raw for at, setup in setups_of_plan(plan).items() for arg, raw in setup.args.items()}
    bound = [*given.items(), *chosen.items()]
    return {at: raw for at, raw in bound if raw is not None and at[:2] in plan.links}


def reference_to(root: str, key: str) -> str:
    """`$$step1.name`; a key that is no plain word stands in brackets."""
    quote = "'" if '"' in key else '"'
    return f"$${root}.{key}" if _PLAIN_KEY.fullmatch(key) else f"$${root}[{quote}{key}{quote}]"


def _can_be_named(key: str) -> bool:
    """A key with quotes of both kinds has no reference."""
    return not ("'" in key and '"' in key)


class _Wirer:
    """First everything by name, then what would close a cycle is taken back and sought elsewhere."""

    def __init__(
        self, plan: Plan, task_args: Mapping[str, Any], given: dict[ArgAt, Any], defaulted: frozenset[ArgAt]
    ) -> None:
        self._plan, self._task_args, self._given, self._defaulted = plan, task_args, given, defaulted
        self._picked: dict[ArgAt, Candidate] = {}
        self._ambiguous: dict[ArgAt, tuple[Candidate, ...]] = {}
        self._left: list[ArgAt] = []

    def infer_all(self) -> None:
        for at in self._open_args():
            candidates = self._candidates(at)
            if len(candidates) > 1:
                self._ambiguous[at] = candidates
            elif candidates:
                self._picked[at] = candidates[0]
            else:
                self._left.append(at)
        for at in self._in_knots():
            del self._picked[at]
            self._left.append(at)

    def wiring(self) -> Wiring:
        inferred = {at: reference_to(*candidate) for at, candidate in self._picked.items()}
        from_task = {at: reference_to("TASK", at[2]) for at in self._left if self._is_given_to_task(at[2])}
        rest = [at for at in self._left if at not in from_task]
        rest += [at for at in self._args() if at in self._defaulted]
        defaults = {at: self._default(at) for at in rest}
        defaulted = {at: value for at, value in defaults.items() if value is not None}
        unbound = tuple(at for at in rest if at not in defaulted)
        return Wiring(self._given, inferred | from_task, self._ambiguous, defaulted, unbound)

    def _is_given_to_task(self, arg: str) -> bool:
        return self._task_args.get(arg) is not None and _can_be_named(arg)

    def _open_args(self) -> Iterator[ArgAt]:
        return (at for at in self._args() if at not in self._given and at not in self._defaulted)

    def _args(self) -> Iterator[ArgAt]:
        for step, link in self._plan.links:
            for arg in self._plan.args_of(step, link):
                yield step, link, arg

    def _candidates(self, at: ArgAt) -> tuple[Candidate, ...]:
        """Other steps first; the same step only where no other offers the key."""
        step, link, arg = at
        makers = self._plan.makers.get(arg, ()) if _can_be_named(arg) else ()
        others = tuple((maker, arg) for maker in makers if self._relation(maker, step) in ("before", "beside"))
        if others or step not in makers:
            return others
        made_by = self._plan.step(step).response[arg].fromapi
        return ((step, arg),) if made_by != link else ()

    def _in_knots(self) -> list[ArgAt]:
        """Inferred bindings that take part in a cycle of waits; one to an earlier step never does."""
        risky = {at: who for at, who in self._picked.items() if self._relation(who[0], at[0]) != "before"}
        if not risky:
            return []
        graph = waits_of(self._plan, value_edges(self._plan, self._as_setups()))
        knot_of = {node: knot for knot in knots(graph) for node in knot}
        return [at for at, who in risky.items() if self._maker(who) in knot_of.get(at[:2], frozenset())]

    def _as_setups(self) -> Setups:
        bindings: dict[LinkAt, dict[str, Any]] = {at: {} for at in self._plan.links}
        for (step, link, arg), raw in self._given.items():
            bindings[step, link][arg] = raw
        for (step, link, arg), candidate in self._picked.items():
            bindings[step, link][arg] = reference_to(*candidate)
        return {at: replace(setup, args=bindings[at]) for at, setup in setups_of_plan(self._plan).items()}

    def _relation(self, one: str, other: str) -> str:
        return self._plan.order.relation(one, other)

    def _maker(self, candidate: Candidate) -> LinkAt:
        step, key = candidate
        return step, self._plan.step(step).response[key].fromapi

    def _default(self, at: ArgAt) -> Any:
        step, link, arg = at
        return self._plan.args_of(step, link)[arg].val
