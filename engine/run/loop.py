"""A LOOP link: one call per round, in order or some side by side; then the list is reduced and judged.

Each round's answer is durable on its own: after a crash the rounds that were answered are not called again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from engine.model import LinkStatus
from engine.script import Script, names_in, parse_value, resolve

from .place import Answer, Place, Unworkable
from .record import record_value
from .retry import GiveUp, decide
from .turn import Turn, clock_time

MAX_ROUNDS = 10_000
MAX_RESULT_BYTES = 8_388_608
"""Of a loop's list, or of what `lresult` makes of it: it is kept as one attempt."""

Loop = dict[str, Any]
"""What scripts see as `loop`: index (from 0), count, item."""


def run_loop(place: Place) -> Answer:
    """The judged list, or what `lresult` made of it."""
    while True:
        if place.state.next_try_at and not place.state.rounds:  # between two laps
            place.held.rest_until(place.state.next_try_at)
        loops = _loops(place)
        answer = _reduce(place, loops, _run_rounds(place, loops))
        if place.condition_holds(answer.text):
            return answer
        _wait_for_next_lap(place)


def _loops(place: Place) -> list[Loop]:
    largs = resolve(parse_value(place.state.largs), place.scope(None), place.run_script)
    if any(names_in(largs)):
        raise Unworkable("a loop cannot run over a secret: bind it to an arg instead")
    items = _items(largs)
    if len(items) > MAX_ROUNDS:
        raise Unworkable(f"largs asks for more than {MAX_ROUNDS:,} rounds")
    if place.state.total != len(items):
        place.update(total=len(items))
    return [{"index": index, "count": len(items), "item": item} for index, item in enumerate(items)]


def _items(largs: Any) -> list[Any]:
    """A count gives as many empty items."""
    if isinstance(largs, list):
        return largs
    if isinstance(largs, str) and largs.strip().isdecimal():
        largs = int(largs)
    if isinstance(largs, bool) or not isinstance(largs, int) or largs < 0:
        raise Unworkable(f"largs is {largs!r}: a loop takes a number of rounds from 0 on, or a list")
    return [None] * min(largs, MAX_ROUNDS + 1)


def _run_rounds(place: Place, loops: list[Loop]) -> dict[int, Answer]:
    answers = _recall(place, len(loops))
    waiting = iter([loop for loop in loops if loop["index"] not in answers])
    take = partial(_take_rounds, place, waiting, answers)
    side_by_side = min(place.state.lparallel or 1, len(loops))
    if side_by_side <= 1:
        take()
    else:
        place.held.side_by_side([take] * side_by_side)
    return answers


def _take_rounds(place: Place, waiting: Iterator[Loop], answers: dict[int, Answer]) -> None:
    for loop in waiting:
        answers[loop["index"]] = Turn(place, loop["index"], loop, None).answer()
        place.update(procmmsg=f"round {len(answers)} of {loop['count']} is answered")
        place.held.commit()


def _recall(place: Place, count: int) -> dict[int, Answer]:
    """Answers of earlier rounds, from before a restart."""
    known = {int(number): round_.result for number, round_ in place.state.rounds.items() if round_.result}
    wanted = {number: attempt for number, attempt in known.items() if number < count}
    bodies = place.tools.bodies(list(wanted.values())) if wanted else {}
    return {number: Answer(bodies[attempt], attempt) for number, attempt in wanted.items()}


def _reduce(place: Place, loops: list[Loop], answers: dict[int, Answer]) -> Answer:
    text = "[" + ",".join(answers[loop["index"]].text for loop in loops) + "]"
    if place.state.lresult:
        last = loops[-1] if loops else {"index": -1, "count": 0, "item": None}
        text = json.dumps(place.evaluate("lresult", Script.body(place.state.lresult), text, last))
    if len(text) > MAX_RESULT_BYTES:
        raise Unworkable(
            f"the rounds' answers come to {len(text):,} bytes; {MAX_RESULT_BYTES:,} is the most: "
            "let lresult make less of them, or loop over less"
        )
    return Answer(text, record_value(place, "reduce", text))


def _wait_for_next_lap(place: Place) -> None:
    """The condition does not hold for the list as a whole: all rounds are called again, later."""
    now = place.held.clock.now()
    since = min((round_.since for round_ in place.state.rounds.values() if round_.since), default=now)
    laps = place.state.laps + 1
    decision = decide(place.policy, laps, since, now, None, place.tools.chance())
    if isinstance(decision, GiveUp):
        raise Unworkable(f"the condition does not hold for the list; {decision.reason}")
    message = f"not yet: {place.definition.condition.val}; all rounds again at {clock_time(decision.at)}"
    place.update(status=LinkStatus.WAITING, laps=laps, rounds={}, next_try_at=decision.at, procmmsg=message)
    place.held.commit_or_park(decision.at)
