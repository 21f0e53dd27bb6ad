"""Which plan a new task of a system would get: asked on every task's page, so it is worked out once per save."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from engine.model import TASK_OVER, Invalid, Task, TaskStatus

from .site import site

_FOR_GOOD = TASK_OVER - {TaskStatus.FAILED}


class Newest:
    """Of one process. What cannot be run, or is not there any more, has no plan."""

    def __init__(self) -> None:
        self._version = -1
        self._hashes: dict[str, str] = {}

    def hash_of(self, system: str) -> str:
        version = site().store.definitions.version()
        if version != self._version:
            self._version, self._hashes = version, {}
        if system not in self._hashes:
            self._hashes[system] = _hash_of(system)
        return self._hashes[system]


def _hash_of(system: str) -> str:
    try:
        return site().operator.plan_for(system).hash
    except Invalid:
        return ""


def init_app(app: Flask) -> None:
    app.extensions["newest"] = Newest()


def newest_plan(system: str) -> str:
    """Its hash; empty where there is none."""
    return cast(Newest, current_app.extensions["newest"]).hash_of(system)


def is_older(task: Task) -> bool:
    """Whether the task was made from an older definition than its system has now, and could still get that."""
    if task.status in _FOR_GOOD:
        return False
    return newest_plan(task.system) not in ("", task.plan)
