"""Moving a task to a newer definition of its system: what it would become, what changes, and what stands against it.

What has begun stays as it is: its steps and links must be there still, what they published must come from where it came
from, and nothing may stand before them that has not passed. What has not begun follows the new definition, but for what
somebody set in this task by hand. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.model import (
    CALLING,
    LINK_PASSED,
    STEP_PASSED,
    Api,
    Link,
    LinkState,
    LinkStatus,
    Problem,
    ResponseKey,
    Step,
    StepInfo,
    StepStatus,
    Task,
)

from .deadline import span_of
from .draft import task_args
from .plan import LinkAt, Plan
from .proof import prove
from .suggest import listed
from .wiring import ArgAt, Wiring, wire

_LOOP = ("type", "largs", "lresult", "lparallel")
_KEEP = "let this task end with the definition it has, or put that back"

Aspect = Literal[
    "added", "removed", "link added", "link removed", "condition", "call", "response", "span", "order", "arg"
]


@dataclass(frozen=True, slots=True)
class Alteration:
    """One thing that differs. `where` is a step, empty for the flow and its args; `what` is a link, a key or an arg."""

    aspect: Aspect
    where: str = ""
    what: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.aspect, self.where, self.what) if part)


@dataclass(frozen=True)
class Movement:
    """`task` as it would be; only without obstacles can it run so."""

    task: Task
    differences: tuple[Alteration, ...]
    obstacles: tuple[Problem, ...]

    @property
    def mark(self) -> str:
        """Of what was seen: changes with the definition, and with what the task has come to."""
        state = [[step, info.status] for step, info in self.task.step_info.items()]
        text = json.dumps([self.task.plan, state, [str(one) for one in self.obstacles]])
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def movement(old: Plan, new: Plan, task: Task) -> Movement:
    """What a move of the task from its plan to the new one would be."""
    moved = _moved(old, new, task)
    obstacles = [*_kept(old, new, task), *_order(new, task), *_undecided(task)]
    if not obstacles:  # else the proof would tell the same again, in other words
        obstacles = list(_unproven(new, moved))
    return Movement(moved, tuple(_differences(old, new)), tuple(obstacles))


# -- what it becomes ---------------------------------------------------------------------------------


def _moved(old: Plan, new: Plan, task: Task) -> Task:
    wiring = _wiring(old, new, task)
    infos = {step: _info(old, new, task.step_info.get(step), step, wiring) for step in new.steps}
    strangers = {step: info for step, info in task.step_info.items() if step not in infos and _step_began(info)}
    return task.model_copy(update={"plan": new.hash, "step_info": infos | strangers})


def _info(old: Plan, new: Plan, info: StepInfo | None, step: str, wiring: Wiring) -> StepInfo:
    span = span_of(new, step)
    if info is None:
        states = {link.id: _fresh(new, (step, link.id), wiring) for link in new.step(step).checklink}
        return StepInfo(expect_span=span.model_copy(deep=True), api_status=states)
    states = {
        link.id: _state(old, new, info.api_status.get(link.id), (step, link.id), wiring)
        for link in new.step(step).checklink
    }
    begun = {id_: state for id_, state in info.api_status.items() if id_ not in states and _link_began(state)}
    untouched = step in old.steps_set and info.expect_span == span_of(old, step)
    follows = untouched and not _step_began(info)
    update = {"api_status": states | begun, "expect_span": span if follows else info.expect_span}
    return info.model_copy(update=update)


def _fresh(new: Plan, at: LinkAt, wiring: Wiring) -> LinkState:
    return LinkState(id=at[1], args=wiring.args_of(*at), **_loop_of(new.link(*at)))


def _state(old: Plan, new: Plan, state: LinkState | None, at: LinkAt, wiring: Wiring) -> LinkState:
    if state is None:
        return _fresh(new, at, wiring)
    if _link_began(state):
        again = {"passed": state.passed + 1, "rounds": {}, "next_try_at": None}
        return state.model_copy(update=again) if state.rounds and _is_another_call(old, new, state, at) else state
    was = _loop_of(old.links[at]) if at in old.links else {}
    loop = {name: value for name, value in _loop_of(new.link(*at)).items() if getattr(state, name) == was.get(name)}
    if not _is_of_kind(state, new.link(*at)):  # what was set by hand was meant for another kind
        loop = _loop_of(new.link(*at))
    return state.model_copy(update={**loop, "args": wiring.args_of(*at)})


def _loop_of(link: Link) -> dict[str, Any]:
    use = link.api.val
    return {"type": link.api.op, "largs": use.largs, "lresult": use.lresult, "lparallel": use.lparallel}


def _is_another_call(old: Plan, new: Plan, state: LinkState, at: LinkAt) -> bool:
    """The answer to the one says nothing about the other. A task that runs for a link keeps its own definition."""
    if (
        state.status in LINK_PASSED
        or at not in old.links
        or not {old.link(*at).api.op, new.link(*at).api.op} <= CALLING
    ):
        return False
    return _call(old.api_of(*at)) != _call(new.api_of(*at))


def _call(api: Api) -> list[Any]:
    return [api.id, api.method, api.url, api.send, api.headers]


def _is_of_kind(state: LinkState, link: Link) -> bool:
    """One call and one per round are of a kind: a task may turn the one into the other."""
    return state.type is link.api.op or {state.type, link.api.op} <= CALLING


def _inner_of(plan: Plan, at: LinkAt) -> str:
    """Of a system that it runs: which plan of it."""
    return plan.child_of(*at).hash if plan.link(*at).system_id else ""


def _wiring(old: Plan, new: Plan, task: Task) -> Wiring:
    """By the new definition; what somebody set in the task by hand, and what has begun, keeps its args."""
    own = wire(old, task_args(old, task))
    chosen: dict[ArgAt, Any] = {}
    defaulted: list[ArgAt] = []
    for at, state in _states(task):
        if at not in new.links:
            continue
        usual = own.args_of(*at) if at in old.links else {}
        by_hand = {arg: raw for arg, raw in state.args.items() if _link_began(state) or usual.get(arg) != raw}
        chosen |= {(*at, arg): raw for arg, raw in by_hand.items() if arg in new.args_of(*at)}
        defaulted += [(*at, arg) for arg in usual if arg not in state.args]
    return wire(new, task_args(new, task), chosen, defaulted)


def _states(task: Task) -> Iterator[tuple[LinkAt, LinkState]]:
    for step, info in task.step_info.items():
        for link, state in info.api_status.items():
            yield (step, link), state


def _step_began(info: StepInfo) -> bool:
    return info.status is not StepStatus.READY or any(map(_link_began, info.api_status.values()))


def _link_began(state: LinkState) -> bool:
    return state.status is not LinkStatus.READY or bool(state.rounds)


# -- what stands against it --------------------------------------------------------------------------


def _kept(old: Plan, new: Plan, task: Task) -> Iterator[Problem]:
    """What has begun must be there, and must have published what it would publish."""
    for step, info in task.step_info.items():
        if not _step_began(info):
            continue
        if step not in new.steps_set:
            yield Problem(f"step.{step}", f"{step} is {info.status}, and the system has it no more", _KEEP)
            continue
        yield from _kept_links(new.step(step), info)
        yield from _kept_kinds(old, new, step, info)
        was = old.step(step).response if step in old.steps_set else {}
        yield from _kept_values(new.step(step), info, was)


def _kept_links(step: Step, info: StepInfo) -> Iterator[Problem]:
    links = {link.id for link in step.checklink}
    for link, state in info.api_status.items():
        if link not in links and _link_began(state):
            path = f"step.{step.id}.checklink.{link}"
            yield Problem(path, f"{step.id}/{link} is {state.status}, and the step has it no more", _KEEP)
    late = sorted(links - set(info.api_status)) if info.status in STEP_PASSED else []
    for link in late:
        message = f"{step.id} is {info.status}, and would get {link}, which nobody would call any more"
        yield Problem(f"step.{step.id}.checklink.{link}", message, "put it into a step that has not begun")


def _kept_kinds(old: Plan, new: Plan, step: str, info: StepInfo) -> Iterator[Problem]:
    """A call stays a call, a question a question, and a task that runs for a link is one of the system it names."""
    for id_, state in info.api_status.items():
        at = step, id_
        if at not in new.links or not _link_began(state):
            continue
        same_system = at not in old.links or old.link(*at).system_id == new.link(*at).system_id
        if not _is_of_kind(state, new.link(*at)) or not same_system:
            message = f"{step}/{id_} is {state.status}, and has become something else to do"
            yield Problem(f"step.{step}.checklink.{id_}.api", message, _KEEP)


def _kept_values(step: Step, info: StepInfo, was: Mapping[str, ResponseKey]) -> Iterator[Problem]:
    passed = {link for link, state in info.api_status.items() if state.status in LINK_PASSED}
    for key in info.response:
        if step.response.get(key) != was.get(key):
            how = "takes it from elsewhere" if key in step.response else "publishes it no more"
            message = f"{step.id} has published {key}, and the step {how}"
            yield Problem(f"step.{step.id}.response.{key}", message, _KEEP)
    for key, source in step.response.items():
        if key not in info.response and (source.fromapi in passed or info.status in STEP_PASSED):
            message = f"{step.id} would publish {key}, and {source.fromapi}, which it comes from, has ended without it"
            yield Problem(f"step.{step.id}.response.{key}", message, "take it from a call that has not been made")


def _order(new: Plan, task: Task) -> Iterator[Problem]:
    """Before what has begun, everything has passed."""
    begun = [step for step, info in task.step_info.items() if _step_began(info) and step in new.steps_set]
    for step in begun:
        open_ = [other for other in new.steps if other in new.before(step) and not _has_passed(task, other)]
        if open_:
            message = f"{step} has begun, and would come after {listed(open_)}, which has not passed"
            yield Problem(f"system.{new.system.id}.step", message, "let what is new stand behind it")


def _has_passed(task: Task, step: str) -> bool:
    info = task.step_info.get(step)
    return info is not None and info.status in STEP_PASSED


def _undecided(task: Task) -> Iterator[Problem]:
    """A call of which nobody knows what became of it."""
    for (step, link), state in _states(task):
        sent = any(one.intent and not one.result for one in state.rounds.values())
        if state.status is LinkStatus.UNKNOWN or (sent and state.status not in LINK_PASSED):
            path = f"step_info.{step}.api_status.{link}"
            yield Problem(path, f"the outcome of {step}/{link} is unknown", "say first what became of its call")


def _unproven(new: Plan, moved: Task) -> Iterator[Problem]:
    """What has passed is never called again, so it needs no proof."""
    passed = [
        f"step_info.{step}.api_status.{link}." for (step, link), state in _states(moved) if state.status in LINK_PASSED
    ]
    for problem in prove(new, moved, task_args(new, moved)):
        if not problem.path.startswith(tuple(passed)):
            yield problem


# -- what differs ------------------------------------------------------------------------------------


def _differences(old: Plan, new: Plan) -> Iterator[Alteration]:
    yield from (Alteration("added", step) for step in new.steps if step not in old.steps_set)
    yield from (Alteration("removed", step) for step in old.steps if step not in new.steps_set)
    both = [step for step in new.steps if step in old.steps_set]
    for step in both:
        yield from _step_differences(old, new, step)
    if any(old.order.relation(one, other) != new.order.relation(one, other) for one in both for other in both):
        yield Alteration("order")
    for arg in _unlike(old.system.def_args, new.system.def_args):
        yield Alteration("arg", "", arg)


def _step_differences(old: Plan, new: Plan, step: str) -> Iterator[Alteration]:
    was, now = old.step(step), new.step(step)
    before = {link.id: link for link in was.checklink}
    after = {link.id: link for link in now.checklink}
    yield from (Alteration("link added", step, link) for link in after if link not in before)
    yield from (Alteration("link removed", step, link) for link in before if link not in after)
    for link in (link for link in after if link in before):
        if before[link].condition != after[link].condition:
            yield Alteration("condition", step, link)
        if before[link].api != after[link].api or _called(old, (step, link)) != _called(new, (step, link)):
            yield Alteration("call", step, link)
    yield from (Alteration("response", step, key) for key in _unlike(was.response, now.response))
    if was.expect_span != now.expect_span:
        yield Alteration("span", step)


def _called(plan: Plan, at: LinkAt) -> Any:
    """What stands behind a link: an api, or the plan of a system."""
    return plan.api_of(*at) if plan.link(*at).api_id else _inner_of(plan, at)


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    absent = object()
    return [key for key in {**one, **other} if one.get(key, absent) != other.get(key, absent)]
