"""Named points in a worker's life at which it can be made to die or to stop: methods wrapped, nothing changed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Any

from engine.call import Caller
from engine.model import TaskStatus
from engine.run import Held
from engine.store.change import Change
from engine.store.journal import Journal, Record
from engine.store.leases import Leases
from engine.store.tasks import Tasks

Applies = Callable[..., bool]


def _always(*_: Any) -> bool:
    return True


def _wanted(_leases: Leases, wanted: list[Any], _worker: str) -> bool:
    return bool(wanted)


def _an_intent(_journal: Journal, records: list[Record]) -> bool:
    return any(path.endswith(".intent") and value for record in records for path, value in record.sets.items())


def _an_intent_in_a_step(_tasks: Tasks, changes: list[Change]) -> bool:
    steps = [value for change in changes for path, value in change.packed.items() if path.startswith("step_info.")]
    links = [link for step in steps for link in step["api_status"].values()]
    return any(round_["intent"] for link in links for round_ in link["rounds"].values())


def _an_attempt(_journal: Journal, records: list[Record]) -> bool:
    return any(record.trail.attempts for record in records)


def _a_parking(_tasks: Tasks, changes: list[Change]) -> bool:
    return any(move.after == TaskStatus.WAITING for change in changes for move in change.moves)


_METHODS: dict[str, list[tuple[type, str, Applies]]] = {
    "claim": [(Leases, "claim", _wanted)],
    "intent": [(Journal, "append", _an_intent), (Tasks, "apply", _an_intent_in_a_step)],
    "call": [(Caller, "send", _always)],
    "record": [(Journal, "append", _an_attempt)],
    "publish": [(Held, "announce", _always)],
    "park": [(Tasks, "apply", _a_parking)],
}
NAMES = [f"{when}_{what}" for what in _METHODS for when in ("before", "after")]


def install(name: str, nth: int, number: signal.Signals) -> None:
    """The process gets the signal the `nth` time that it passes the point; only that time."""
    when, _, what = name.partition("_")
    passed = 0

    def pass_() -> None:
        nonlocal passed
        passed += 1
        if passed == nth:
            os.kill(os.getpid(), number)

    for owner, method, applies in _METHODS[what]:
        _wrap(owner, method, _before(applies, pass_) if when == "before" else _after(applies, pass_))


def install_poison(prefix: str) -> None:
    """A call for a task whose id begins so is the end of the process."""

    def is_poison(_caller: Caller, call: Any) -> bool:
        return (call.idempotency_key or "").startswith(prefix)

    _wrap(Caller, "send", _before(is_poison, lambda: os.kill(os.getpid(), signal.SIGKILL)))


Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def _before(applies: Applies, act: Callable[[], None]) -> Wrapper:
    def wrapper(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            if applies(*args):
                act()
            return method(*args)

        return wrapped

    return wrapper


def _after(applies: Applies, act: Callable[[], None]) -> Wrapper:
    def wrapper(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            result = method(*args)
            if applies(*args):
                act()
            return result

        return wrapped

    return wrapper


def _wrap(owner: type, name: str, wrapper: Wrapper) -> None:
    method = getattr(owner, name)
    setattr(owner, name, wraps(method)(wrapper(method)))
