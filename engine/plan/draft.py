"""From what a user fills in to a READY task: `TaskDraft` → `new_task`, or a whole document → `adopt`.

A draft can set what a user may set and nothing else; a field too many is a problem, never silently dropped.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from engine.model import (
    DocumentId,
    Invalid,
    LinkState,
    LinkStatus,
    Moment,
    Problem,
    Span,
    StepInfo,
    StepStatus,
    StepType,
    System,
    Task,
    TaskStatus,
    problems_of,
)

from .deadline import critical_path, span_of
from .plan import LinkAt, Plan
from .proof import prove
from .suggest import did_you_mean
from .wiring import Wiring, wire

Label = Annotated[str, StringConstraints(min_length=1, max_length=60)]
FURTHEST = timedelta(days=3_660)
"""A start further off than this, or a flow that takes longer than ten times this, is a slip of the pen."""
_LOOP_FIELDS = ("largs", "lresult", "lparallel")


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)


class LinkDraft(_Draft):
    """What a user says about one link; what is left out comes from the definition."""

    args: dict[str, Any] = Field(default_factory=dict)
    """An arg that is null counts as left out."""
    defaults: list[str] = Field(default_factory=list)
    """Args that take the API's own default, whatever else could fill them."""
    type: StepType | None = None
    largs: Any = None
    lresult: str | None = None
    lparallel: int | None = Field(default=None, ge=1, le=1000)


class StepDraft(_Draft):
    expect_span: Span | None = None
    api_status: dict[str, LinkDraft] = Field(default_factory=dict)


class TaskDraft(_Draft):
    """A task to be: what a form or a client sends."""

    system: DocumentId
    id: DocumentId | None = Field(default=None, alias="_id")
    name: str = Field(default="", max_length=200)
    args: dict[str, Any] = Field(default_factory=dict)
    labels: list[Label] = Field(default_factory=list, max_length=20)
    priority: int = Field(default=5, ge=0, le=9)
    start_at: Moment | None = None
    """When it is to start by itself; left out: when somebody starts it."""
    step_info: dict[str, StepDraft] = Field(default_factory=dict)

    @classmethod
    def load(cls, raw: Any) -> Self:
        """The draft that `raw` describes; raises `Invalid` with every problem."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise Invalid(_explained(error)) from None

    def link(self, at: LinkAt) -> LinkDraft:
        """What it says about a link; an empty draft if nothing."""
        step = self.step_info.get(at[0])
        return (step.api_status.get(at[1]) if step else None) or LinkDraft()


def task_args(plan: Plan, task: Task) -> dict[str, Any]:
    """The args that a task runs with: the system's `def_args` overlaid with its own."""
    return {**plan.system.def_args, **task.args}


def script_task(system: System, task: Task) -> dict[str, Any]:
    """`task` as scripts see it: a few fields of its own, under its args."""
    own = {"_id": task.id, "system": task.system, "name": task.name, "labels": task.labels, "priority": task.priority}
    return {**own, **system.def_args, **task.args}


def new_task(plan: Plan, draft: TaskDraft, task_id: str, now: datetime, secrets: Collection[str] | None = None) -> Task:
    """A READY task, wired and proven; raises `Invalid` with every problem of the draft.

    `secrets` are the names of all there are; None where nobody knows them.
    """
    task, problems = unproven_task(plan, draft, task_id, now)
    return _proven(plan, task, problems, secrets)


def unproven_task(plan: Plan, draft: TaskDraft, task_id: str, now: datetime) -> tuple[Task, list[Problem]]:
    """The task that the draft would make, and what is wrong with the draft itself. Raises `Invalid` for a bad id."""
    wiring = wiring_of(plan, draft)
    fields = draft.model_dump(include={"system", "name", "args", "labels", "priority"})
    infos = {step: _new_info(plan, step, draft, wiring) for step in plan.steps}
    problems = [*_strangers(plan, draft), *_untimely(plan, draft, infos, now)]
    try:
        task = Task.load({"_id": task_id, "step_info": infos, "plan": plan.hash, "created_at": now, **fields})
    except Invalid as invalid:
        raise Invalid([*problems, *invalid.problems]) from None
    return task, problems


