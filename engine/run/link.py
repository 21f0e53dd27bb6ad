"""A link, run: wait for its values, call (or run, or ask) until the condition holds, publish.

An API link has one round; a LOOP link one per item (`loop.py`); a SYSTEM link a task of its own (`child.py`); a MANUAL
link an answer (`person.py`). The kinds differ in `_KINDS` alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.call import BadArg
from engine.model import LinkStatus, StepType, Task
from engine.script import BadSecret, BadValue, Script, ScriptError, UnresolvedValue, parse_value, references
from engine.vault import SecretError

from .child import run_child
from .held import Held, ValueKey
from .loop import run_loop
from .person import ask_person
from .place import Answer, Place, Tools, Unworkable
from .progress import refresh_attention, step_passed
from .turn import Turn, become_unknown, clock_time

MAX_PUBLISHED_BYTES = 262_144
"""A step's published values are part of the task's document, which is written often ..."""
MAX_TASK_BYTES = 8_388_608
"""... and which the database refuses beyond 16 MB."""
HOPELESS = (ScriptError, UnresolvedValue, BadValue, BadArg, BadSecret, SecretError, Unworkable)
"""What no try can mend by itself; each says why, for a person."""
_SMALL = 4_096
"""Bytes of values that no sum need be made for."""
SCRIPTS_AGAIN_AFTER = timedelta(seconds=1)


def run_link(held: Held, tools: Tools, step: str, link: str) -> None:
    """Returns when the link is DONE or FAILED; raises `SetDown` when it has to wait for long."""
    place = Place(held, tools, step, link)
    _find_unknown(place)
    try:
        held.rest_for(_values_needed(place))
        _run(place)
    except HOPELESS as error:
        place.update(status=LinkStatus.FAILED, procmmsg=str(error), next_try_at=None, ended_at=held.clock.now())


def _run(place: Place) -> None:
    """What was answered is kept when a script finds no worker, and looked at again later."""
    while True:
        try:
            return _finish(place, _KINDS[place.state.type](place))
        except ScriptError as error:
            if error.kind != "busy":
                raise
            _wait_for_script_workers(place, error)


def _wait_for_script_workers(place: Place, error: ScriptError) -> None:
    """Saved, not only committed: answers are read from the history, which is behind the journal."""
    at = place.held.clock.now() + SCRIPTS_AGAIN_AFTER
    message = f"{error}; tried again at {clock_time(at)}"
    place.update(status=LinkStatus.WAITING, next_try_at=at, procmmsg=message)
    place.held.save()
    place.held.rest_until(at)


def _find_unknown(place: Place) -> None:
    """A call that was about to be sent when its worker was lost may have had an effect (R9)."""
    for number, round_ in place.state.rounds.items():
        if round_.intent and not round_.result:
            if place.api.on_unknown == "retry":
                place.update_round(int(number), intent=False)
            elif place.state.status != LinkStatus.UNKNOWN:
                become_unknown(place, "the worker was lost while the call was in flight")
    if place.state.status == LinkStatus.UNKNOWN:
        place.held.rest_for_good()


def _values_needed(place: Place) -> list[ValueKey]:
    read = references(parse_value([place.state.args, place.state.largs]))
    steps = [reference for reference in read if reference.root not in ("TASK", "SECRET")]
    return [(item.root, str(item.path[0]) if item.path else None) for item in steps]


def _run_once(place: Place) -> Answer:
    if "0" in place.state.rounds and (given := place.state.rounds["0"].result):  # an operator gave the answer
        return Answer(place.tools.bodies([given])[given], given)
    return Turn(place, 0, None, place.condition_holds).answer()


def _finish(place: Place, answer: Answer) -> None:
    """DONE and published, in one write; who waits for the values is woken when that is durable."""
    held, step = place.held, place.step
    published = {
        key: place.evaluate(f"response.{key}", Script.expr(source.key), answer.text)
        for key, source in held.plan.step(step).response.items()
        if source.fromapi == place.link
    }
    _check_size(held.task, published)
    if published:
        held.update_step(step, response=held.step(step).response | published)
    calls = place.state.tries
    asked = place.state.asks
    place.update(
        status=LinkStatus.DONE,
        result=answer.attempt,
        next_try_at=None,
        ended_at=held.clock.now(),
        procmmsg=answer.said or f"done after {calls} {'call' if calls == 1 else 'calls'}",
    )
    if asked:
        place.update(asks="")
        refresh_attention(held)
    step_passed(held, step)
    held.announce(step)


def _check_size(task: Task, published: dict[str, Any]) -> None:
    if not published:
        return
    size = len(json.dumps(published))
    if size > MAX_PUBLISHED_BYTES:
        raise Unworkable(f"it publishes {size:,} bytes; {MAX_PUBLISHED_BYTES:,} is the most: narrow the response keys")
    known = sum(len(json.dumps(info.response)) for info in task.step_info.values()) if size > _SMALL else 0
    if size + known > MAX_TASK_BYTES:
        raise Unworkable(
            f"the task's steps would publish {size + known:,} bytes together; {MAX_TASK_BYTES:,} is the most: "
            "narrow the response keys"
        )


def _or_stand_in(run: Callable[[Place], Answer]) -> Callable[[Place], Answer]:
    return lambda place: place.tools.stand_in(place) if place.tools.stand_in else run(place)


_KINDS: dict[StepType, Callable[[Place], Answer]] = {
    StepType.API: _run_once,
    StepType.LOOP: run_loop,
    StepType.SYSTEM: _or_stand_in(run_child),
    StepType.MANUAL: _or_stand_in(ask_person),
}
