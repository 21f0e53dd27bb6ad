"""Secrets as people keep them: set, replaced, described, removed, encrypted anew. Nobody reads one again.

Every act leaves an event that tells of the secret and never its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.call import SHORTEST
from engine.model import SECRET_NAME_PATTERN, Event, Invalid, Problem, Secret
from engine.plan import SecretUse, secret_uses
from engine.run import Clock, SharedClock
from engine.store import Store, Trail
from engine.vault import BadKeys, Keyring, Unreadable

from .act import ChangedMeanwhile, NotFound, Refused
from .subject import subject_of_secret

LONGEST = 16_384
LONGEST_NOTE = 500
_TRIES = 20


class NamedSecrets:
    """Acts of `who`. With a `seen` revision, an act is meant for the secret as that shows it: 0 for one that is not
    there yet. It raises `ChangedMeanwhile` when it would change another."""

    def __init__(self, store: Store, keyring: Keyring, clock: Clock | None = None, who: str = "command line") -> None:
        self._store, self._keyring = store, keyring
        self._clock, self._who = clock or SharedClock(store.time), who

    def secret(self, name: str) -> Secret:
        """Raises `NotFound`."""
        found = self._store.secrets.get(name)
        if found is None or not found.is_set:
            raise NotFound(f"there is no secret {name!r}")
        return found

    def events(self, name: str) -> list[Event]:
        """Oldest first; also of one that was removed."""
        return self._store.history.events(subject_of_secret(name))

    def readable(self, secret: Secret) -> bool:
        """Whether one of the keys here opens it."""
        try:
            return self._keyring.opens(secret)
        except BadKeys:
            return False

    def uses(self) -> Mapping[str, tuple[SecretUse, ...]]:
        """Name → where definitions name it, whether it is set or not."""
        definitions = self._store.definitions
        return secret_uses(definitions.apis().values(), definitions.steps().values())

    def set(self, name: str, value: str, note: str | None = None, seen: int | None = None) -> Secret:
        """A new one, or another text of one that is there; a note that is not given stays. Raises `Invalid`."""
        if problems := problems_of_secret(name, value, note or ""):
            raise Invalid(problems)
        before = self._store.secrets.get(name)
        what = "secret replaced" if before and before.is_set else "secret set"
        fields = self._sealed(name, value) | ({} if note is None else {"note": note})
        return self._put(name, what, fields, seen)

    def describe(self, name: str, note: str, seen: int | None = None) -> Secret:
        """Raises `NotFound`, `Invalid`."""
        if problems := [*_problems_of_note(note)]:
            raise Invalid(problems)
        secret = self.secret(name)
        return secret if secret.note == note else self._put(name, "secret described", {"note": note}, seen)

    def remove(self, name: str, seen: int | None = None) -> None:
        """Calls that carry it fail from now on, until it is set again. Raises `NotFound`."""
        self.secret(name)
        self._put(name, "secret removed", {"sealed": "", "key": "", "note": ""}, seen)

    def rotate(self) -> int:
        """Encrypts anew what another key than the first has encrypted; how many. Raises `Refused` for what none opens.

        What can be read is done all the same.
        """
        shut = []
        done = 0
        for secret in self._store.secrets.all():
            try:
                done += self._encrypt_anew(secret)
            except Unreadable:
                shut.append(secret.id)
        if shut:
            what = f"no key here opens {', '.join(shut)}: set them anew, or put their keys back"
            raise Refused(f"{what} ({done} others are encrypted anew)")
        return done

    def _encrypt_anew(self, secret: Secret) -> bool:
        fields = self._sealed(secret.id, self._keyring.open(secret))
        if fields["key"] == secret.key:
            return False
        self._put(secret.id, "secret encrypted anew", fields, secret.revision)
        return True

    def _sealed(self, name: str, value: str) -> dict[str, Any]:
        try:
            sealing = self._keyring.seal(name, value)
        except BadKeys as error:
            raise Refused(str(error)) from None
        return {"sealed": sealing.text, "key": sealing.key}

    def _put(self, name: str, what: str, fields: dict[str, Any], seen: int | None) -> Secret:
        """Decided anew whenever it was changed meanwhile, unless the act was meant for what was seen alone."""
        for _ in range(_TRIES):
            before = self._store.secrets.get(name)
            if seen is not None and seen != (before.revision if before and before.is_set else 0):
                raise ChangedMeanwhile(
                    f"the secret {name!r} was changed meanwhile: look at what is there now, then decide again"
                )
            if changed := self._write(name, before, what, fields):
                return changed
        raise Refused("the secret is changed too quickly just now: try again")

    def _write(self, name: str, before: Secret | None, what: str, fields: dict[str, Any]) -> Secret | None:
        """None when it was changed meanwhile. The event rides in the change, and is copied behind it."""
        revision = before.revision + 1 if before else 1
        about = {"id": name, "revision": revision, "changed_at": self._clock.now(), "changed_by": self._who}
        changed = Secret(**({"note": before.note if before else ""} | _kept(before) | about | fields))
        event = self._event(changed, what, before)
        changed = changed.model_copy(update={"told": Trail.of((), [event]).events})
        store = self._store
        if before:
            store.history.add([Trail(events=before.told)])
        if not (store.secrets.replace(changed, before.revision) if before else store.secrets.add(changed)):
            return None
        store.history.add_events([event])
        return changed

    def _event(self, changed: Secret, what: str, before: Secret | None) -> Event:
        about = subject_of_secret(changed.id)
        was = {"note": before.note} if before and before.is_set and before.note != changed.note else None
        now = {"note": changed.note} if changed.is_set and (was or changed.note) else None
        return Event(
            id=f"{about}/{changed.revision}/{what}", task=about, seq=changed.revision,
            at=changed.changed_at, who=self._who, what=what, before=was, after=now,
        )  # fmt: skip


def _kept(before: Secret | None) -> dict[str, Any]:
    return {"sealed": before.sealed, "key": before.key} if before else {}


def problems_of_secret(name: str, value: str, note: str) -> list[Problem]:
    """Every reason why it cannot be kept; none of them quotes the value."""
    problems = []
    if not re.fullmatch(SECRET_NAME_PATTERN, name):
        hint = "letters, digits, _ and - only, no digit first, 64 at the most"
        problems.append(Problem("name", f"{name[:80]!r} cannot be a secret's name", hint))
    if len(value.strip()) < SHORTEST:
        hint = "a shorter one could not be told from other text where it has to be hidden"
        problems.append(Problem("value", f"a secret has {SHORTEST} characters or more", hint))
    if len(value) > LONGEST:
        problems.append(Problem("value", f"a secret has {LONGEST:,} characters at the most", "keep a shorter one"))
    if "\0" in value or not _is_sound(value):
        problems.append(Problem("value", "a secret is text: this holds what no text does", "send it as base64"))
    return [*problems, *_problems_of_note(note)]


def _problems_of_note(note: str) -> list[Problem]:
    if len(note) <= LONGEST_NOTE:
        return []
    return [Problem("note", f"a note has {LONGEST_NOTE} characters at the most", "say it shorter")]


def _is_sound(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
