"""What stands in for links that call no API: a system is rehearsed itself, a person says what is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta

from engine.model import Invalid, LinkStatus, Rehearsal, StepType, Task, Verdict
from engine.plan import LinkAt, Plan, TaskDraft, new_task
from engine.run import Answer, Place, Unworkable, record_value
from engine.run.child import result_of
from engine.run.progress import refresh_attention
from engine.run.record import record_note
from engine.run.request import plain_args

from .answers import Answers
from .held import HeldInMemory
from .result import Rehearsed
from .subjects import inner

Perform = Callable[[Plan, Rehearsal, Task, int], Rehearsed]
"""Rehearses a task by its plan; the number: calls that it may make."""
_TASK = "rehearsal-child"


class StandIns:
    def __init__(self, held: HeldInMemory, rehearsal: Rehearsal, answers: Answers, perform: Perform) -> None:
        self._held, self._rehearsal, self._answers, self._perform = held, rehearsal, answers, perform

    def __call__(self, place: Place) -> Answer:
        return _KINDS[place.state.type](self, place)

    # -- systems ---------------------------------------------------------------------------------

    def run_system(self, place: Place) -> Answer:
        """The values of its steps, when its time has come: as they are given, else as it is rehearsed."""
        at = (place.step, place.link)
        self._wait(place, f"waits for a task of {place.definition.api.val.id}", 0)
        text = self._given(place, at) or self._rehearsed(place, at)
        if not place.condition_holds(text):
            raise Unworkable(f"the task is done, but this does not hold: {place.definition.condition.val}")
        return Answer(text, record_value(place, "child", text), "the task is done")

    def _given(self, place: Place, at: LinkAt) -> str:
        scripted = self._answers.next(at)
        if scripted.answer is None:
            return ""
        self._wait(place, place.state.procmmsg, scripted.takes_s)
        return json.dumps(scripted.answer)

    def _rehearsed(self, place: Place, at: LinkAt) -> str:
        run = self._run(place, at)
        self._held.count_calls(run.calls)
        self._held.rest_until(run.ended)
        if run.broken_off:
            self._held.break_off(f"a task of {run.plan.system.id} was broken off: {run.broken_off}")
        if not run.done:
            self._ask_for_repair(place, f"the task of {run.plan.system.id} fails: {run.message}; repair it there")
        return json.dumps(result_of(run.plan, run.task))

    def _run(self, place: Place, at: LinkAt) -> Rehearsed:
        plan = self._held.plan.child_of(*at)
        draft = TaskDraft(system=plan.system.id, args=plain_args(place))
        try:
            task = new_task(plan, draft, _TASK, self._held.clock.now())
        except Invalid as invalid:
            problems = "; ".join(map(str, invalid.problems))
            raise Unworkable(f"no task of {plan.system.id} can be made: {problems}") from None
        return self._perform(plan, inner(self._rehearsal, self._held.plan, at), task, self._held.calls_left)

    def _ask_for_repair(self, place: Place, why: str) -> None:
        """Nobody is there to do it: the rehearsal ends when nothing else goes on."""
        place.update(status=LinkStatus.WAITING, procmmsg=why, asks=why)
        refresh_attention(place.held)
        place.held.commit()
        place.held.rest_for_good()

    # -- people ----------------------------------------------------------------------------------

    def ask_person(self, place: Place) -> Answer:
        """The first answer that the condition accepts."""
        at, question = (place.step, place.link), place.definition.question
        while True:
            self._held.count_call()
            scripted, shown = self._answers.next(at), plain_args(place)
            place.update(tries=place.state.tries + 1)
            self._wait(place, f"waits for {question.asked}: {question.prompt}" if question else "", scripted.takes_s)
            text = json.dumps(self._answers.said(at, scripted))
            if place.condition_holds(text):
                return Answer(text, record_value(place, "given", text), "answered")
            refused = f"not accepted: {place.definition.condition.val}"
            record_note(place, "asked", Verdict.NOT_YET, refused, args=shown, body=text)

    def _wait(self, place: Place, message: str, seconds: float) -> None:
        now = self._held.clock.now()
        place.update(status=LinkStatus.WAITING, started_at=place.state.started_at or now, procmmsg=message)
        self._held.commit()
        self._held.rest_until(now + timedelta(seconds=seconds))


_KINDS: Mapping[StepType, Callable[[StandIns, Place], Answer]] = {
    StepType.SYSTEM: StandIns.run_system,
    StepType.MANUAL: StandIns.ask_person,
}
