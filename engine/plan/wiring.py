"""Wiring by name (R11): where the args of a new task get their values when nobody said so.

In this order: a binding kept on the step's link (or chosen in the draft); the one other step that ends earlier
or runs beside and whose response has a key of that name; another link of the same step; the task arg of that
name; the API's own default. A step that runs beside, or the same step, is passed over where waiting for it would
close a cycle. Two steps to choose from: the user chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.script import parse_value

from .plan import LinkAt, Plan
from .setup import Setup, Setups, setups_of_plan
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
        sources = (*self.given.items(), *self.inferred.items())
        return {arg: raw for (at_step, at_link, arg), raw in sources if (at_step, at_link) == (step, link)}


def wire(plan: Plan, task_args: Mapping[str, Any], chosen: Mapping[ArgAt, Any] | None = None) -> Wiring:
    """The wiring of a new task; `chosen` are bindings that the user gave, before those of the links."""
    wirer = _Wirer(plan, task_args, given_args(plan, chosen or {}))
    wirer.infer_all()
    return wirer.wiring()


def given_args(plan: Plan, chosen: Mapping[ArgAt, Any]) -> dict[ArgAt, Any]:
    """The bindings of the links overlaid with what was chosen; null means none."""
    given = {(*at, arg): raw for at, setup in setups_of_plan(plan).items() for arg, raw in setup.args.items()}
    return {at: raw for at, raw in {**given, **chosen}.items() if raw is not None and at[:2] in plan.links}


def reference_to(root: str, key: str) -> str:
    """`$$step1.name`; a key that is no plain word stands in brackets."""
    quote = "'" if '"' in key else '"'
    return f"$${root}.{key}" if _PLAIN_KEY.fullmatch(key) else f"$${root}[{quote}{key}{quote}]"
