"""What lets a browser in. Both are known by the hash of a secret alone, so that whoever reads them cannot get in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of a user; `id` is the SHA-256 of what stands in its cookie."""

    id: str
    user: str
    revision: int
    """The user's, when it began: dead when the user's is another."""
    created_at: datetime
    used_at: datetime
    ends_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """`id` is the SHA-256 of what stands in the link."""

    id: str
    user: str
    revision: int
    ends_at: datetime
