"""The flow of a task as nested boxes: a sequence from left to right, a parallel group stacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from flask_babel import gettext as _
from flask_babel import ngettext

from engine.model import (
    CALLING,
    Attempt,
    Definition,
    Link,
    LinkState,
    LinkStatus,
    Step,
    StepInfo,
    StepStatus,
    StepType,
    Task,
    TaskStatus,
)
from engine.plan import Node, Parallel, Sequence, StepNode, parse_flow
from engine.run import child_id

from .badge import Badge, badge
from .callee import Callee, callee
from .moment import NONE, Remaining, duration_text, remaining_of_step, until
from .needs import Need, Reader, Readers, needs_of, readers
from .text import compact, shortened
from .told import told
from .why import Why, why_link

Calls: TypeAlias = Mapping[str, Attempt]
"""Attempt id → attempt."""
NO_CHILDREN: Mapping[str, Task] = MappingProxyType({})
MOST_OPEN = 60
"""Links: in a longer flow, steps that neither run nor need anybody are shown by their heads alone."""
_VALUE = 120
_OPEN = frozenset({StepStatus.RUNNING, StepStatus.FAILED})


@dataclass(frozen=True, slots=True)
class ArgLine:
    """An arg as it is written in the task, and as it went out with the last call."""

    name: str
    bound: str
    resolved: str | None


@dataclass(frozen=True, slots=True)
class ChildLine:
    """A task that runs for a link, as it is now; `badge` is None for one that is gone."""

    id: str
    name: str
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class LinkBox:
    step: str
    id: str
    callee: Callee
    badge: Badge
    loop: str
    tries: int
    next_try: Remaining
    message: str
    unknown: bool
    """A person has to say what became of its call."""
    asks: bool
    """A person has to answer."""
    child: ChildLine | None
    """The task that runs for it, if one does."""
    why: Why
    needs: tuple[Need, ...]
    args: tuple[ArgLine, ...]
    mark: str
    """Changes with every call: what was loaded about them is out of date then."""


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """A key that a step publishes, where from, and who reads it; `value` is None until it is there."""

    key: str
    value: str | None
    source: str
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class StepBox:
    kind: ClassVar[str] = "step"
    id: str
    name: str
    desc: str
    badge: Badge
    span: str
    remaining: Remaining
    links: tuple[LinkBox, ...]
    response: tuple[ResponseLine, ...]
    folded: bool
    """Its links and its response are left out."""


@dataclass(frozen=True, slots=True)
class SequenceBox:
    kind: ClassVar[str] = "sequence"
    children: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class ParallelBox:
    kind: ClassVar[str] = "parallel"
    children: tuple[Box, ...]


Box: TypeAlias = "StepBox | SequenceBox | ParallelBox"


def flow(
    task: Task,
    definition: Definition,
    calls: Calls,
    now: datetime,
    opened: str = "",
    children: Mapping[str, Task] = NO_CHILDREN,
) -> Box:
    """The whole plan with the task's state in it. `opened`: a step that is never folded. `children`: by their ids."""
    return _Painter(task, definition, calls, now, opened, children).box(parse_flow(definition.system.step))


def child_ids(task: Task) -> list[str]:
    """The tasks that were made for its links."""
    links = [(step, state) for step, info in task.step_info.items() for state in info.api_status.values()]
    return [child_id(task.id, step, state.id, state.passed) for step, state in links if is_run(state)]


def is_long(definition: Definition) -> bool:
    """Whether steps are folded."""
    return sum(len(step.checklink) for step in definition.steps.values()) > MOST_OPEN


