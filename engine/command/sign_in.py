"""The ways in, by password and by one-time link, and the sessions behind them."""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.model import Event, OneTimeLink, Session, User
from engine.run import Clock, SharedClock
from engine.store import Store

from .password import fits
from .secret import hashed, new_secret
from .subject import subject_of_user

log = logging.getLogger(__name__)

MOST_TRIES = 10
TRIES_COUNT_FOR = timedelta(minutes=15)
IDLE_END = timedelta(hours=12)
LONGEST_SESSION = timedelta(days=7)
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_AGENT_LENGTH = 200


class WrongPassword(Exception):
    """The same for a wrong password, an unknown name and a user who is disabled."""


class TooManyTries(Exception):
    """Nothing was looked at; there is room for a try in `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        minutes = math.ceil(wait_s / 60)
        super().__init__(f"too many tries: wait {minutes} {'minute' if minutes == 1 else 'minutes'}, then try again")


class DeadLink(Exception):
    """It has been used, is too old, or the user was changed since it was made."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who has signed in, and by which session."""

    user: User
    session: Session


class SignIn:
    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self._store, self._clock = store, clock or SharedClock(store.time)

    def by_password(self, name: str, password: str, address: str) -> User:
        """Raises `WrongPassword`, and `TooManyTries` without having looked at the password.

        A try is counted before it is judged, so that many at once are no way around the limit, and given back if it
        was right.
        """
        now = self._clock.now()
        keys = [_key("address", address), _key("user", name)]
        for key in keys:
            self._count(key, now)
        self._store.tries.tidy(now)
        user = self._store.users.get(name)
        if not fits(password, user.password if user and not user.disabled else "") or user is None:
            log.warning("sign_in_refused", extra={"address": address, "user": user.id if user else "unknown"})
            raise WrongPassword("that name and password do not fit together")
        for key in keys:
            self._store.tries.give_back(key, now)
        return user

    def _count(self, key: str, now: datetime) -> None:
        free_at = self._store.tries.take(key, now, MOST_TRIES, TRIES_COUNT_FOR)
        if free_at:
            raise TooManyTries(math.ceil((free_at - now).total_seconds()))

    def whose(self, secret: str) -> User:
        """The user of a one-time link, which stays as it is. Raises `DeadLink`."""
        return self._owner(self._store.one_time_links.get(hashed(secret)))

    def by_link(self, secret: str) -> User:
        """Uses the link up. Raises `DeadLink`."""
        link = self._store.one_time_links.get(hashed(secret))
        if link is None or not self._store.one_time_links.take(link.id):
            raise DeadLink
        return self._owner(link)

    def _owner(self, link: OneTimeLink | None) -> User:
        user = self._store.users.get(link.user) if link and link.ends_at > self._clock.now() else None
        if link is None or user is None or user.disabled or user.revision != link.revision:
            raise DeadLink
        return user

    def cancel_link(self, secret: str) -> None:
        self._store.one_time_links.take(hashed(secret))

    def begin(self, user: User, address: str, agent: str) -> str:
        """The secret of a new session: what its cookie holds."""
        secret, now = new_secret(), self._clock.now()
        self._store.sessions.tidy(now)
        about = {"address": address, "agent": agent[:_AGENT_LENGTH]}
        self._store.sessions.add(Session(hashed(secret), user.id, user.revision, now, now, now + IDLE_END, **about))
        self._tell(user, "signed in", {"address": address, "browser": about["agent"]})
        log.info("signed_in", extra={"user": user.id, "address": address})
        return secret

    def visitor(self, secret: str) -> Visitor | None:
        """Whose session it is; None when it is over, or the user was changed since it began."""
        now = self._clock.now()
        session = self._store.sessions.get(hashed(secret))
        user = self._store.users.get(session.user) if session and session.ends_at > now else None
        if session is None or user is None or not _holds(session, user, now):
            return None
        if now - session.used_at >= _USE_IS_NOTED_EVERY:
            self._store.sessions.used(session.id, now, min(now + IDLE_END, session.created_at + LONGEST_SESSION))
        return Visitor(user, session)

    def alive(self, visitors: Iterable[Visitor]) -> set[str]:
        """Which of their sessions still let somebody in, by their ids. To look is not to use them."""
        now, asked = self._clock.now(), list(visitors)
        users = {user.id: user for user in self._store.users.many({visitor.user.id for visitor in asked})}
        found = self._store.sessions.many({visitor.session.id for visitor in asked})
        return {session.id for session in found if _holds(session, users.get(session.user), now)}

    def sessions(self, visitor: Visitor) -> list[Session]:
        """Those of the visitor that are alive, the one used last first."""
        now, revision = self._clock.now(), visitor.user.revision
        found = self._store.sessions.of(visitor.user.id)
        return [session for session in found if session.ends_at > now and session.revision == revision]

    def end(self, visitor: Visitor, session_id: str) -> None:
        """Ends a session of the visitor; another's stays as it is."""
        session = self._store.sessions.get(session_id)
        if session and session.user == visitor.user.id:
            self._end(visitor, session)

    def end_others(self, visitor: Visitor) -> None:
        for session in self._store.sessions.of(visitor.user.id):
            if session.id != visitor.session.id:
                self._end(visitor, session)

    def _end(self, visitor: Visitor, session: Session) -> None:
        what = "signed out" if session.id == visitor.session.id else "signed out elsewhere"
        self._store.sessions.end(session.id)
        self._tell(visitor.user, what, {"address": session.address, "browser": session.agent})

    def _tell(self, user: User, what: str, session: dict[str, str]) -> None:
        """Behind the act: a session that begins or ends has no document that its event could ride in."""
        about, now = subject_of_user(user.id), self._clock.now()
        id_ = f"{about}/{user.revision}/{what}/{secrets.token_hex(6)}"
        event = Event(id=id_, task=about, seq=user.revision, at=now, who=user.id, what=what, after=session)
        self._store.history.add_events([event])


def _holds(session: Session, user: User | None, now: datetime) -> bool:
    return bool(user and not user.disabled and user.revision == session.revision and session.ends_at > now)


def _key(kind: str, text: str) -> str:
    """What somebody typed may be anything, and may be a password in the wrong field: it is not kept as it is."""
    return f"{kind}/{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
