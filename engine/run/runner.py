"""A held task from claim to setting down: the walk, and what its end comes to."""

from __future__ import annotations

import logging

from .held import Held, Lost, SetDown
from .place import Tools
from .progress import settle, settle_broken
from .walk import walk

log = logging.getLogger(__name__)


def run_task(held: Held, tools: Tools) -> None:
    """Returns when the worker holds the task no longer. Never raises for what a task or an API does."""
    try:
        _walk(held, tools)
        settle(held)
    except Lost:
        log.info("task_lost", extra={"task": held.task.id, "epoch": held.task.epoch})
    except Exception:
        log.exception("task_broken", extra={"task": held.task.id})
        _set_down_broken(held)


def set_down(held: Held) -> None:
    """From outside, with calls still in flight: their answers will not be written any more."""
    try:
        settle(held)
    except Lost:
        return
    held.stop("lost")


def _walk(held: Held, tools: Tools) -> None:
    try:
        walk(held, tools, held.plan.flow)
    except Lost:
        raise
    except SetDown:
        return


def _set_down_broken(held: Held) -> None:
    """A fault of ours: the task is kept, tried again in a while, and says so."""
    try:
        settle_broken(held)
    except Exception:
        log.exception("task_kept_until_lease_ends", extra={"task": held.task.id})
