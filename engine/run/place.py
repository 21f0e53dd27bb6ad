"""A link while it runs: its state, its definition, the tools it may use, the names its scripts see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import gevent

from engine.call import NO_MASK, Call, Mask, Outcome
from engine.model import Api, Arg
from engine.plan import script_task, secrets_of
from engine.script import Evaluator, RawJson, Scope, Script, ScriptError
from engine.vault import SecretError

from .family import Children
from .held import Held
from .retry import Policy, policy_of

_OVERRUN_PAUSES_S = (0.2, 1.0)


class Unworkable(Exception):
    """This link cannot go on without a repair; the message says why."""


class Sender(Protocol):
    def send(self, call: Call) -> Outcome:
        """What came of the call."""
        ...


@dataclass(frozen=True)
class Tools:
    """What a worker lends to the links it runs."""

    caller: Sender
    evaluator: Evaluator
    slot: Callable[[Api, Callable[[], None]], AbstractContextManager[bool]]
    """Whether there is a place among the calls in flight, held while it is open; the callable raises to end a wait."""
    may_call: Callable[[], bool]
    """False when the worker's lease is too old to start a call."""
    chance: Callable[[], float]
    """In [0, 1): stretches waits."""
    bodies: Callable[[list[str]], dict[str, str]]
    """Attempt id → its answer as JSON text."""
    secret: Callable[[str], str]
    """Name → plain text. Raises `SecretError`."""
    children: Children | None = None
    """The tasks that run for links; None in a rehearsal, which makes none."""
    stand_in: Callable[[Place], Answer] | None = None
    """In a rehearsal: answers for other systems, and for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a round, a loop, a child or a person came to: its JSON text, and the attempt that holds it."""

    text: str
    attempt: str
    said: str = ""
    """What the link says of it; nothing: how many calls it took."""


class Place:
    """One link of one held task. `in_flight` counts its calls under way."""

    def __init__(self, held: Held, tools: Tools, step: str, link: str) -> None:
        self.held, self.tools, self.step, self.link = held, tools, step, link
        self.state = held.link(step, link)
        self.definition = held.plan.link(step, link)
        self.in_flight = 0

    @cached_property
    def api(self) -> Api:
        """Of a link that calls one."""
        return self.held.plan.api_of(self.step, self.link)

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.definition.api.val, self.api)

    @property
    def declared(self) -> Mapping[str, Arg]:
        """The args that it takes, by name."""
        return self.held.plan.args_of(self.step, self.link)

    def check_lease(self) -> None:
        """Nothing begins on a lease that may have run out: others may hold the task by now."""
        if not self.tools.may_call():
            self.held.stop("drain")
            self.held.check()

    def update(self, **fields: Any) -> None:
        self.held.update_link(self.step, self.link, **fields)

    def update_round(self, number: int, **fields: Any) -> None:
        self.held.update_round(self.step, self.link, number, **fields)

    def scope(self, loop: dict[str, Any] | None) -> Scope:
        """The values that args can name, as they are now."""
        steps = {step: info.response for step, info in self.held.task.step_info.items()}
        return Scope(task=self.task_names(), steps=steps, loop=loop)

    def mask(self) -> Mask:
        """Hides every secret that calls of this task may carry; what cannot be had is carried by none."""
        found = {}
        for name in secrets_of(self.held.plan, self.held.task):
            with suppress(SecretError):
                found[name] = self.tools.secret(name)
        return Mask(found) if found else NO_MASK

    def task_names(self) -> dict[str, Any]:
        return script_task(self.held.plan.system, self.held.task)

    def run_script(self, script: Script, names: Mapping[str, Any]) -> Any:
        """One that runs out of time has a second and a third try: on a crowded machine that is not its own fault."""
        for pause_s in _OVERRUN_PAUSES_S:
            try:
                return self.tools.evaluator.evaluate(script, names)
            except ScriptError as error:
                if error.kind != "timeout":
                    raise
            gevent.sleep(pause_s)
        return self.tools.evaluator.evaluate(script, names)

    def evaluate(self, what: str, script: Script, text: str, loop: dict[str, Any] | None = None) -> Any:
        """The script's value for this result. Raises `ScriptError` whose text says which script it is."""
        result = RawJson(text)
        names = {"result": result, "response": result, "task": self.task_names(), "loop": loop}
        try:
            return self.run_script(script, names)
        except ScriptError as error:
            raise ScriptError(error.kind, f"{what}: {error.message}", error.line, error.source_line) from None

    def condition_holds(self, text: str) -> bool:
        """An empty condition always holds."""
        condition = self.definition.condition.val.strip()
        return not condition or bool(self.evaluate("condition", Script.expr(condition), text))
