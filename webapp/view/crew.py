"""The workers: who there is, what they hold, what nobody works on and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.model import SubjectKind
from engine.overview import StuckTask, Unclaimed, WorkerFacts, WorkerState

from .badge import Badge
from .moment import Stamp, duration_text, stamp

_STATES: dict[WorkerState, tuple[str, str]] = {
    "alive": ("circle-check", "good"),
    "ending": ("hourglass", "paused"),
    "lost": ("circle-x", "bad"),
}


@dataclass(frozen=True, slots=True)
class WorkerLine:
    id: str
    state: Badge
    explained: str
    host: str
    pid: int
    started: Stamp | None
    seen: Stamp | None
    silent: str
    held: int
    capacity: int


@dataclass(frozen=True, slots=True)
class StuckLine:
    id: str
    system: str
    since: str
    why: str
    quarantined: bool


@dataclass(frozen=True, slots=True)
class LimitLine:
    """Places in use of those that a system or an API allows at once."""

    kind: SubjectKind
    id: str
    used: int
    most: int


@dataclass(frozen=True, slots=True)
class CrewPage:
    workers: tuple[WorkerLine, ...]
    working: int
    held: int
    capacity: int
    stuck: tuple[StuckLine, ...]
    limits: tuple[LimitLine, ...]


def crew_page(
    workers: Sequence[WorkerFacts], stuck: Sequence[StuckTask], limits: Sequence[LimitLine], now: datetime
) -> CrewPage:
    working = [facts.worker for facts in workers if facts.state != "lost"]
    return CrewPage(
        workers=tuple(worker_line(facts, now) for facts in workers),
        working=len(working),
        held=sum(worker.held for worker in working),
        capacity=sum(worker.capacity for worker in working),
        stuck=tuple(_stuck_line(one) for one in stuck),
        limits=tuple(sorted(limits, key=lambda limit: (limit.used < limit.most, limit.kind, limit.id))),
    )


def limit_lines(used: Mapping[str, int], systems: Mapping[str, int], apis: Mapping[str, int]) -> list[LimitLine]:
    """`used` has places by the names that workers give them: `api/<id>`, `system/<id>`."""
    named: list[tuple[SubjectKind, Mapping[str, int]]] = [("system", systems), ("api", apis)]
    return [
        LimitLine(kind, id_, used.get(f"{kind}/{id_}", 0), most)
        for kind, limits in named
        for id_, most in limits.items()
    ]


def worker_line(facts: WorkerFacts, now: datetime) -> WorkerLine:
    worker = facts.worker
    words = {"alive": _("alive"), "ending": _("ending"), "lost": _("lost")}
    explained = {
        "alive": "",
        "ending": _("It takes nothing new and sets down what it holds."),
        "lost": _("It gave no sign for longer than its lease: its tasks go to the others."),
    }
    return WorkerLine(
        id=worker.id,
        state=Badge(words[facts.state], *_STATES[facts.state]),
        explained=explained[facts.state],
        host=worker.host,
        pid=worker.pid,
        started=stamp(worker.started_at, now),
        seen=stamp(worker.renewed_at, now),
        silent=duration_text(facts.silent_s),
        held=worker.held,
        capacity=worker.capacity,
    )


def _stuck_line(stuck: StuckTask) -> StuckLine:
    quarantined = stuck.why == "quarantine"
    since = _("in quarantine") if quarantined else _("due for %(time)s", time=duration_text(stuck.due_s))
    return StuckLine(stuck.id, stuck.system, since, _why_text(stuck.why, stuck.detail), quarantined)


def _why_text(why: Unclaimed, detail: str) -> str:
    texts: dict[Unclaimed, str] = {
        Unclaimed.NO_WORKER: _("No worker runs: start one."),
        Unclaimed.ENDING: _("Every worker is ending: start another."),
        Unclaimed.SYSTEM_FULL: _("Its system lets %(most)s of its tasks run at once.", most=detail),
        Unclaimed.SUSPECT: _(
            "%(count)s workers were lost while they ran it: such tasks run one at a time.", count=detail
        ),
        Unclaimed.FULL: _("Every worker holds as many tasks as it may (STEPLINE_TASKS): start another."),
        Unclaimed.UNTOLD: _("Workers have room for it: see their logs."),
        Unclaimed.QUARANTINE: detail,
    }
    return texts[why]
