"""The keys that secrets are encrypted with: from the settings, or made once and kept in a file of the data folder.

The first key encrypts, all of them decrypt. They are read each time they are needed, so that a running process knows
a new key at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from engine.model import Secret

SETTING = "STEPLINE_SECRET_KEYS"


class SecretError(Exception):
    """A secret cannot be had; the text says which, why, and what to do."""


class Unreadable(SecretError):
    """It is there, and none of the keys opens it."""


class BadKeys(SecretError):
    """The keys themselves cannot be used."""


@dataclass(frozen=True)
class Sealing:
    """An encrypted text, and the fingerprint of the key that opens it."""

    text: str
    key: str


@dataclass(frozen=True, repr=False)
class Keyring:
    """`given` keys go before those of the file at `path`, which is made when one is needed and there is none."""

    given: tuple[str, ...] = ()
    path: Path | None = None

    @property
    def where(self) -> str:
        """For a message: where the keys are looked for."""
        return SETTING if self.given or self.path is None else f"{SETTING} or {self.path}"

    def seal(self, name: str, value: str) -> Sealing:
        """The name is sealed in, so that no ciphertext can pass for another secret's. Raises `BadKeys`."""
        key = self._first_key()
        content = json.dumps({"name": name, "value": value}).encode()
        return Sealing(Fernet(key).encrypt(content).decode(), fingerprint(key))

    def open(self, secret: Secret) -> str:
        """Its plain text. Raises `Unreadable`, `BadKeys`."""
        for key in self._keys():
            with suppress(InvalidToken):
                found = json.loads(Fernet(key).decrypt(secret.sealed.encode()))
                if found["name"] == secret.id:
                    return str(found["value"])
        raise Unreadable(
            f"the secret {secret.id!r} cannot be read here: it was encrypted with the key {secret.key}, which is not "
            f"in {self.where}; put that key back, or set the secret anew"
        )

    def opens(self, secret: Secret) -> bool:
        """Whether its key is here."""
        return any(fingerprint(key) == secret.key for key in self._keys())

    def add_key(self) -> None:
        """Puts a new key before those of the file, which go on opening what they have sealed. Raises `BadKeys`."""
        if self.given or self.path is None:
            raise BadKeys(f"the keys come from {SETTING}: put a new key before the others there, and rotate again")
        _write(self.path, [new_key(), *self._keys()])

    def _first_key(self) -> str:
        keys = self._keys()
        if keys:
            return keys[0]
        if self.path is None:
            raise BadKeys(f"there is no key to encrypt secrets with: set {SETTING}")
        _make(self.path)
        return self._keys()[0]

    def _keys(self) -> Sequence[str]:
        return [*self.given, *(_read(self.path) if self.path else ())]


NO_KEYS = Keyring()


def new_key() -> str:
    return Fernet.generate_key().decode()


def fingerprint(key: str) -> str:
    """Names a key without telling it."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def key_fault(key: str) -> str:
    """Why a text is no key; empty when it is one."""
    try:
        Fernet(key)
    except ValueError:
        return "a key is 32 bytes in url-safe base64: `python app.py secret key` makes one"
    return ""


def _read(path: Path) -> list[str]:
    """A key a line; none where there is no file."""
    try:
        keys = path.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise BadKeys(f"the keys of secrets in {path} cannot be read: {error}") from None
    if any(map(key_fault, keys)):
        raise BadKeys(f"{path} holds what is no key of secrets: put the file back as it was, from a copy of your own")
    return keys


def _make(path: Path) -> None:
    """Whole or not at all: another process may be about to make it too, and the first one wins."""
    draft = _draft(path, [new_key()])
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _write(path: Path, keys: Sequence[str]) -> None:
    _draft(path, keys).replace(path)


def _draft(path: Path, keys: Sequence[str]) -> Path:
    """Beside the file, durable, for its owner's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(draft, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.writelines(f"{key}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    return draft
