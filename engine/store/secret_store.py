"""Secrets, encrypted: changed by compare-and-set on their revision, as users are."""

from __future__ import annotations

from pymongo.errors import DuplicateKeyError

from engine.model import Secret

from .codec import pack, unpack
from .connect import Documents


class SecretStore:
    """Knows ciphertext alone."""

    def __init__(self, db: Documents) -> None:
        self._secrets = db.secret

    def get(self, name: str) -> Secret | None:
        """Also one that was removed."""
        raw = self._secrets.find_one({"_id": name})
        return None if raw is None else Secret.model_validate(unpack(raw))

    def all(self) -> list[Secret]:
        """Those that are set, by name."""
        found = (Secret.model_validate(unpack(raw)) for raw in self._secrets.find())
        return sorted((secret for secret in found if secret.is_set), key=lambda secret: secret.id)

    def names(self) -> frozenset[str]:
        """Of those that are set."""
        return frozenset(secret.id for secret in self.all())

    def add(self, secret: Secret) -> bool:
        """False when there is one of that name."""
        try:
            self._secrets.insert_one(pack(secret))
        except DuplicateKeyError:
            return False
        return True

    def replace(self, secret: Secret, revision: int) -> bool:
        """Puts it in place of the one of that revision; False when that is not there any more."""
        found = self._secrets.replace_one({"_id": secret.id, "revision": revision}, pack(secret))
        return found.matched_count == 1
