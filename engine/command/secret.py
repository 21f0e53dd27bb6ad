"""Secrets that a browser holds: the database knows only their hash, so a copy of it lets nobody in."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """32 random bytes, fit for an address and a cookie."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """No salt and no work: there is nothing to guess in 32 random bytes."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
