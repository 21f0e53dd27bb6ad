"""Passwords: what one has to be, and its argon2 hash."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.model import Problem

SHORTEST, LONGEST = 12, 200

# 19 MiB, two passes, one lane: OWASP's choice for servers. The library's own (64 MiB, four lanes) takes twenty times as
# long on two busy cores, and a worker may share this process.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$gext2d1Z5qtkObQkkQcXDA$QiNs3f+kSxC0Ub+bf/Kehrw1yfFKEXjTnbC8KpGTTOQ"
"""Stands in where there is no hash, so that an unknown name costs the time of a known one. Of random bytes."""


def hash_password(password: str) -> str:
    return HASHER.hash(_same_on_every_keyboard(password))


def fits(password: str, hash_: str) -> bool:
    """Whether it is the password; never so for an empty hash. Takes the same time either way."""
    try:
        HASHER.verify(hash_ or NOBODY, _same_on_every_keyboard(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(hash_)


def problems_of_password(password: str, name: str) -> list[Problem]:
    """What keeps it from being taken."""
    if len(password) < SHORTEST:
        return [Problem("password", f"is too short: it needs {SHORTEST} characters", "some words in a row will do")]
    if len(password) > LONGEST:
        return [Problem("password", f"is too long: at most {LONGEST} characters")]
    if name in password.lower() and len(password) - len(name) < SHORTEST // 2:
        return [Problem("password", "is little more than your name", "choose another")]
    return []


def _same_on_every_keyboard(password: str) -> str:
    """A letter with an accent may come as one character or as two."""
    return unicodedata.normalize("NFKC", password)
