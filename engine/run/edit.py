"""Changes of one task in the making: made to the model and noted for writing in one call, so the two cannot differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.model import Attempt, Event, LinkState, Part, Status, StepInfo, Task, require_edge, stored_names
from engine.store import Change, Fold, Move, Trail

from .clock import Clock


@dataclass(slots=True)
class Notes:
    """What is to be written of a task at once."""

    sets: dict[str, Any] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    written: bool = False

    def paths(self) -> set[str]:
        """What they touch: fields of the task, and `step_info.<step>`."""
        paths = [path.split(".") for path in (*self.sets, *(move.path for move in self.moves))]
        return {".".join(path[:2]) if path[0] == "step_info" else path[0] for path in paths}

    def __bool__(self) -> bool:
        return bool(self.sets or self.moves or self.attempts or self.folds or self.events)


class Edit:
    """A task being changed by `who`. Statuses change along the table's edges only (`EdgeRefused`)."""

    def __init__(self, task: Task, clock: Clock, who: str) -> None:
        self.task, self.clock, self.who = task, clock, who
        self.notes = Notes()

    def step(self, step: str) -> StepInfo:
        return self.task.step_info[step]

    def link(self, step: str, link: str) -> LinkState:
        return self.task.step_info[step].api_status[link]

    def update_task(self, **fields: Any) -> None:
        self._update(self.task, "", fields)

    def update_step(self, step: str, **fields: Any) -> None:
        self._update(self.step(step), f"step_info.{step}.", fields)

    def update_link(self, step: str, link: str, **fields: Any) -> None:
        self._update(self.link(step, link), f"step_info.{step}.api_status.{link}.", fields)

    def update_round(self, step: str, link: str, number: int, **fields: Any) -> None:
        path = f"step_info.{step}.api_status.{link}.rounds.{number}."
        self._update(self.link(step, link).rounds[str(number)], path, fields)

    def _update(self, part: Part, prefix: str, fields: dict[str, Any]) -> None:
        names = stored_names(type(part))
        for name, value in fields.items():
            if name == "status":
                self._move(part, f"{prefix}status", value)
            else:
                part.__dict__[name] = value  # as pydantic would, without asking about the field each time
                self.notes.sets[prefix + names[name]] = value

    def _move(self, part: Any, path: str, after: Status) -> None:
        before = part.status
        if before != after:
            require_edge(before, after)
            part.status = after
            self.notes.moves.append(Move(path, before, after))

    def add_event(self, what: str, where: str = "", before: Any = None, after: Any = None) -> None:
        task, seq = self.task, self.task.rev + 1
        name = f"{task.id}/{task.epoch}/{seq}/{len(self.notes.events)}/{where}/{what}"
        event = Event(
            id=name, task=task.id, seq=seq, at=self.clock.now(), who=self.who, what=what, where=where,
            before=before, after=after,
        )  # fmt: skip
        self.notes.events.append(event)

    def change(self, notes: Notes) -> Change:
        """The notes as one change of the task's document."""
        events = tuple(Trail.of((), notes.events).events)
        return Change(self.task.id, self.task.rev, self.task.epoch, notes.sets, tuple(notes.moves), events)
