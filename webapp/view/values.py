"""Every value of a task and where it came from: its own args, what steps publish, what each call was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.model import Attempt, Definition, LinkState, StepInfo, Task

from .flow import written
from .needs import TASK, Reader, Readers, readers, values_read
from .text import compact, shortened

_VALUE = 160


@dataclass(frozen=True, slots=True)
class TaskValue:
    """An arg of the task. `own` is False for one of the system's `def_args`."""

    name: str
    value: str
    own: bool
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A key of a step's response. `value` is None until it is there; `attempt`: the number of the one that made it."""

    key: str
    value: str | None
    link: str
    path: str
    attempt: int | None
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What an arg names: a step's value, or a task's arg when `step` is empty; `key` is empty for the whole."""

    step: str
    key: str


@dataclass(frozen=True, slots=True)
class ArgValue:
    """An arg of a link; `written` is empty for the default of its api. `sent` is None until a call was made."""

    link: str
    name: str
    written: str
    sent: str | None
    origins: tuple[Origin, ...]
    attempt: int | None


@dataclass(frozen=True, slots=True)
class StepValues:
    step: str
    published: tuple[Published, ...]
    args: tuple[ArgValue, ...]


def task_values(task: Task, definition: Definition) -> tuple[TaskValue, ...]:
    read_by = readers(task)
    values = {**definition.system.def_args, **task.args}
    return tuple(
        TaskValue(name, _clip(value), name in task.args, read_by.get((TASK, name), ()))
        for name, value in values.items()
    )


def step_values(
    task: Task, definition: Definition, attempts: Mapping[str, Attempt], steps: Iterable[str]
) -> tuple[StepValues, ...]:
    """`attempts`: the last call and the result of each link, by id."""
    read_by = readers(task)
    return tuple(
        StepValues(
            step,
            tuple(_published(definition, step, task.step_info[step], attempts, read_by)),
            tuple(_args(task.step_info[step], attempts)),
        )
        for step in steps
    )


def value_rows(task: Task, definition: Definition) -> dict[str, int]:
    """How many rows each step takes."""
    return {
        step: len(definition.steps[step].response) + sum(len(state.args) for state in info.api_status.values())
        for step, info in task.step_info.items()
        if step in definition.steps
    }


def _published(
    definition: Definition, step: str, info: StepInfo, attempts: Mapping[str, Attempt], read_by: Readers
) -> Iterator[Published]:
    for key, source in definition.steps[step].response.items():
        state = info.api_status.get(source.fromapi)
        made = attempts.get(state.result or "") if state else None
        value = _clip(info.response[key]) if key in info.response else None
        number = made.seq if made and value is not None else None
        yield Published(key, value, source.fromapi, source.key, number, read_by.get((step, key), ()))


def _args(info: StepInfo, attempts: Mapping[str, Attempt]) -> Iterator[ArgValue]:
    for state in info.api_status.values():
        last = attempts.get(state.last or "")
        for name, raw in _bound(state, last).items():
            sent = _clip(last.args[name]) if last and name in last.args else None
            text = written(raw) if name in state.args else ""
            yield ArgValue(state.id, name, text, sent, tuple(_origins(raw)), last.seq if last else None)


def _bound(state: LinkState, last: Attempt | None) -> dict[str, Any]:
    """What is bound, then what came from the api's defaults."""
    rest = dict.fromkeys(name for name in (last.args if last else {}) if name not in state.args)
    return {**state.args, **rest}


def _origins(raw: Any) -> Iterator[Origin]:
    for root, key in values_read(raw):
        yield Origin("" if root == TASK else root, key or "")


def _clip(value: Any) -> str:
    return shortened(compact(value), _VALUE)
