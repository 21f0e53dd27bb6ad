"""The page with the form of a step: what stands in it, what a trial comes to, who uses the step, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app
from flask_babel import gettext as _

from engine.command import Catalog, Loaded
from engine.model import Api, Invalid, Problem, Step
from engine.plan.structure import SCRIPT_NAMES, script_fault
from engine.script import Evaluator, Script, check

from .arg_text import json_or_text, written_value
from .catalog import library
from .language import zone
from .real_answers import last_answer
from .render import htmx, render
from .site import site
from .step_form import Raw, StepForm, read_step, stored
from .trial import Scripts, rounds_like, try_link
from .typed_json import read_json
from .view.glance import bounded
from .view.library import Library
from .view.step_form import Around, Tried, step_fields, tried_on
from .view.step_place import is_own, step_problem_lines
from .when import local_text

_ARG_FIELD = re.compile(r"link\.(?P<row>\d+)\.arg\.(?P<number>\d+)")
Changed = tuple[str, int]
"""Why a save was refused, and the revision that is there now."""


@dataclass(frozen=True)
class Page:
    """`of`: the step that is edited, "" for a new one; `base`: its revision when the form was opened.

    `source`: the step that a new one is a copy of. `focus`: the field to go on in.
    """

    form: StepForm
    of: str = ""
    base: int = 0
    source: str = ""
    problems: Sequence[Problem] = ()
    checked: bool = False
    changed: Changed | None = None
    focus: str = ""

    def document(self, known: Library) -> Raw:
        """What the form does not show is kept from it."""
        step = known.steps.get(self.of or self.source)
        if step is None:
            return {}
        return stored(step) if self.of else stored(step) | {"debug": False}


def catalog() -> Catalog:
    return Catalog(site().store, site().clock, site().who)


def loaded(page: Page, known: Library) -> Loaded:
    """What a save would save. Raises `Invalid` with all that keeps the fields from being a step."""
    document, problems = read_step(page.form, page.document(known), known.args_named)
    if not page.of and page.form.id in known.steps:
        hint = _("choose another id, or edit that step")
        message = _("there is a step %(id)s already", id=page.form.id)
        problems.append(Problem(f"step.{page.form.id}._id", message, hint))
    try:
        step = Step.load(document, f"step.{page.form.id}")
    except Invalid as invalid:
        told = [problem for problem in invalid.problems if not problem.path.endswith("._id")]
        raise Invalid([*problems, *told, *_script_problems(page.form)]) from None
    if problems:
        raise Invalid([*problems, *_script_problems(page.form)])
    return Loaded(steps={step.id: step})


def _script_problems(form: StepForm) -> Iterator[Problem]:
    """Of fields that are no step yet: the proof of one would tell them, too."""
    where = f"step.{form.id}"
    scripts = [
        (f"{where}.response[{at}].key", Script.expr(form.text(f"out.{out}.path"))) for at, out in enumerate(form.outs)
    ]
    for at, row in enumerate(form.rows):
        scripts.append((f"{where}.checklink[{at}].condition.val", Script.expr(form.text(f"link.{row}.condition"))))
        if form.op(row) == "LOOP":
            scripts.append((f"{where}.checklink[{at}].api.val.lresult", Script.body(form.text(f"link.{row}.lresult"))))
    for path, script in scripts:
        if script.source.strip() and (fault := script_fault(script, SCRIPT_NAMES)):
            yield Problem(path, _("this cannot be used: %(fault)s", fault=fault))


def show(page: Page):
    """422 when something is wrong that was asked for, 409 when somebody saved meanwhile."""
    known = library()
    form = page.form
    problems = [*page.problems, *(_unsound(page, known) if not page.problems else ())]
    own = step_problem_lines(form, known.args_named, [problem for problem in problems if is_own(form, problem)])
    others = _by_system(known, form, [problem for problem in problems if not is_own(form, problem)])
    users = known.systems_using_step.get(page.of, ())
    around = _around(form, known, users)
    told = [line for line in own if page.checked or _has_begun(form, line.field, known)]
    wrong = bool(problems) and page.checked and not htmx.partial
    return render(
        "steps/edit.html",
        status=409 if page.changed else 422 if wrong else 200,
        page=page,
        step=step_fields(form, around, told),
        focus=page.focus,
        problems=own,
        others=others,
        users=[(id_, known.systems[id_].name or id_) for id_ in users],
        running=bounded(site().store.glance.active_by_system().of(*users)) if users else "",
        apis=[(id_, f"{api.method} {api.url}") for id_, api in sorted(known.apis.items())],
        systems=[(id_, one.name or id_) for id_, one in sorted(known.systems.items())],
        task_args=around.task_args,
        earlier=around.earlier,
    )


def _has_begun(form: StepForm, field: str, known: Library) -> bool:
    """Whether somebody has typed there: what is still to come is no mistake yet."""
    if not (found := _ARG_FIELD.match(field)):
        return bool(form.text(field).strip())
    args = form.row(found["row"], known.args_named).args
    return bool(args[int(found["number"])].said.text.strip())


def _unsound(page: Page, known: Library) -> Sequence[Problem]:
    try:
        return catalog().problems(loaded(page, known))
    except Invalid as invalid:
        return invalid.problems


def _by_system(known: Library, form: StepForm, problems: Sequence[Problem]) -> Mapping[str, list[Problem]]:
    """What is wrong elsewhere by this change, under the systems in which it is."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        kind, _dot, rest = problem.path.partition(".")
        id_ = rest.partition(".")[0]
        both = {*known.systems_using_step.get(id_, ())} & {*known.systems_using_step.get(form.id, ())}
        for system in [id_] if kind == "system" else sorted(both) or [""]:
            found.setdefault(system, []).append(problem)
    return found


