"""A user: who may sign in, and how much they may do."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from .document import Moment, Part

NAME_PATTERN = r"^[a-z0-9][a-z0-9._@-]{0,63}$"
UserName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Small letters, so that no two names look alike; a mail address will do. At most 64."""


class Role(StrEnum):
    """From the least to the most: each may all that those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    EDITOR = "editor"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


class User(Part):
    """Its `revision` goes up with every change; a session or one-time link of an older one is dead."""

    id: UserName = Field(alias="_id")
    role: Role
    password: str = Field(default="", repr=False)
    """Its argon2 hash; empty as long as there is none, which no password fits."""
    disabled: bool = False
    leaving: bool = False
    """An admin who is about to be none: they do not count as one when the next wants to go."""
    created_at: Moment
    revision: int = 0
    told: list[Any] = Field(default_factory=list, repr=False)
    """The event of the last change, until it has been copied into the history."""
