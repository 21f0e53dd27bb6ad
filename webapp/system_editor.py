"""The editor of a system: blank, of one that is there, or a copy; checked and edited button by button, and saved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Catalog, ChangedMeanwhile, Loaded, NotFound, Refused
from engine.model import DefinitionKind, Invalid, Problem, Role, System
from engine.plan.tree import Place

from .catalog import library
from .done import done
from .render import htmx, render
from .rights import right
from .site import site
from .system_form import Reading, act, arg_rows, fields_of, keys_of, read_system
from .systems import systems
from .view.system_editor import editor_page

_KIND: DefinitionKind = "system"


@dataclass(frozen=True)
class Form:
    """The fields as they were typed. `of` is the system that is edited, empty for a new one; `base` its revision then.

    `checked`: somebody has asked what is wrong; a blank form is not told it. `stale`: somebody else has saved since.
    """

    fields: Mapping[str, str]
    of: str
    base: int
    problems: Sequence[Problem] = ()
    focus: Place = ()
    checked: bool = False
    stale: bool = False


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
    acted = act(_restored(sent), said)
    of = sent.get("of", "")
    base = _revision(of) if said == "rebase" else _number(sent.get("base", ""))
    return _show(Form(acted.fields, of, base, focus=acted.focus, checked=True))


@systems.post("/new")
@right(Role.EDITOR)
def create():
    return _save("", 0)


@systems.post("/<id_>/edit")
@right(Role.EDITOR)
def save(id_: str):
    base = _number(request.form.get("base", ""))
    if not base:
        _system(id_)
    return _save(id_, base)


def _save(of: str, base: int):
    fields = request.form.to_dict() | ({"id": of} if of else {})
    form = Form(fields, of, base, checked=True)
    reading = _read(form)
    if reading.problems or reading.system is None:
        return _show(form, 422)
    try:
        _keep(reading.system, base, fields.get("note", "").strip())
    except Invalid as invalid:
        return _show(Form(fields, of, base, invalid.problems, checked=True), 422)
    except ChangedMeanwhile:
        return _show(Form(fields, of, base, checked=True, stale=True), 409)
    except Refused as refused:
        return _show(Form(fields, of, base, [Problem("", str(refused))], checked=True), 409)
    done(_("%(name)s is saved.", name=reading.system.name or reading.system.id))
    return redirect(url_for("systems.show", id_=reading.system.id), 303)


def _keep(system: System, base: int, note: str) -> None:
    catalog = Catalog(site().store, site().clock, site().who)
    catalog.save(Loaded(systems={system.id: system}), base={(_KIND, system.id): base}, note=note)


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


# -- reading -----------------------------------------------------------------------------------------


def _system(id_: str) -> System:
    system = site().store.definitions.system(id_)
    if system is None:
        raise NotFound(_("there is no system %(id)s", id=repr(id_)))
    return system


def _revision(id_: str) -> int:
    return site().store.definitions.revision(_KIND, id_) if id_ else 0


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


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
    focus = keys_of(reading.flow).get(form.focus, "")
    return render(
        "systems/edit.html",
        check_url=url_for("systems.check"), here=_address(form.of),
        status=200 if htmx.partial else status,
        form=form.fields, of=form.of, base=form.base, checked=form.checked, focus=focus,
        stale=form.stale, gone=form.stale and not _revision(form.of),
        args=arg_rows(form.fields), page=page, flow=reading.flow,
    )  # fmt: skip


def _address(of: str) -> str:
    """Where the editors of steps lead back to."""
    return url_for("systems.edit", id_=of) if of else url_for("systems.new")
