"""The answer of a person to a MANUAL link: who may give it, how it is kept. The link's condition judges it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from engine.dispatch import LocalDispatch
from engine.model import (
    Attempt,
    Invalid,
    LinkState,
    LinkStatus,
    ManualUse,
    Problem,
    Role,
    Round,
    Step,
    Task,
    TaskStatus,
    Verdict,
)
from engine.run import Clock, Edit, SharedClock
from engine.store import Store

from .act import Acts, NotFound, Refused
from .operator import go_on, plan_of

LONGEST_NOTE = 1000


class NotAsked(Refused):
    """The question is for somebody else."""


class Answers:
    """Those of one person, who has that role."""

    def __init__(
        self,
        store: Store,
        dispatch: LocalDispatch | None = None,
        clock: Clock | None = None,
        who: str = "command line",
        role: Role = Role.ADMIN,
    ) -> None:
        self._store, self._who, self._role = store, who, role
        self._clock = clock or SharedClock(store.time)
        self._acts = Acts(store, dispatch or LocalDispatch(), self._clock, who)

    def answer(
        self,
        id_: str,
        step: str,
        link: str,
        values: Mapping[str, Any],
        note: str = "",
        check: Callable[[Task], None] = lambda _task: None,
    ) -> Task:
        """`values`: one per response key that comes from the link.

        Raises `NotFound`, `NotAsked`, `Refused` when nothing is asked (any more), `Invalid` for other keys; and what
        `check` raises of the state that it is decided on.
        """

        def decide(edit: Edit) -> None:
            check(edit.task)
            question = self._question(edit.task, step, link)
            state = edit.link(step, link)
            if state.status != LinkStatus.WAITING or not state.asks:
                raise Refused(f"{step}/{link} is {state.status}: nothing is asked there now")
            if not question.may_answer(self._who, self._role):
                raise NotAsked(f"{step}/{link} asks {question.asked}, and you are {self._who}, {self._role.value}")
            self._write(edit, step, state, dict(values), note.strip()[:LONGEST_NOTE])

        return self._acts.change_free(id_, decide)

    def _question(self, task: Task, step: str, link: str) -> ManualUse:
        plan = plan_of(self._store, task)
        if (step, link) not in plan.links or step not in task.step_info:
            raise NotFound(f"task {task.id!r} has no link {step}/{link}")
        question = plan.link(step, link).question
        if question is None:
            raise Refused(f"{step}/{link} asks nobody: it is no MANUAL link")
        return question

    def _write(self, edit: Edit, step: str, state: LinkState, values: dict[str, Any], note: str) -> None:
        keys = asked_keys(plan_of(self._store, edit.task).step(step), state.id)
        if problems := [*_missing(keys, values), *_strange(keys, values)]:
            raise Invalid(problems)
        said = f"answered by {self._who}" + (f": {note}" if note else "")
        attempt = given_attempt(edit, step, state, values, said)
        edit.update_link(
            step, state.id, rounds={"0": Round(tries=1, since=state.started_at, result=attempt)}, seq=state.seq + 1,
            tries=state.tries + 1, next_try_at=None, procmmsg=said, asks="",
        )  # fmt: skip
        edit.add_event("answered", f"{step}/{state.id}", None, {"answer": values} | ({"note": note} if note else {}))
        if edit.task.status == TaskStatus.WAITING:
            go_on(edit, self._clock.now())
            edit.update_task(process_msg=f"{step}/{state.id} {said}")


def asked_keys(step: Step, link: str) -> list[str]:
    """What a person gives values for."""
    return [key for key, source in step.response.items() if source.fromapi == link]


def _missing(keys: list[str], values: Mapping[str, Any]) -> list[Problem]:
    hint = "give one, null if there is none"
    return [Problem(f"response.{key}", f"there is no value for {key}", hint) for key in keys if key not in values]


def _strange(keys: list[str], values: Mapping[str, Any]) -> list[Problem]:
    strange = [key for key in values if key not in keys]
    asked = ", ".join(keys) or "nothing but that it is done"
    return [Problem(f"response.{key}", f"nobody asked for {key}", f"what is asked for is {asked}") for key in strange]


def given_attempt(edit: Edit, step: str, state: LinkState, answer: Any, message: str) -> str:
    """An answer that a person gave, kept as the attempt after the last; its id."""
    now, task = edit.clock.now(), edit.task
    attempt = Attempt(
        id=f"{task.id}/r{task.rev}/{secrets.token_hex(4)}",  # two people may decide on the same revision
        task=task.id,
        step=step,
        link=state.id,
        seq=state.seq + 1,
        passed=state.passed,
        kind="given",
        verdict=Verdict.DONE,
        message=message,
        at=now,
        last_at=now,
        kept=True,
        body=json.dumps(answer),
        epoch=task.epoch,
    )
    edit.notes.attempts.append(attempt)
    return attempt.id
