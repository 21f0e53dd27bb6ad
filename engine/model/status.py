"""Where a task, a step and a link can be, and every way from one place to the next.

`EDGES` is the only table of allowed edges: the store refuses what is not in it, and `docs/states.md`
is drawn from it. Each edge says why it exists. A request (pause, cancel) is a field of the task, not a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class TaskStatus(StrEnum):
    READY = "READY"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class StepStatus(StrEnum):
    READY = "READY"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class LinkStatus(StrEnum):
    READY = "READY"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


Status = TaskStatus | StepStatus | LinkStatus

TASK_OVER = frozenset({TaskStatus.DONE, TaskStatus.FAILED, TaskStatus.CANCELLED})
TASK_ACTIVE = frozenset({TaskStatus.RUNNING, TaskStatus.WAITING})
STEP_PASSED = frozenset({StepStatus.DONE, StepStatus.SKIPPED})
LINK_PASSED = frozenset({LinkStatus.DONE, LinkStatus.SKIPPED})

_T, _S, _L = TaskStatus, StepStatus, LinkStatus

EDGES: Mapping[type[Status], Mapping[tuple[Status, Status], str]] = {
    TaskStatus: {
        (_T.READY, _T.RUNNING): "an operator starts it, or the time that was set for it has come",
        (_T.READY, _T.CANCELLED): "cancelled before it began",
        (_T.RUNNING, _T.WAITING): "only waiting is left: it parks",
        (_T.RUNNING, _T.PAUSED): "a pause was requested and the calls in flight have ended",
        (_T.RUNNING, _T.DONE): "every step is done or skipped",
        (_T.RUNNING, _T.FAILED): "a link failed and the calls in flight have ended",
        (_T.RUNNING, _T.CANCELLED): "a cancel was requested and the calls in flight have ended",
        (_T.WAITING, _T.RUNNING): "its time has come, or an operator repaired it",
        (_T.WAITING, _T.PAUSED): "paused while parked",
        (_T.WAITING, _T.CANCELLED): "cancelled while parked",
        (_T.WAITING, _T.FAILED): "an operator said that a call of unknown outcome failed",
        (_T.PAUSED, _T.RUNNING): "an operator resumes it",
        (_T.PAUSED, _T.CANCELLED): "cancelled while paused",
        (_T.FAILED, _T.RUNNING): "retried, or repaired and gone on with",
        (_T.FAILED, _T.CANCELLED): "given up",
        (_T.DONE, _T.RUNNING): "re-run from a step",
        (_T.CANCELLED, _T.RUNNING): "re-run from a step",
    },
    StepStatus: {
        (_S.READY, _S.RUNNING): "its turn in the flow has come",
        (_S.READY, _S.SKIPPED): "skipped by hand before its turn",
        (_S.READY, _S.CANCELLED): "the task was cancelled",
        (_S.RUNNING, _S.DONE): "every link is done or skipped",
        (_S.RUNNING, _S.FAILED): "a link failed",
        (_S.RUNNING, _S.SKIPPED): "skipped by hand with a given response",
        (_S.RUNNING, _S.CANCELLED): "the task was cancelled",
        (_S.RUNNING, _S.READY): "reset by a re-run",
        (_S.FAILED, _S.RUNNING): "retried",
        (_S.FAILED, _S.SKIPPED): "skipped by hand with a given response",
        (_S.FAILED, _S.READY): "reset by a re-run",
        (_S.FAILED, _S.CANCELLED): "the task was given up",
        (_S.DONE, _S.READY): "reset by a re-run",
        (_S.SKIPPED, _S.READY): "reset by a re-run",
        (_S.CANCELLED, _S.READY): "reset by a re-run",
    },
    LinkStatus: {
        (_L.READY, _L.RUNNING): "its values are there: the first call starts",
        (_L.READY, _L.DONE): "a loop without rounds, or its response was given by hand",
        (
            _L.READY,
            _L.WAITING,
        ): "a person is asked or another system runs; or an empty loop does not do yet, or no script worker is free, "
        "or no place in its api",
        (_L.READY, _L.FAILED): "its args cannot be resolved or coerced",
        (_L.READY, _L.SKIPPED): "skipped by hand",
        (_L.READY, _L.CANCELLED): "the task was cancelled",
        (_L.RUNNING, _L.WAITING): "failed or not yet: the next try has a time",
        (_L.RUNNING, _L.DONE): "the condition holds",
        (_L.RUNNING, _L.FAILED): "no more tries, or a script error",
        (_L.RUNNING, _L.UNKNOWN): "sent without a reply and not safe to repeat",
        (_L.RUNNING, _L.READY): "reset by a re-run, or a worker was lost",
        (_L.RUNNING, _L.SKIPPED): "skipped by hand after a worker was lost",
        (_L.RUNNING, _L.CANCELLED): "the task was cancelled",
        (_L.WAITING, _L.RUNNING): "its next try has come",
        (
            _L.WAITING,
            _L.DONE,
        ): "the person has answered, or the other system is done; or a script that had found no worker has run, "
        "or a loop without rounds",
        (_L.WAITING, _L.FAILED): "its args were edited to what cannot be resolved, or its time is up; or what runs "
        "for it was cancelled",
        (_L.WAITING, _L.READY): "reset by a re-run or an edit",
        (_L.WAITING, _L.SKIPPED): "skipped by hand",
        (_L.WAITING, _L.CANCELLED): "the task was cancelled",
        (_L.FAILED, _L.READY): "retried, edited or reset",
        (_L.FAILED, _L.SKIPPED): "skipped by hand",
        (_L.FAILED, _L.CANCELLED): "the task was given up",
        (_L.UNKNOWN, _L.READY): "an operator chose to repeat the call",
        (_L.UNKNOWN, _L.DONE): "an operator gave the response of a call that took effect",
        (_L.UNKNOWN, _L.FAILED): "an operator said that the call failed",
        (_L.UNKNOWN, _L.SKIPPED): "skipped by hand",
        (_L.UNKNOWN, _L.CANCELLED): "the task was cancelled",
        (_L.DONE, _L.READY): "reset by a re-run",
        (_L.SKIPPED, _L.READY): "reset by a re-run",
        (_L.CANCELLED, _L.READY): "reset by a re-run",
    },
}


class EdgeRefused(Exception):
    """A change of status that is not in the table."""

    def __init__(self, before: Status, after: Status) -> None:
        self.before, self.after = before, after
        super().__init__(f"a {_level(type(before))} cannot go from {before} to {after}")


def _level(enum: type[Status]) -> str:
    return enum.__name__.removesuffix("Status").lower()


def may_become(before: Status, after: Status) -> bool:
    """Whether the table allows this edge; staying where it is is always allowed."""
    return before == after or (before, after) in EDGES[type(before)]


def require_edge(before: Status, after: Status) -> None:
    """Raises `EdgeRefused` unless the table allows the edge."""
    if not may_become(before, after):
        raise EdgeRefused(before, after)


def states_markdown() -> str:
    """The text of `docs/states.md`: a diagram and a table for each level."""
    parts = ["# States", "", "Made from the table in `engine/model/status.py`; a test keeps the two alike.", ""]
    for enum, edges in EDGES.items():
        parts += [f"## {_level(enum).capitalize()}", "", "```mermaid", "stateDiagram-v2"]
        parts += [f"    {before} --> {after}" for before, after in edges]
        parts += ["```", "", "| from | to | why |", "|---|---|---|"]
        parts += [f"| {before} | {after} | {why} |" for (before, after), why in edges.items()]
        parts.append("")
    return "\n".join(parts)
