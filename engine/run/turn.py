"""One round of a link: called again and again until its answer counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from engine.call import Call, NoReply, Outcome, without_credentials
from engine.model import LinkStatus, Round, Verdict
from engine.script import ScriptError

from .judge import Judged, judge
from .place import Answer, Place, Unworkable
from .progress import refresh_attention
from .record import record_call
from .request import make_call
from .retry import GiveUp, decide

_FIRST_LOOK_S, _LONGEST_LOOK_S = 3.0, 60.0
"""Between two looks for a place among the calls of an api."""

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
        self._asked_again = False

    def answer(self) -> Answer:
        """The answer that counts, noted but not yet durable: the caller commits it with what follows from it."""
        while True:
            if self.round.next_try_at:
                self.held.rest_until(self.round.next_try_at)
            with self.place.tools.slot(self.place.api, self.held.check) as free:
                self.held.check()
                if free and (answer := self._try()):
                    return answer
            if not free:
                self._look_later()

    def _look_later(self) -> None:
        """Its api has no place for one more call: the task may be set down meanwhile, and others run."""
        api, looks = self.place.api, self.round.looks
        pause = min(_LONGEST_LOOK_S, _FIRST_LOOK_S * 1.5**looks) * (1 + self.place.tools.chance())
        at = self.held.clock.now() + timedelta(seconds=pause)
        self.place.update_round(self.number, next_try_at=at, looks=looks + 1)
        message = f"waits for a place: {api.id} allows {api.max_concurrency} calls at once; looks again at"
        self._wait_until(at, f"{message} {clock_time(at)}")

    def _try(self) -> Answer | None:
        call = make_call(self.place, self.number, self.loop)
        self.place.check_lease()
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
        since = self.round.since or now
        place.update_round(self.number, tries=self.round.tries + 1, since=since, next_try_at=None, looks=0)
        if not place.api.repeatable:
            self._announce()

    def _announce(self) -> None:
        """Should the database have kept it waiting until the lease was too old, nothing is sent and it is taken back.

        If that cannot be written any more, whoever has the task now takes the call for unknown.
        """
        place = self.place
        place.update_round(self.number, intent=True)
        self.held.commit()
        if not place.tools.may_call():
            place.update(tries=place.state.tries - 1)
            place.update_round(self.number, intent=False, tries=self.round.tries - 1)
            self.held.commit()
            self.held.stop("drain")  # even if the lease was renewed meanwhile: what is not announced is not sent
            self.held.check()

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
        at = now if self._repeats_at_once(judged) else decision.at
        self.place.update_round(self.number, next_try_at=at)
        self._wait_until(at, f"{judged.message}; try {tries + 1} at {clock_time(at)}")

    def _repeats_at_once(self, judged: Judged) -> bool:
        """What may have had its effect is asked about again at once, with its key; but not twice in a row."""
        unknown = isinstance(judged.outcome, NoReply) and not self.place.api.repeatable
        self._asked_again, before = unknown, self._asked_again
        return unknown and not before

    def _wait_until(self, at: datetime, message: str) -> None:
        status = LinkStatus.RUNNING if self.place.in_flight else LinkStatus.WAITING
        self.place.update(status=status, next_try_at=at, procmmsg=message)
        self.held.commit_or_park(at)


def clock_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def become_unknown(place: Place, why: str) -> None:
    """The operator has to say what became of the call (R9); the task says so while its other links go on."""
    message = f"{why}: it is not known whether the call took effect; say what to do"
    place.update(status=LinkStatus.UNKNOWN, procmmsg=message, next_try_at=None)
    refresh_attention(place.held)
    place.held.add_event("outcome unknown", f"{place.step}/{place.link}", after=why)
    place.held.commit()