def wiring_of(plan: Plan, draft: TaskDraft) -> Wiring:
    """Where each arg of the draft's task gets its value."""
    chosen = {(*at, arg): raw for at in plan.links for arg, raw in draft.link(at).args.items()}
    defaulted = {(*at, arg) for at in plan.links for arg in draft.link(at).defaults}
    return wire(plan, {**plan.system.def_args, **draft.args}, chosen, defaulted)


def start_problem(at: datetime, now: datetime) -> Problem | None:
    """Why a task cannot be scheduled for that time."""
    if at <= now:
        hint = "choose a later time, or start it at once"
        return Problem("start_at", f"{at:%Y-%m-%d %H:%M:%S} UTC is in the past", hint)
    if at - now > FURTHEST:
        return Problem("start_at", f"{at:%Y-%m-%d} is more than ten years off", "choose an earlier time")
    return None


def _untimely(plan: Plan, draft: TaskDraft, infos: dict[str, StepInfo], now: datetime) -> Iterator[Problem]:
    if draft.start_at and (problem := start_problem(draft.start_at, now)):
        yield problem
    takes_s = critical_path(plan.flow, lambda step: infos[step].expect_span.seconds)
    if takes_s > 10 * FURTHEST.total_seconds():
        longest = max(infos, key=lambda step: infos[step].expect_span.seconds)
        path = f"step_info.{longest}.expect_span"
        yield Problem(path, "all steps together would take more than a hundred years", "give shorter expected times")


def adopt(plan: Plan, task: Task, now: datetime, secrets: Collection[str] | None = None) -> Task:
    """A whole task document (the seed's) made READY and proven: its bindings are kept, what is missing is wired.

    Unknown fields are kept. Raises `Invalid` with every problem.
    """
    return _proven(plan, adopt_unproven(plan, task, now), [], secrets)


def adopt_unproven(plan: Plan, task: Task, now: datetime) -> Task:
    """Likewise, but it may lack what a start needs, such as an arg. Raises `Invalid` for marks of a run.

    A task that has run elsewhere cannot be taken over.
    """
    if problems := list(_run_marks(task)):
        raise Invalid(problems)
    chosen = {
        (step, link, arg): raw
        for step, info in task.step_info.items()
        for link, state in info.api_status.items()
        for arg, raw in state.args.items()
    }
    wiring = wire(plan, task_args(plan, task), chosen)
    known = {step: _adopted_info(plan, step, task.step_info.get(step), wiring) for step in plan.steps}
    strangers = {step: info for step, info in task.step_info.items() if step not in known}
    update = {"step_info": known | strangers, "plan": plan.hash, "created_at": task.created_at or now, "told": []}
    return task.model_copy(update=update).model_copy(deep=True)


def _proven(plan: Plan, task: Task, problems: list[Problem], secrets: Collection[str] | None) -> Task:
    problems = [*problems, *prove(plan, task, task_args(plan, task), secrets)]
    if problems:
        raise Invalid(problems)
    return task


def _new_info(plan: Plan, step: str, draft: TaskDraft, wiring: Wiring) -> StepInfo:
    said = draft.step_info.get(step)
    span = (said.expect_span if said else None) or span_of(plan, step)
    states = {link.id: _new_state(plan, (step, link.id), draft, wiring) for link in plan.step(step).checklink}
    return StepInfo(expect_span=span.model_copy(deep=True), api_status=states)


def _new_state(plan: Plan, at: LinkAt, draft: TaskDraft, wiring: Wiring) -> LinkState:
    said = draft.link(at)
    own = said.model_fields_set - {"args", "defaults", "type"}
    fields = _loop_fields(plan, at, said.type) | said.model_dump(include=own)
    if not (fields["lresult"] or "").strip():
        fields["lresult"] = None
    return LinkState(id=at[1], args=copy.deepcopy(wiring.args_of(*at)), **fields)


