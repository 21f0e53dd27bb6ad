"""What came of a call: not sent, sent without a reply, or replied. Whoever repeats calls needs to know which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing left this machine. `permanent`: trying again cannot help."""

    reason: str
    kind: Literal["invalid", "refused", "dns", "connect"]
    permanent: bool = False
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NoReply:
    """It was sent, or may have been, and no complete reply came."""

    reason: str
    kind: Literal["timeout", "reset", "truncated"]
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Replied:
    """A complete reply. `problem` says why its body is no usable JSON; `value` is the JSON otherwise."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    value: Any = None
    problem: str | None = None
    retry_after_s: float | None = None
    duration_s: float = 0.0


Outcome = NotSent | NoReply | Replied
