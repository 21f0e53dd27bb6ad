"""Revisions: what each save left of a definition, and the saves themselves, which change many at one stroke."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from .api import Api
from .document import Document, Moment, Part
from .event import Event
from .step import Step
from .system import System

DefinitionKind = Literal["api", "step", "system"]
DefinitionName = tuple[DefinitionKind, str]
"""Which definition: ("api", "api1")."""
KINDS: Mapping[DefinitionKind, type[Document]] = {"api": Api, "step": Step, "system": System}


class Revision(Part):
    """A definition as one save left it; numbers count from 1, for each definition on its own."""

    kind: DefinitionKind
    of: str
    number: int
    save: int
    at: Moment
    who: str
    note: str = ""
    document: dict[str, Any] | None = None
    """As it is stored; None: the save removed it."""

    @property
    def name(self) -> DefinitionName:
        return self.kind, self.of


class Save(Part):
    """Definitions changed together. Once it is written it counts: whoever finds it not done carries it through."""

    id: int = Field(alias="_id")
    """Saves are numbered one after the other: of two at once, one finds its number taken."""
    revisions: list[Revision] = Field(default_factory=list)
    """Empty when it is done."""
    event: Event | None = None
    done: bool = False
