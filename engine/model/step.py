"""A step: what must hold before the flow goes on."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from .api import Patience
from .document import Document, DocumentId, Part
from .span import Span


class StepType(StrEnum):
    """What a link does: one call, or one call per round."""

    API = "API"
    LOOP = "LOOP"


class Condition(Part):
    """When a link is done: a script over `result`. An empty one always holds."""

    op: Literal["script"] = "script"
    val: str = ""


class ApiUse(Patience):
    """Which API a link calls, and what it says differently from the API itself."""

    id: DocumentId = Field(alias="_id")
    args: dict[str, Any] = Field(default_factory=dict)
    """Default bindings, copied into each task."""
    largs: Any = None
    lresult: str | None = None
    lparallel: int | None = Field(default=None, ge=1, le=1000)


class ApiCall(Part):
    """`{"op": "API", "val": {...}}`: the kind of link and its API."""

    op: StepType = StepType.API
    val: ApiUse


class Link(Part):
    """One entry of a checklink; its id is unique in the step and keys `api_status`."""

    id: DocumentId = Field(alias="_id")
    condition: Condition = Field(default_factory=Condition)
    api: ApiCall


class ResponseKey(Part):
    """Where a key of the step's response comes from."""

    fromapi: str
    """The id of a link of this step."""
    key: str
    """A script over the link's `result`: `result.age`."""


class Step(Document):
    desc: str = ""
    """For people."""
    expect_span: Span = Field(default_factory=Span)
    """The time it should take: its deadline follows from it."""
    checklink: list[Link] = Field(default_factory=list)
    """What is called, all at once; the step is done when each of them is."""
    response: dict[str, ResponseKey] = Field(default_factory=dict)
    """What it publishes, by name."""
    debug: bool = False

    def link(self, link_id: str) -> Link:
        """The link of that id; raises KeyError."""
        for link in self.checklink:
            if link.id == link_id:
                return link
        raise KeyError(link_id)
