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
    """It was sent, or may have been, and no complete reply came.

    `garbled`: what came is no HTTP. `redirect`: a call that must not be repeated was answered by a redirect, and
    what is behind it could not be asked.
    """

    reason: str
    kind: Literal["timeout", "reset", "truncated", "garbled", "redirect"]
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Replied:
    """A complete reply. `problem` says why its body is no usable JSON; `value` is the JSON otherwise.

    Of a body that passes the cap, `text` is the beginning. Header names match in any case.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    value: Any = None
    problem: str | None = None
    retry_after_s: float | None = None
    duration_s: float = 0.0


Outcome = NotSent | NoReply | Replied
