"""What the APIs answer in a rehearsal: each link's script, call by call, and behind it the sample."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from engine.call import Call, InvalidCall, NoReply, NotSent, Outcome, Replied, request_of
from engine.model import Api, Rehearsal, Scripted, StepType, link_in_key
from engine.plan import LinkAt, script_task
from engine.script import Evaluator

from .held import HeldInMemory
from .not_ready import empty_answer, not_ready_answers
from .subjects import script_of

_AS_THE_SAMPLE = Scripted()


class Answers:
    """Takes the place of the network. Each link goes through its script by itself."""

    def __init__(self, held: HeldInMemory, rehearsal: Rehearsal, evaluator: Evaluator) -> None:
        self._held, self._plan, self._evaluator = held, held.plan, evaluator
        self._scripts = {at: script_of(rehearsal.answers, held.plan, at) for at in held.plan.links}
        self._asked: Counter[LinkAt] = Counter()
        self._open: Counter[str] = Counter()
        self._not_ready: dict[LinkAt, Any] = {}

    def send(self, call: Call) -> Outcome:
        self._held.count_call()
        try:
            request_of(call, "rehearsal")
        except InvalidCall as error:
            return NotSent(str(error), "invalid", permanent=True)
        at = link_in_key(call.idempotency_key or "")
        outcome = self._outcome(at, self.next(at))
        self._held.spend(outcome.duration_s)
        return outcome

    @contextmanager
    def place(self, api: Api, _check: Callable[[], None]) -> Iterator[bool]:
        """Whether the API allows one more call at once; held while it is open."""
        free = self._open[api.id] < (api.max_concurrency or self._open[api.id] + 1)
        self._open[api.id] += free
        try:
            yield free
        finally:
            self._open[api.id] -= free

    def next(self, at: LinkAt) -> Scripted:
        """What is said of the call, or the question, that is next at this link."""
        number = self._asked[at]
        self._asked[at] += 1
        for scripted in self._scripts[at]:
            if number < scripted.times:
                return scripted
            number -= scripted.times
        return _AS_THE_SAMPLE

    def _outcome(self, at: LinkAt, scripted: Scripted) -> Outcome:
        api = self._plan.api_of(*at)
        if scripted.no_reply or scripted.takes_s > api.timeout_s:
            return NoReply(f"no reply within {api.timeout_s:g} s", "timeout", duration_s=api.timeout_s)
        reply = _KINDS[_kind(scripted)](self, at, scripted)
        return replace(reply, duration_s=scripted.takes_s)

    # -- kinds of answers ------------------------------------------------------------------------

    def _failing(self, _at: LinkAt, scripted: Scripted) -> Replied:
        text = "" if scripted.answer is None else json.dumps(scripted.answer)
        return Replied(scripted.status or 500, text=text, value=scripted.answer)

    def _not_yet(self, at: LinkAt, scripted: Scripted) -> Replied:
        if at not in self._not_ready:
            self._not_ready[at] = self._find_not_ready(at)
        return _reply(scripted.status, self._not_ready[at])

    def _well(self, at: LinkAt, scripted: Scripted) -> Replied:
        answer = scripted.answer if scripted.answer is not None else self._sample(at)
        return _reply(scripted.status, answer)

    def said(self, at: LinkAt, scripted: Scripted) -> Any:
        """What a person says."""
        if scripted.not_ready:
            return self._not_yet(at, scripted).value
        answer = scripted.answer if scripted.answer is not None else self._sample(at)
        return {} if answer is None else answer

    def _sample(self, at: LinkAt) -> Any:
        """Of an API that has none, the last answer that its script gives."""
        sample = self._plan.api_of(*at).sample if self._plan.link(*at).api_id else None
        given = [one.answer for one in self._scripts[at] if one.answer is not None and not one.fails]
        return given[-1] if sample is None and given else sample

    def _find_not_ready(self, at: LinkAt) -> Any:
        link, sample = self._plan.link(*at), self._sample(at)
        if self._held.link(*at).type == StepType.LOOP:  # its condition judges the list
            return empty_answer(sample)
        task = script_task(self._plan.system, self._held.task)
        for answer in not_ready_answers(link.condition.val, sample, task, self._evaluator):
            return answer
        return self._held.break_off(
            f"{at[0]}/{at[1]} cannot be made not ready: its condition {link.condition.val} holds for every answer "
            'that was tried; write one for which it does not hold in "answer"'
        )


def _reply(status: int | None, answer: Any) -> Replied:
    return Replied(status or 200, text=json.dumps(answer), value=answer)


def _kind(scripted: Scripted) -> str:
    return "failing" if scripted.fails else "not ready" if scripted.not_ready else "well"


_KINDS: Mapping[str, Callable[[Answers, LinkAt, Scripted], Replied]] = {
    "failing": Answers._failing,
    "not ready": Answers._not_yet,
    "well": Answers._well,
}
