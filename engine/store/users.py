"""Users: changed by compare-and-set on their revision, so that of two changes at once neither is lost."""

from __future__ import annotations

from collections.abc import Iterable

from pymongo.errors import DuplicateKeyError

from engine.model import User

from .codec import pack, unpack
from .connect import Documents
from .pulse import USERS, Pulse


class UserExists(ValueError):
    """The name is somebody's already."""


class Users:
    def __init__(self, db: Documents, pulse: Pulse) -> None:
        self._users, self._pulse = db.user, pulse

    def add(self, user: User) -> None:
        """Raises `UserExists`."""
        try:
            self._users.insert_one(pack(user))
        except DuplicateKeyError:
            raise UserExists(f"there is a user {user.id!r} already: choose another name") from None
        self._pulse.touch(USERS)

    def get(self, name: str) -> User | None:
        raw = self._users.find_one({"_id": name})
        return None if raw is None else User.model_validate(unpack(raw))

    def many(self, names: Iterable[str]) -> list[User]:
        return [User.model_validate(unpack(raw)) for raw in self._users.find({"_id": {"$in": list(names)}})]

    def all(self) -> list[User]:
        """By name."""
        return sorted((User.model_validate(unpack(raw)) for raw in self._users.find()), key=lambda user: user.id)

    def replace(self, user: User, revision: int) -> bool:
        """Puts the user in place of the one of that revision; False when it is not there any more."""
        replaced = self._users.replace_one({"_id": user.id, "revision": revision}, pack(user)).matched_count == 1
        self._pulse.touch(USERS)
        return replaced
