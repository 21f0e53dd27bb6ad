"""Tasks: what their pages are under, and the acts on one.

The pages are in `task_list.py`, `task.py`, `new_task.py`, `batch.py` and `schedule.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from engine.model import Task

from .site import Site

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

ACTS: dict[str, Callable[[Site, str], Task]] = {
    "start": lambda site, id_: site.operator.start(id_),
    "pause": lambda site, id_: site.operator.pause(id_),
    "resume": lambda site, id_: site.operator.resume(id_),
    "cancel": lambda site, id_: site.operator.cancel(id_),
    "retry": lambda site, id_: site.repair.retry(id_),
}
