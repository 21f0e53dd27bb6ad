"""Sessions as their user sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.model import Session

from .moment import Stamp, stamp
from .text import shortened

_AGENT = 80


@dataclass(frozen=True, slots=True)
class Visit:
    id: str
    here: bool
    began: Stamp | None
    used: Stamp | None
    ends: Stamp | None
    address: str
    agent: str
    whole_agent: str


def visits(sessions: Iterable[Session], here: str, now: datetime) -> tuple[Visit, ...]:
    return tuple(_visit(session, session.id == here, now) for session in sessions)


def _visit(session: Session, here: bool, now: datetime) -> Visit:
    return Visit(
        id=session.id,
        here=here,
        began=stamp(session.created_at, now),
        used=stamp(session.used_at, now),
        ends=stamp(session.ends_at, now),
        address=session.address,
        agent=shortened(session.agent, _AGENT),
        whole_agent=session.agent,
    )
