"""What one act would make of many tasks, and what it made of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.command import BulkAct, Outcome, Seen
from engine.model import Task
from webapp.whole_number import read_whole

from .action import actions_of
from .badge import Badge, badge

_NAMES = 6


def act_label(act: str) -> str:
    """The button's word."""
    return {
        "start": _("Start"),
        "pause": _("Pause"),
        "resume": _("Resume"),
        "retry": _("Retry"),
        "cancel": _("Cancel tasks"),
    }[act]


@dataclass(frozen=True, slots=True)
class Share:
    """The tasks of one status: how many, and why nothing will be done to them; empty when it will."""

    badge: Badge
    count: int
    refusal: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    shares: tuple[Share, ...]
    able: tuple[Seen, ...]
    total: int

    @property
    def text(self) -> str:
        """The tasks as the confirming form names them."""
        return " ".join(f"{seen.id}:{seen.rev}" for seen in self.able)


@dataclass(frozen=True, slots=True)
class Result:
    id: str
    name: str
    badge: Badge | None
    refusal: str
    asked: bool


def preview(act: BulkAct, tasks: Sequence[Task]) -> Preview:
    """By status and reason, the able first. The engine decides again when it is done."""
    refusals = {task.id: _refusal(act, task) for task in tasks}
    counts = Counter((task.status, refusals[task.id]) for task in tasks)
    shares = [
        Share(badge(status), count, refusal, _names(task for task in tasks if (task.status, refusals[task.id]) == kind))
        for kind, count in counts.items()
        for status, refusal in [kind]
    ]
    able = tuple(Seen(task.id, task.rev) for task in tasks if not refusals[task.id])
    return Preview(tuple(sorted(shares, key=lambda share: bool(share.refusal))), able, len(tasks))


def _refusal(act: BulkAct, task: Task) -> str:
    return next(action.refusal for action in actions_of(task) if action.name == act)


def _names(tasks: Iterable[Task]) -> tuple[str, ...]:
    names = [task.name or task.id for task in tasks]
    more = len(names) - _NAMES
    return (*names[:_NAMES], *([_("and %(count)s more", count=more)] if more > 0 else []))


def read_seen(text: str, most: int) -> list[Seen]:
    """What `Preview.text` wrote; what is no task is left out."""
    pairs = [word.rpartition(":") for word in text.split()]
    read = ((id_, read_whole(rev)) for id_, _colon, rev in pairs if id_)
    return [Seen(id_, rev) for id_, rev in read if rev is not None][:most]


def results(outcomes: Iterable[Outcome]) -> tuple[list[Result], list[Result]]:
    """What was done, and what was refused."""
    made = [
        Result(one.id, one.name, badge(one.status) if one.status else None, one.refusal, one.asked) for one in outcomes
    ]
    return [one for one in made if not one.refusal], [one for one in made if one.refusal]