# -- what can be chosen from -------------------------------------------------------------------------


def _task_args(known: Library, users: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(arg for id_ in users or known.systems for arg in known.systems[id_].def_args))


def _earlier(known: Library, users: Sequence[str], form: StepForm) -> Iterator[str]:
    """Values that are published before it or beside it in the systems that use it, or anywhere; and its own."""
    steps = [step for id_ in users for step in known.steps_not_after(form.id, id_)] if users else known.steps
    for id_ in dict.fromkeys(steps):
        if id_ != form.id and id_ in known.steps:
            yield from (f"{id_}.{key}" for key in known.steps[id_].response)
    for out in form.outs:
        if key := form.text(f"out.{out}.key").strip():
            yield f"{form.id}.{key}"


# -- trials ------------------------------------------------------------------------------------------


def _around(form: StepForm, known: Library, users: Sequence[str]) -> Around:
    system = known.systems[users[0]] if users else None
    task: dict[str, Any] = {"_id": "example", "name": "", "labels": [], "priority": 5}
    task |= {"system": system.id, **system.def_args} if system else {}
    tried = {row: _tried(form, row, known, task) for row in form.rows}
    given = _task_args(known, users), tuple(_earlier(known, users, form))
    return Around(known.args_named, known.apis, known.systems, task, *given, tried)


def _tried(form: StepForm, row: str, known: Library, task: Mapping[str, Any]) -> Tried:
    given = {**task, **_given(form, row)}
    answer = _ANSWERS[tried_on(form, row)](form, row, known, given)
    lresult = form.text(f"link.{row}.lresult") if form.op(row) == "LOOP" and not answer.reduced else ""
    keys = {out: form.text(f"out.{out}.path") for out in form.outs_of(row)}
    scripts = Scripts(form.text(f"link.{row}.condition").strip(), lresult, keys)
    read = scripts.task_args
    unknown = tuple(arg for arg in read if arg not in given)
    if answer.fault or answer.about == "":
        return Tried(answer.about, None, answer.fault, read)
    return Tried(answer.about, try_link(scripts, answer.value, given, evaluate), "", read, unknown)


def _given(form: StepForm, row: str) -> dict[str, Any]:
    """What somebody has typed for args of the task, for this trial alone."""
    start = f"link.{row}.task."
    return {
        name.removeprefix(start): json_or_text(text)
        for name, text in form.texts.items()
        if name.startswith(start) and text.strip()
    }


@dataclass(frozen=True)
class _Answer:
    """`about` is empty where there is none. `reduced`: its `lresult` has been at work already."""

    value: Any = None
    about: str = ""
    fault: str = ""
    reduced: bool = False


def _api(form: StepForm, row: str, known: Library) -> Api | None:
    return known.apis.get(form.text(f"link.{row}.target").strip()) if form.op(row) in ("API", "LOOP") else None


def _sample(form: StepForm, row: str, known: Library, task: Mapping[str, Any]) -> _Answer:
    api = _api(form, row, known)
    if api is None or api.sample is None:
        return _Answer()
    if form.op(row) != "LOOP":
        return _Answer(api.sample, _("the sample of %(api)s", api=api.id))
    rounds = rounds_like(api.sample, _largs(form.text(f"link.{row}.largs").strip(), task))
    return _Answer(rounds, _("%(count)s rounds like the sample of %(api)s", count=len(rounds), api=api.id))


def _largs(text: str, task: Mapping[str, Any]) -> Any:
    for start in ("$$TASK.", "$TASK."):
        if text.startswith(start):
            return task.get(text.removeprefix(start))
    return written_value(text)


def _last(form: StepForm, row: str, known: Library, _task: Mapping[str, Any]) -> _Answer:
    api = _api(form, row, known)
    attempt = last_answer(known, form.id, form.text(f"link.{row}.was"), api.id) if api else None
    if attempt is None:
        return _Answer(fault=_("nobody has had an answer of it lately: start a task, or try it on its sample"))
    loops = form.op(row) == "LOOP"
    try:
        value = read_json("", attempt.body or "null", "")
    except Invalid:
        return _Answer(fault=_("the last answer is no JSON"))
    single = loops and attempt.kind == "call"
    time = local_text(attempt.last_at, zone())[:16].replace("T", " ")
    about = _("the answer that task %(task)s got, %(time)s", task=attempt.task, time=time)
    return _Answer([value] if single else value, about, reduced=not single)


def _pasted(form: StepForm, row: str, _known: Library, _task: Mapping[str, Any]) -> _Answer:
    text = form.text(f"link.{row}.pasted")
    if not text.strip():
        return _Answer()
    try:
        return _Answer(read_json("", text, ""), _("what was pasted"))
    except Invalid as invalid:
        return _Answer(fault=invalid.problems[0].message)


_ANSWERS = {"sample": _sample, "last": _last, "pasted": _pasted}


def evaluate(script: Script, names: Mapping[str, Any]) -> Any:
    """In this process if that is sure to be right, else in a sandbox that starts with the first need."""
    check(script, SCRIPT_NAMES)
    evaluator = current_app.extensions.setdefault("evaluator", Evaluator(workers=1))
    return cast(Evaluator, evaluator).evaluate(script, names)