class _Painter:
    def __init__(
        self,
        task: Task,
        definition: Definition,
        calls: Calls,
        now: datetime,
        opened: str,
        children: Mapping[str, Task],
    ) -> None:
        self.task, self.definition, self.calls, self.now = task, definition, calls, now
        self.children = children
        self.opened, self.readers = opened, readers(task)
        self.long = is_long(definition)
        self.systems = {id_: inner.system for id_, inner in definition.systems.items()}

    def box(self, node: Node) -> Box:
        return _PAINT[type(node)](self, node)

    def step(self, node: StepNode) -> StepBox:
        info = self.task.step_info.get(node.step) or StepInfo()
        step = self.definition.steps[node.step]
        folded = self.long and info.status not in _OPEN and node.step != self.opened
        return StepBox(
            id=node.step,
            name=node.name,
            desc="" if step.desc in (node.name, node.step) else step.desc,
            badge=badge(info.status),
            span=duration_text(info.expect_span.seconds),
            remaining=NONE if info.status == StepStatus.SKIPPED else remaining_of_step(info, self.task, self.now),
            links=() if folded else tuple(self.links(step, info)),
            response=() if folded else response_lines(step, info, self.readers),
            folded=folded,
        )

    def links(self, step: Step, info: StepInfo) -> Iterator[LinkBox]:
        for link in step.checklink:
            yield self.link(step.id, link, info.api_status.get(link.id))

    def link(self, step: str, link: Link, state: LinkState | None) -> LinkBox:
        state = state or LinkState(id=link.id)
        return LinkBox(
            step=step,
            id=link.id,
            callee=callee(link, self.definition.apis, self.systems),
            badge=badge(state.status),
            loop=loop_text(state),
            tries=state.tries,
            next_try=self.next_try(state),
            message="" if _is_shown_otherwise(state) else told(state.procmmsg),
            unknown=state.status == LinkStatus.UNKNOWN,
            asks=is_asked(state),
            child=self.child(step, state) if is_run(state) else None,
            why=why_link(self.task, self.definition, step, link, self.calls.get(state.last or "")),
            needs=needs_of(self.task, self.definition, state),
            args=arg_lines(state.args, self.calls.get(state.last or "")),
            mark=f"{state.seq}-{state.tries}-{state.status}",
        )

    def child(self, step: str, state: LinkState) -> ChildLine:
        id_ = child_id(self.task.id, step, state.id, state.passed)
        child = self.children.get(id_)
        return ChildLine(id_, child.name or id_ if child else id_, badge(child.status) if child else None)

    def next_try(self, state: LinkState) -> Remaining:
        """Of a call; what else a link waits for is not tried."""
        counts = state.type in CALLING and self.task.status != TaskStatus.PAUSED
        return until(state.next_try_at, self.now) if counts else NONE

    def sequence(self, node: Sequence) -> SequenceBox:
        return SequenceBox(tuple(map(self.box, node.children)))

    def parallel(self, node: Parallel) -> ParallelBox:
        return ParallelBox(tuple(map(self.box, node.children)))


_PAINT: dict[type[Node], Callable[[_Painter, Any], Box]] = {
    StepNode: _Painter.step,
    Sequence: _Painter.sequence,
    Parallel: _Painter.parallel,
}


def is_asked(state: LinkState) -> bool:
    """Whether a person's answer is what it waits for."""
    return state.type == StepType.MANUAL and state.status == LinkStatus.WAITING and bool(state.asks)


def is_run(state: LinkState) -> bool:
    """Whether a task was made that runs for it."""
    return state.type == StepType.SYSTEM and any(round_.tries for round_ in state.rounds.values())


def _is_shown_otherwise(state: LinkState) -> bool:
    """The question stands on the page; of a task that runs for it there is a line, unless it needs somebody."""
    return is_asked(state) or (is_run(state) and not state.asks and state.status != LinkStatus.FAILED)


def response_lines(step: Step, info: StepInfo, read_by: Readers) -> tuple[ResponseLine, ...]:
    """Every key that the step declares, there or not, then what a skip gave beyond them."""
    keys = dict.fromkeys([*step.response, *info.response])
    return tuple(
        ResponseLine(
            key,
            _clip(info.response[key]) if key in info.response else None,
            step.response[key].fromapi if key in step.response else "",
            read_by.get((step.id, key), ()),
        )
        for key in keys
    )


def arg_lines(args: Mapping[str, Any], call: Attempt | None) -> tuple[ArgLine, ...]:
    """The bound args, then those that came from the API's defaults; a value that says itself is not repeated."""
    sent = call.args if call else {}
    bound = [ArgLine(name, written(value), _resolved(value, sent, name)) for name, value in args.items()]
    rest = [ArgLine(name, "", _clip(value)) for name, value in sent.items() if name not in args]
    return (*bound, *rest)


def written(value: Any) -> str:
    """A binding as it is written; text that is no reference in quotes."""
    return value if isinstance(value, str) and value.startswith("$") else _clip(value)


def loop_text(state: LinkState) -> str:
    """`round 2 of 4`, or what the number of rounds hangs on."""
    if state.type != StepType.LOOP:
        return ""
    if state.total is None:
        return _("loop over %(largs)s", largs=written(state.largs))
    answered = sum(bool(round_.result) for round_ in state.rounds.values())
    return ngettext("%(done)d of %(num)d round", "%(done)d of %(num)d rounds", state.total, done=answered)


def _resolved(bound: Any, sent: Mapping[str, Any], name: str) -> str | None:
    return _clip(sent[name]) if name in sent and sent[name] != bound else None


def _clip(value: Any) -> str:
    return shortened(compact(value), _VALUE)
