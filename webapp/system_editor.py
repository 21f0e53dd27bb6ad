"""The editor of a system: blank, of one that is there, or a copy; checked and edited button by button, and saved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Catalog, ChangedMeanwhile, Loaded, NotFound, Refused
from engine.model import DefinitionKind, Invalid, Problem, Revision, Role, System

from .catalog import library
from .done import done
from .render import htmx, render
from .rights import right
from .site import site
from .system_form import Reading, act, arg_rows, fields_of, picked, read_system
from .system_merge import Versions, merged_fields
from .systems import systems
from .view.system_conflict import SystemConflict, system_conflict
from .view.system_editor import editor_page
from .whole_number import read_whole

_KIND: DefinitionKind = "system"


@dataclass(frozen=True)
class Form:
    """The fields as they were typed. `of` is the system that is edited, empty for a new one; `base` its revision then.

    `checked`: somebody has asked what is wrong; a blank form is not told it. `focus` is the id of what is looked at
    next, `note` what became of a button. `conflict`: what somebody else has saved since; `gone`: they have removed it.
    """

    fields: Mapping[str, str]
    of: str
    base: int
    problems: Sequence[Problem] = ()
    checked: bool = False
    focus: str = ""
    note: str = ""
    conflict: SystemConflict | None = None
    gone: bool = False


@systems.get("/new")
@right(Role.EDITOR)
def new():
    source = request.args.get("from", "")
    return _show(Form(_copy(source) if source else {}, "", 0))


@systems.get("/<id_>/edit")
@right(Role.EDITOR)
def edit(id_: str):
    base = _revision(id_)
    return _show(Form(fields_of(_system(id_)), id_, base, checked=True))


@systems.post("/check")
@right(Role.EDITOR)
def check():
    """The form again, as one of its buttons has changed it, with what is wrong."""
    sent = request.form.to_dict()
    said = sent.pop("act", "") or sent.pop("do", "")
    of, base = sent.get("of", ""), read_whole(sent.get("base")) or 0
    if said == "merge":
        return _show(_merged(sent, of, base))
    acted = act(_restored(sent), said)
    form = Form(acted.fields, of, base, focus=acted.focus, note=acted.note, checked=True)
    return _show(form if base == _revision(of) else _overtaken(form))


@systems.post("/new")
@right(Role.EDITOR)
def create():
    return _save("", 0)


@systems.post("/<id_>/edit")
@right(Role.EDITOR)
def save(id_: str):
    over = request.form.get("over")  # what was saved meanwhile has been seen
    base = read_whole(request.form.get("base") if over is None else over) or 0
    if not base and over is None:
        _system(id_)
    return _save(id_, base)


def _save(of: str, base: int):
    fields = request.form.to_dict() | ({"id": of} if of else {})
    fields.pop("over", None)
    form = Form(fields, of, base, checked=True)
    reading = _read(form)
    if reading.problems or reading.system is None:
        return _show(form, 422)
    try:
        _keep(reading.system, base, fields.get("note", "").strip())
    except Invalid as invalid:
        return _show(Form(fields, of, base, invalid.problems, checked=True), 422)
    except ChangedMeanwhile:
        return _show(_overtaken(form), 409)
    except Refused as refused:
        return _show(Form(fields, of, base, [Problem("", str(refused))], checked=True), 409)
    done(_("%(name)s is saved.", name=reading.system.name or reading.system.id))
    return redirect(url_for("systems.show", id_=reading.system.id), 303)


def _keep(system: System, base: int, note: str) -> None:
    catalog = Catalog(site().store, site().clock, site().who)
    catalog.save(Loaded(systems={system.id: system}), base={(_KIND, system.id): base}, note=note)


# -- somebody else was faster ------------------------------------------------------------------------


def _overtaken(form: Form) -> Form:
    """The form as it is, beside what was saved meanwhile."""
    if not form.of:
        return form  # a new one whose id is taken by now: that is told of its id
    newest = _newest(form.of)
    if newest is None:
        return replace(form, gone=True)
    found = system_conflict(newest, _versions(form.fields, form.of, form.base), site().clock.now())
    return replace(form, conflict=found)


def _merged(fields: dict[str, str], of: str, base: int) -> Form:
    """What only others changed is taken over; what was typed here stays."""
    newest = _newest(of)
    if newest is None:
        return Form(fields, of, base, checked=True, gone=True)
    note = _("What only they changed is taken over. Look at it, then save.")
    both = merged_fields(_versions(fields, of, base))
    return Form(both, of, newest.number, checked=True, focus="merged", note=note)


def _newest(of: str) -> Revision | None:
    """What is in force; None when the system is not there any more."""
    revisions = site().store.definitions.revisions(_KIND, of)
    return revisions[0] if revisions and revisions[0].document else None


def _versions(fields: Mapping[str, str], of: str, base: int) -> Versions:
    saved = {one.number: one.document for one in site().store.definitions.revisions(_KIND, of) if one.document}
    return Versions(_fields_at(saved.get(base)), _fields_at(saved[max(saved)]), fields)


def _fields_at(document: dict[str, Any] | None) -> dict[str, str]:
    """Empty for a revision that is not kept any more."""
    return fields_of(System.load(document)) if document else {}


# -- reading -----------------------------------------------------------------------------------------


def _restored(sent: dict[str, str]) -> dict[str, str]:
    """The fields as they were, when a step back is asked for; else as they are."""
    try:
        before = json.loads(sent.pop("restore", "") or "null")
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict):
        return sent
    kept = {name: sent[name] for name in ("csrf_token", "of", "base", "id") if name in sent}
    return {str(name): str(text) for name, text in before.items()} | (kept if sent.get("of") else {})


def _system(id_: str) -> System:
    system = site().store.definitions.system(id_)
    if system is None:
        raise NotFound(_("there is no system %(id)s", id=repr(id_)))
    return system


def _revision(id_: str) -> int:
    return site().store.definitions.revision(_KIND, id_) if id_ else 0


def _copy(source: str) -> dict[str, str]:
    system = _system(source)
    name = _("Copy of %(name)s", name=system.name) if system.name else ""
    return fields_of(system) | {"id": f"{source}-copy"[:64], "name": name, "from": source}


def _read(form: Form) -> Reading:
    """What the form says; an id that somebody else's system has is a problem."""
    definitions = site().store.definitions
    reading = read_system(form.fields, definitions.system(form.of) if form.of else None)
    id_ = form.fields.get("id", "").strip()
    if not form.of and id_ and definitions.system(id_) is not None:
        message = _("there is a system %(id)s already", id=id_)
        reading.problems.insert(0, Problem("id", message, _("choose another id, or edit that one")))
    return reading


def _problems(form: Form, reading: Reading) -> list[Problem]:
    proven = _proof(reading.drawn) if reading.flow or not reading.problems else []
    found = {(one.path, one.message): one for one in (*form.problems, *reading.problems, *proven)}
    return list(found.values())


def _proof(system: System) -> list[Problem]:
    return Catalog(site().store, site().clock, site().who).problems(Loaded(systems={system.id: system}))


# -- showing -----------------------------------------------------------------------------------------


def _show(form: Form, status: int = 200):
    reading, known = _read(form), library()
    problems = _problems(form, reading) if form.checked else []
    page = editor_page(reading.flow, reading.drawn, known, problems, form.fields.get("find", ""))
    return render(
        "systems/edit.html",
        check_url=url_for("systems.check"), here=_address(form.of),
        status=200 if htmx.partial else status,
        form=form.fields, of=form.of, base=form.base, checked=form.checked, focus=form.focus, note=form.note,
        conflict=form.conflict, gone=form.gone,
        args=arg_rows(form.fields), picked=picked(form.fields), page=page, flow=reading.flow,
    )  # fmt: skip


def _address(of: str) -> str:
    """Where the editors of steps lead back to."""
    return url_for("systems.edit", id_=of) if of else url_for("systems.new")
