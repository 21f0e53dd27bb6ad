"""A MANUAL link: a person is asked, and the link waits for the answer, for as long as it takes.

The answer is an attempt that an act of the person has written (`engine/command/answer.py`); here the condition judges
it. One that it does not accept is kept, and the question stands.
"""

from __future__ import annotations

from datetime import timedelta

from engine.model import LinkStatus, ManualUse, Verdict

from .place import Answer, Place
from .progress import refresh_attention
from .record import record_note
from .request import plain_args
from .turn import clock_time

_SHOWN = 300
"""Characters of a prompt in messages and lists."""


def ask_person(place: Place) -> Answer:
    """The answer that the condition accepts."""
    while True:
        answer = _given(place)
        if answer and place.condition_holds(answer.text):
            return answer
        if answer:
            _refuse(place, answer)
        elif not place.state.asks:
            _ask(place)
        _rest(place)


def _given(place: Place) -> Answer | None:
    round_ = place.state.rounds.get("0")
    if round_ is None or not round_.result:
        return None
    return Answer(place.tools.bodies([round_.result])[round_.result], round_.result, place.state.procmmsg)


def _ask(place: Place) -> None:
    """What its args name is shown beside the question, as it is now."""
    question, now = _question(place), place.held.clock.now()
    record_note(place, "asked", Verdict.NOT_YET, _words(question), args=plain_args(place))
    remind_at = now + timedelta(seconds=question.remind_after_s) if question.remind_after_s else None
    place.update(started_at=now, next_try_at=remind_at)
    _say(place, f"waits for {question.asked}: {_words(question)}")


def _refuse(place: Place, answer: Answer) -> None:
    question, condition = _question(place), place.definition.condition.val
    shown = plain_args(place)
    record_note(place, "asked", Verdict.NOT_YET, f"not accepted: {condition}", args=shown, body=answer.text)
    place.update_round(0, result=None)
    _say(place, f"not accepted: {condition}; waits for {question.asked}: {_words(question)}")


def _rest(place: Place) -> None:
    """Until an act of a person, or until it is time to remind them."""
    held, remind_at = place.held, place.state.next_try_at
    if remind_at is None:
        held.commit()
        held.rest_for_good()
    elif remind_at > held.clock.now():
        held.commit_or_park(remind_at)
        held.rest_until(remind_at)
    else:
        _remind(place)


def _remind(place: Place) -> None:
    """Once: the task says so from then on."""
    question, since = _question(place), place.state.started_at
    asked = f"since {clock_time(since)} " if since else ""
    place.update(next_try_at=None)
    place.held.add_event("reminded", f"{place.step}/{place.link}", after=question.asked)
    _say(place, f"late: waits {asked}for {question.asked}: {_words(question)}")


def _say(place: Place, text: str) -> None:
    place.update(status=LinkStatus.WAITING, procmmsg=text, asks=text)
    refresh_attention(place.held)


def _question(place: Place) -> ManualUse:
    question = place.definition.question
    assert question is not None  # noqa: S101  the proof lets no other link be of this kind
    return question


def _words(question: ManualUse) -> str:
    return question.prompt if len(question.prompt) <= _SHOWN else f"{question.prompt[: _SHOWN - 1]}…"
