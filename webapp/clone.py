"""A task that is there as the draft of another: what was changed in it by hand stays, the rest is wired anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from engine.model import LinkState, Task
from engine.plan import LinkAt, Plan, TaskDraft, Wiring, span_of, task_args, wire

from .arg_text import same
from .form_fields import LOOP_PARTS


def draft_of(plan: Plan, task: Task) -> TaskDraft:
    """For the plan that its system has now, which may be another than the task was made from."""
    wiring = wire(plan, task_args(plan, task))
    steps = {step: _step(plan, step, task, wiring) for step in plan.steps if step in task.step_info}
    name = _("%(name)s (copy)", name=task.name or task.id)[-200:]
    args = {key: value for key, value in task.args.items() if key not in plan.system.def_args
            or not same(plan.system.def_args[key], value)}  # fmt: skip
    return TaskDraft.model_validate(
        {"system": plan.system.id, "name": name, "args": args, "labels": task.labels[:20], "priority": task.priority,
         "step_info": {step: said for step, said in steps.items() if said}}
    )  # fmt: skip


def what_is_lost(plan: Plan, task: Task) -> Iterator[str]:
    """What the task had and its system does not have any more, and what is new."""
    if plan.hash != task.plan:
        yield _("The definition of %(system)s has changed since that task was made.", system=plan.system.id)
    for step, info in task.step_info.items():
        if step not in plan.steps_set:
            yield _("The step %(step)s is gone: what it had was left out.", step=step)
            continue
        links = {link.id for link in plan.step(step).checklink}
        for link, state in info.api_status.items():
            if link not in links:
                yield _("The call %(link)s is gone: what it had was left out.", link=f"{step}/{link}")
                continue
            for arg in state.args.keys() - plan.args_of(step, link).keys():
                place = f"{step}/{link}"
                yield _("%(link)s has no arg %(arg)s any more: its value was left out.", link=place, arg=arg)
    for step in plan.steps:
        if step not in task.step_info:
            yield _("The step %(step)s is new.", step=step)


def _step(plan: Plan, step: str, task: Task, wiring: Wiring) -> dict[str, Any]:
    info = task.step_info[step]
    said: dict[str, Any] = {}
    if not same(info.expect_span.to_json(), span_of(plan, step).to_json()):
        said["expect_span"] = info.expect_span
    links = {link.id: info.api_status.get(link.id) for link in plan.step(step).checklink}
    changed = {link: _link(plan, (step, link), state, wiring) for link, state in links.items() if state}
    if changed := {link: one for link, one in changed.items() if one}:
        said["api_status"] = changed
    return said


def _link(plan: Plan, at: LinkAt, state: LinkState, wiring: Wiring) -> dict[str, Any]:
    declared, wired = plan.args_of(*at), wiring.args_of(*at)
    known = {arg: value for arg, value in state.args.items() if arg in declared and value is not None}
    args = {arg: value for arg, value in known.items() if not same(wired.get(arg), value)}
    defaults = [arg for arg in wired if arg not in known and declared[arg].val is not None]
    return _loop(plan, at, state) | ({"args": args} if args else {}) | ({"defaults": defaults} if defaults else {})


def _loop(plan: Plan, at: LinkAt, state: LinkState) -> dict[str, Any]:
    """Its loop settings, where they are not those of the definition."""
    own = plan.link(*at).api
    before = {"type": own.op, **{part: getattr(own.val, part) for part in LOOP_PARTS}}
    now = {"type": state.type, **{part: getattr(state, part) for part in LOOP_PARTS}}
    return {} if same(before, now) else now
