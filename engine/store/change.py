"""A change of one task: compare-and-set on the revision it was decided on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.model import Status, require_edge

from .codec import pack


@dataclass(frozen=True, slots=True)
class Move:
    """A change of status at `path`; the only way a status changes."""

    path: str
    before: Status
    after: Status


@dataclass(frozen=True, slots=True)
class Change:
    """Applies only to the task as it is at `rev` and `epoch`, and makes revision `rev + 1`.

    Whoever decided on it saw exactly that revision, so an edge that is right for what they saw is right for
    what is stored. `sets` maps dotted paths to values and holds no status: those are in `moves`.
    """

    task: str
    rev: int
    epoch: int
    sets: Mapping[str, Any] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    """Packed events: part of the document until they are in the history, so that no change is without its trace."""
    op: str = field(default_factory=lambda: secrets.token_hex(8))
    packed: dict[str, Any] = field(init=False)
    """`sets` in the database's form, taken when the change is made: what it refers to may change before it is sent."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", {path: pack(value) for path, value in self.sets.items()})

    def rebased(self, rev: int, sets: Mapping[str, Any]) -> Change:
        """The same change on a later revision, with these values over its own."""
        later = replace(self, rev=rev, sets={}, op=secrets.token_hex(8))
        object.__setattr__(later, "packed", self.packed | {path: pack(value) for path, value in sets.items()})
        return later

    def update(self) -> dict[str, Any]:
        """The database's form. Raises `EdgeRefused` for a status edge that is not in the table."""
        for move in self.moves:
            require_edge(move.before, move.after)
        if smuggled := [path for path in self.packed if path.split(".")[-1] == "status"]:
            raise ValueError(f"a status changes by a move only: {smuggled}")
        moves = {move.path: move.after for move in self.moves}
        own = {"rev": self.rev + 1, "last_op": self.op, "told": list(self.events)}
        return {"$set": self.packed | moves | own}
