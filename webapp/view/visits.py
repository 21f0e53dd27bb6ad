"""Sessions as their user sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.model import Session

from .moment import Stamp, stamp
from .text import shortened

_UNKNOWN_AGENT = 40
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
"""In this order: each also bears the marks of those behind it."""
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Macintosh", "Linux")


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
        agent=browser_text(session.agent),
        whole_agent=session.agent,
    )


def browser_text(agent: str) -> str:
    """`Firefox 140 on Linux`; as it calls itself where that is not known."""
    browser = next(
        (f"{name} {found[1]}" for mark, name in _BROWSERS if (found := re.search(rf"{mark}/(\d+)", agent))), ""
    )
    system = next((name for name in _SYSTEMS if name in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return shortened(agent, _UNKNOWN_AGENT)
