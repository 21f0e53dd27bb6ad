"""Users as the list shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.model import Role, User

from .moment import Stamp, stamp

_ROLES = {
    Role.VIEWER: lazy_gettext("viewer"),
    Role.OPERATOR: lazy_gettext("operator"),
    Role.EDITOR: lazy_gettext("editor"),
    Role.ADMIN: lazy_gettext("admin"),
}
_MEANINGS = {
    Role.VIEWER: lazy_gettext("You see everything and change nothing."),
    Role.OPERATOR: lazy_gettext("You see everything, create tasks, start, stop and repair them."),
    Role.EDITOR: lazy_gettext("You operate tasks and edit definitions."),
    Role.ADMIN: lazy_gettext("You may do everything, and decide who may what."),
}


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: Role
    revision: int
    """What is done to them from the page is meant for this one."""
    me: bool
    disabled: bool
    entrance: str
    """How they get in."""
    created: Stamp | None


def role_word(role: Role) -> str:
    return str(_ROLES[role])


def role_meaning(role: Role) -> str:
    """Said to who has it."""
    return str(_MEANINGS[role])


def people(users: Iterable[User], me: str, now: datetime) -> tuple[Person, ...]:
    return tuple(_person(user, user.id == me, now) for user in users)


def _person(user: User, me: bool, now: datetime) -> Person:
    created = stamp(user.created_at, now)
    return Person(user.id, user.role, user.revision, me, user.disabled, _entrance(user), created)


def _entrance(user: User) -> str:
    if user.disabled:
        return _("disabled")
    return _("password") if user.password else _("one-time link only")
