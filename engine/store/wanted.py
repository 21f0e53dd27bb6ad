"""What a list of tasks shows: conditions on what is stored of each, all of which hold. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model import TASK_ACTIVE, StepStatus, TaskStatus, lateness, slack_now_s

Raw = Mapping[str, Any]

_UNDER_WAY = frozenset({*TASK_ACTIVE, TaskStatus.PAUSED})


@dataclass(frozen=True, slots=True)
class Condition:
    """That `key` is one of `values`; none of them, where it is `refused`."""

    key: str
    values: frozenset[str]
    refused: bool = False

    def holds(self, raw: Raw, now: datetime) -> bool:
        return _TESTS[self.key](raw, self.values, now) != self.refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """No condition: every task."""

    conditions: tuple[Condition, ...] = ()

    def holds(self, raw: Raw, now: datetime) -> bool:
        """Of a stored document, or what of it `fields` names."""
        return all(condition.holds(raw, now) for condition in self.conditions)

    def values(self, key: str) -> frozenset[str]:
        """Of which one is wanted; empty when any will do."""
        asked = [condition.values for condition in self.conditions if condition.key == key and not condition.refused]
        return frozenset.intersection(*asked) if asked else frozenset()

    def fields(self) -> set[str]:
        """What of a document the conditions look at."""
        return {field for condition in self.conditions for field in _FIELDS[condition.key]}


def at_steps(raw: Raw) -> list[str]:
    """The steps that run, else those that failed."""
    steps = raw.get("step_info") or {}
    for status in (StepStatus.RUNNING, StepStatus.FAILED):
        if found := [step for step, info in steps.items() if info.get("status") == status]:
            return found
    return []


def lateness_of(raw: Raw, now: datetime) -> str:
    """Of a task that is over: no."""
    if raw["status"] not in _UNDER_WAY:
        return "no"
    at = raw.get("paused_at") or now
    return lateness(raw.get("deadline"), slack_now_s(raw.get("slack_s"), raw.get("slack_ends_at"), at), at)


def _has_text(raw: Raw, words: frozenset[str], _now: datetime) -> bool:
    """Letter by letter, upper or lower case: a person typed it, and means no pattern."""
    texts = [str(raw.get(field) or "").casefold() for field in _FIELDS["text"]]
    return any(word.casefold() in text for word in words for text in texts)


_TESTS: dict[str, Callable[[Raw, frozenset[str], datetime], bool]] = {
    "status": lambda raw, values, _now: raw["status"] in values,
    "system": lambda raw, values, _now: raw.get("system") in values,
    "label": lambda raw, values, _now: not values.isdisjoint(map(str, raw.get("labels") or ())),
    "step": lambda raw, values, _now: not values.isdisjoint(at_steps(raw)),
    "late": lambda raw, values, now: lateness_of(raw, now) in values,
    "attention": lambda raw, values, _now: ("yes" if raw.get("attention") else "no") in values,
    "text": _has_text,
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "status": ("status",),
    "system": ("system",),
    "label": ("labels",),
    "step": ("step_info",),
    "late": ("status", "deadline", "paused_at", "slack_s", "slack_ends_at"),
    "attention": ("attention",),
    "text": ("_id", "name", "system", "process_msg"),
}
KEYS = tuple(_TESTS)
