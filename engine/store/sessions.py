"""What lets a browser in: sessions, and links that open one once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.model import OneTimeLink, Session

from .connect import Documents


class Sessions:
    def __init__(self, db: Documents) -> None:
        self._sessions = db.session

    def add(self, session: Session) -> None:
        self._sessions.insert_one(_document(session))

    def get(self, id_: str) -> Session | None:
        raw = self._sessions.find_one({"_id": id_})
        return None if raw is None else _session(raw)

    def many(self, ids: Iterable[str]) -> list[Session]:
        return [_session(raw) for raw in self._sessions.find({"_id": {"$in": list(ids)}})]

    def of(self, user: str) -> list[Session]:
        """The one used last first."""
        found = [_session(raw) for raw in self._sessions.find({"user": user})]
        return sorted(found, key=lambda session: session.used_at, reverse=True)

    def used(self, id_: str, at: datetime, ends_at: datetime) -> None:
        self._sessions.update_one({"_id": id_}, {"$set": {"used_at": at, "ends_at": ends_at}})

    def end(self, id_: str) -> None:
        self._sessions.delete_one({"_id": id_})

    def end_all(self, user: str) -> None:
        self._sessions.delete_many({"user": user})

    def tidy(self, now: datetime) -> None:
        """Removes those that are over."""
        self._sessions.delete_many({"ends_at": {"$lte": now}})


class OneTimeLinks:
    def __init__(self, db: Documents) -> None:
        self._links = db.one_time_link

    def add(self, link: OneTimeLink) -> None:
        self._links.insert_one(_document(link))

    def get(self, id_: str) -> OneTimeLink | None:
        raw = self._links.find_one({"_id": id_})
        return None if raw is None else OneTimeLink(raw["_id"], raw["user"], raw["revision"], raw["ends_at"])

    def take(self, id_: str) -> bool:
        """Removes it; True for one of all who try."""
        return self._links.delete_one({"_id": id_}).deleted_count == 1

    def tidy(self, now: datetime) -> None:
        """Removes those that are over."""
        self._links.delete_many({"ends_at": {"$lte": now}})


def _document(kept: Session | OneTimeLink) -> dict[str, Any]:
    fields = asdict(kept)
    return {"_id": fields.pop("id"), **fields}


def _session(raw: dict[str, Any]) -> Session:
    return Session(id=raw["_id"], **{name: value for name, value in raw.items() if name != "_id"})
