"""What a user likes: kept whole, and told of in an event that names what changed."""

from __future__ import annotations

import secrets
from typing import Any

from engine.model import Event, Preferences
from engine.run import Clock
from engine.store import Store

from .subject import subject_of_user


def keep_preferences(store: Store, clock: Clock, user: str, chosen: Preferences) -> None:
    """Leaves an event, unless nothing is new."""
    before = store.preferences.get(user)
    changed = [name for name in Preferences.model_fields if getattr(before, name) != getattr(chosen, name)]
    if not changed:
        return
    store.preferences.put(user, chosen)
    store.history.add_events([_event(store, clock, user, _only(changed, before), _only(changed, chosen))])


def _only(names: list[str], preferences: Preferences) -> dict[str, Any]:
    return preferences.model_dump(include=set(names))


def _event(store: Store, clock: Clock, user: str, before: dict[str, Any], after: dict[str, Any]) -> Event:
    """Where sign-in is off, they are those of everybody, whom no document stands for."""
    known, what = store.users.get(user), "settings changed"
    revision, about = known.revision if known else 0, subject_of_user(user)
    return Event(
        id=f"{about}/{revision}/{what}/{secrets.token_hex(6)}", task=about, seq=revision,
        at=clock.now(), who=user, what=what, before=before, after=after,
    )  # fmt: skip
