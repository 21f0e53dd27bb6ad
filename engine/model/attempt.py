"""An attempt: one HTTP call with its outcome, or a result that came otherwise."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from .document import Moment, Part


class Verdict(StrEnum):
    """What an attempt came to."""

    DONE = "done"
    NOT_YET = "not yet"
    FAILED = "failed"
    UNKNOWN = "unknown"


def idempotency_key(task: str, step: str, link: str, round_: int, passed: int) -> str:
    """The same for every attempt of a pass; a reset or an edit of the args begins another pass."""
    key = f"{task}/{step}/{link}/{round_}"
    return f"{key}/{passed}" if passed else key


def link_in_key(key: str) -> tuple[str, str]:
    """Step and link of an Idempotency-Key."""
    _task, step, link, *_round = key.split("/")
    return step, link


class Attempt(Part):
    """Id: `<task>/<epoch>/<n>`, or `<task>/r<rev>/<n>` for what an operator gave."""

    id: str = Field(alias="_id")
    task: str
    step: str
    link: str
    seq: int
    round: int = 0
    passed: int = Field(default=0, alias="pass")
    kind: Literal["call", "reduce", "given", "child", "asked"] = "call"
    verdict: Verdict
    message: str = ""
    at: Moment
    """When it began."""
    last_at: Moment
    """When the last of `count` identical ones began."""
    count: int = 1
    duration_s: float = 0.0
    method: str = ""
    url: str = ""
    args: dict[str, Any] = Field(default_factory=dict)
    outcome: Literal["not sent", "no reply", "replied", ""] = ""
    http_status: int | None = None
    body: str | None = None
    """The answer as JSON text, or the beginning of one that is no JSON."""
    kept: bool = False
    """A result depends on it: never pruned."""
    worker: str = ""
    epoch: int = 0
