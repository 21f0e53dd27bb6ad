"""A system: the flow, as a nested list of steps, and what belongs to it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .api import Api
from .document import Document, Part
from .rehearsal import Rehearsal
from .step import Step


class System(Document):
    """`step` is the nested list as it was written; `engine.plan` reads it as a tree."""

    name: str = ""
    """What people call it."""
    desc: str = ""
    def_args: dict[str, Any] = Field(default_factory=dict)
    """The args of its tasks, unless a task has its own."""
    step: list[Any] = Field(default_factory=list)
    debug: bool = False
    max_concurrency: int | None = Field(default=None, ge=1)
    rehearsals: list[Rehearsal] = Field(default_factory=list)
    """Tests that are kept with it: they run whenever it, or what it uses, is saved. No part of a plan."""


class Definition(Part):
    """A system with every step, api and system that it names: all that a plan is made of."""

    system: System
    steps: dict[str, Step]
    apis: dict[str, Api]
    systems: dict[str, Definition] = Field(default_factory=dict)
    """What its SYSTEM links run, each whole."""
