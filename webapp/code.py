"""Definitions as code: take them along, see what a file would change, apply what was chosen of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.code import SCHEMAS, Documents, File, file_of, files_in_zip, folder_of, schema_of, text_of, zip_of
from engine.command import Code, Comparison, Refused, Source, read_documents, read_source, read_text
from engine.model import Invalid, Problem, Role

from .done import done
from .draft_page import system_labels
from .parcel import Parcel, packed, unpacked
from .render import render
from .rights import public, right
from .site import site
from .view.code import changes_page

code = Blueprint("code", __name__)

LONGEST_NOTE = 300
_ZIP = b"PK"


# -- out ---------------------------------------------------------------------------------------------


@code.get("/code")
@right(Role.EDITOR)
def index():
    return _start()


@code.get("/code/download")
@right(Role.EDITOR)
def download():
    systems = request.args.getlist("system")
    documents = _code().documents(systems)
    way = _DOWNLOADS.get(request.args.get("as", "yaml"))
    if way is None:
        abort(404, _("There is no such format: choose one of the page."))
    file = way(documents, systems[0] if len(systems) == 1 else "definitions")
    response = Response(file.data, mimetype=_TYPES[PurePosixPath(file.name).suffix])
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def _as_zip(documents: Documents, name: str) -> File:
    return File(f"{name}.zip", zip_of(folder_of(documents, "yaml")))


_DOWNLOADS: Mapping[str, Callable[[Documents, str], File]] = {
    "yaml": lambda documents, name: file_of(documents, "yaml", name),
    "json": lambda documents, name: file_of(documents, "json", name),
    "folder": _as_zip,
}
_TYPES = {".yaml": "application/yaml", ".json": "application/json", ".zip": "application/zip"}


@code.get("/schema/<name>.json")
@public
def schema(name: str):
    """Editors read it, without signing in; it says nothing of this installation."""
    if name not in SCHEMAS:
        abort(404, _("There are schemas of %(names)s.", names=", ".join(SCHEMAS)))
    return Response(text_of(schema_of(name), "json"), mimetype="application/schema+json")


# -- in ----------------------------------------------------------------------------------------------


@code.post("/code")
@right(Role.EDITOR)
def compare():
    """What was sent, beside what is there; nothing is saved."""
    try:
        source = _sent()
        removed = _code().lacking(source.loaded) if request.form.get("prune") else ()
        comparison = _code().compare(source.loaded, removed)
        picked = frozenset(one.name for one in comparison.changes)
        return _changes(comparison, picked, source)
    except Invalid as invalid:
        return _start(invalid, status=422)


@code.post("/code/check")
@right(Role.EDITOR)
def check():
    """The same page with other rows picked."""
    try:
        comparison, _parcel = _carried()
    except Invalid as invalid:
        return _start(invalid, status=422)
    return _changes(comparison, _picked())


@code.post("/code/apply")
@right(Role.EDITOR)
def apply():
    try:
        comparison, parcel = _carried()
    except Invalid as invalid:
        return _start(invalid, status=422)
    chosen = comparison.chosen(_picked()).since(parcel.base)
    if not chosen.changes:
        return _changes(comparison, _picked(), notice=_("Nothing that would change is ticked."), status=422)
    try:
        saved = _code().apply(chosen, request.form.get("note", "")[:LONGEST_NOTE])
    except Invalid:
        return _changes(comparison, _picked(), status=422)
    except Refused as refused:
        return _changes(comparison, _picked(), notice=str(refused), status=409)
    said = ngettext("%(num)d definition was saved.", "%(num)d definitions were saved.", len(saved))
    done(said, url_for("events.index"), _("Events"))
    return redirect(url_for("code.index"), 303)


@code.errorhandler(413)
def too_large(_error: Exception):
    message = _("that is more than can be sent at once")
    hint = _("send a zip of the folder, some of it at a time, or use the command line: app.py apply")
    return _start(Invalid([Problem("", message, hint)]), typed={}, status=413)


def _code() -> Code:
    return Code(site().store, site().clock, site().who)


def _sent() -> Source:
    """A file, a zip, or what was pasted. Raises `Invalid`."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return read_text(request.form.get("text", ""), _("pasted"))
    data = file.read()
    name = PurePosixPath(file.filename.replace("\\", "/")).name[:100]
    return read_source(files_in_zip(data) if data.startswith(_ZIP) else [File(name, data)])


def _carried() -> tuple[Comparison, Parcel]:
    """What the page of changes has brought back, compared with what is there by now. Raises `Invalid`."""
    parcel = unpacked(request.form.get("parcel", ""))
    return _code().compare(read_documents(parcel.raw), parcel.removed), parcel


def _picked() -> frozenset[str]:
    return frozenset(request.form.getlist("pick"))


# -- pages -------------------------------------------------------------------------------------------


def _start(invalid: Invalid | None = None, typed: Mapping[str, str] | None = None, status: int = 200):
    """What was pasted stands there again."""
    fields = request.form if typed is None else typed
    return render(
        "code/index.html",
        status=status,
        form={"text": fields.get("text", ""), "prune": fields.get("prune", "")},
        problems=invalid.problems if invalid else (),
        systems=system_labels(site().store.definitions.systems()),
        schemas=tuple(SCHEMAS),
    )


def _changes(
    comparison: Comparison,
    picked: Collection[str],
    source: Source | None = None,
    notice: str = "",
    status: int = 200,
):
    """Raises `Invalid` when there is more than the page can carry."""
    problems = _code().problems(comparison.chosen(picked))
    carried = {one.key: comparison.after[one.key] for one in comparison.changes if one.after is not None}
    base = {one.key: comparison.base[one.key] for one in comparison.changes}
    return render(
        "code/changes.html",
        status=status,
        changes=changes_page(comparison.differences, picked, source.located(problems).problems if source else problems),
        parcel=packed(carried, base),
        note=request.form.get("note", "")[:LONGEST_NOTE],
        longest_note=LONGEST_NOTE,
        notice=notice,
    )
