"""The page with the form for a new task: what stands in its fields, what that would come to, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import ngettext

from engine.model import Invalid, Problem, System, Task
from engine.plan import Plan, TaskDraft, prove, steps_in, task_args, unproven_task, wiring_of
from engine.plan.flow import read_flow

from .draft import read_draft, read_raw
from .form_fields import AT, Fields
from .given_args import MORE, given_in
from .language import zone
from .render import htmx, render
from .site import site
from .view.draft_place import at_the_task, problem_lines
from .view.new_task import given_rows, step_rows
from .view.projection import projection
from .when import local_text, read_moment, twice


@dataclass(frozen=True)
class Form:
    """The fields as they were typed, and problems that were found beside theirs.

    `checked`: somebody has asked what is wrong. A blank form is not told it at every field.
    """

    fields: Fields
    problems: Sequence[Problem] = ()
    checked: bool = False
    notes: Sequence[str] = ()


def checked_draft(fields: Fields) -> TaskDraft:
    """Raises `Invalid` with every problem."""
    plan = site().operator.plan_for(system_of(fields))
    draft, problems = _read(plan, fields)
    if draft is not None:
        problems = _all_of(problems, _judge(plan, draft)[1])
    if problems or draft is None:
        raise Invalid(problems)
    return draft


def system_of(fields: Fields) -> str:
    """As chosen, or as the JSON says."""
    try:
        return read_raw(fields["raw"]).system if "raw" in fields else fields.get("system", "")
    except Invalid:
        return fields.get("system", "")


def show(form: Form):
    """422 when it was asked for and something is wrong; not while it is filled in, where that is no mistake yet."""
    systems = site().store.definitions.systems()
    fields = {"system": next(iter(systems), ""), **form.fields}
    shown = _about(fields, form)
    wrong = bool(shown["problems"]) and form.checked and not htmx.partial
    shown |= {"problems": () if htmx.partial else shown["problems"]}
    shown |= {"form": fields, "systems": system_labels(systems), "notes": form.notes}
    return render("tasks/new.html", status=422 if wrong else 200, **shown)


def system_labels(systems: Mapping[str, System]) -> list[tuple[str, str]]:
    """Id and label: a name, the id where that is another, and how many steps there are."""
    return [(id_, f"{_name(one)} · {_steps_text(one)}") for id_, one in systems.items()]


def _name(system: System) -> str:
    return f"{system.name} ({system.id})" if system.name and system.name != system.id else system.id


def _steps_text(system: System) -> str:
    flow, _problems = read_flow(system.step, "step")
    return ngettext("%(num)d step", "%(num)d steps", len(steps_in(flow)))


def _about(fields: Fields, form: Form) -> dict[str, Any]:
    try:
        plan = site().operator.plan_for(system_of(fields))
    except Invalid as invalid:
        problems = _first_of_each_place([*form.problems, *(invalid.problems if fields["system"] else ())])
        return {"plan": None, "problems": problem_lines(None, (), problems), "preview": None}
    return _about_plan(plan, fields, form)


def _about_plan(plan: Plan, fields: Fields, form: Form) -> dict[str, Any]:
    """What the form shows of a system that can be used."""
    draft, unread = _read(plan, fields)
    task, unsound = _judge(plan, draft) if draft else (None, [])
    givens, now = given_in(plan, fields), site().clock.now()
    keys = [given.key for given in givens]
    wiring = wiring_of(plan, draft or TaskDraft(system=plan.system.id))
    found = at_the_task(wiring.unbound, keys, [*form.problems, *_all_of(unread, unsound)])
    lines = problem_lines(plan, keys, _first_of_each_place(found))
    told = lines if form.checked else ()
    start_at = draft.start_at if draft else None
    return {
        "plan": plan,
        "problems": told,
        "givens": given_rows(givens, fields, told),
        "steps": step_rows(plan, fields, wiring, _task_keys(keys, draft), told),
        "preview": projection(plan, task, lines, start_at, now),
        "start_comes_twice": bool(start_at and twice(start_at, zone())),
        "earliest": local_text(now + timedelta(minutes=1), zone())[:16],
    }


def _task_keys(keys: Sequence[str], draft: TaskDraft | None) -> list[str]:
    """Args that the task can be asked for."""
    return list(dict.fromkeys([*keys, *(draft.args if draft else ())]))


def _read(plan: Plan, fields: Fields) -> tuple[TaskDraft | None, list[Problem]]:
    if "raw" not in fields:
        return read_draft(plan, fields, zone())
    try:
        draft = read_raw(fields["raw"])
        if fields.get("start") == AT:
            draft.start_at = read_moment("start_at", fields.get("start_at", ""), zone())
        return draft, []
    except Invalid as invalid:
        return None, list(invalid.problems)


def _judge(plan: Plan, draft: TaskDraft) -> tuple[Task | None, list[Problem]]:
    """The task that it would make, and all that keeps it from running."""
    try:
        task, problems = unproven_task(plan, draft, draft.id or "new", site().clock.now())
        return task, [*problems, *prove(plan, task, task_args(plan, task), site().store.secrets.names())]
    except Invalid as invalid:
        return None, list(invalid.problems)


def _all_of(unread: Sequence[Problem], unsound: Sequence[Problem]) -> list[Problem]:
    """Of a task whose args could not be read it is not known what it lacks."""
    return list(unread) if any(problem.path == MORE for problem in unread) else [*unread, *unsound]


def _first_of_each_place(problems: Sequence[Problem]) -> list[Problem]:
    """What cannot be read needs no second reason at the same place."""
    found: dict[str, Problem] = {}
    for problem in problems:
        found.setdefault(problem.path, problem)
    return list(found.values())
