"""A task: one run of a system, as it is stored. A plan holds no run state; a task holds no definition.

Times are aware UTC datetimes. Fields the seed names keep the seed's names; `remain_second` is
computed when read (`engine.plan.deadline`), the stored one is only what the document came with.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .document import Document, DocumentId, Moment, Part
from .span import Span
from .status import LinkStatus, StepStatus, TaskStatus
from .step import StepType

QUARANTINE_AFTER = 5
"""Workers lost in a row at one task, before nobody claims it any more."""

Request = Literal["pause", "cancel", "yield", "look"]
"""What was asked of a task that a worker holds. `yield`: set it down, a repair is coming. `look`: a child has ended."""


class Parent(Part):
    """The link that a task runs for: `passed` is the pass of the link that made it."""

    task: DocumentId
    step: DocumentId
    link: DocumentId
    passed: int = Field(default=0, alias="pass")


class Round(Part):
    """One call to be made until it is answered; a LOOP link has one per round, every other kind one."""

    tries: int = 0
    since: Moment | None = None
    """When its first try began."""
    next_try_at: Moment | None = None
    result: str | None = None
    """The attempt that holds the answer: set once the answer counts."""
    looks: int = 0
    """How often it has found no place among the calls that its api allows at once, or its child still at work."""
    intent: bool = False
    """A call that must not be blindly repeated is about to be sent, or was (R9)."""


class LinkState(Part):
    """One entry of `api_status`."""

    id: DocumentId = Field(alias="_id")
    type: StepType = StepType.API
    largs: Any = None
    lresult: str | None = None
    lparallel: int | None = None
    status: LinkStatus = LinkStatus.READY
    args: dict[str, Any] = Field(default_factory=dict)
    procmmsg: str = ""
    asks: str = ""
    """While it waits: what a person has to do for it to go on; empty when it goes on by itself."""
    passed: int = Field(default=0, alias="pass")
    """How often it was reset or its args edited: part of the Idempotency-Key from 1 on."""
    tries: int = 0
    """Calls made in this pass."""
    laps: int = 0
    """LOOP: how often the condition judged the whole list."""
    seq: int = 0
    """Number of the last attempt kept for this link, over all passes."""
    same: int = 1
    """How many polls in a row the last attempt stands for."""
    last: str | None = None
    """The last attempt, for folding identical polls; its print is `last_print`."""
    last_print: str = ""
    total: int | None = None
    """LOOP: number of rounds, once known."""
    result: str | None = None
    """The attempt that holds the judged result."""
    rounds: dict[str, Round] = Field(default_factory=dict)
    next_try_at: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None


class StepInfo(Part):
    expect_span: Span = Field(default_factory=Span)
    remain_second: float = -1
    api_status: dict[str, LinkState] = Field(default_factory=dict)
    status: StepStatus = StepStatus.READY
    response: dict[str, Any] = Field(default_factory=dict)
    """Published values: a key is there as soon as the link it comes from is DONE."""
    deadline: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None


class Task(Document):
    system: DocumentId
    step_info: dict[str, StepInfo] = Field(default_factory=dict)
    remain_second: float = -1
    expect_finish: Moment | None = None
    status: TaskStatus = TaskStatus.READY
    process_msg: str = ""
    last_access: str = ""
    name: str = ""
    args: dict[str, Any] = Field(default_factory=dict)
    labels: list[str] = Field(default_factory=list)
    priority: int = Field(default=5, ge=0, le=9)
    """9 goes first."""
    debug: bool = False

    parent: Parent | None = None
    """Whose link it runs for, if a task of another system started it."""
    plan: str = ""
    """Hash of the plan it was made from."""
    created_at: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    paused_at: Moment | None = None
    start_at: Moment | None = None
    """When a READY task is to be started by itself; null once it has been."""
    scheduled_by: str = ""
    """Who set `start_at`."""
    deadline: Moment | None = None
    """The earliest deadline of its running steps."""
    slack_s: float | None = None
    """By how much it may be delayed while its running steps keep their time, as of the last change; what it is at a
    moment, `engine.model.slack_now_s` tells. None before it starts and once it is over."""
    slack_ends_at: Moment | None = None
    """From when on there is none left if nothing changes."""
    attention: str = ""
    """Why a person is needed; empty when none is."""
    request: Request | None = None
    requested_by: str = ""
    """Who asked last; of a paused or cancelled task, who did that."""
    wake_at: Moment | None = None
    """When a worker should claim it; null while held, paused, over, or ready without a `start_at`."""
    owner: str | None = None
    """The worker that holds it."""
    epoch: int = 0
    """Counts the claims: an older holder is refused."""
    rev: int = 0
    """Counts the changes of this document: every change is a compare-and-set on it."""
    saved: int = 0
    """How many records of its worker's journal this document holds already."""

    @property
    def quarantined(self) -> bool:
        """Whether nobody claims it any more, until somebody retries it."""
        return self.crashes >= QUARANTINE_AFTER

    @property
    def edition(self) -> str:
        """Changes whenever anything of the task does, the journal of its worker included."""
        return f"{self.rev}.{self.epoch}.{self.saved}"

    last_op: str = ""
    """Token of the last change: tells whether a write whose reply was lost took effect."""
    told: list[Any] = Field(default_factory=list)
    """Events of the last change, in the database's form: copied into the history right behind it."""
    crashes: int = 0
    """Workers lost in a row while they held this task and it came no further."""
