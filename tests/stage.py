"""A worker on a stage: real database, real HTTP, a clock turned by hand, every step made by the test."""

from __future__ import annotations

from typing import Any

import mock_api
from engine.call import Caller
from engine.command import Catalog, NamedSecrets, Operator, Repair, read_documents
from engine.dispatch import LocalDispatch
from engine.model import Attempt, LinkState, Task
from engine.plan import TaskDraft
from engine.script import Evaluator
from engine.store import Store
from engine.vault import Keyring, new_key
from engine.worker import Worker, WorkerSettings
from mock_api.knobs import NONE
from tests.clock import TurnedClock

_EVALUATOR = Evaluator(workers=1)


class Stage:
    """Tasks park at once (`park_after_s` is 0), so a step never waits for the clock."""

    def __init__(self, store: Store, mock: mock_api.MockServer) -> None:
        self.store, self.mock, self.clock = store, mock, TurnedClock()
        self.caller = Caller()
        self.keyring = Keyring((new_key(),))
        self.secrets = NamedSecrets(store, self.keyring, self.clock, "root")
        self.operator = Operator(store, clock=self.clock, who="ann")
        self.repair = Repair(store, clock=self.clock, who="ann")
        self.worker = self.another_worker()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.drain()
        self.caller.close()

    def another_worker(self, **settings: Any) -> Worker:
        """One more process's worth, on the same database."""
        given: dict[str, Any] = {"park_after_s": 0, "keyring": self.keyring} | settings
        chosen = WorkerSettings(**given)
        worker = Worker(self.store, self.caller, _EVALUATOR, LocalDispatch(), self.clock, chosen, chance=lambda: 0.0)
        worker.enlist()
        return worker

    def load(self, documents: dict[str, Any]) -> None:
        Catalog(self.store).save(read_documents(documents))

    def create(self, system: str = "systemid", **draft: Any) -> Task:
        return self.operator.create(TaskDraft(system=system, **draft))

    def start(self, system: str = "systemid", **draft: Any) -> Task:
        return self.operator.start(self.create(system, **draft).id)

    def go(self, task: Task | str, seconds: float = 0) -> Task:
        """Turns the clock, lets the worker do all that is due then, and answers the task as it is now."""
        self.clock.turn(seconds)
        self.worker.renew()
        while self.worker.step():
            pass
        return self.task(task)

    def task(self, task: Task | str) -> Task:
        found = self.store.tasks.get(task if isinstance(task, str) else task.id)
        assert found
        return found

    def link(self, task: Task | str, step: str, link: str) -> LinkState:
        return self.task(task).step_info[step].api_status[link]

    def history(self, task: Task, step: str, link: str) -> list[Attempt]:
        return self.store.history.attempts(task.id, step, link)

    def set_knobs(self, api: str, **knobs: Any) -> None:
        """What goes wrong with the mock's API from now on."""
        self.mock.mock.set_knobs(api, NONE.overlaid(knobs))

    def calls(self, api: str = "") -> list[Any]:
        """What the mock was asked, oldest first."""
        return list(self.mock.mock.log(0, api))
