"""One round of a link: called again and again until its answer counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.call import Call, Outcome, without_credentials
from engine.model import LinkStatus, Round, Verdict
from engine.script import ScriptError

from .judge import Judged, judge
from .place import Answer, Place, Unworkable
from .record import record_call
from .request import make_call
from .retry import GiveUp, decide

_PASSING = frozenset({"busy", "unavailable"})
"""Troubles of the script workers, not of the script: the call is made again."""


class Turn:
    """`holds` judges each answer; None where a loop judges the list instead."""

    def __init__(
        self, place: Place, number: int, loop: dict[str, Any] | None, holds: Callable[[str], bool] | None
    ) -> None:
        self.place, self.held, self.number, self.loop, self.holds = place, place.held, number, loop, holds
        # only in memory: its fields appear in the database as they are set, so a long loop is not written whole
        self.round = place.state.rounds.setdefault(str(number), Round())

    def answer(self) -> Answer:
        """The answer that counts, noted but not yet durable: the caller commits it with what follows from it."""
        while True:
            if self.round.next_try_at:
                self.held.rest_until(self.round.next_try_at)
            with self.place.tools.slot(self.place.api.id, self.place.api.max_concurrency):
                self.held.check()
                answer = self._try()
            if answer:
                return answer

    def _try(self) -> Answer | None:
        if not self.place.tools.may_call():
            self.held.stop("drain")
            self.held.check()
        call = make_call(self.place, self.number, self.loop)
        begun = self.held.clock.now()
        self._begin()
        judged = self._send(call)
        attempt = record_call(self.place, self.number, call, judged, begun)
        return self._go_on(judged, attempt)

    def _begin(self) -> None:
        """Shows that a call is in flight. One that must not be blindly repeated is announced durably first."""
        now, place = self.held.clock.now(), self.place
        place.update(
            status=LinkStatus.RUNNING,
            tries=place.state.tries + 1,
            next_try_at=None,
            started_at=place.state.started_at or now,
            procmmsg=f"calling {place.api.method} {without_credentials(place.api.url)}",
        )
        place.update_round(self.number, tries=self.round.tries + 1, since=self.round.since or now, next_try_at=None)
        if not place.api.repeatable:
            place.update_round(self.number, intent=True)
            self.held.commit()

    def _send(self, call: Call) -> Judged:
        self.place.in_flight += 1
        try:
            outcome = self.place.tools.caller.send(call)
        finally:
            self.place.in_flight -= 1
        return self._judge(outcome)

    def _judge(self, outcome: Outcome) -> Judged:
        judged = judge(outcome, self.place.api)
        if judged.verdict != Verdict.DONE or self.holds is None:
            return judged
        try:
            if self.holds(judged.text):
                return judged
        except ScriptError as error:
            return judged.but(Verdict.FAILED, str(error), hopeless=error.kind not in _PASSING)
        return judged.but(Verdict.NOT_YET, f"not yet: {self.place.definition.condition.val}")

    def _go_on(self, judged: Judged, attempt: str) -> Answer | None:
        if judged.verdict == Verdict.UNKNOWN:
            become_unknown(self.place, judged.message)
            self.held.rest_for_good()
        if judged.verdict == Verdict.DONE:
            self.place.update_round(self.number, result=attempt, intent=False)
            return Answer(judged.text, attempt)
        self._wait_or_give_up(judged)
        return None

    def _wait_or_give_up(self, judged: Judged) -> None:
        self.place.update_round(self.number, intent=False)
        now, tries = self.held.clock.now(), self.round.tries
        if judged.hopeless:
            raise Unworkable(judged.message)
        decision = decide(
            self.place.policy, tries, self.round.since or now, now, judged.retry_after_s, self.place.tools.chance()
        )
        if isinstance(decision, GiveUp):
            raise Unworkable(f"{judged.message}; {decision.reason}")
        self.place.update_round(self.number, next_try_at=decision.at)
        self.place.update(
            status=LinkStatus.RUNNING if self.place.in_flight else LinkStatus.WAITING,
            next_try_at=decision.at,
            procmmsg=f"{judged.message}; try {tries + 1} at {decision.at:%Y-%m-%d %H:%M:%S} UTC",
        )
        self.held.commit()


def become_unknown(place: Place, why: str) -> None:
    """The operator has to say what became of the call (R9)."""
    message = f"{why}: it is not known whether the call took effect; say what to do"
    place.update(status=LinkStatus.UNKNOWN, procmmsg=message, next_try_at=None)
    place.held.add_event("outcome unknown", f"{place.step}/{place.link}", after=why)
    place.held.commit()
