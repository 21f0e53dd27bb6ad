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
    times = (stamp(at, now) for at in (session.created_at, session.used_at, session.ends_at))
    agent = shortened(session.agent, _AGENT)
    return Visit(session.id, here, *times, session.address, agent, session.agent)
