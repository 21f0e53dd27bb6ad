"""A held task from claim to setting down: the walk, and what its end comes to."""

from __future__ import annotations

import logging
from datetime import timedelta

from engine.store import StoreError, unwell

from .begin import begin_claimed
from .family import Children, heed_parent
from .held import Held, Lost, SetDown
from .place import Tools
from .progress import settle
from .walk import walk

AGAIN_AFTER = timedelta(minutes=1)

log = logging.getLogger(__name__)


def run_task(held: Held, tools: Tools) -> None:
    """Returns when the worker holds the task no longer. Never raises for what a task or an API does."""
    try:
        if begin_claimed(held):
            if tools.children:
                heed_parent(held, tools.children)
            _walk(held, tools)
            settle(held)
        if tools.children:
            tools.children.tell_parent(held.task, held.clock.now())
    except Lost:
        log.info("task_lost", extra={"task": held.task.id, "epoch": held.task.epoch})
    except Exception as error:
        if isinstance(error, StoreError) and unwell(error):
            _leave(held, error)
        else:
            log.exception("task_broken", extra={"task": held.task.id})
            _set_down_broken(held)


def set_down(held: Held, children: Children) -> None:
    """From outside, with calls still in flight: their answers will not be written any more."""
    held.stop("drain")
    try:
        settle(held)
        children.tell_parent(held.task, held.clock.now(), lambda: True)
    except Lost:
        return
    except StoreError as error:
        _leave(held, error)
    held.stop("lost")


def _walk(held: Held, tools: Tools) -> None:
    try:
        walk(held, tools, held.plan.flow)
    except Lost:
        raise
    except SetDown:
        return


def _set_down_broken(held: Held) -> None:
    """A fault of ours: what is durable stays, the rest is dropped; it is tried again in a while, and says so."""
    held.stop("lost")
    again_at = held.clock.now() + AGAIN_AFTER
    try:
        held.give_back(again_at, "an internal error stopped it, see the log; it is tried again every minute")
    except StoreError as error:
        _leave(held, error)


def _leave(held: Held, error: StoreError) -> None:
    """The database is away: what is durable is what whoever takes the task up will find."""
    held.stop("lost")
    log.warning("task_left", extra={"task": held.task.id, "reason": str(error)[:200]})
