"""A step: what must hold before the flow goes on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from .api import Patience
from .document import Document, DocumentId, Part
from .span import Span
from .user import Role, UserName


class StepType(StrEnum):
    """What a link does: one call, one call per round, a task of another system, or a question to a person."""

    API = "API"
    LOOP = "LOOP"
    SYSTEM = "SYSTEM"
    MANUAL = "MANUAL"


CALLING = frozenset({StepType.API, StepType.LOOP})
"""The kinds that call an API. A task may turn one of them into the other."""


class Condition(Part):
    """When a link is done: a script over `result`. An empty one always holds."""

    op: Literal["script"] = "script"
    val: str = ""


class ApiUse(Patience):
    """Which API a link calls (or which system it runs), and what it says differently from the API itself."""

    id: DocumentId = Field(alias="_id")
    args: dict[str, Any] = Field(default_factory=dict)
    """Default bindings, copied into each task."""
    largs: Any = None
    lresult: str | None = None
    lparallel: int | None = Field(default=None, ge=1, le=1000)


class ManualUse(ApiUse):
    """Whom a link asks, and what. It names no API; its `args` are shown to the person."""

    id: str = Field(default="", alias="_id", max_length=0)
    prompt: str = Field(min_length=1, max_length=2000)
    role: Role = Role.OPERATOR
    """The least role that may answer, unless `who` says whom."""
    who: list[UserName] = Field(default_factory=list, max_length=100)
    remind_after_s: float | None = Field(default=None, gt=0, le=31_622_400)

    @field_validator("role")
    @classmethod
    def _may_act(cls, role: Role) -> Role:
        if not role.covers(Role.OPERATOR):
            raise ValueError("a viewer cannot answer: use operator, editor or admin, or name people in who")
        return role

    @property
    def asked(self) -> str:
        """Who may answer, in words."""
        return " or ".join(self.who) if self.who else _ASKED[self.role]

    def may_answer(self, name: str, role: Role) -> bool:
        return name in self.who if self.who else role.covers(self.role)


_ASKED = {Role.OPERATOR: "an operator", Role.EDITOR: "an editor", Role.ADMIN: "an admin"}

_USES: Mapping[StepType, type[ApiUse]] = {
    StepType.API: ApiUse,
    StepType.LOOP: ApiUse,
    StepType.SYSTEM: ApiUse,
    StepType.MANUAL: ManualUse,
}


class ApiCall(Part):
    """`{"op": "API", "val": {...}}`: the kind of link, and what it calls, runs or asks."""

    op: StepType = StepType.API
    val: SerializeAsAny[ApiUse]

    @field_validator("val", mode="wrap")
    @classmethod
    def _of_its_kind(cls, raw: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        use = _USES[info.data.get("op", StepType.API)]
        return read(raw) if use is ApiUse else use.model_validate(raw)


class Link(Part):
    """One entry of a checklink; its id is unique in the step and keys `api_status`."""

    id: DocumentId = Field(alias="_id")
    condition: Condition = Field(default_factory=Condition)
    api: ApiCall

    @property
    def api_id(self) -> str | None:
        """The API that it calls; None for a link that calls none."""
        return self.api.val.id if self.api.op in CALLING else None

    @property
    def system_id(self) -> str | None:
        """The system that it runs, if it runs one."""
        return self.api.val.id if self.api.op is StepType.SYSTEM else None

    @property
    def question(self) -> ManualUse | None:
        """What it asks a person, if it asks one."""
        return self.api.val if isinstance(self.api.val, ManualUse) else None


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
