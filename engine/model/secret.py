"""A secret: a text that calls may carry and that nobody can read again, known by its name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from .document import Moment, Part

SECRET_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"  # noqa: S105 - names one, is none
SecretName = Annotated[str, StringConstraints(pattern=SECRET_NAME_PATTERN)]
"""It stands behind `$$SECRET.`, in the middle of a header too: letters, digits, `_` and `-`, no digit first."""


class Secret(Part):
    """What is kept of it. One that was removed leaves its revision and its last event behind, and no text."""

    id: SecretName = Field(alias="_id")
    sealed: str = Field(default="", repr=False)
    """The encrypted text; empty once it was removed."""
    key: str = ""
    """Which key it is encrypted with, by the key's fingerprint."""
    note: str = Field(default="", max_length=500)
    revision: int = 1
    changed_at: Moment
    changed_by: str
    told: list[Any] = Field(default_factory=list, repr=False)
    """The event of the last change, until it has been copied into the history."""

    @property
    def is_set(self) -> bool:
        return bool(self.sealed)
