"""Attempts, as they are kept: each call once, identical polls in a row folded into one."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal

from engine.call import Call, NotSent, Outcome, Replied, without_credentials
from engine.model import Attempt, Verdict
from engine.store import Fold

from .judge import Judged
from .place import Place

_BODY_KEPT = 4_096
"""Characters of an answer that nothing depends on."""


def record_call(place: Place, number: int, call: Call, judged: Judged, begun: datetime) -> str:
    """Notes the attempt; its id. Durable with the next commit, before the task that refers to it.

    Nothing of a secret is kept, in its print neither: a short one could be found out from it.
    """
    call = call.shown
    answered = judged.verdict in (Verdict.DONE, Verdict.NOT_YET)
    place.held.count("api", place.api.id, answered, judged.outcome.duration_s)
    kept = judged.verdict == Verdict.DONE
    print_ = "" if kept else _print(number, call, judged)
    if print_ and print_ == place.state.last_print and place.state.last:
        return _fold(place, place.state.last, begun)
    attempt = _attempt(
        place,
        judged.verdict,
        judged.message,
        begun,
        kept=kept,
        round=number,
        method=call.method,
        url=without_credentials(call.url),
        args=dict(call.args),
        duration_s=judged.outcome.duration_s,
        body=_body(judged, kept),
        **_reply(judged.outcome),
    )
    place.update(last=attempt.id, last_print=print_, same=1)
    _note_answer(place, judged.outcome, attempt.id)
    return attempt.id


def _note_answer(place: Place, outcome: Outcome, attempt: str) -> None:
    """One that is JSON and no error, whatever the condition says of it."""
    if isinstance(outcome, Replied) and outcome.status < 400 and not outcome.problem and outcome.text:
        place.held.note_answer(place.api.id, outcome.value, outcome.text, attempt)


def record_note(place: Place, kind: Literal["child", "asked"], verdict: Verdict, message: str, **fields: Any) -> None:
    """Notes what a link waits for where nothing was called."""
    attempt = _attempt(place, verdict, message, place.held.clock.now(), kind=kind, **fields)
    place.update(last=attempt.id, last_print="", same=1)


def record_value(place: Place, kind: Literal["reduce", "given", "child"], text: str) -> str:
    """Notes a result that is no call's answer; its id."""
    now = place.held.clock.now()
    return _attempt(place, Verdict.DONE, "", now, kept=True, kind=kind, body=text).id


def _attempt(place: Place, verdict: Verdict, message: str, at: datetime, **fields: Any) -> Attempt:
    held = place.held
    place.update(seq=place.state.seq + 1)
    attempt = Attempt(
        id=held.next_attempt_id(), task=held.task.id, step=place.step, link=place.link, seq=place.state.seq,
        passed=place.state.passed, verdict=verdict, message=message, at=at, last_at=at, worker=held.worker,
        epoch=held.task.epoch, **fields,
    )  # fmt: skip
    held.add_attempt(attempt)
    return attempt


def _fold(place: Place, last: str, at: datetime) -> str:
    count = place.state.same + 1
    place.update(same=count)
    place.held.fold_attempt(Fold(last, count, at))
    return last


def _print(number: int, call: Call, judged: Judged) -> str:
    """Alike for polls that came to the same."""
    reply = judged.outcome
    shown = [number, judged.verdict, judged.message, dict(call.args), getattr(reply, "status", None)]
    text = f"{shown}{getattr(reply, 'text', '')}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def _reply(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Replied):
        return {"outcome": "replied", "http_status": outcome.status}
    return {"outcome": "not sent" if isinstance(outcome, NotSent) else "no reply"}


def _body(judged: Judged, kept: bool) -> str | None:
    if kept:
        return judged.text
    return judged.outcome.text[:_BODY_KEPT] if isinstance(judged.outcome, Replied) else None
