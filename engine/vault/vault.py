"""Secrets by their names, in plain text, for whoever makes calls; remembered for a few seconds and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .keyring import Keyring, SecretError

if TYPE_CHECKING:  # the settings need the keys before gevent has patched what the database's driver is built on
    from engine.store import Store

KEPT_S = 3.0
"""So soon a secret that was set, replaced or removed counts everywhere."""


class NotSet(SecretError):
    """There is no secret of that name."""


class Vault:
    def __init__(self, store: Store, keyring: Keyring, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._keyring, self._monotonic = store, keyring, monotonic
        self._kept: dict[str, tuple[str, float]] = {}

    def value(self, name: str) -> str:
        """The plain text. Raises `SecretError`, and what the database says."""
        self.forget()
        if name not in self._kept:
            self._kept[name] = self._read(name), self._monotonic()
        return self._kept[name][0]

    def forget(self) -> None:
        """Drops what was read too long ago; call it now and then, so that nothing stays because nobody asks."""
        oldest = self._monotonic() - KEPT_S
        self._kept = {name: (value, at) for name, (value, at) in self._kept.items() if at > oldest}

    def _read(self, name: str) -> str:
        secret = self._store.secrets.get(name)
        if secret is None or not secret.is_set:
            raise NotSet(
                f"the secret {name!r} is not set: an admin sets it under Secrets, or with "
                f"`python app.py secret set {name}`; then retry"
            )
        return self._keyring.open(secret)
