"""What users like, by their names. The last change wins: nothing hangs on it."""

from __future__ import annotations

from engine.model import Preferences

from .codec import pack, unpack
from .connect import Documents


class PreferenceStore:
    def __init__(self, db: Documents) -> None:
        self._preferences = db.preference

    def get(self, user: str) -> Preferences:
        """The defaults for who has chosen nothing."""
        raw = self._preferences.find_one({"_id": user})
        return Preferences.model_validate(unpack(raw["chosen"])) if raw else Preferences()

    def put(self, user: str, preferences: Preferences) -> None:
        self._preferences.replace_one({"_id": user}, {"_id": user, "chosen": pack(preferences)}, upsert=True)
