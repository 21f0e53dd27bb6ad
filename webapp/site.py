"""What every view works with: the store, the clock, acts in the name of who has signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g
from flask_babel import gettext as _

from engine.command import Answers, NamedSecrets, NotFound, Operator, Prober, Repair
from engine.dispatch import LocalDispatch
from engine.model import Definition, LinkState, StepInfo, Task
from engine.run import Clock
from engine.store import Store
from engine.vault import NO_KEYS, Keyring, Vault


@dataclass(frozen=True)
class Site:
    store: Store
    dispatch: LocalDispatch
    clock: Clock
    prober: Prober
    keyring: Keyring = NO_KEYS

    @property
    def who(self) -> str:
        """The name of who has signed in: under it, events tell what was done."""
        return cast(str, g.visitor.user.id)

    @property
    def operator(self) -> Operator:
        return Operator(self.store, self.dispatch, self.clock, self.who)

    @property
    def repair(self) -> Repair:
        return Repair(self.store, self.dispatch, self.clock, self.who)

    @property
    def answers(self) -> Answers:
        return Answers(self.store, self.dispatch, self.clock, self.who, g.visitor.user.role)

    @property
    def secrets(self) -> NamedSecrets:
        return NamedSecrets(self.store, self.keyring, self.clock, self.who)

    @property
    def vault(self) -> Vault:
        """For a call that a page makes; it remembers nothing beyond that."""
        return Vault(self.store, self.keyring)

    def task(self, id_: str) -> Task:
        """Raises `NotFound`."""
        task = self.store.tasks.get(id_)
        if task is None:
            raise NotFound(_("there is no task %(id)s", id=repr(id_)))
        return task

    def definition(self, task: Task) -> Definition:
        """What the task was made from. Raises `NotFound`."""
        definition = self.store.definitions.plan(task.plan)
        if definition is None:
            raise NotFound(
                _(
                    "the plan of task %(id)s is not in the store: export and import tasks with their plans",
                    id=repr(task.id),
                )
            )
        return definition

    def step(self, task: Task, step: str) -> StepInfo:
        """Raises `NotFound`."""
        info = task.step_info.get(step)
        if info is None:
            raise NotFound(_("task %(id)s has no step %(step)s", id=repr(task.id), step=repr(step)))
        return info

    def link(self, task: Task, step: str, link: str) -> LinkState:
        """Raises `NotFound`."""
        info = task.step_info.get(step)
        state = info.api_status.get(link) if info else None
        if state is None:
            raise NotFound(_("task %(id)s has no link %(link)s", id=repr(task.id), link=f"{step}/{link}"))
        return state


def install(app: Flask, site: Site) -> None:
    app.extensions["stepline"] = site


def site() -> Site:
    """The site of the application that serves this request."""
    return cast(Site, current_app.extensions["stepline"])