def _loop_fields(plan: Plan, at: LinkAt, kind: StepType | None) -> dict[str, Any]:
    """The link's own loop settings, unless the draft makes it a single call."""
    call = plan.links[at].api
    if kind is StepType.API:
        return {"type": kind, **dict.fromkeys(_LOOP_FIELDS)}
    settings = {name: copy.deepcopy(getattr(call.val, name)) for name in _LOOP_FIELDS}
    return {"type": kind or call.op, **settings}


def _adopted_info(plan: Plan, step: str, info: StepInfo | None, wiring: Wiring) -> StepInfo:
    info = info or StepInfo()
    links = {link.id: info.api_status.get(link.id) for link in plan.step(step).checklink}
    states = {link: _adopted_state(plan, (step, link), state, wiring) for link, state in links.items()}
    strangers = {link: state for link, state in info.api_status.items() if link not in states}
    update: dict[str, Any] = {"api_status": states | strangers}
    if "expect_span" not in info.model_fields_set:
        update["expect_span"] = span_of(plan, step)
    return info.model_copy(update=update)


def _adopted_state(plan: Plan, at: LinkAt, state: LinkState | None, wiring: Wiring) -> LinkState:
    state = state or LinkState(id=at[1])
    kind = state.type if "type" in state.model_fields_set else None
    settings = _loop_fields(plan, at, kind)
    update = {name: value for name, value in settings.items() if name not in state.model_fields_set}
    return state.model_copy(update={**update, "args": wiring.args_of(*at)})


def _strangers(plan: Plan, draft: TaskDraft) -> Iterator[Problem]:
    """Steps and links in the draft that the system does not have."""
    if draft.system != plan.system.id:
        yield Problem("system", f"the draft is for {draft.system}, the plan is of {plan.system.id}", "use one system")
    for step, said in draft.step_info.items():
        if step not in plan.steps_set:
            yield Problem(f"step_info.{step}", f"the system has no step {step}", did_you_mean(step, plan.steps))
            continue
        links = [link.id for link in plan.step(step).checklink]
        for link in said.api_status:
            path = f"step_info.{step}.api_status.{link}"
            if link not in links:
                yield Problem(path, f"the step {step} has no link {link}", did_you_mean(link, links))
                continue
            args = plan.args_of(step, link)
            for arg in (arg for arg in said.api_status[link].defaults if arg not in args):
                yield Problem(f"{path}.args.{arg}", f"{link} has no arg called {arg}", did_you_mean(arg, args))


def _run_marks(task: Task) -> Iterator[Problem]:
    """Whatever says that the task has begun."""
    yield from _mark("status", task.status, TaskStatus.READY)
    for name in ("start_at", "started_at", "ended_at", "paused_at", "deadline", "wake_at", "owner", "request"):
        yield from _mark(name, getattr(task, name), None)
    for name in ("epoch", "rev", "crashes"):
        yield from _mark(name, getattr(task, name), 0)
    for step, info in task.step_info.items():
        yield from _mark(f"step_info.{step}.status", info.status, StepStatus.READY)
        yield from _mark(f"step_info.{step}.response", info.response, {})
        for link, state in info.api_status.items():
            path = f"step_info.{step}.api_status.{link}"
            yield from _mark(f"{path}.status", state.status, LinkStatus.READY)
            yield from _mark(f"{path}.rounds", state.rounds, {})
            yield from _mark(f"{path}.result", state.result, None)


def _mark(path: str, value: Any, fresh: Any) -> Iterator[Problem]:
    if value != fresh:
        hint = f"set it to {fresh}" if fresh else "remove the field"
        yield Problem(path, f"a new task has not run yet, this says {value}", hint)


def _explained(error: ValidationError) -> Iterator[Problem]:
    """Pydantic's problems; a field that is not a user's to set is named as such."""
    for item, problem in zip(error.errors(include_url=False), problems_of(error), strict=True):
        if item["type"] == "extra_forbidden":
            name = str(item["loc"][-1])
            hint = f"remove it; {did_you_mean(name, TaskDraft.model_fields)}"
            yield Problem(problem.path, f"{name} is not for a draft to set", hint)
        else:
            yield problem
