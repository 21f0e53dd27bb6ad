"""One attempt in full: what was sent, what came back, and what is different from the one before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.call import Call, InvalidCall, Request, redacted_request, render_curl
from engine.model import Api, Attempt, Definition, LinkState, Task, idempotency_key

from .badge import Badge, badge
from .difference import DiffLine, changed_lines
from .history import AttemptLine, attempt_line
from .moment import NONE, Remaining, Stamp, stamp, until
from .text import pretty, pretty_body
from .told import told


@dataclass(frozen=True, slots=True)
class Difference:
    """From another attempt's answer; no lines when the answers are the same."""

    number: int
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, credentials left out."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    curl: str
    problem: str
    """Why it cannot be shown; the rest is empty then."""


@dataclass(frozen=True, slots=True)
class Exchange:
    line: AttemptLine
    sent: Sent | None
    """None for what was no call: a loop's result, or one given by hand."""
    answer: str
    difference: Difference | None
    """None for a first one."""


@dataclass(frozen=True, slots=True)
class LinkCalls:
    """A link in the list of all."""

    step: str
    link: str
    badge: Badge
    tries: int
    message: str
    last_at: Stamp | None
    next_try: Remaining


def link_calls(task: Task, steps: Iterable[str], calls: dict[str, Attempt], now: datetime) -> tuple[LinkCalls, ...]:
    return tuple(
        _link_calls(step, state, calls.get(state.last or ""), now)
        for step in steps
        for state in task.step_info[step].api_status.values()
    )


def _link_calls(step: str, state: LinkState, last: Attempt | None, now: datetime) -> LinkCalls:
    return LinkCalls(
        step=step,
        link=state.id,
        badge=badge(state.status),
        tries=state.tries,
        message=told(state.procmmsg),
        last_at=stamp(last.last_at, now) if last else None,
        next_try=until(state.next_try_at, now) if state.next_try_at else NONE,
    )


def exchange(
    attempt: Attempt, attempts: Sequence[Attempt], state: LinkState, definition: Definition, now: datetime
) -> Exchange:
    """`attempts`: all that are kept of the link, oldest first."""
    link = definition.steps[attempt.step].link(attempt.link)
    before = _before(attempt, attempts)
    return Exchange(
        line=attempt_line(attempt, state, now),
        sent=sent(attempt, definition.apis[link.api.val.id]) if attempt.kind == "call" else None,
        answer=pretty_body(attempt.body),
        difference=Difference(before.seq, difference(before.body, attempt.body)) if before else None,
    )


def sent(attempt: Attempt, api: Api) -> Sent:
    """As its api composes it; the api is the plan's, so it is the one that was called."""
    call = Call(
        method=attempt.method or api.method,
        url=api.url,
        args=attempt.args,
        send=api.send,
        headers=api.headers,
        timeout_s=api.timeout_s,
        follow_redirects=api.follow_redirects,
        idempotency_key=idempotency_key(attempt.task, attempt.step, attempt.link, attempt.round, attempt.passed),
    )
    return sent_as(call)


def sent_as(call: Call) -> Sent:
    """As it goes out, for people."""
    try:
        request = redacted_request(call)
    except InvalidCall as error:
        return Sent("", "", (), "", "", str(error))
    return Sent(request.method, request.url, tuple(request.headers.items()), _body(request), render_curl(call), "")


def _body(request: Request) -> str:
    return "" if request.body is None else pretty_body(request.body.decode(errors="replace"))


def _before(attempt: Attempt, attempts: Sequence[Attempt]) -> Attempt | None:
    """The last one before it for the same round."""
    same = [one for one in attempts if (one.kind, one.round) == (attempt.kind, attempt.round)]
    return next((one for one in reversed(same) if one.seq < attempt.seq), None)


def difference(before: str | None, after: str | None) -> tuple[DiffLine, ...]:
    """Line by line, as JSON where it is some."""
    return changed_lines(_ordered(before), _ordered(after))


def _ordered(text: str | None) -> str:
    """Keys in one order: that they come in another is no difference."""
    try:
        return pretty(_sorted(json.loads(text or "")))
    except (ValueError, RecursionError):
        return text or ""


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def chosen(attempts: Sequence[Attempt], number: int | None) -> Attempt | None:
    """The one of that number, else the newest."""
    if number is None:
        return attempts[-1] if attempts else None
    return next((attempt for attempt in attempts if attempt.seq == number), None)
