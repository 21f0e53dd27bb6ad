"""Users: add, give a password or role, disable, make a one-time link. Every act leaves an event.

Events of a user are in the same collection as those of tasks, under `user/<name>`, which no task's id can be.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from engine.model import Event, Invalid, OneTimeLink, Problem, Role, User
from engine.run import Clock, SharedClock
from engine.store import Store, Trail

from .act import ChangedMeanwhile, NotFound, Refused
from .password import hash_password, problems_of_password
from .secret import hashed, new_secret
from .subject import subject_of_user

FIRST_ADMIN = "admin"
LINK_LASTS = timedelta(hours=1)
_TRIES = 20


class Accounts:
    """Acts of `who` on users. All but `add` raise `NotFound`.

    With a `revision`, an act is meant for the user as that revision shows it, and raises `ChangedMeanwhile` when it
    would change another.
    """

    def __init__(self, store: Store, clock: Clock | None = None, who: str = "command line") -> None:
        self._store, self._clock, self._who = store, clock or SharedClock(store.time), who

    def user(self, name: str) -> User:
        user = self._store.users.get(name)
        if user is None:
            raise NotFound(f"there is no user {name!r}")
        return user

    def events(self, name: str) -> list[Event]:
        """Oldest first."""
        return self._store.history.events(subject_of_user(self.user(name).id))

    def add(self, name: str, role: Role) -> User:
        """A user without a password: a one-time link is the way in. Raises `Invalid`, `UserExists`."""
        try:
            user = User(id=name, role=role, created_at=self._clock.now())
        except ValidationError:
            hint = "small letters, digits and . _ @ - only, a letter or digit first, 64 at the most"
            raise Invalid([Problem("name", f"{name!r} cannot be a user's name", hint)]) from None
        event = self._event(user, "added", after={"role": role})
        user = _telling(user, event)
        self._store.users.add(user)
        self._store.history.add_events([event])
        return user

    def first_admin(self) -> User:
        """An admin who may sign in; where there is none, made. Raises `Refused`."""
        admins = self._admins()
        if admins:
            return next((user for user in admins if user.id == FIRST_ADMIN), admins[0])
        if self._store.users.get(FIRST_ADMIN):
            raise Refused("nobody may sign in as an admin: give somebody the role with `python app.py user role`")
        return self.add(FIRST_ADMIN, Role.ADMIN)

    def set_password(self, name: str, password: str) -> User:
        """Ends all sessions of the user. Raises `Invalid`."""
        if problems := problems_of_password(password, name):
            raise Invalid(problems)
        hash_ = hash_password(password)
        return self._change(name, "password changed", lambda _: {"password": hash_})

    def set_role(self, name: str, role: Role, revision: int | None = None) -> User:
        """Ends all sessions of the user. Raises `Refused` for the last admin."""
        leaves = role != Role.ADMIN
        fields = {"role": role, "leaving": False}
        return self._change(name, "role changed", lambda _: fields, leaves, revision)

    def disable(self, name: str, revision: int | None = None) -> User:
        """Ends all sessions of the user and lets nobody in. Raises `Refused` for the last admin."""
        return self._change(name, "disabled", lambda _: {"disabled": True, "leaving": False}, True, revision)

    def enable(self, name: str, revision: int | None = None) -> User:
        return self._change(name, "enabled", lambda _: {"disabled": False}, revision=revision)

    def link(self, name: str) -> str:
        """The secret of a link that signs the user in once, within `LINK_LASTS`. Raises `Refused`."""
        user = self.user(name)
        if user.disabled:
            raise Refused(f"the user {name!r} is disabled: enable them first")
        secret, now = new_secret(), self._clock.now()
        self._store.one_time_links.tidy(now)
        self._store.one_time_links.add(OneTimeLink(hashed(secret), user.id, user.revision, now + LINK_LASTS))
        self._store.history.add_events([self._event(user, "one-time link made", id_=secrets.token_hex(6))])
        return secret

    def _admins(self) -> list[User]:
        return [user for user in self._store.users.all() if _is_admin(user)]

    def _change(
        self,
        name: str,
        what: str,
        decide: Callable[[User], dict[str, Any]],
        leaves: bool = False,
        revision: int | None = None,
    ) -> User:
        """Decided anew whenever the user was changed meanwhile; nothing is done where nothing changes.

        `leaves`: the user is no admin afterwards. `revision`: the one that was looked at; of another, it is refused.
        """
        for _ in range(_TRIES):
            user = self.user(name)
            fields = decide(user)
            if fields.items() <= user.__dict__.items():
                return user
            if revision not in (None, user.revision):
                raise ChangedMeanwhile(f"{name!r} was changed meanwhile: look at what is there now, then decide again")
            ready = self._leaving(user) if leaves and _is_admin(user) else user
            if ready and (changed := self._write(ready, what, fields)):
                return changed
        raise Refused("the user is changed too quickly just now: try again")

    def _leaving(self, user: User) -> User | None:
        """The admin, marked as about to be none; None when they were changed meanwhile. Raises `Refused`.

        The mark is made before others are looked for: of two admins who go at the same moment at least one sees the
        other's. Whoever is cut off in between leaves an admin who may sign in and does not count for others.
        """
        self._require_another_admin(user)
        marked = user.model_copy(update={"leaving": True, "revision": user.revision + 1})
        if not self._store.users.replace(marked, user.revision):
            return None
        try:
            self._require_another_admin(marked)
        except Refused:
            stayed = marked.model_copy(update={"leaving": False, "revision": marked.revision + 1})
            self._store.users.replace(stayed, marked.revision)
            raise
        return marked

    def _require_another_admin(self, user: User) -> None:
        if not any(other.id != user.id and not other.leaving for other in self._admins()):
            raise Refused(f"{user.id!r} is the last admin: give somebody else the role first")

    def _write(self, user: User, what: str, fields: dict[str, Any]) -> User | None:
        """None when the user was changed meanwhile. The event rides in the change, and is copied behind it."""
        changed = user.model_copy(update=fields | {"revision": user.revision + 1})
        event = self._event(changed, what, *_shown(user, fields))
        changed, history = _telling(changed, event), self._store.history
        history.add([Trail(events=user.told)])
        if not self._store.users.replace(changed, user.revision):
            return None
        history.add_events([event])
        self._store.sessions.end_all(user.id)
        return changed

    def _event(self, user: User, what: str, before: Any = None, after: Any = None, id_: str = "") -> Event:
        about = subject_of_user(user.id)
        return Event(
            id=f"{about}/{user.revision}/{id_ or what}", task=about, seq=user.revision,
            at=self._clock.now(), who=self._who, what=what, before=before, after=after,
        )  # fmt: skip


def _is_admin(user: User) -> bool:
    return user.role == Role.ADMIN and not user.disabled


def _telling(user: User, event: Event) -> User:
    return user.model_copy(update={"told": Trail.of((), [event]).events})


def _shown(user: User, fields: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Before and after, as far as they may be told."""
    told = {name: value for name, value in fields.items() if name not in ("password", "leaving")}
    return ({name: getattr(user, name) for name in told}, told) if told else (None, None)
