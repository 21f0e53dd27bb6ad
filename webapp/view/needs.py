"""Who needs which value: what the args of each link name, whether it is there, and who reads what a step publishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.model import STEP_PASSED, Definition, LinkState, Task
from engine.script import BadValue, ScriptError, parse_value, references

from .badge import status_word

TASK = "TASK"
_SECRET = "SECRET"  # noqa: S105  the word that stands in a reference, no secret
ValueKey: TypeAlias = tuple[str, str | None]
"""A step (or `TASK`) and a key of what it publishes; None stands for the whole of it."""


@dataclass(frozen=True, slots=True)
class Need:
    """A value that a link reads, and who publishes it."""

    step: str
    key: str | None
    source: str
    """The link that publishes it; empty when the step as a whole is read."""
    status: str
    """Of that link or step, as a word."""
    there: bool

    @property
    def value(self) -> str:
        return f"{self.step}.{self.key}" if self.key else self.step

    @property
    def place(self) -> str:
        return f"{self.step}/{self.source}" if self.source else self.step


@dataclass(frozen=True, slots=True)
class Reader:
    """An arg of a link, or the rounds of its loop (`largs`)."""

    step: str
    link: str
    arg: str


Readers: TypeAlias = Mapping[ValueKey, tuple[Reader, ...]]


def values_read(raw: Any) -> tuple[ValueKey, ...]:
    """What a value names of the task and its steps, each once; nothing for what cannot be read."""
    try:
        read = [one for one in references(parse_value(raw)) if one.root != _SECRET]
    except (BadValue, ScriptError):
        return ()
    return tuple(dict.fromkeys((one.root, str(one.path[0]) if one.path else None) for one in read))


def needs_of(task: Task, definition: Definition, state: LinkState) -> tuple[Need, ...]:
    """The values of other steps that its args or its loop name."""
    read = values_read([state.args, state.largs])
    return tuple(_need(task, definition, step, key) for step, key in read if step in task.step_info)


def readers(task: Task) -> Readers:
    """For each value that is read: by whom."""
    found: dict[ValueKey, list[Reader]] = {}
    for value, reader in _reads(task):
        found.setdefault(value, []).append(reader)
    return {value: tuple(who) for value, who in found.items()}


def _reads(task: Task) -> Iterator[tuple[ValueKey, Reader]]:
    for step, info in task.step_info.items():
        for link, state in info.api_status.items():
            for arg, raw in (*state.args.items(), ("largs", state.largs)):
                for value in values_read(raw):
                    yield value, Reader(step, link, arg)


def _need(task: Task, definition: Definition, step: str, key: str | None) -> Need:
    info = task.step_info[step]
    there = info.status in STEP_PASSED or key in info.response
    response = definition.steps[step].response.get(key or "") if step in definition.steps else None
    if response is None or response.fromapi not in info.api_status:
        return Need(step, key, "", status_word(info.status), there)
    return Need(step, key, response.fromapi, status_word(info.api_status[response.fromapi].status), there)
