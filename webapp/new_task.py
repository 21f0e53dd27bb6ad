"""A new task: its form, blank or filled in from a task that is there, checked while it is filled in, and sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.model import Invalid, Role, Task
from engine.plan import span_of

from .clone import draft_of, what_is_lost
from .done import done
from .draft import fields_of, read_draft, read_raw
from .draft_page import Form, checked_draft, show
from .form_fields import KEEP, NOW, SPAN_PARTS, Fields, span_field, span_texts
from .language import zone
from .rights import right
from .site import site
from .tasks import tasks

_CARRIED = ("name", "labels", "priority", "start", "start_at", "args")
"""Fields that stay when another system is chosen."""


@tasks.get("/new")
@right(Role.OPERATOR)
def new():
    if source := request.args.get("from"):
        return show(_copy(site().task(source)))
    fields = request.args.to_dict()
    return show(Form({"start": NOW, **fields} if set(fields) <= {"system"} else fields))


@tasks.post("/new")
@right(Role.OPERATOR)
def check():
    """The form again, with what is wrong; one of its buttons may have changed it before."""
    fields = _of_the_system(request.form.to_dict())
    act = _ACTS.get(request.args.get("act", ""), _as_it_is)
    try:
        return show(Form(act(fields, request.args.get("step", "")), checked=True))
    except Invalid as invalid:
        return show(Form(fields, invalid.problems, checked=True))


@tasks.post("")
@right(Role.OPERATOR)
def create():
    sent = request.form.to_dict()
    fields = _of_the_system(sent)
    if fields is not sent:
        note = _("These are the steps of %(system)s: look at them, then create the task.", system=fields["system"])
        return show(Form(fields, checked=True, notes=[note]))
    try:
        task = site().operator.create(checked_draft(fields))
    except Invalid as invalid:
        return show(Form(fields, invalid.problems, checked=True))
    _start_and_say(task, fields.get("start", KEEP))
    return redirect(url_for("tasks.show", id_=task.id), 303)


def _start_and_say(task: Task, start: str) -> None:
    name = task.name or task.id
    if start == NOW:
        site().operator.start(task.id)
        done(_("%(name)s was created and started.", name=name))
    elif task.start_at:
        done(_("%(name)s was created and is scheduled.", name=name))
    else:
        done(_("%(name)s was created as a draft.", name=name))


def _of_the_system(fields: dict[str, str]) -> dict[str, str]:
    """When another system was chosen than the one whose steps were shown, what belonged to those is left out."""
    if "raw" in fields or fields.get("shown", fields.get("system")) == fields.get("system"):
        return fields
    return {name: fields[name] for name in ("system", *_CARRIED) if name in fields}


def _copy(task: Task) -> Form:
    try:
        plan = site().operator.plan_for(task.system)
    except Invalid as invalid:
        return Form({"system": task.system, "start": NOW}, invalid.problems)
    notes = list(what_is_lost(plan, task))
    return Form(fields_of(plan, draft_of(plan, task), zone()), notes=notes)


# -- buttons of the form -----------------------------------------------------------------------------


def _as_it_is(fields: Fields, _step: str) -> Fields:
    return fields


def _reset_span(fields: Fields, step: str) -> Fields:
    gone = {span_field(step, part) for part in SPAN_PARTS}
    return {name: text for name, text in fields.items() if name not in gone}


def _open(fields: Fields, step: str) -> Fields:
    """Of a large system a step is shown once something stands in its fields."""
    plan = site().operator.plan_for(fields.get("system", ""))
    if step not in plan.steps_set:
        return fields
    texts = span_texts(fields, step, span_of(plan, step))
    return {**fields, **{span_field(step, part): text for part, text in texts.items()}}


def _to_raw(fields: Fields, _step: str) -> Fields:
    """Raises `Invalid` when the fields do not make a draft: what was typed would be lost."""
    draft, problems = read_draft(site().operator.plan_for(fields.get("system", "")), fields, zone())
    if problems or draft is None:
        raise Invalid(problems)
    raw = draft.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"start_at"})
    text = json.dumps(raw, indent=2, ensure_ascii=False)
    return {"raw": text} | {name: fields[name] for name in ("system", "start", "start_at") if name in fields}


def _to_form(fields: Fields, _step: str) -> Fields:
    """Raises `Invalid` when the JSON is no draft."""
    draft = read_raw(fields.get("raw", ""))
    shown = fields_of(site().operator.plan_for(draft.system), draft, zone())
    return shown | {name: fields[name] for name in ("start", "start_at") if name in fields}


_ACTS: Mapping[str, Callable[[Fields, str], Fields]] = {
    "reset": _reset_span, "open": _open, "raw": _to_raw, "form": _to_form,
}  # fmt: skip
