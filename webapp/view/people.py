"""Users as the list shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.model import Role, User

from .moment import Stamp, stamp


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: Role
    me: bool
    disabled: bool
    entrance: str
    """How they get in."""
    created: Stamp | None


def people(users: Iterable[User], me: str, now: datetime) -> tuple[Person, ...]:
    return tuple(
        Person(user.id, user.role, user.id == me, user.disabled, _entrance(user), stamp(user.created_at, now))
        for user in users
    )


def _entrance(user: User) -> str:
    if user.disabled:
        return "disabled"
    return "password" if user.password else "one-time link only"
